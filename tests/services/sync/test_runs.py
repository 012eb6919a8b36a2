"""Whole runs against the lab, on both databases: what is stored afterwards is what the provider holds."""

from __future__ import annotations

import asyncio

import pytest

from lab.serve import LabServer
from orion_core.base.errors import Conflict, InvalidInput, NotFound
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import ConnectionChange, NewConnection
from tests.services.conftest import truth
from tests.services.sync.conftest import RunSync, stored

OBJECTS = {
    "stripe": {"customer": "customers", "invoice": "invoices", "payment": "payment_intents", "product": "products"},
    "hubspot": {"customer": "contacts", "company": "companies", "deal": "deals", "product": "products", "invoice": "invoices"},
}


async def assert_equals_truth(rt: Runtime, p: Principal, lab: LabServer, provider: str, connection_id: str) -> None:
    for model, name in OBJECTS[provider].items():
        want = {remote_id for remote_id, row in truth(lab, provider, name).items() if not row.get("deleted")}
        have = set(await stored(rt, p, model, connection_id))
        assert have == want, f"{provider} {name}: {len(have - want)} too many, {len(want - have)} missing"


@pytest.mark.parametrize("provider", ["stripe", "hubspot"])
async def test_first_sync_stores_everything_and_the_second_nothing(
    rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, provider: str
) -> None:
    connection_id = await rt.connections.connect_lab(p, provider)
    first = await sync(connection_id)
    assert first.run.status == "succeeded", first.run.error
    assert first.run.changed == first.run.read > 0
    await assert_equals_truth(rt, p, lab, provider, connection_id)
    before = {model: {row.changed_tx for row in (await stored(rt, p, model, connection_id)).values()} for model in OBJECTS[provider]}  # type: ignore[attr-defined]
    again = await sync(connection_id, full=True)
    assert again.run.status == "succeeded"
    assert (again.run.read, again.run.changed, again.run.deleted) == (first.run.read, 0, 0)
    after = {model: {row.changed_tx for row in (await stored(rt, p, model, connection_id)).values()} for model in OBJECTS[provider]}  # type: ignore[attr-defined]
    assert after == before, "an unchanged re-sync wrote record rows"


@pytest.mark.parametrize("provider", ["stripe", "hubspot"])
async def test_incremental_follows_changes_and_deletes(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync, provider: str) -> None:
    connection_id = await rt.connections.connect_lab(p, provider)
    await sync(connection_id)
    name = OBJECTS[provider]["customer"]
    lab.control("POST", "/mutate", {"provider": provider, "object": name, "updates": 15, "deletes": 4, "creates": 6, "seed": "one"})
    done = await sync(connection_id)
    assert done.run.status == "succeeded", done.run.error
    assert done.run.kind == "incremental"
    await assert_equals_truth(rt, p, lab, provider, connection_id)
    gone = await stored(rt, p, "customer", connection_id, deleted=True)
    assert len(gone) == 4
    assert all(row.delete_proof for row in gone.values())  # type: ignore[attr-defined]


