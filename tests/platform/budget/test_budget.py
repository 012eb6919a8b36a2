"""The budget as callers see it: a fast path without waiting, lanes, obedience to what answers say, and honest waits."""

from __future__ import annotations

import asyncio
import time
import timeit
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from orion_core.base.errors import RateLimited
from orion_core.platform.budget import LANES, Limit, RateBudget
from orion_core.platform.budget.signals import read_signals


@pytest.fixture
async def budget() -> AsyncIterator[RateBudget]:
    made = RateBudget.local()
    yield made
    await made.aclose()


def elapsed(started: float) -> float:
    return time.monotonic() - started


@pytest.mark.parametrize(("calls", "per_s"), [(1, 1), (5, 1), (25, 1), (100, 1), (100, 10), (190, 10), (500, 60), (10_000, 1)])
def test_a_limit_is_never_exceeded_by_its_own_arithmetic(calls: int, per_s: float) -> None:
    limit = Limit(calls, per_s)
    assert limit.burst + limit.rate * per_s <= max(calls * 0.8, 1.6) + 1e-9
    assert all(limit.reserve(lane) <= limit.burst - 1 for lane in (*LANES, "unknown"))
    assert limit.reserve("person") == 0 and limit.reserve("backfill") >= limit.reserve("event")
    assert Limit(100, lanes={"backfill": 0.6}).reserve("backfill") == pytest.approx(0.4 * Limit(100).burst)


async def test_an_account_without_a_limit_is_not_slowed(budget: RateBudget) -> None:
    started = time.monotonic()
    for _ in range(1000):
        await budget.acquire("unknown", "backfill")
    assert elapsed(started) < 0.2 and budget.forecast("unknown").rate_per_s is None


async def test_the_rate_is_kept(budget: RateBudget) -> None:
    budget.configure("acme", Limit(100, 1))
    started = time.monotonic()
    await asyncio.gather(*(budget.acquire("acme", "incremental") for _ in range(60)))
    assert 60 / 72 - 0.1 < elapsed(started) < 1.6, "empty at first, then 72 a second"


async def test_lanes_overtake_each_other(budget: RateBudget) -> None:
    budget.configure("acme", Limit(50, 1))
    order: list[str] = []

    async def call(lane: str) -> None:
        await budget.acquire("acme", lane)
        order.append(lane)

    tasks = [asyncio.ensure_future(call("backfill")) for _ in range(20)]
    await asyncio.sleep(0.12)
    tasks += [asyncio.ensure_future(call(lane)) for lane in ("incremental", "event", "person") for _ in range(3)]
    await asyncio.gather(*tasks)
    late = order[next(at for at, lane in enumerate(order) if lane != "backfill"):]
    assert late[:9] == ["person"] * 3 + ["event"] * 3 + ["incremental"] * 3 or late.index("incremental") > late.index("event") > 0
    assert max(at for at, lane in enumerate(order) if lane == "person") < len(order) - 8


async def test_a_person_finds_a_token_while_a_backfill_runs(budget: RateBudget) -> None:
    budget.configure("acme", Limit(200, 1))
    stop = asyncio.Event()

    async def backfill() -> None:
        while not stop.is_set():
            await budget.acquire("acme", "backfill")

    tasks = [asyncio.ensure_future(backfill()) for _ in range(8)]
    await asyncio.sleep(0.5)
    waits = []
    for _ in range(20):
        started = time.monotonic()
        await budget.acquire("acme", "person")
        waits.append(elapsed(started))
        await asyncio.sleep(0.03)
    stop.set()
    await asyncio.gather(*tasks)
    assert sorted(waits)[18] < 0.05, waits


