"""Any order, any filter, any word: what a page shows is what a plain look at all rows gives, however far the index is behind."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlmodel import select

from orion_core.base.db import search
from orion_core.base.db.bulk import typed_columns
from orion_core.base.db.migrate import sync_url
from orion_core.base.db.search import Place, Query, Search, fold, spec_of, words_of
from orion_core.base.db.search_sql import Sheet
from orion_core.base.db.tables import RECORD_TABLES, CustomerRecord, InvoiceRecord
from orion_core.base.db.tables.records import to_micros
from tests.services.records.conftest import OTHER_WS, WS, World
from tests.support.databases import TestDatabase

NAMES = ["Amelia Brandt", "amelia brandt", "Zoë Müller", "Łukasz Nowak", "Åsa", "佐藤 花", "O'Neil; DROP", "100% off_", 'quo"ted', "ß", "", None,
         "x" * 400, "NUL\0inside", "  spaced   out ", "Éclair"]


def customer(index: int, rng: random.Random) -> dict[str, Any]:
    return {
        "id": f"c{index}", "name": rng.choice(NAMES), "email": rng.choice([None, f"user{index % 7}@Example.com", "broken(at)mail"]),
        "currency": rng.choice(["eur", "usd", "jpy", None]), "stage": rng.choice(["lead", "Customer", None]),
        "active": rng.choice([True, False, None]), "address": {"country": rng.choice(["DE", "SE", None])},
        "updated": rng.choice([None, 1_700_000_000 + index, 1_700_000_500])}


async def brute(world: World, query: Query) -> list[int]:
    """Every record that fits, in order, by looking at each."""
    spec = query.spec
    async with world.work.read(WS) as session:
        rows = (await session.execute(select(query.table))).scalars().all()
    entries = []
    for row in rows:
        raw = [getattr(row, name) for name in spec.source]
        raw = [to_micros(value) if hasattr(value, "tzinfo") else value for value in raw]
        entries.append(spec.entry(raw))
    found = [(entry[spec.place(query.sort)], entry[0]) for entry in entries if fits(query, entry)]
    valued = sorted((pair for pair in found if pair[0] is not None), reverse=query.descending)
    empty = sorted((pair[1] for pair in found if pair[0] is None), reverse=query.descending)
    return [record_id for _, record_id in valued] + empty


def fits(query: Query, entry: tuple[Any, ...]) -> bool:
    value = dict(zip(query.spec.columns, entry, strict=True))
    return (
        query.deleted in (None, bool(value["deleted"])) and query.flagged in (None, bool(value["flagged"]))
        and (query.updated_since is None or value["remote_updated_at"] >= query.updated_since)
        and all(value[name] == wanted for name, wanted in query.equal) and all(word in value["text"] for word in query.words))


async def paged(world: World, query: Query, limit: int, *, backwards: bool = False) -> list[int]:
    """The same by walking pages."""
    ids: list[int] = []
    place: Place | None = None
    while True:
        async with world.work.read(WS) as session:
            found = await Search(session, query).page(place, backwards=backwards, limit=limit)
        assert found.behind == 0 and len(found.places) <= limit
        page = [each.id for each in found.places]
        ids = page + ids if backwards else ids + page
        if not found.more:
            return ids
        place = found.places[0] if backwards else found.places[-1]


def queries(rng: random.Random) -> list[Query]:
    found = []
    for sort in spec_of(CustomerRecord).sorts:
        for descending in (False, True):
            found.append(Query(CustomerRecord, sort=sort, descending=descending))
            found.append(Query(
                CustomerRecord, words=words_of(rng.choice(["amelia", "brandt am", "ZOE", "example", "佐藤", "l", "u", "c1", "100%", "off_", 'quo"', "'",
                                                            "spaced out", "x" * 90, "nobody"])),
                sort=sort, descending=descending, deleted=rng.choice([False, True, None])))
            found.append(Query(
                CustomerRecord, equal=tuple(rng.sample([("currency", "eur"), ("country", "de"), ("is_active", 1), ("connection_id", "cn_one"),
                                                        ("lifecycle_stage", "customer")], rng.randrange(1, 3))),
                sort=sort, descending=descending, flagged=rng.choice([None, None, True, False]),
                updated_since=rng.choice([None, to_micros_of(1_700_000_020)])))
    return found


def to_micros_of(seconds: int) -> int:
    return seconds * 1_000_000


@pytest.mark.parametrize("seed", range(3))
async def test_pages_equal_a_plain_look_at_all_rows(world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    # Small limits, so that few rows pass every way a page can be found.
    monkeypatch.setattr(search, "_SAMPLE", rng.choice([1, 10, 2_000]))
    monkeypatch.setattr(search, "_FEW", rng.choice([0, 5, 3_000]))
    monkeypatch.setattr(search, "_CANDIDATES", rng.choice([0, 20, 10_000]))
    monkeypatch.setattr(search, "_BATCH", 17)
    monkeypatch.setattr(search, "_SPARE", rng.choice([1, 200]))
    for step in range(6):
        ids = rng.sample(range(80), 30)
        await world.store("customer", [customer(index, rng) for index in ids], connection=rng.choice(["cn_one", "cn_two"]), at=step)
        await world.delete("customer", [f"c{index}" for index in rng.sample(range(80), 4)], at=step)
        await world.index("customer", rng.choice([0, 5, 20, 1_000]))
        for query in rng.sample(queries(rng), 10):
            expected = await brute(world, query)
            assert await paged(world, query, 7) == expected, query
            if expected:
                async with world.work.read(WS) as session:
                    finder = Search(session, query)
                    end = await finder.place_of(expected[-1])
                    assert end is not None
                    before = await finder.page(end, backwards=True, limit=5)
                    count, exact = await finder.count(10_000)
                assert [each.id for each in before.places] == expected[:-1][-5:] and before.more == (len(expected) > 6), query
                assert not exact or query.is_plain or count == len(expected), query


async def test_after_catching_up_nothing_waits(world: World) -> None:
    rng = random.Random(5)
    await world.store("customer", [customer(index, rng) for index in range(50)])
    await world.store("invoice", [{"id": f"i{i}", "number": f"INV-{i}", "status": "paid", "total": i, "currency": "eur"} for i in range(30)])
    assert await world.index(None, 60) == 60
    async with world.work.read(WS) as session:
        waiting = [await search.behind(session, table) for table in RECORD_TABLES.values()]
    assert sum(waiting) == 20
    assert await world.index() == 20 and await world.index() == 0
    async with world.work.read(WS) as session:
        assert await search.words_in(session, InvoiceRecord, "status") == ["paid"]
        assert await search.words_in(session, CustomerRecord, "currency") == ["eur", "jpy", "usd"]


async def test_forgetting_a_workspace_leaves_the_other(world: World) -> None:
    rows = [{"id": f"c{i}", "name": f"Ada {i}"} for i in range(20)]
    for workspace, connection in ((WS, "cn_one"), (OTHER_WS, "cn_one_other")):
        await world.store("customer", rows, workspace=workspace, connection=connection)
        await world.index(workspace=workspace)
    async with world.work.write(WS) as tx:
        await search.forget(tx.session)
    async with world.work.read(OTHER_WS) as session:
        assert len((await Search(session, Query(CustomerRecord, words_of("ada 7"))).page()).places) == 1
    assert len(await paged(world, Query(CustomerRecord, words_of("ada")), 50)) == 20, "what is not indexed is still found"
    assert await world.index() == 20
    assert len(await paged(world, Query(CustomerRecord, words_of("ada")), 50)) == 20


async def test_the_index_of_another_workspace_is_out_of_reach(world: World) -> None:
    await world.store("customer", [{"id": "c1", "name": "Secret Person"}], workspace=OTHER_WS, connection="cn_one_other")
    await world.index(workspace=OTHER_WS)
    for words in ((), words_of("secret"), words_of("s")):
        assert await paged(world, Query(CustomerRecord, words), 5) == []
    async with world.work.read(WS) as session:
        assert await search.words_in(session, CustomerRecord, "stream") == []
        assert await Search(session, Query(CustomerRecord, words_of("secret"))).some(5) == []
        other = await Search(session, Query(CustomerRecord)).place_of(1)
    assert other is None


async def test_row_level_security_holds_below_the_search(world: World) -> None:
    if world.db.is_sqlite:
        pytest.skip("SQLite has the session's workspace alone")
    await world.store("customer", [{"id": "c1", "name": "Secret Person"}], workspace=OTHER_WS, connection="cn_one_other")
    await world.index(workspace=OTHER_WS)
    async with world.db.engine.connect() as connection:
        for workspace, seen in (("", 0), (WS, 0), (OTHER_WS, 1)):
            await connection.execute(text("select set_config('app.workspace_id', :w, true)"), {"w": workspace})
            assert (await connection.execute(text("select count(*) from search_customers"))).scalar() == seen
            assert (await connection.execute(text("select count(*) from search_customers_ids(array['%secret%'], 10)"))).scalar() == seen


async def test_without_trigrams_searching_works_all_the_same(world: World, fresh_database: TestDatabase) -> None:
    """Where the extension cannot be had (see the migration) there is no index on the text."""
    if world.db.is_sqlite:
        pytest.skip("SQLite brings its own")
    engine = create_engine(sync_url(fresh_database.admin_url))
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_search_customers_text"))
        connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
    engine.dispose()
    await world.store("customer", [{"id": f"c{i}", "name": f"Ada {i}"} for i in range(20)])
    await world.index()
    assert len(await paged(world, Query(CustomerRecord, words_of("ada 1"), sort="name"), 5)) == 11
    async with world.work.read(WS) as session:
        assert len(await Search(session, Query(CustomerRecord, words_of("ada"))).some(5)) == 5


async def test_pages_walk_indexes(world: World) -> None:
    """The plans of the statements a page is made of: an index each, never a sort of the whole."""
    rng = random.Random(1)
    await world.store("customer", [customer(index, rng) for index in range(300)])
    await world.index()
    seen: list[str] = []
    async with world.work.read(WS) as session:
        if not world.db.is_sqlite:
            await Sheet(session).all("set local enable_seqscan = off")
        for sort in spec_of(CustomerRecord).sorts:
            finder = Search(session, Query(CustomerRecord, sort=sort, descending=sort == "name"))
            original = finder._sheet.all

            async def explained(sql: str, parameters: Any = (), original: Any = original) -> list[Any]:
                if sql.startswith("SELECT s.id"):
                    plan = await original(("EXPLAIN QUERY PLAN " if world.db.is_sqlite else "EXPLAIN ") + sql, parameters)
                    seen.append(" ".join(str(row[-1]) for row in plan))
                return await original(sql, parameters)

            finder._sheet.all = explained  # type: ignore[method-assign]
            first = await finder.page(None, limit=10)
            await finder.page(first.places[-1], limit=10)
            assert all(f"ix_search_customers_{sort}" in plan for plan in seen), seen
            assert not any("TEMP B-TREE" in plan or "Sort" in plan for plan in seen), seen
            seen.clear()


async def test_very_many_changes_behind_are_said_to_be_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_TAIL", 5)
    await world.store("customer", [{"id": f"c{i}", "name": "Ada"} for i in range(9)])
    async with world.work.read(WS) as session:
        found = await Search(session, Query(CustomerRecord)).page(limit=50)
    assert found.behind == 1 and len(found.places) == 5
    await world.index()
    async with world.work.read(WS) as session:
        assert (await Search(session, Query(CustomerRecord)).page(limit=50)).behind == 0


@given(st.text(max_size=40))
def test_folding_is_stable_and_searchable(value: str) -> None:
    folded = fold(value)
    assert fold(folded) == folded
    for word in words_of(value):
        assert word.strip() in folded


def test_every_twin_has_what_the_code_asks_for() -> None:
    for table in RECORD_TABLES.values():
        spec = spec_of(table)
        assert set(spec.typed) <= set(typed_columns(table)) and set(spec.sorts) <= set(spec.columns) and set(spec.filters) <= set(spec.columns)