async def test_counts_of_the_matrix_are_the_rows(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    await sync(connection_id)
    lab.control("POST", "/mutate", {"provider": "stripe", "object": "customers", "updates": 9, "deletes": 3, "creates": 2, "seed": "two"})
    await sync(connection_id)
    overview = await rt.analytics.overview(p)
    cell = overview.rows[0].cells["customer"]
    assert cell.records == len(await stored(rt, p, "customer", connection_id))
    assert cell.state == "healthy"


async def test_a_full_run_deletes_only_with_a_complete_listing(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    await sync(connection_id)
    lab.control("POST", "/mutate", {"provider": "stripe", "object": "customers", "deletes": 5, "seed": "three"})
    lab.control("POST", "/faults", {"provider": "stripe", "kind": "403", "path": "/v1/customers", "times": 99, "after": 1})
    broken = await sync(connection_id, full=True)
    assert broken.run.status in ("partial", "failed")
    assert not await stored(rt, p, "customer", connection_id, deleted=True), "a listing with a gap proved a delete"
    lab.control("DELETE", "/faults")
    whole = await sync(connection_id, full=True)
    assert whole.run.status == "succeeded", whole.run.error
    assert len(await stored(rt, p, "customer", connection_id, deleted=True)) == 5
    await assert_equals_truth(rt, p, lab, "stripe", connection_id)


async def test_a_mass_delete_waits_for_a_person(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    await sync(connection_id)
    lab.control("POST", "/mutate", {"provider": "stripe", "object": "customers", "deletes": 120, "seed": "four"})
    held = await sync(connection_id, full=True, streams=["customers"])
    assert held.run.notes and "Nothing was deleted" in held.run.notes[0]
    assert not await stored(rt, p, "customer", connection_id, deleted=True)
    assert any(item.kind == "deletes" for item in (await rt.analytics.overview(p)).attention)
    allowed = await sync(connection_id, streams=["customers"], allow_deletes=True)
    assert allowed.run.deleted == 120
    await assert_equals_truth(rt, p, lab, "stripe", connection_id)


async def test_a_record_that_comes_back_is_alive_again(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "hubspot")
    await sync(connection_id)
    rows = await stored(rt, p, "customer", connection_id)
    victim = next(iter(rows))
    from orion_core.base.db import bulk
    from orion_core.base.db.tables import CustomerRecord

    async with rt.work.write(p.workspace_id) as tx:
        await bulk.tombstone(
            tx.session,
            CustomerRecord,
            connection_id=connection_id,
            stream="contacts",
            remote_ids=[victim],
            run_id="x",
            tx=await bulk.next_tx(tx.session),
            at=1,
            proof="test",
        )
    await sync(connection_id, full=True)
    assert victim in await stored(rt, p, "customer", connection_id)


async def test_only_one_run_at_a_time(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    ids = await asyncio.gather(*(rt.sync.start(p, connection_id) for _ in range(5)))
    assert len(set(ids)) == 1
    outcomes = await asyncio.gather(*(rt.sync.execute(p.workspace_id, ids[0]) for _ in range(3)))
    assert sorted(outcomes) == ["busy", "busy", "succeeded"]


async def test_stop_keeps_what_is_stored(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    lab.control("POST", "/latency", {"ms": 40})
    run_id = await rt.sync.start(p, connection_id)
    work = asyncio.create_task(rt.sync.execute(p.workspace_id, run_id))
    while True:
        progress = await rt.sync.progress(p, run_id=run_id)
        assert progress is not None
        if progress.run.read or not progress.run.open:
            break
        await asyncio.sleep(0.02)
    await rt.sync.stop(p, run_id)
    assert await work == "cancelled"
    lab.control("POST", "/latency", {"ms": 0})
    assert await rt.sync.execute(p.workspace_id, await rt.sync.start(p, connection_id)) == "succeeded"
    await assert_equals_truth(rt, p, lab, "stripe", connection_id)


async def test_a_job_gives_the_run_back_when_its_time_is_up(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    run_id = await rt.sync.start(p, connection_id)
    rounds = 0
    while (status := await rt.sync.execute(p.workspace_id, run_id, budget_s=0.0)) == "running":
        rounds += 1
        assert rounds < 200
    assert status == "succeeded"
    assert rounds > 2
    await assert_equals_truth(rt, p, lab, "stripe", connection_id)


async def test_chosen_streams_and_fields_left_out(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    change = ConnectionChange(streams=["customers"], exclude={"customers": ["email", "address.line1"]})
    await rt.connections.update(p, connection_id, change)
    done = await sync(connection_id)
    assert [stream.name for stream in done.streams] == ["customers"]
    for row in (await stored(rt, p, "customer", connection_id)).values():
        assert row.email is None  # type: ignore[attr-defined]
        assert '"email"' not in row.raw and '"line1"' not in row.raw.split('"shipping"')[0]  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput, match="no stream"):
        await rt.connections.update(p, connection_id, ConnectionChange(streams=["unicorns"]))


async def test_backfill_start_reads_only_what_is_younger(rt: Runtime, p: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    await sync(connection_id)
    created = sorted(row.remote_created_at for row in (await stored(rt, p, "customer", connection_id)).values())  # type: ignore[attr-defined]
    edge = created[len(created) // 2].date()
    other = await rt.connections.connect(
        p,
        NewConnection(
            "stripe",
            "Younger",
            {"api_key": "sk_test_lab_2"},
            base_url=f"{lab.url}/stripe",
            streams=["customers"],
            backfill_start=edge.isoformat(),
        ),
    )
    await sync(other)
    rows = await stored(rt, p, "customer", other)
    assert 0 < len(rows) < len(created)
    assert all(row.remote_created_at.date() >= edge for row in rows.values())  # type: ignore[attr-defined]


async def test_other_workspaces_see_nothing(rt: Runtime, p: Principal, stranger: Principal, lab: LabServer, sync: RunSync) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    run_id = (await sync(connection_id)).run.id
    assert await rt.connections.rows(stranger) == ()
    assert (await rt.sync.runs(stranger)).rows == ()
    for call in (
        lambda: rt.connections.get(stranger, connection_id),
        lambda: rt.sync.start(stranger, connection_id),
        lambda: rt.sync.progress(stranger, run_id=run_id),
        lambda: rt.sync.requests(stranger, run_id),
        lambda: rt.sync.stop(stranger, run_id),
        lambda: rt.sync.set_schedule(stranger, connection_id, "interval", "60"),
        lambda: rt.connections.pause(stranger, connection_id),
        lambda: rt.connections.delete(stranger, connection_id),
        lambda: rt.connections.test_saved(stranger, connection_id),
        lambda: rt.writes.update(stranger, connection_id, "customer", "cus_1", {"name": "x"}),
    ):
        with pytest.raises(NotFound):
            await call()


async def test_paused_connections_do_not_sync(rt: Runtime, p: Principal, lab: LabServer) -> None:
    connection_id = await rt.connections.connect_lab(p, "stripe")
    await rt.connections.pause(p, connection_id)
    with pytest.raises(Conflict, match="paused"):
        await rt.sync.start(p, connection_id)
    await rt.connections.resume(p, connection_id)
    assert await rt.sync.start(p, connection_id)
