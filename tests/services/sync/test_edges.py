"""The corners where records were lost, doubled or deleted wrongly before: each stays mended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lab.serve import LabServer
from orion_core.base.errors import Conflict, ConnectorError, CursorExpired
from orion_core.base.kit.clock import now
from orion_core.engine.connector import BaseAdapter
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import ConnectionChange, NewConnection
from orion_core.services.sync import executor, planner, repository
from tests.services.conftest import truth
from tests.services.sync.conftest import RunSync, stored


async def _customers(rt: Runtime, p: Principal, lab: LabServer) -> str:
    new = NewConnection("stripe", "", {"api_key": "sk_test_lab_1"}, base_url=f"{lab.url}/stripe", streams=["customers"])
    return await rt.connections.connect(p, new)


async def test_a_death_before_the_sweep_leaves_the_sweep_to_the_next_worker(
    rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = await _customers(rt, p, lab)
    await sync(connection_id)
    lab.control("POST", "/mutate", {"provider": "stripe", "object": "customers", "deletes": 5, "seed": "edge"})

    async def die(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    run_id = await rt.sync.start(p, connection_id, full=True)
    with monkeypatch.context() as patched:
        patched.setattr(executor, "sweep_stream", die)
        with pytest.raises(asyncio.CancelledError):
            await rt.sync.execute(p.workspace_id, run_id)
    assert await rt.sync.execute(p.workspace_id, run_id) == "succeeded"
    assert len(await stored(rt, p, "customer", connection_id, deleted=True)) == 5
    states = {stream.name: stream for stream in (await rt.connections.get(p, connection_id)).streams}
    assert states["customers"].cursor is not None


async def test_a_fault_of_ours_is_shown_and_ends(rt: Runtime, p: Principal, lab: LabServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_id = await _customers(rt, p, lab)
    run_id = await rt.sync.start(p, connection_id)

    async def broken(*_: Any, **__: Any) -> Any:
        raise LookupError("a bug")

    monkeypatch.setattr(planner, "plan_stream", broken)
    seen = set()
    for _ in range(20):
        seen.add(await rt.sync.execute(p.workspace_id, run_id))
        async with rt.work.write(p.workspace_id) as tx:
            run = await repository.run(tx.session, run_id)
            if run.status == "waiting":
                assert run.error and "LookupError" in run.error["message"]
                run.next_try_at = now()
    assert "failed" in seen
    progress = await rt.sync.progress(p, run_id=run_id)
    assert progress is not None and not progress.run.open


async def test_a_record_made_while_a_listing_is_read_is_not_deleted(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _customers(rt, p, lab)
    await sync(connection_id)
    lab.control("POST", "/latency", {"ms": 50})
    run_id = await rt.sync.start(p, connection_id, full=True)
    work = asyncio.create_task(rt.sync.execute(p.workspace_id, run_id))
    await asyncio.sleep(0.4)
    made = await rt.writes.create(p, connection_id, "customer", {"name": "Made meanwhile"})
    assert await work == "succeeded"
    lab.control("POST", "/latency", {"ms": 0})
    assert made.remote_id in await stored(rt, p, "customer", connection_id)


async def test_a_nameless_record_blocks_deletes_every_time(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _customers(rt, p, lab)
    await sync(connection_id)
    lab.control("POST", "/poison", {"provider": "stripe", "object": "customers", "index": 7, "kind": "missing_id"})
    for _ in range(3):
        assert (await sync(connection_id, full=True)).run.status == "succeeded"
        assert not await stored(rt, p, "customer", connection_id, deleted=True)


async def test_the_same_key_twice_at_once_writes_once(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await rt.connections.connect_lab(p, "hubspot")
    lab.control("POST", "/latency", {"ms": 150})
    calls = [rt.writes.create(p, connection_id, "company", {"name": "Once Ltd"}, idempotency_key="k") for _ in range(3)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    lab.control("POST", "/latency", {"ms": 0})
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    asked = lab.control("GET", "/requests?provider=hubspot")["requests"]
    assert len([entry for entry in asked if entry["method"] == "POST" and "companies" in entry["path"]]) == 1
    again = await rt.writes.create(p, connection_id, "company", {"name": "Once Ltd"}, idempotency_key="k")
    assert again.remote_id == next(answer.remote_id for answer in answers if not isinstance(answer, BaseException))


async def test_fields_left_out_stay_out_on_every_way_in(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _customers(rt, p, lab)
    await rt.connections.update(p, connection_id, ConnectionChange(exclude={"customers": ["phone"]}))
    await sync(connection_id)
    remote_id = next(iter(await stored(rt, p, "customer", connection_id)))
    await rt.writes.update(p, connection_id, "customer", remote_id, {"phone": "+4930555701"})
    row = (await stored(rt, p, "customer", connection_id))[remote_id]
    assert row.phone is None and "+4930555701" not in row.raw  # type: ignore[attr-defined]


async def test_one_forbidden_stream_does_not_stop_the_others(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    new = NewConnection("stripe", "", {"api_key": "sk_test_lab_1"}, base_url=f"{lab.url}/stripe", streams=["customers", "invoices"])
    connection_id = await rt.connections.connect(p, new)
    lab.control("POST", "/faults", {"provider": "stripe", "kind": "403", "path": "/v1/invoices", "times": 99})
    done = await sync(connection_id)
    assert done.run.status == "partial"
    assert len(await stored(rt, p, "customer", connection_id)) == len(truth(lab, "stripe", "customers"))
    assert next(stream for stream in done.streams if stream.name == "invoices").error


async def test_a_position_that_stays_too_old_fails_the_stream_and_stops(
    rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = await _customers(rt, p, lab)
    asked = 0

    async def expired(self: BaseAdapter[Any], *_: Any, **__: Any) -> Any:
        nonlocal asked
        asked += 1
        raise CursorExpired("The position is too old.")
        yield

    monkeypatch.setattr(BaseAdapter, "fetch", expired)
    done = await sync(connection_id)
    assert done.run.status == "failed"
    assert asked < 40


async def test_replay_does_not_bring_back_what_is_gone(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _customers(rt, p, lab)
    await sync(connection_id)
    from orion_core.base.db.tables import DeadLetter

    victim = next(iter(await stored(rt, p, "customer", connection_id)))
    async with rt.work.write(p.workspace_id) as tx:
        tx.session.add(
            DeadLetter(
                connection_id=connection_id, run_id="r", stream="customers", key=victim, remote_id=victim, raw='{"id":"x"}', last_at=now()
            )
        )
    adapter = await rt.connections.opener.adapter(p.workspace_id, connection_id)
    assert await adapter.delete("customers", victim)
    letter = (await rt.sync.dead_letters(p)).rows[0]
    assert (await rt.sync.replay(p, [letter.id])).still_failing == 0
    assert victim in await stored(rt, p, "customer", connection_id, deleted=True)
    assert not (await rt.sync.dead_letters(p)).rows


async def test_a_new_address_forgets_the_old_account(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _customers(rt, p, lab)
    await sync(connection_id)
    await rt.connections.update(p, connection_id, ConnectionChange(base_url="https://stripe.example"))
    detail = await rt.connections.get(p, connection_id)
    assert detail.row.state == "reauth" and detail.account_id == "" and detail.credentials == ()
    assert all(stream.cursor is None for stream in detail.streams)
    with pytest.raises((Conflict, ConnectorError)):
        await rt.sync.start(p, connection_id)


async def test_sync_after_pause_is_a_run_of_its_own(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await _customers(rt, p, lab)
    old = await rt.sync.start(p, connection_id)
    await rt.connections.pause(p, connection_id)
    await rt.connections.resume(p, connection_id)
    new = await rt.sync.start(p, connection_id, full=True)
    assert new != old
    assert await rt.sync.execute(p.workspace_id, new) == "succeeded"


@pytest.mark.parametrize(
    ("missing", "live", "braked"), [(0, 100, False), (50, 50, True), (3, 3, False), (4, 4, True), (31, 100, False), (60, 100, True)]
)
def test_the_brake(missing: int, live: int, braked: bool) -> None:
    assert planner.too_many_deletes(missing, live) is braked
