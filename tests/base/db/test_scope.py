"""A session sees and writes its own workspace, whatever statement it is given; on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, exists, func, insert, literal, literal_column, select, text, true, union_all, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased, make_transient_to_detached
from sqlmodel import col

from orion_core.base.db import Database, ScopeError
from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import AuditEntry, ConnectorConfig, SyncRun, User, Workspace
from tests.support.databases import TestDatabase

ALICE, BOB = "ws_alice", "ws_bob"
C = ConnectorConfig
OTHER = aliased(C)
CORE = C.__table__.alias()



@pytest.fixture
async def db(module_database: TestDatabase) -> AsyncIterator[Database]:
    """One database for the whole file, emptied of what the tests write."""
    database = Database(module_database.url, pool_size=4)
    for workspace in (ALICE, BOB):
        async with database.session(workspace, write=True) as session:
            await session.execute(delete(C))
    yield database
    await database.close()


READS = {
    "entity": lambda bob: select(C.id),
    "columns": lambda bob: select(col(C.id), col(C.name)),
    "by the other's id": lambda bob: select(C.id).where(col(C.id).in_([bob, "x"]) | (col(C.name) != "")),
    "or true": lambda bob: select(C.id).where((col(C.id) == bob) | (col(C.workspace_id) == BOB) | (col(C.id) != "")),
    "alias": lambda bob: select(OTHER.id),
    "join": lambda bob: select(OTHER.id).select_from(C).join(OTHER, col(C.id) != ""),
    "cross join": lambda bob: select(OTHER.id).select_from(C).join(OTHER, true()),
    "full join": lambda bob: select(OTHER.id).select_from(C).join(OTHER, col(C.name) == col(OTHER.name), full=True),
    "left join": lambda bob: select(func.coalesce(OTHER.id, C.id)).select_from(C).join(OTHER, col(C.name) != col(OTHER.name), isouter=True),
    "subquery": lambda bob: select(select(C.id).subquery().c.id),
    "cte": lambda bob: select(select(C.id).cte("c").c.id),
    "in subquery": lambda bob: select(OTHER.id).where(col(OTHER.id).in_(select(C.id))),
    "union": lambda bob: select(union_all(select(C.id), select(OTHER.id)).subquery().c.id).distinct(),
    "scalar subquery": lambda bob: select(select(func.min(C.id)).scalar_subquery()).select_from(C),
    "group": lambda bob: select(C.id).group_by(col(C.id)),
}


@pytest.mark.parametrize("case", READS)
async def test_reads_see_their_own_rows(db: Database, two: dict[str, str], case: str) -> None:
    for mine, other in ((ALICE, BOB), (BOB, ALICE)):
        async with db.session(mine) as session:
            rows = (await session.execute(READS[case](two[other]))).scalars().all()
        assert rows == [two[mine]]


async def test_counts_gets_and_exists(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE) as session:
        assert (await session.execute(select(func.count()).select_from(C))).scalar_one() == 1
        assert (await session.execute(select(func.count(C.id)))).scalar_one() == 1
        assert await session.get(C, two[BOB]) is None
        assert (await session.get(C, two[ALICE])) is not None
        assert (await session.execute(select(C.id).where(exists().where(col(OTHER.id) == two[BOB])))).all() == []
        assert (await session.execute(select(C.id, exists(select(OTHER.id).where(col(OTHER.id) == two[BOB]))))).all() == [(two[ALICE], False)]
        assert [row.id async for row in await session.stream_scalars(select(C))] == [two[ALICE]]


async def test_update_and_delete_without_where_touch_their_own_rows(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE, write=True) as session:
        assert (await session.execute(update(C).values(name="taken"))).rowcount == 1
        assert (await session.execute(update(C).where(col(C.id) == two[BOB]).values(name="taken"))).rowcount == 0
    async with db.session(BOB) as session:
        assert (await session.get_one(C, two[BOB])).name == "Stripe of ws_bob"
    async with db.session(ALICE, write=True) as session:
        assert (await session.execute(delete(C))).rowcount == 1
    async with db.session(BOB) as session:
        assert (await session.execute(select(func.count(C.id)))).scalar_one() == 1


REFUSED = {
    "text": lambda: text("select id from connector_configs"),
    "core table": lambda: select(C.__table__.c.id),
    "core table beside an entity": lambda: select(C.id, SyncRun.__table__.c.id).where(SyncRun.__table__.c.connection_id == C.id),
    "core alias of the same table": lambda: select(C.id).join(CORE, CORE.c.id != col(C.id)),
    "core table without columns": lambda: select(C.id).join(SyncRun.__table__, true()),
    "core table in exists": lambda: select(C.id).where(exists(select(literal(1)).select_from(SyncRun.__table__))),
    "core table in a subquery": lambda: select(C.id).where(col(C.id).in_(select(SyncRun.__table__.c.id))),
    "core table joined": lambda: select(C.id).join(SyncRun.__table__, SyncRun.__table__.c.connection_id == C.id),
    "entity from text": lambda: select(C).from_statement(text("select * from connector_configs")),
    "text in where": lambda: select(C.id).where(text("1=1) or (1=1")),
    "text columns": lambda: select(C.id).where(col(C.id).in_(text("select id from connector_configs").columns(C.__table__.c.id).scalar_subquery())),
    "core update": lambda: update(C.__table__).values(name="x"),
    "core delete": lambda: delete(C.__table__),
    "core insert": lambda: insert(C.__table__).values(id="x", workspace_id=BOB),
    "orm insert": lambda: insert(C).values(id="x", workspace_id=BOB),
    "update into another workspace": lambda: update(C).values(workspace_id=BOB),
    "update by column into another workspace": lambda: update(C).values({C.workspace_id: BOB}),
    "directory table": lambda: select(User),
    "directory table joined": lambda: select(C.id).join(Workspace, col(Workspace.id) == col(C.workspace_id)),
    "audit update": lambda: update(AuditEntry).values(action="x"),
    "audit delete": lambda: delete(AuditEntry),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_scoped_is_refused(db: Database, two: dict[str, str], case: str) -> None:
    async with db.session(ALICE, write=True) as session:
        with pytest.raises(ScopeError):
            await session.execute(REFUSED[case]())


async def test_literal_columns_beside_an_entity_still_pass(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE) as session:
        assert (await session.execute(select(C.id, literal_column("1")))).all() == [(two[ALICE], 1)]


async def test_rows_of_others_are_not_inserted_changed_or_taken_over(db: Database, two: dict[str, str]) -> None:
    async def attempt(change: object) -> None:
        with pytest.raises((ScopeError, DBAPIError)):
            async with db.session(ALICE, write=True) as session:
                await change(session)  # type: ignore[operator]

    async def insert_as_bob(session) -> None:
        session.add(C(workspace_id=BOB, connector_id="x", name="x"))

    async def move_to_bob(session) -> None:
        (await session.get_one(C, two[ALICE])).workspace_id = BOB

    async def reattach_and_delete(session) -> None:
        row = C(id=two[BOB], workspace_id=ALICE, connector_id="x", name="x")
        make_transient_to_detached(row)
        session.add(row)
        row.name = "taken"
        await session.flush()

    async def delete_reattached(session) -> None:
        row = C(id=two[BOB], workspace_id=ALICE, connector_id="x", name="x")
        make_transient_to_detached(row)
        await session.delete(row)
        await session.flush()

    async def merge(session) -> None:
        await session.merge(C(id=two[BOB], workspace_id=ALICE, connector_id="x", name="taken"))
        await session.flush()

    async def bulk_mappings(session) -> None:
        await session.run_sync(lambda sync: sync.bulk_insert_mappings(C, [{"id": "x", "workspace_id": BOB}]))

    async def bulk_objects(session) -> None:
        await session.run_sync(lambda sync: sync.bulk_save_objects([C(workspace_id=BOB, connector_id="x", name="x")]))

    async def bulk_update(session) -> None:
        await session.run_sync(lambda sync: sync.bulk_update_mappings(C, [{"id": two[BOB], "name": "taken"}]))

    async def update_many(session) -> None:
        await session.execute(update(C), [{"id": two[BOB], "name": "taken"}])

    async def directory_row(session) -> None:
        session.add(Workspace(name="x", slug="x"))

    for change in (insert_as_bob, move_to_bob, reattach_and_delete, delete_reattached, merge, bulk_mappings, bulk_objects, bulk_update,
                   update_many, directory_row):
        await attempt(change)
        async with db.session(BOB) as session:
            assert [(row.id, row.name) for row in (await session.execute(select(C))).scalars()] == [(two[BOB], "Stripe of ws_bob")], change
        async with db.session(ALICE) as session:
            assert (await session.execute(select(func.count(C.id)))).scalar_one() == 1, change


async def test_a_row_of_another_session_is_not_taken_in(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE) as session:
        row = C(id=two[BOB], workspace_id=ALICE, connector_id="x", name="x")
        make_transient_to_detached(row)
        with pytest.raises(ScopeError):
            session.add(row)


async def test_refresh_stays_in_the_workspace(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE, write=True) as session:
        row = await session.get_one(C, two[ALICE])
        await session.execute(update(C).values(name="new"), execution_options={"synchronize_session": False})
        await session.refresh(row)
        assert row.name == "new"
        session.expire(row, ["name"])
        await session.refresh(row, ["name"])
        assert row.name == "new"


async def test_without_a_workspace_nothing_is_read_or_written(db: Database, two: dict[str, str]) -> None:
    async with db.session("") as session:
        with pytest.raises(ScopeError):
            await session.execute(select(C))
    with pytest.raises(ScopeError):
        async with db.session("", write=True) as session:
            session.add(C(workspace_id="", connector_id="x", name="x"))


async def test_a_reading_session_refuses_to_write(db: Database, two: dict[str, str]) -> None:
    async with db.session(ALICE) as session:
        with pytest.raises(ScopeError):
            await session.execute(update(C).values(name="lost"))
    async with db.session(ALICE) as session:
        session.add(C(workspace_id=ALICE, connector_id="x", name="lost"))
        with pytest.raises(ScopeError):
            await session.flush()
    async with db.directory() as directory:
        with pytest.raises(ScopeError):
            await Directory(directory).update(Workspace, name="lost")


async def test_new_rows_are_stamped(db: Database) -> None:
    async with db.session(ALICE, write=True) as session:
        row = C(connector_id="stripe", name="new")
        session.add(row)
        await session.flush()
        assert row.workspace_id == ALICE


async def test_the_directory_session_reads_no_tenant_table(db: Database, two: dict[str, str]) -> None:
    async with db.directory() as session:
        for statement in (select(C), select(User, C).join(C, true()), text("select 1"), select(C.__table__),
                          select(User.id).join(C.__table__, true()), select(User).where(col(User.id).in_(select(C.user_id)))):
            with pytest.raises(ScopeError):
                await session.execute(statement)
        with pytest.raises(ScopeError):
            await Directory(session).all(C)
        with pytest.raises(ScopeError):
            await Directory(session).all(User, col(User.id).in_(select(C.user_id)))


async def test_a_thousand_interleaved_sessions_leak_nothing(db: Database, two: dict[str, str]) -> None:
    async def one(number: int) -> bool:
        mine = (ALICE, BOB)[number % 2]
        try:
            async with db.session(mine, write=number % 10 == 0) as session:
                first = (await session.execute(select(C.id))).scalars().all()
                await asyncio.sleep(random.random() / 1000)
                if number % 7 == 0:
                    raise ZeroDivisionError  # what ends badly must not leave its workspace behind in the pool
                return first == (await session.execute(select(C.id))).scalars().all() == [two[mine]]
        except ZeroDivisionError:
            return True

    results: list[bool] = []
    for start in range(0, 1000, 200):
        results += await asyncio.gather(*(one(number) for number in range(start, start + 200)))
    assert results.count(True) == 1000