@pytest.mark.parametrize("value", ["1", "0.6", "date", "garbage", "", None])
async def test_a_429_is_obeyed(value: str | None, budget: RateBudget) -> None:
    budget.configure("acme", Limit(1000, 1))
    await budget.acquire("acme", "person")
    headers = {} if value is None else {"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if value == "date" else value}
    await budget.observe("acme", 429, headers)
    expected = {"1": 1.0, "0.6": 0.6, "date": 1.0, "garbage": 1.0, "": 1.0}.get(value or "", 2.0) if value is not None else 2.0
    started = time.monotonic()
    others = asyncio.gather(*(budget.acquire("acme", lane) for lane in LANES))
    await budget.acquire("other", "person")
    assert elapsed(started) < 0.05, "other accounts are not affected"
    await others
    assert expected - 0.05 <= elapsed(started) < expected + 1.2


async def test_a_long_wait_is_said_at_once(budget: RateBudget) -> None:
    await budget.observe("acme", 429, {"retry-after": "86400"})
    started = time.monotonic()
    with pytest.raises(RateLimited) as caught:
        await budget.acquire("acme", "incremental")
    assert elapsed(started) < 0.5 and 86_390 < (caught.value.after_s or 0) <= 86_400
    assert budget.forecast("acme").blocked_s > 86_000 and budget.forecast("acme").eta_s(10) > 86_000
    with pytest.raises(RateLimited):
        await budget.acquire("acme", "person", max_wait_s=0.1)


async def test_a_wait_that_turns_out_too_long_ends_in_time(budget: RateBudget) -> None:
    budget.configure("acme", Limit(10, 1))
    started = time.monotonic()
    results = await asyncio.gather(*(budget.acquire("acme", "incremental", max_wait_s=0.5) for _ in range(30)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, RateLimited)]
    assert 2 <= len(results) - len(refused) <= 6 and elapsed(started) < 1.0
    assert all(error.after_s and error.after_s > 0 for error in refused)


async def test_limits_are_learned_from_hubspots_headers(budget: RateBudget) -> None:
    head = {"x-hubspot-ratelimit-max": "190", "x-hubspot-ratelimit-remaining": "188", "x-hubspot-ratelimit-interval-milliseconds": "10000",
            "x-hubspot-ratelimit-daily": "650000", "x-hubspot-ratelimit-daily-remaining": "600000"}
    budget.configure("acme", Limit(100, 10, daily=250_000))
    before = budget.forecast("acme")
    await budget.observe("acme", 200, head)
    after = budget.forecast("acme")
    assert (before.daily_left, after.daily_left) == (250_000, 600_000) and (after.rate_per_s or 0) > 1.8 * (before.rate_per_s or 0)
    budget.configure("acme", Limit(100, 10, daily=250_000))
    assert budget.forecast("acme") == after, "configuring again keeps what was learned"
    await budget.observe("new", 200, head)
    assert budget.forecast("new").rate_per_s == after.rate_per_s


async def test_a_day_that_runs_out_is_kept_for_people(budget: RateBudget) -> None:
    budget.configure("acme", Limit(10_000, 1))
    await budget.observe("acme", 200, {"sforce-limit-info": "api-usage=96000/100000"})
    with pytest.raises(RateLimited, match="96000 of its 100000"):
        await budget.acquire("acme", "backfill")
    with pytest.raises(RateLimited):
        await budget.acquire("acme", "incremental")
    await budget.acquire("acme", "event")
    await budget.acquire("acme", "person")


async def test_what_others_use_is_seen(budget: RateBudget) -> None:
    budget.configure("acme", Limit(1000, 1))
    await budget.acquire("acme", "incremental")
    await asyncio.sleep(0.15)
    await budget.observe("acme", 200, {"ratelimit-limit": "1000", "ratelimit-remaining": "150", "ratelimit-reset": "1"})
    started = time.monotonic()
    await asyncio.gather(*(budget.acquire("acme", "incremental") for _ in range(40)))
    assert elapsed(started) > 0.04, "the full bucket of 80 was not used"


async def test_cancelled_callers_leave_no_trace(budget: RateBudget) -> None:
    budget.configure("acme", Limit(20, 1))
    tasks = [asyncio.ensure_future(budget.acquire("acme", "backfill")) for _ in range(50)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    started = time.monotonic()
    await budget.acquire("acme", "person")
    assert elapsed(started) < 0.3 and budget.forecast("acme").waiting == 0


async def test_503_with_retry_after_blocks_without_slowing_down(budget: RateBudget) -> None:
    budget.configure("acme", Limit(1000, 1))
    await budget.acquire("acme", "person")
    await budget.observe("acme", 503, {"retry-after": "0.3"})
    started = time.monotonic()
    await asyncio.gather(*(budget.acquire("acme", "person") for _ in range(100)))
    assert 0.3 < elapsed(started) < 0.3 + 100 / 720 + 0.25


def test_headers_that_are_garbage() -> None:
    assert read_signals({"content-type": "x"}) is None
    for name in ("x-hubspot-ratelimit-max", "x-hubspot-ratelimit-daily-remaining", "ratelimit-remaining", "x-ratelimit-remaining", "sforce-limit-info"):
        for value in ("", "NaN", "-5", "1e9", "99999999999999999999999", "٣", "a=b", "5, 6", "7;w=1", "\x00"):
            found = read_signals({name: value})
            assert found is not None and all(number is None or number >= 0 for number in (found.limit, found.remaining, found.daily_left))
    assert read_signals({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 30)}).reset_s == pytest.approx(30, abs=2)  # type: ignore[union-attr]


async def test_the_fast_path_is_fast(budget: RateBudget) -> None:
    budget.configure("acme", Limit(10_000_000, 1))
    await budget.acquire("acme", "incremental")
    await asyncio.sleep(0.1)
    await budget.acquire("acme", "incremental")

    async def many() -> None:
        for _ in range(5000):
            await budget.acquire("acme", "incremental")
            await budget.observe("acme", 200, {"content-type": "application/json"})

    started = timeit.default_timer()
    await many()
    each = (timeit.default_timer() - started) / 5000 * 1e6
    print(f"acquire + observe {each:.2f} us")
    assert each < 20
