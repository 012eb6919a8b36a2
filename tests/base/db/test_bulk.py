"""Bulk writes on both databases: what goes in, what stays in the history, and what never happens."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func
from sqlmodel import select

from orion_core.base.db import Database, ScopedSession, bulk, bulk_postgres, bulk_sqlite
from orion_core.base.db.bulk_rows import Target, prepare
from orion_core.base.db.tables import CustomerRecord, OtherRecord, ProductRecord, RecordRow, RecordVersion
from orion_core.base.errors import RecordError
from tests.support.databases import TestDatabase

WS, OTHER, CONNECTION, STREAM = "ws_one", "ws_two", "cn_one", "customers"


@pytest.fixture
async def db(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    database = Database(fresh_database.url)
    yield database
    await database.close()


def customer(remote_id: str, name: str = "Ada", *, updated: int | None = None, raw: bytes | None = None, **typed: Any) -> bulk.Incoming:
    body = raw if raw is not None else json.dumps({"id": remote_id, "name": name, "updated": updated}).encode()
    values = {"name": name, **typed}
    return bulk.Incoming(remote_id, body, hash(body) >> 1, tuple(values.get(column) for column in bulk.typed_columns(CustomerRecord)),
                         b'{"tax_id":"1"}', None, None, None, updated)


async def store(session: ScopedSession, rows: list[bulk.Incoming], *, at: int = 1, run: str = "run_1", mapping: int = 1, fresh: bool = True,
                table: type[RecordRow] = CustomerRecord, connection: str = CONNECTION) -> bulk.Upserted:
    existing = await bulk.known(session, table, connection, STREAM, [row.remote_id for row in rows]) if fresh else {}
    return await bulk.upsert(session, table, connection_id=connection, stream=STREAM, run_id=run, mapping_version=mapping,
                             schema_version="1.0.0", rows=rows, existing=existing, tx=await bulk.next_tx(session), synced_at=at)


async def put(db: Database, rows: list[bulk.Incoming], workspace: str = WS, **kwargs: Any) -> bulk.Upserted:
    async with db.session(workspace, write=True) as session:
        return await store(session, rows, **kwargs)


async def all_rows(db: Database, workspace: str = WS) -> dict[str, CustomerRecord]:
    async with db.session(workspace) as session:
        return {row.remote_id: row for row in (await session.execute(select(CustomerRecord))).scalars()}


async def versions(db: Database, workspace: str = WS) -> list[RecordVersion]:
    async with db.session(workspace) as session:
        return list((await session.execute(select(RecordVersion).order_by(RecordVersion.record_id, RecordVersion.version))).scalars())


async def test_new_changed_and_unchanged(db: Database) -> None:
    assert await put(db, [customer(f"c{i}") for i in range(250)]) == bulk.Upserted(250, 0, 0)
    assert await put(db, [customer(f"c{i}") for i in range(250)], at=2) == bulk.Upserted(0, 0, 250)
    assert await versions(db) == []
    mixed = [customer(f"c{i}", "Eve" if i < 10 else "Ada", email="eve@example.com") for i in range(260)]
    assert await put(db, mixed, at=3, run="run_2") == bulk.Upserted(10, 10, 240)
    rows = await all_rows(db)
    assert len(rows) == 260
    changed, kept = rows["c3"], rows["c200"]
    assert (changed.name, changed.email, changed.version, changed.run_id, changed.synced_at.microsecond) == ("Eve", "eve@example.com", 2, "run_2", 3)
    assert (kept.name, kept.email, kept.version, kept.run_id, kept.synced_at.microsecond) == ("Ada", None, 1, "run_1", 1)
    assert changed.changed_tx > kept.changed_tx
    history = await versions(db)
    assert len(history) == 10
    assert {(row.version, row.run_id, row.valid_from.microsecond, row.valid_to.microsecond) for row in history} == {(1, "run_1", 1, 3)}
    assert json.loads(history[0].columns)["name"] == "Ada" and json.loads(history[0].raw)["name"] == "Ada"
    assert {row.model for row in history} == {"customer"}


async def test_a_new_mapping_version_rewrites_and_keeps_the_history(db: Database) -> None:
    await put(db, [customer("c1")])
    assert await put(db, [customer("c1")], mapping=2, at=2) == bulk.Upserted(0, 1, 0)
    assert (await all_rows(db))["c1"].mapping_version == 2
    assert [row.mapping_version for row in await versions(db)] == [1]


async def test_an_older_version_never_overwrites_a_newer_one(db: Database) -> None:
    await put(db, [customer("c1", "new", updated=10), customer("c2", "no time")])
    assert await put(db, [customer("c1", "old", updated=9)], at=2) == bulk.Upserted(0, 0, 1)
    assert await put(db, [customer("c1", "same time", updated=10)], at=3) == bulk.Upserted(0, 1, 0)
    assert await put(db, [customer("c2", "timed", updated=1), customer("c1", "untimed")], at=4) == bulk.Upserted(0, 2, 0)
    assert len(await versions(db)) == 3


async def test_duplicates_in_one_batch_count_once(db: Database) -> None:
    twice = [customer("c1", "second", updated=2), customer("c1", "first", updated=1), customer("c2", "a"), customer("c2", "b")]
    assert await put(db, twice) == bulk.Upserted(2, 0, 2)
    assert {key: row.name for key, row in (await all_rows(db)).items()} == {"c1": "second", "c2": "b"}
    assert await put(db, [customer("c2", "x"), customer("c2", "b")], at=2) == bulk.Upserted(0, 0, 2)
    assert await put(db, [customer("c1", "third", updated=3), customer("c1", "second", updated=2)], at=3) == bulk.Upserted(0, 1, 1)
    assert (await all_rows(db))["c1"].name == "third"


async def test_a_stale_answer_of_known_costs_nothing_but_time(db: Database) -> None:
    await put(db, [customer(f"c{i}") for i in range(120)])
    rows = [customer(f"c{i}", "Eve" if i % 2 else "Ada") for i in range(130)]
    assert await put(db, rows, fresh=False, at=2) == bulk.Upserted(10, 60, 60)
    assert len(await versions(db)) == 60
    async with db.session(WS, write=True) as session:
        ghost = {"gone": bulk.Known(99_999, 1, 1, 1, False)}
        done = await bulk.upsert(session, CustomerRecord, connection_id=CONNECTION, stream=STREAM, run_id="r", mapping_version=1,
                                 schema_version="1.0.0", rows=[customer("gone")], existing=ghost, tx=await bulk.next_tx(session), synced_at=3)
        assert done == bulk.Upserted(1, 0, 0)


async def test_tombstone_and_revival(db: Database) -> None:
    await put(db, [customer("c1", updated=5), customer("c2"), customer("c3")])
    async with db.session(WS, write=True) as session:
        arguments: dict[str, Any] = {
            "connection_id": CONNECTION, "stream": STREAM, "run_id": "run_2", "tx": await bulk.next_tx(session), "at": 2, "proof": "listing"}
        assert await bulk.tombstone(session, CustomerRecord, remote_ids=["c1", "c2", "nobody"], **arguments) == 2
        assert await bulk.tombstone(session, CustomerRecord, remote_ids=["c1"], **arguments) == 0
    gone = (await all_rows(db))["c1"]
    assert gone.deleted_at is not None and (gone.delete_proof, gone.version, gone.run_id, gone.name) == ("listing", 2, "run_2", "Ada")
    assert await put(db, [customer("c1", updated=4)], at=3) == bulk.Upserted(0, 0, 1), "a page read before the delete revives nothing"
    assert await put(db, [customer("c1", updated=5), customer("c2")], at=4) == bulk.Upserted(0, 2, 0)
    back = (await all_rows(db))["c1"]
    assert (back.deleted_at, back.delete_proof, back.version) == (None, None, 3)
    history = [row for row in await versions(db) if row.record_id == back.id]
    assert [(row.version, row.deleted_at is not None, row.valid_from.microsecond, row.valid_to.microsecond) for row in history] == [
        (1, False, 1, 2), (2, True, 2, 4)]


async def test_missing_ids(db: Database) -> None:
    for start in range(0, 3_000, 1_000):
        await put(db, [customer(f"c{i:05}") for i in range(start, start + 1_000)])
    await put(db, [customer("elsewhere")], connection="cn_two")
    async with db.session(WS, write=True) as session:
        await bulk.tombstone(session, CustomerRecord, connection_id=CONNECTION, stream=STREAM, remote_ids=["c00007"], run_id="r",
                             tx=await bulk.next_tx(session), at=2, proof="404")
    kept = [f"c{i:05}" for i in range(3_000) if i % 100 != 7]
    expected = [f"c{i:05}" for i in range(3_000) if i % 100 == 7 and i != 7]
    for seen in (array("q", map(_hash, kept)), {_hash(value) for value in kept}):
        async with db.session(WS) as session:
            found = [batch async for batch in bulk.missing_ids(session, CustomerRecord, connection_id=CONNECTION, stream=STREAM, seen=seen,
                                                               hash_fn=_hash, batch=400)]
        assert [value for batch in found for value in batch] == expected and max(map(len, found)) <= 400


def _hash(value: str) -> int:
    return int.from_bytes(value.encode().ljust(8, b"\0")[:8], "big", signed=True)


async def test_workspaces_are_apart(db: Database) -> None:
    await put(db, [customer("c1", "one")])
    await put(db, [customer("c1", "two")], workspace=OTHER)
    await put(db, [customer("c1", "two again")], workspace=OTHER, at=2)
    async with db.session(OTHER, write=True) as session:
        known = await bulk.known(session, CustomerRecord, CONNECTION, STREAM, ["c1"])
        await bulk.tombstone(session, CustomerRecord, connection_id=CONNECTION, stream=STREAM, remote_ids=["c1"], run_id="r",
                             tx=await bulk.next_tx(session), at=3, proof="404")
    mine = (await all_rows(db))["c1"]
    assert (mine.name, mine.deleted_at, mine.version) == ("one", None, 1) and known["c1"].id != mine.id
    assert await versions(db) == [] and len(await versions(db, OTHER)) == 2


NASTY = ["nul \0 inside", "lone \ud800 surrogate", "emoji \U0001f600", "x" * 300_000, "'; drop table customers; --", "tab\tand\nline\\N", ""]


async def test_text_that_databases_stumble_over(db: Database) -> None:
    rows = [customer(f"c{i}", text, raw=json.dumps({"name": text}).encode()) for i, text in enumerate(NASTY)]
    rows.append(customer("bytes", raw=b'{"name": "\xff\xfe broken", "n": "a\x00b"}'))
    assert (await put(db, rows)).inserted == len(NASTY) + 1
    for row in rows:
        row.raw_hash += 1
    assert (await put(db, rows, at=2)).updated == len(NASTY) + 1
    stored = await all_rows(db)
    assert stored["c0"].name == "nul \ufffd inside" and "\\u0000" in stored["c0"].raw
    assert stored["c1"].name == "lone \ufffd surrogate" and "\\ud800" in stored["c1"].raw
    assert [stored[f"c{i}"].name for i in range(2, len(NASTY))] == NASTY[2:]
    assert "\\u0000" in stored["bytes"].raw
    kept = {row.record_id: json.loads(row.columns)["name"] for row in await versions(db)}
    assert [kept[stored[f"c{i}"].id] for i in range(2, len(NASTY))] == NASTY[2:]


@pytest.mark.parametrize(("row", "word"), [
    (customer(""), "empty"), (customer("x" * 256), "longer"), (customer("a\0b"), "plain"), (customer("a\ud800"), "plain"),
    (customer("big", balance_minor=2**63), "balance_minor"),
])
async def test_a_row_no_database_can_hold_is_named_and_nothing_is_written(db: Database, row: bulk.Incoming, word: str) -> None:
    with pytest.raises(RecordError, match=word) as caught:
        await put(db, [customer("fine"), row], fresh=False)
    caught.value.detail["remote_id"].encode()
    assert await all_rows(db) == {}


async def test_every_table_takes_every_kind_of_column(db: Database) -> None:
    product = {"name": "Lamp", "unit_price": 1.25, "stock_quantity": 3, "is_active": True}
    row = bulk.Incoming("p1", b"{}", 1, tuple(product.get(name) for name in bulk.typed_columns(ProductRecord)), "{}")
    await put(db, [row], table=ProductRecord)
    row.raw_hash = 2
    assert (await put(db, [row], table=ProductRecord)).updated == 1
    other = bulk.Incoming("o1", b"{}", 1, ("thing",), "{}", "{}", "[]")
    await put(db, [other], table=OtherRecord)
    other.raw_hash = 2
    assert (await put(db, [other], table=OtherRecord)).updated == 1
    async with db.session(WS) as session:
        stored = (await session.execute(select(ProductRecord))).scalars().one()
        assert (stored.unit_price, stored.stock_quantity, stored.is_active) == (1.25, 3.0, True)
    assert {row.model for row in await versions(db)} == {"product", "other_records"}


async def test_a_rolled_back_transaction_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.session(WS, write=True) as session:
            await store(session, [customer("c1")])
            raise ZeroDivisionError
    assert await all_rows(db) == {}
    assert (await put(db, [customer("c1")])).inserted == 1


async def test_two_writers_of_the_same_rows(db: Database) -> None:
    """Each version is kept once, and versions have no gap: what PostgreSQL's locks and SQLite's single writer are for."""
    ids = [f"c{i}" for i in range(40)]

    async def write(writer: int) -> None:
        for turn in range(6):
            rows = [customer(remote_id, f"{writer}.{turn}") for remote_id in (ids if writer % 2 else reversed(ids))]
            await put(db, rows, at=turn + 1)

    await asyncio.gather(*(write(writer) for writer in range(4)))
    rows, history = await all_rows(db), await versions(db)
    assert len(rows) == 40
    for row in rows.values():
        mine = [old for old in history if old.record_id == row.id]
        assert [old.version for old in mine] == list(range(1, row.version))
        names = [json.loads(old.columns)["name"] for old in mine] + [row.name]
        assert len(names) == len(set(names)) and all(json.loads(old.raw)["name"] == json.loads(old.columns)["name"] for old in mine)


async def test_numbers_of_transactions_grow_and_the_horizon_waits_for_open_ones(db: Database) -> None:
    async with db.session(WS, write=True) as session:
        first = await bulk.next_tx(session)
        assert await bulk.next_tx(session) >= first
    async with db.session(WS, write=True) as session:
        second = await bulk.next_tx(session)
        if not db.is_sqlite:
            async with db.session(WS) as reader:
                assert first < await bulk.horizon(reader) <= second
    assert second > first
    async with db.session(WS) as reader:
        assert await bulk.horizon(reader) > second


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 3), st.integers(0, 2)), max_size=12))
def test_one_row_an_id_goes_on(items: list[tuple[str, int | None, int]]) -> None:
    rows = [bulk.Incoming(key, b"{}", value, (None,) * 12, "{}", remote_updated_at=updated) for key, updated, value in items]
    wanted = prepare(Target(CustomerRecord, WS, CONNECTION, STREAM), rows, {}, 1)
    assert {row.remote_id for row in wanted} == {key for key, _, _ in items} and len(wanted) == len({key for key, _, _ in items})


async def test_counting_is_not_needed(db: Database) -> None:
    """`Upserted` adds up, so that counters of streams never have to count rows."""
    total = 0
    for turn in range(3):
        done = await put(db, [customer(f"c{turn}-{i}") for i in range(30)])
        assert done.inserted + done.updated + done.unchanged == 30
        total += done.inserted
    async with db.session(WS) as session:
        assert (await session.execute(select(func.count()).select_from(CustomerRecord))).scalar_one() == total


async def test_a_cancelled_write_leaves_nothing_and_blocks_nobody(db: Database) -> None:
    for delay in (0.0, 0.001, 0.003, 0.006, 0.01, 0.02):
        task = asyncio.create_task(put(db, [customer(f"c{i}", f"at {delay}") for i in range(1_500)]))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5):
            await put(db, [customer("after", str(delay))])
    names = {row.name for key, row in (await all_rows(db)).items() if key != "after"}
    assert len(names) <= 1, "a batch is stored whole or not at all"


async def test_rows_named_by_id_are_reached_by_id(db: Database) -> None:
    """Without statistics the planners would take the way over every row of the workspace."""
    await put(db, [customer(f"c{i}") for i in range(300)])
    plans: list[str] = []
    async with db.session(WS, write=True) as session:
        driver: Any = (await (await session.connection()).get_raw_connection()).driver_connection
        if db.is_sqlite:
            for statement, parameters in ((bulk_sqlite._history_sql(CustomerRecord), ("customer", 1, WS, "[1,2]")),):
                plans += [str(row[-1]) for row in await driver.execute_fetchall(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert any("USING INTEGER PRIMARY KEY" in plan for plan in plans), plans
        else:
            async with driver.cursor() as cursor:
                await cursor.execute(f"EXPLAIN {bulk_postgres._statements(CustomerRecord)['history']}", ("customer", 1, [1, 2], WS))
                plans += [row[0] for row in await cursor.fetchall()]
            assert any("customers_pkey" in plan for plan in plans), plans
