"""Signing in, lock-out, sessions."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from orion_core.base.db.migrate import sync_url
from orion_core.base.errors import Forbidden, InvalidInput, NotFound, TooManyRequests, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.platform.accounts import Principal
from orion_core.platform.accounts.part import lock_s
from orion_core.platform.accounts.passwords import Passwords, check_strength
from orion_core.platform.accounts.types import device_of
from tests.platform.accounts.house import PASSWORD, House, cheap_passwords, token_of
from tests.support.databases import TestDatabase

EMAIL = "maren@larkfield.example"


async def test_sign_in_and_out(house: House) -> None:
    accounts = house.accounts
    token = await accounts.sign_in(f" {EMAIL.upper()} ", PASSWORD, "10.0.0.1", "curl/8")
    me = await accounts.principal(token)
    assert me is not None and (me.id, me.ip, me.workspace_id) == (house.owner.id, "10.0.0.1", house.owner.workspace_id)
    await accounts.sign_out(token)
    await accounts.sign_out(token)
    assert await accounts.principal(token) is None and await accounts.principal(house.owner_token) is not None
    assert (await house.actions())[-2:] == ["user.signed_in", "user.signed_out"]


async def test_bad_tokens_are_nobody(house: House) -> None:
    for token in ("", "guess", house.owner_token[:-1], house.owner_token + "x", "x" * 5000, "\x00", "\udcff"):
        assert await house.accounts.principal(token) is None
    assert await house.accounts.principal(house.owner_token, "ws_other") is None
    assert await house.accounts.principal(house.owner_token, "' or 1=1 --") is None


async def test_the_database_holds_no_token_and_no_password(house: House, module_database: TestDatabase) -> None:
    invite = token_of(await house.accounts.invite(house.owner, "a@b.de", "viewer"))
    _, secret = await house.accounts.create_api_key(house.owner, "k", ["records:read"])
    engine = create_engine(sync_url(module_database.admin_url or module_database.url))
    with engine.connect() as connection:
        dump = "\n".join(str(row) for table in ("users", "login_sessions", "one_time_tokens", "api_keys", "api_key_index", "audit_log", "instance")
                         for row in connection.execute(text(f"select * from {table}")))
    engine.dispose()
    assert "$argon2id$" in dump
    for canary in (house.owner_token, invite, secret, secret[3:], PASSWORD):
        assert canary not in dump


async def test_errors_do_not_tell_which_part_was_wrong(house: House) -> None:
    errors = []
    for email, password in ((EMAIL, "wrong password"), ("nobody@larkfield.example", PASSWORD), ("", ""), ("no mail", "x"), (EMAIL, "")):
        with pytest.raises(Unauthenticated) as caught:
            await house.accounts.sign_in(email, password)
        errors.append(caught.value.as_dict())
    assert all(error == errors[0] for error in errors)


async def test_an_unknown_address_takes_as_long_as_a_wrong_password() -> None:
    """The work is the same, so that the time does not tell who has an account."""
    passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1))
    stored = await passwords.hash(PASSWORD)
    times: dict[str, list[float]] = {stored: [], "": []}
    await passwords.verify("", "warm up")
    for _ in range(5):
        for known in times:
            began = time.perf_counter()
            assert not await passwords.verify(known, "wrong password")
            times[known].append(time.perf_counter() - began)
    known, unknown = (statistics.median(values) for values in times.values())
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@larkfield.example"])
async def test_lock_out_after_wrong_passwords_known_or_not(house: House, email: str) -> None:
    accounts = house.accounts
    for _ in range(8):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in(email, "wrong password")
    with pytest.raises(TooManyRequests) as caught:
        await accounts.sign_in(email, PASSWORD)  # also the right one waits: else guessing could go on
    assert 25 <= caught.value.after_s <= 30 and "reset link" in caught.value.next_step
    with time_machine.travel(now() + timedelta(seconds=31), tick=True):
        with pytest.raises(Unauthenticated):
            await accounts.sign_in(email, "wrong password")
        with pytest.raises(TooManyRequests) as caught:
            await accounts.sign_in(email, PASSWORD)
        assert 50 <= caught.value.after_s <= 60  # twice as long
    if email == EMAIL:
        assert (await house.actions()).count("user.locked") == 2
        with time_machine.travel(now() + timedelta(seconds=120), tick=True):
            await accounts.sign_in(email, PASSWORD)
            with pytest.raises(Unauthenticated):
                await accounts.sign_in(email, "wrong password")
            await accounts.sign_in(email, PASSWORD)  # the count began anew


def test_the_back_off_is_bounded() -> None:
    assert [lock_s(failures) for failures in (0, 7, 8, 9, 10, 13, 1000)] == [0, 0, 30, 60, 120, 900, 900]


async def test_many_guesses_at_once_do_not_slip_through(house: House) -> None:
    outcomes = await asyncio.gather(*(house.accounts.sign_in(EMAIL, f"guess number {number}") for number in range(40)), return_exceptions=True)
    assert sum(isinstance(outcome, Unauthenticated) for outcome in outcomes) == 8
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 32


async def test_one_address_cannot_try_many_accounts(house: House) -> None:
    for number in range(60):
        with pytest.raises(Unauthenticated):
            await house.accounts.sign_in(f"{number}@b.de", "wrong password", "203.0.113.9")
    with pytest.raises(TooManyRequests):
        await house.accounts.sign_in(EMAIL, PASSWORD, "203.0.113.9")
    await house.accounts.sign_in(EMAIL, PASSWORD, "203.0.113.10")


async def test_sessions_end_by_idleness_and_by_age(house: House) -> None:
    accounts, start = house.accounts, now()
    token = await accounts.sign_in(EMAIL, PASSWORD)
    with time_machine.travel(start + timedelta(days=14, minutes=1), tick=True):
        assert await accounts.principal(token) is None
    for day in range(10, 90, 10):  # used every ten days
        with time_machine.travel(start + timedelta(days=day), tick=True):
            assert await accounts.principal(token) is not None
            await accounts.close()  # the time of last use is written beside the caller
    with time_machine.travel(start + timedelta(days=90, minutes=1), tick=True):
        assert await accounts.principal(token) is None


async def test_last_use_is_written_at_most_once_a_minute(house: House) -> None:
    accounts, start = house.accounts, now()

    async def seen() -> list[object]:
        await accounts.close()
        return [row.last_seen_at for row in await accounts.sessions(house.owner)]

    first = await seen()
    for _ in range(5):
        await accounts.principal(house.owner_token)
    assert await seen() == first
    with time_machine.travel(start + timedelta(minutes=2), tick=True):
        await asyncio.gather(*(accounts.principal(house.owner_token) for _ in range(5)))
        assert await seen() != first


async def test_list_and_revoke_sessions_at_once(house: House) -> None:
    accounts, me = house.accounts, house.owner
    tokens = [await accounts.sign_in(EMAIL, PASSWORD, "10.0.0.5", "Mozilla/5.0 (Macintosh; Intel Mac OS X) Safari/605") for _ in range(3)]
    rows = await accounts.sessions(me)
    assert len(rows) == 4 and [row.current for row in rows].count(True) == 1
    assert {row.device for row in rows} == {"Safari on macOS", "Firefox on Linux"}
    other = await accounts.principal(tokens[0])
    assert other is not None
    await accounts.revoke_session(me, other.session_id)
    assert await accounts.principal(tokens[0]) is None
    with pytest.raises(NotFound):
        await accounts.revoke_session(me, other.session_id)
    assert await accounts.revoke_other_sessions(me) == 2
    assert [await accounts.principal(token) for token in tokens] == [None] * 3
    assert await accounts.principal(house.owner_token) is not None
    assert [row.current for row in await accounts.sessions(me)] == [True]


async def test_nobody_sees_or_revokes_the_sessions_of_others(house: House) -> None:
    token, viewer = await house.join("Vera", "viewer")
    assert [row.id for row in await house.accounts.sessions(viewer)] == [viewer.session_id]
    for thief, victim in ((viewer, house.owner), (house.owner, viewer)):
        with pytest.raises(NotFound):
            await house.accounts.revoke_session(thief, victim.session_id)
    assert await house.accounts.principal(token) is not None
    key = Principal(house.owner.workspace_id, house.owner.role, kind="api_key", id="key_1", scopes=frozenset({"records:read"}))
    for p in (key, Principal.system(house.owner.workspace_id)):
        with pytest.raises(Forbidden):
            await house.accounts.sessions(p)
        with pytest.raises(Forbidden):
            await house.accounts.revoke_other_sessions(p)


async def test_a_disabled_person_is_out_at_once(house: House, module_database: TestDatabase) -> None:
    engine = create_engine(sync_url(module_database.admin_url or module_database.url))
    with engine.begin() as connection:
        connection.execute(text("update users set disabled_at = created_at"))
    engine.dispose()
    assert await house.accounts.principal(house.owner_token) is None
    with pytest.raises(Unauthenticated):
        await house.accounts.sign_in(EMAIL, PASSWORD)


@pytest.mark.parametrize(("password", "reason"), [
    ("tiny-pw", "short"), ("x" * 257, "long"), ("aaaaaaaaaaaaaa", "common"), ("ababababab12", "common"), ("Password123!", "common"),
    ("P@ssw0rd2026", "common"), ("1234567890", "common"), ("qwertyuiop", "common"), ("0987654321", "common"), ("!!welcome2026", "common"),
    ("administrator1", "common"), ("larkfield1", "contains"), ("maren-holt-1", "contains"),
])
def test_weak_passwords_are_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_strength(password, avoid=("maren@larkfield.example", "Maren Holt", "Larkfield"))
    assert caught.value.detail["reason"] == f"password_{reason}" and caught.value.detail["fields"]["password"] == caught.value.message
    assert password not in caught.value.message


@pytest.mark.parametrize("password", ["a long enough sentence", "Tr0ub4dor&3x", "korrekt Pferd Batterie", "パスワードは長いほうが良い", "7f3k9q2m1x", "I work at Larkfield since May"])
async def test_good_passwords_pass_and_fit_however_they_are_composed(password: str) -> None:
    check_strength(password, avoid=("maren@larkfield.example", "Maren Holt", "Larkfield"))
    passwords = cheap_passwords()
    stored = await passwords.hash("Größe" + password)
    assert await passwords.verify(stored, "Gro\u0308ße" + password)
    assert not await passwords.verify(stored, password) and not await passwords.verify("nonsense", password)


@pytest.mark.parametrize(("agent", "device"), [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Version/17 Safari/604.1", "Safari on iPhone"),
    ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36", "Chrome on Android"), ("curl/8.1", "curl"), ("", "Unknown device"),
    ("<script>alert(1)</script>", "scriptalert1/script"),
])
def test_devices_are_named_for_people(agent: str, device: str) -> None:
    assert device_of(agent) == device
