"""Both buckets obey the same rules: empty at first, never above the rate, reserves, blocks, learning; the shared one over processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from orion_core.base.redis_server import EmbeddedRedis
from orion_core.platform.budget import Limit, RateBudget
from orion_core.platform.budget.bucket import Bucket, LocalBucket, RedisBucket


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory):
    with EmbeddedRedis(tmp_path_factory.mktemp("budget")) as server:
        yield server


@pytest.fixture(params=["local", "redis"])
async def bucket(request: pytest.FixtureRequest) -> AsyncIterator[Bucket]:
    if request.param == "local":
        made: Bucket = LocalBucket()
    else:
        made = RedisBucket(request.getfixturevalue("redis_server").url, prefix=f"{request.node.name}:")
    yield made
    await made.aclose()


async def take(bucket: Bucket, need: int = 1, want: int = 1, reserve: float = 0.0, rate: float = 100.0, burst: float = 10.0):
    return await bucket.take("acme", rate=rate, burst=burst, need=need, want=want, reserve=reserve)


async def test_it_starts_empty_and_fills_to_its_burst(bucket: Bucket) -> None:
    first = await take(bucket)
    assert first.tokens == 0 and 0 < first.wait_s <= 0.011
    await asyncio.sleep(0.15)
    assert (await take(bucket, want=50)).tokens == 10
    assert (await take(bucket)).tokens == 0


async def test_a_reserve_stays_for_those_before(bucket: Bucket) -> None:
    await take(bucket, rate=1)
    await asyncio.sleep(0.01)
    await take(bucket, rate=1000)
    await asyncio.sleep(0.05)
    assert (await take(bucket, want=50, reserve=4, rate=1000)).tokens >= 6 - 1
    backfill, person = await take(bucket, reserve=8, rate=0.1), await take(bucket, rate=0.1)
    assert backfill.tokens == 0 and backfill.wait_s > 1 and person.tokens == 1


async def test_a_cost_above_the_bucket_is_served_and_paid_off(bucket: Bucket) -> None:
    await take(bucket)
    await asyncio.sleep(0.15)
    assert (await take(bucket, need=30, want=30)).tokens == 30
    debt = await take(bucket)
    assert debt.tokens == 0 and 0.15 < debt.wait_s < 0.25


async def test_a_block_empties_it_and_slows_it_down(bucket: Bucket) -> None:
    await take(bucket)
    await asyncio.sleep(0.12)
    for _ in range(8):  # eight calls in flight, one lesson
        await bucket.block("acme", 0.3, slow_down=True)
    stopped = await take(bucket)
    assert stopped.tokens == 0 and stopped.blocked and 0.2 < stopped.wait_s <= 0.3
    await bucket.block("acme", 0.05, slow_down=False)  # a shorter block does not lift the longer one
    assert (await take(bucket)).wait_s > 0.2
    await asyncio.sleep(0.32)
    await take(bucket, need=1)
    started, got = time.monotonic(), 0
    while time.monotonic() - started < 0.5:
        got += (await take(bucket, want=1)).tokens
        await asyncio.sleep(0.005)
    assert 20 <= got <= 32, "half of 100 a second"


async def test_a_cap_from_the_provider(bucket: Bucket) -> None:
    await take(bucket)
    await asyncio.sleep(0.12)
    await bucket.cap("acme", 2.0, rate=100, burst=10)
    assert (await take(bucket, want=10, rate=0.01)).tokens == 2
    await bucket.cap("nobody", 0.0, rate=100, burst=10)


async def test_a_flushed_redis_gives_nothing_away(redis_server: EmbeddedRedis) -> None:
    bucket = RedisBucket(redis_server.url, prefix="flush:")
    await take(bucket)
    await asyncio.sleep(0.12)
    async with Redis.from_url(redis_server.url) as client:
        await client.flushall()
        assert (await take(bucket, want=10)).tokens == 0
        assert 0 < await client.pttl("flush:acme") <= 86_400_000
    await bucket.aclose()


async def test_without_redis_each_process_goes_on_slower(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = EmbeddedRedis(tmp_path)
    server.start()
    budget = RateBudget.shared(server.url)
    budget.configure("acme", Limit(1000, 1))
    await budget.acquire("acme", "person")
    server.stop()
    started, made = time.monotonic(), 0
    while time.monotonic() - started < 0.5:
        await budget.acquire("acme", "person")
        made += 1
    assert 40 <= made <= 140, "a quarter of 720 a second, and its burst"
    assert sum("cannot reach Redis" in record.message for record in caplog.records) == 1
    server.start()
    await asyncio.sleep(2.1)
    await budget.acquire("acme", "person")
    async with Redis.from_url(server.url) as client:
        assert await client.exists("orion:budget:acme")
    await budget.aclose()
    server.stop()


def _work(url: str, start: float, seconds: float, results: multiprocessing.Queue) -> None:
    async def main() -> list[float]:
        budget = RateBudget.shared(url)
        budget.configure("shared", Limit(200, 1))
        await asyncio.sleep(max(0.0, start - time.time()))
        times: list[float] = []

        async def caller(lane: str) -> None:
            while time.time() < start + seconds:
                await budget.acquire("shared", lane)
                times.append(time.time())

        await asyncio.gather(*(caller(lane) for lane in ("incremental", "backfill", "incremental", "event")))
        await budget.aclose()
        return times

    results.put(asyncio.run(main()))


@pytest.mark.serial
def test_four_processes_share_one_budget(redis_server: EmbeddedRedis) -> None:
    context = multiprocessing.get_context("fork")
    results, start, seconds = context.Queue(), time.time() + 1.0, 3.0
    children = [context.Process(target=_work, args=(redis_server.url, start, seconds, results)) for _ in range(4)]
    for child in children:
        child.start()
    times = sorted(moment for _ in children for moment in results.get(timeout=30))
    for child in children:
        child.join(10)
    window = max(sum(1 for other in times[at:at + 400] if other < moment + 1.0) for at, moment in enumerate(times))
    assert window <= 200, f"{window} calls in one second, 200 allowed"
    assert len(times) >= 0.55 * 200 * seconds, f"only {len(times)} calls in {seconds} s"
