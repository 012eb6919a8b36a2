"""The change feed never misses and never repeats, also while several writers' transactions overlap."""

from __future__ import annotations

import asyncio
import random

import pytest

from orion_core.base.db import bulk
from orion_core.base.db.tables import CustomerRecord
from orion_core.base.errors import InvalidInput
from tests.services.records.conftest import World


async def drain(world: World, cursor: str | None, limit: int = 50) -> tuple[list[tuple[str, int, bool]], str]:
    seen: list[tuple[str, int, bool]] = []
    while True:
        page = await world.records.changes(world.p, "customer", cursor, limit)
        cursor = page.next
        seen += [(change.remote_id, change.version, change.deleted) for change in page.data]
        if not page.data:
            return seen, cursor


async def test_what_changed_since(world: World) -> None:
    await world.store("customer", [{"id": f"c{i}", "name": "Ada"} for i in range(5)])
    seen, cursor = await drain(world, None, 2)
    assert sorted(seen) == [(f"c{i}", 1, False) for i in range(5)]
    assert await drain(world, cursor) == ([], cursor)
    await world.store("customer", [{"id": "c1", "name": "Eve"}, {"id": "c2", "name": "Ada"}])
    await world.delete("customer", ["c4"])
    page = await world.records.changes(world.p, "customer", cursor)
    assert [(change.remote_id, change.version, change.deleted) for change in page.data] == [("c1", 2, False), ("c4", 2, True)]
    assert page.data[0].data is not None and page.data[0].data["name"] == "Eve" and page.data[1].data is None
    from_here = (await world.records.changes(world.p, "customer", "now")).next
    assert (await world.records.changes(world.p, "customer", from_here)).data == []


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJmIiwtMiwwXQ", "WyJmIiwxLCJhIl0", "WyJmIix0cnVlLDFd"])
async def test_a_cursor_that_is_none(world: World, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        await world.records.changes(world.p, "customer", cursor)


async def test_a_reader_waits_for_the_slower_writer(world: World) -> None:
    """A transaction that began first and commits last must not be jumped over."""
    if world.db.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    stuck, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with world.work.write("ws_one") as tx:
            number = await bulk.next_tx(tx.session)
            stuck.set()
            await go.wait()
            row = bulk.Incoming("slow", b"{}", 1, (None,) * len(bulk.typed_columns(CustomerRecord)), b"{}")
            await bulk.upsert(tx.session, CustomerRecord, connection_id="cn_one", stream="customers", run_id="r", mapping_version=1,
                              schema_version="1.0.0", rows=[row], existing={}, tx=number, synced_at=1)

    writer = asyncio.create_task(slow())
    await stuck.wait()
    await world.store("customer", [{"id": "fast", "name": "Ada"}])
    assert await world.index() == 0, "the index stops at the same place"
    seen, cursor = await drain(world, None)
    assert seen == [] and (await world.records.page(world.p, "customer")).rows[0].remote_id == "fast", "a page shows it at once"
    go.set()
    await writer
    seen, cursor = await drain(world, cursor)
    assert [remote_id for remote_id, _, _ in seen] == ["slow", "fast"]
    assert await world.index() == 2


async def test_overlapping_writers_and_a_reader(world: World) -> None:
    rng = random.Random(7)
    done = False
    written: dict[str, int] = {}

    async def write(writer: int) -> None:
        for turn in range(12):
            ids = [f"w{writer}-{rng.randrange(15)}" for _ in range(6)]
            await world.store("customer", [{"id": each, "name": f"{writer}.{turn}"} for each in dict.fromkeys(ids)])
            await asyncio.sleep(rng.random() / 200)

    async def read() -> list[tuple[str, int, bool]]:
        seen: list[tuple[str, int, bool]] = []
        cursor: str | None = None
        while True:
            finished = done
            more, cursor = await drain(world, cursor, 7)
            seen += more
            if finished:
                return seen
            await asyncio.sleep(0.002)

    async def index() -> None:
        while not done:
            await world.index("customer", 20)
            await asyncio.sleep(0.003)

    reader, indexer = asyncio.create_task(read()), asyncio.create_task(index())
    await asyncio.gather(*(write(writer) for writer in range(4)))
    done = True
    seen = await reader
    await indexer
    assert len(seen) == len(set(seen)), "a version of a record comes once"
    for remote_id, version, _ in seen:
        assert version > written.get(remote_id, 0), "versions of a record come in order"
        written[remote_id] = version
    page = await world.records.page(world.p, "customer", limit=500)
    assert written == {row.remote_id: row.version for row in page.rows}, "the last version of every record came"
