"""Faults: after each the stored records equal the provider's, or the run says why not and what to do."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from sqlmodel import col, select

from lab.serve import LabServer
from orion_core.base.db.tables import CustomerRecord, SyncRun
from orion_core.base.errors import Conflict, LeaseLost
from orion_core.base.kit.clock import now
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import NewConnection
from orion_core.services.sync import repository
from tests.services.conftest import truth
from tests.services.sync.conftest import RunSync, stored

CUSTOMERS = {"provider": "stripe", "path": "/v1/customers"}


async def _stripe(rt: Runtime, p: Principal, lab: LabServer, streams: tuple[str, ...] = ("customers",)) -> str:
    new = NewConnection("stripe", "", {"api_key": "sk_test_lab_1"}, base_url=f"{lab.url}/stripe", streams=list(streams))
    return await rt.connections.connect(p, new)


async def _assert_customers(rt: Runtime, p: Principal, lab: LabServer, connection_id: str) -> None:
    assert set(await stored(rt, p, "customer", connection_id)) == {
        key for key, row in truth(lab, "stripe", "customers").items() if not row.get("deleted")
    }


@pytest.mark.parametrize("kind", ["500", "503", "reset", "truncate"])
async def test_a_page_that_fails_is_asked_for_again_whole(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, kind: str) -> None:
    connection_id = await _stripe(rt, p, lab)
    lab.control("POST", "/faults", {**CUSTOMERS, "kind": kind, "times": 2, "after": 4})
    done = await sync(connection_id)
    assert done.run.status == "succeeded", done.run.error
    await _assert_customers(rt, p, lab, connection_id)
    log = (await rt.sync.requests(p, done.run.id, limit=200)).rows
    assert any(row.error or row.status >= 500 for row in log)


async def test_retry_after_is_obeyed(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _stripe(rt, p, lab)
    lab.control("POST", "/faults", {**CUSTOMERS, "kind": "429", "times": 1, "after": 3, "retry_after": "2"})
    began = time.monotonic()
    done = await sync(connection_id)
    assert done.run.status == "succeeded", done.run.error
    assert time.monotonic() - began >= 2.0
    await _assert_customers(rt, p, lab, connection_id)


async def test_a_long_wait_parks_the_run_and_says_until_when(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _stripe(rt, p, lab)
    lab.control("POST", "/faults", {**CUSTOMERS, "kind": "429", "times": 99, "after": 3, "retry_after": "1800"})
    parked = await sync(connection_id)
    assert parked.run.status == "waiting"
    assert parked.run.error and parked.run.error["code"] == "rate_limited"
    assert parked.run.next_try_at is not None
    assert timedelta(minutes=29) < parked.run.next_try_at - now() < timedelta(minutes=31)
    asked = len(lab.control("GET", "/requests?provider=stripe")["requests"])
    assert await rt.sync.execute(p.workspace_id, parked.run.id) == "busy", "a parked run was taken up before its time"
    assert len(lab.control("GET", "/requests?provider=stripe")["requests"]) == asked
    assert any(item.kind == "waiting" for item in (await rt.analytics.overview(p)).attention)
    await rt.sync.stop(p, parked.run.id)
    # The provider's word holds for the account, not for one run: the next one waits too, without asking.
    assert (await sync(connection_id)).run.status == "waiting"
    assert len(lab.control("GET", "/requests?provider=stripe")["requests"]) == asked


@pytest.mark.parametrize("kind", ["html", "bad_json", "deep"])
async def test_nonsense_ends_the_stream_with_a_cause_and_damages_nothing(
    rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, kind: str
) -> None:
    connection_id = await _stripe(rt, p, lab, ("customers", "products"))
    await sync(connection_id)
    before = {key: row.raw for key, row in (await stored(rt, p, "customer", connection_id)).items()}  # type: ignore[attr-defined]
    lab.control("POST", "/faults", {**CUSTOMERS, "kind": kind, "times": 99})
    broken = await sync(connection_id, full=True)
    assert broken.run.status == "partial", (broken.run.status, broken.run.error)
    states = {stream.name: stream for stream in broken.streams}
    assert states["products"].state == "done"
    error = states["customers"].error
    assert error and error["message"] and error["next_step"]
    after = {key: row.raw for key, row in (await stored(rt, p, "customer", connection_id)).items()}  # type: ignore[attr-defined]
    assert after == before


async def test_a_refused_credential_stops_the_schedule_and_keeps_the_data(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _stripe(rt, p, lab)
    await sync(connection_id)
    await rt.sync.set_schedule(p, connection_id, "interval", "30")
    lab.control("POST", "/tokens", {"provider": "stripe", "revoke": ["sk_test_lab_1"]})
    try:
        refused = await sync(connection_id, full=True)
    finally:
        lab.control("POST", "/tokens", {"provider": "stripe", "restore": ["sk_test_lab_1"]})
    assert refused.run.status == "failed"
    detail = await rt.connections.get(p, connection_id)
    assert detail.row.state == "reauth"
    assert detail.row.error and "credential" in detail.row.error["next_step"]
    await _assert_customers(rt, p, lab, connection_id)
    with pytest.raises(Conflict, match="new credential"):
        await rt.sync.start(p, connection_id)
    answered = await rt.connections.replace_credential(p, connection_id, {"api_key": "sk_test_lab_2"})
    assert answered.ok
    assert (await sync(connection_id)).run.status == "succeeded"


@pytest.mark.parametrize(
    "kind", ["nul", "surrogate", "bad_email", "weird_currency", "unknown_enum", "string_amount", "long_text", "bad_date", "number_name"]
)
async def test_an_odd_record_is_kept_and_the_rest_passes(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, kind: str) -> None:
    connection_id = await _stripe(rt, p, lab)
    lab.control("POST", "/poison", {"provider": "stripe", "object": "customers", "index": 7, "kind": kind})
    done = await sync(connection_id)
    assert done.run.status == "succeeded", done.run.error
    total = len(truth(lab, "stripe", "customers"))
    assert len(await stored(rt, p, "customer", connection_id)) + done.run.set_aside == total
    assert done.run.set_aside == 0 or (await rt.sync.dead_letters(p)).rows[0].cause["message"]


@pytest.mark.parametrize("kind", ["missing_id", "null_record"])
async def test_a_record_without_an_id_is_set_aside_and_blocks_deletes(
    rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, kind: str
) -> None:
    connection_id = await _stripe(rt, p, lab)
    await sync(connection_id)
    lab.control("POST", "/poison", {"provider": "stripe", "object": "customers", "index": 7, "kind": kind})
    lab.control("POST", "/mutate", {"provider": "stripe", "object": "customers", "deletes": 2, "seed": "p"})
    done = await sync(connection_id, full=True)
    assert done.run.status == "succeeded", done.run.error
    assert done.run.set_aside == 1
    assert not await stored(rt, p, "customer", connection_id, deleted=True), "a listing with a nameless record proved deletes"
    letter = (await rt.sync.dead_letters(p, connection_id=connection_id)).rows[0]
    assert letter.cause["message"] and letter.cause["next_step"]
    again = await sync(connection_id, full=True)
    assert again.run.set_aside == 0, "the same letter was counted twice"
    assert len((await rt.sync.dead_letters(p)).rows) == 1


async def test_a_zombie_writes_nothing(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await _stripe(rt, p, lab)
    run_id = await rt.sync.start(p, connection_id)
    async with rt.work.write(p.workspace_id) as tx:
        zombie = await repository.claim(tx, run_id, owner="zombie", lease_s=0.001, at=now())
    assert zombie is not None
    await asyncio.sleep(0.01)
    assert await rt.sync.execute(p.workspace_id, run_id) == "succeeded"
    with pytest.raises(LeaseLost):
        async with rt.work.write(p.workspace_id) as tx:
            await repository.set_connection(tx, connection_id, name="written by a zombie")
            await repository.beat(tx, zombie, lease_s=5, at=now(), read=1)
    assert (await rt.connections.get(p, connection_id)).row.name != "written by a zombie"


async def test_a_live_lease_is_respected_and_a_dead_one_taken_over(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await _stripe(rt, p, lab)
    run_id = await rt.sync.start(p, connection_id)
    async with rt.work.write(p.workspace_id) as tx:
        assert await repository.claim(tx, run_id, owner="other", lease_s=1.0, at=now()) is not None
    assert await rt.sync.execute(p.workspace_id, run_id) == "busy"
    await asyncio.sleep(1.1)
    assert await rt.sync.execute(p.workspace_id, run_id) == "succeeded"


async def test_schedules_start_runs_once_however_many_sweep(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await _stripe(rt, p, lab)
    await rt.sync.set_schedule(p, connection_id, "interval", "30")
    async with rt.work.write(p.workspace_id) as tx:
        await repository.set_connection(tx, connection_id, next_due_at=now() - timedelta(seconds=1))
        await repository.due(tx, connection_id, now() - timedelta(seconds=1), 0, kind="schedule")
    await asyncio.gather(*(rt.sync.sweep() for _ in range(4)))
    runs = (await rt.sync.runs(p)).rows
    assert [(run.trigger, run.kind) for run in runs] == [("schedule", "incremental")]
    assert await rt.sync.execute(p.workspace_id, runs[0].id) == "succeeded"


async def test_duplicates_between_pages_are_one_record(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await _stripe(rt, p, lab)
    lab.control("POST", "/poison", {"provider": "stripe", "object": "customers", "index": 50, "kind": "duplicate_id"})
    done = await sync(connection_id)
    assert done.run.status in ("succeeded", "partial"), done.run.error
    async with rt.work.read(p.workspace_id) as session:
        rows = (
            (await session.execute(select(CustomerRecord.remote_id).where(col(CustomerRecord.connection_id) == connection_id)))
            .scalars()
            .all()
        )
        assert len(rows) == len(set(rows))
        assert (await session.execute(select(SyncRun.status))).scalars().all() == [done.run.status]
