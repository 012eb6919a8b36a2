"""API keys: scopes, rates, ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import time_machine
from redis.asyncio import Redis

from orion_core.base.errors import Forbidden, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.base.kit.redact import redact_text
from orion_core.platform.accounts import SCOPES, LocalRateLimiter, Principal, RateLimiter, RedisRateLimiter, Role
from orion_core.platform.accounts.api_keys import SCOPE_ROLES
from tests.platform.accounts.house import House


async def test_a_key_is_shown_once_and_acts_with_its_scopes(house: House) -> None:
    row, secret = await house.accounts.create_api_key(house.owner, "Warehouse", ["syncs:read", "records:read"], 100, now() + timedelta(days=60))
    assert secret.startswith("ok_") and len(secret) > 40 and row.hint[:7] == secret[:7] and secret not in str(row)
    assert redact_text(f"Bearer {secret}, {secret}").count(secret) == 0
    key = await house.accounts.principal_by_key(secret, ip="10.0.0.9")
    assert (key.kind, key.id, key.name, key.workspace_id, key.ip) == ("api_key", row.id, "Warehouse", house.owner.workspace_id, "10.0.0.9")
    assert key.scopes == {"records:read", "syncs:read"} and key.role is Role.viewer and not key.is_operator
    key.require(Role.viewer, "records:read")
    for role, scope in ((Role.viewer, "records:write"), (Role.editor, "records:read"), (Role.viewer, None), (Role.viewer, "connections:read")):
        with pytest.raises(Forbidden):
            key.require(role, scope)
    await house.accounts.close()
    [listed] = await house.accounts.api_keys(house.owner)
    assert (listed.name, listed.scopes, listed.rate_per_minute, listed.created_by, listed.state) == (
        "Warehouse", ("records:read", "syncs:read"), 100, "Maren Holt", "active")
    assert listed.last_used_at is not None and (await house.actions())[-1] == "api_key.created"


async def test_a_key_does_nothing_that_names_no_scope(house: House) -> None:
    _, secret = await house.accounts.create_api_key(house.owner, "all", SCOPES)
    key = await house.accounts.principal_by_key(secret)
    accounts = house.accounts
    for attempt in (accounts.members(key), accounts.invites(key), accounts.invite(key, "a@b.de", "viewer"), accounts.api_keys(key),
                    accounts.create_api_key(key, "more", ["records:read"]), accounts.revoke_api_key(key, key.id), accounts.sessions(key),
                    accounts.change_role(key, house.owner.id, "viewer"), accounts.remove_member(key, house.owner.id),
                    accounts.remove_member(key, key.id), accounts.reset_link(key, house.owner.id), accounts.rename_workspace(key, "x"),
                    accounts.create_workspace(key, "x"), accounts.switch_workspace(key, house.owner.workspace_id), accounts.rename_me(key, "x"),
                    accounts.change_password(key, "x", "another long sentence")):
        with pytest.raises(Forbidden):
            await attempt
    assert (await house.audit.page(key)).total >= 1  # audit:read is one of its scopes
    assert [row.id for row in await accounts.workspaces(key)] == [house.owner.workspace_id]


async def test_a_key_never_does_more_than_its_creator_may_today(house: House) -> None:
    _, ada = await house.join("Ada", "admin")
    _, secret = await house.accounts.create_api_key(ada, "k", SCOPES)
    assert (await house.accounts.principal_by_key(secret)).role is Role.admin
    await house.accounts.change_role(house.owner, ada.id, "editor")
    key = await house.accounts.principal_by_key(secret)
    assert key.role is Role.editor and key.scopes == {scope for scope, role in SCOPE_ROLES.items() if role <= Role.editor}
    await house.accounts.change_role(house.owner, ada.id, "viewer")
    assert (await house.accounts.principal_by_key(secret)).scopes == {"connections:read", "records:read", "syncs:read"}


async def test_keys_end(house: House) -> None:
    accounts = house.accounts
    row, secret = await accounts.create_api_key(house.owner, "k", ["records:read"], 600, now() + timedelta(days=1))
    for wrong in ("", "ok_", "ok_guess", secret[:-1], secret + "x", secret[3:], "sk_" + secret[3:], "ok_" + "x" * 5000, "ok_\udcff"):
        with pytest.raises(Unauthenticated, match="not known"):
            await accounts.principal_by_key(wrong)
    with time_machine.travel(now() + timedelta(days=1, seconds=1), tick=True):
        with pytest.raises(Unauthenticated, match="expired"):
            await accounts.principal_by_key(secret)
        assert (await accounts.api_keys(house.owner))[0].state == "expired"
    await accounts.revoke_api_key(house.owner, row.id)
    with pytest.raises(Unauthenticated, match="revoked"):
        await accounts.principal_by_key(secret)
    with pytest.raises(NotFound):
        await accounts.revoke_api_key(house.owner, row.id)
    assert (await accounts.api_keys(house.owner))[0].state == "revoked"


async def test_a_key_of_the_command_line_needs_no_person(house: House) -> None:
    row, secret = await house.accounts.create_api_key(Principal.system(house.owner.workspace_id), "cli", ["records:read"])
    assert row.created_by == "Orion" and (await house.accounts.principal_by_key(secret)).role is Role.viewer


@pytest.mark.parametrize(("field", "values"), [
    ("scopes", {"scopes": []}), ("scopes", {"scopes": ["records:read", "everything"]}), ("rate_per_minute", {"rate_per_minute": 0}),
    ("rate_per_minute", {"rate_per_minute": 10**9}), ("expires_at", {"expires_at": now() - timedelta(days=1)}), ("name", {"name": " "}),
])
async def test_wrong_fields_are_named(house: House, field: str, values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        await house.accounts.create_api_key(house.owner, **{"name": "k", "scopes": ["records:read"], **values})  # type: ignore[arg-type]
    assert set(caught.value.detail["fields"]) == {field}
    assert await house.accounts.api_keys(house.owner) == []


async def test_the_rate_of_a_key_is_kept(house: House) -> None:
    _, secret = await house.accounts.create_api_key(house.owner, "slow", ["records:read"], 3)
    _, other = await house.accounts.create_api_key(house.owner, "other", ["records:read"], 3)
    for _ in range(3):
        await house.accounts.principal_by_key(secret)
    with pytest.raises(TooManyRequests) as caught:
        await house.accounts.principal_by_key(secret)
    assert 1 <= caught.value.after_s <= 120
    await house.accounts.principal_by_key(other)


# -- the limiter -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["local", "redis"])
async def limiter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RateLimiter]:
    monkeypatch.setattr("orion_core.platform.accounts.limiter._PATIENCE_S", 30)  # a busy test machine is no Redis that is away
    if request.param == "local":
        yield LocalRateLimiter()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_fresh"))
    yield RedisRateLimiter(redis)
    await redis.aclose()


async def _passed(limiter: RateLimiter, key: str, limit: int, times: int, per_s: float = 60.0) -> int:
    outcomes = await asyncio.gather(*(limiter.hit(key, limit, per_s) for _ in range(times)), return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, TooManyRequests) for outcome in outcomes)
    return sum(outcome is None for outcome in outcomes)


async def test_at_most_so_many_pass_in_any_window(limiter: RateLimiter) -> None:
    assert await _passed(limiter, "a", 50, 80) == 50
    assert await _passed(limiter, "b", 50, 10) == 10
    assert await _passed(limiter, "a", 50, 5) == 0
    clock = asyncio.get_running_loop().time
    passed: list[tuple[float, float]] = []
    end = clock() + 2.2
    while (before := clock()) < end:
        if await _passed(limiter, "c", 10, 1, per_s=0.5):
            passed.append((before, clock()))
        await asyncio.sleep(0.004)
    assert len(passed) > 10  # it does let calls through again
    for begin, _ in passed:  # those that surely lie in one window
        assert sum(before >= begin and after < begin + 0.49 for before, after in passed) <= 10


async def test_after_s_says_when_the_next_may_come(limiter: RateLimiter) -> None:
    assert await _passed(limiter, "a", 2, 3, per_s=1) == 2
    with pytest.raises(TooManyRequests) as caught:
        await limiter.hit("a", 2, 1)
    await asyncio.sleep(caught.value.after_s)
    await limiter.hit("a", 2, 1)


async def test_processes_share_one_count_and_go_on_without_redis(redis_fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Redis.from_url(redis_fresh), Redis.from_url(redis_fresh)
    limiters = RedisRateLimiter(first), RedisRateLimiter(second)
    monkeypatch.setattr("orion_core.platform.accounts.limiter._PATIENCE_S", 30)
    assert await _passed(limiters[0], "a", 10, 6) + await _passed(limiters[1], "a", 10, 6) == 10
    away = RedisRateLimiter(Redis.from_url("unix:///nowhere/redis.sock"))
    assert await _passed(away, "a", 10, 20) == 10
    await first.aclose()
    await second.aclose()


async def test_the_memory_of_the_local_limiter_is_bounded() -> None:
    limiter = LocalRateLimiter()
    for number in range(21_000):
        await limiter.hit(str(number), 1)
    assert len(limiter._counts) == 20_000
