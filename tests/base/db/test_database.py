"""Many writers, cancelled callers, and a start that refuses what would not keep workspaces apart."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlmodel import col

from orion_core.base.db import Database
from orion_core.base.db.migrate import sync_url
from orion_core.base.db.patient import finish
from orion_core.base.db.tables import ConnectorConfig, Instance, StreamState
from orion_core.base.errors import ConfigurationError
from orion_core.base.work import Work
from tests.support.databases import TestDatabase
from tests.support.postgres import PgServer

ROOT = Path(__file__).resolve().parents[3]

_WRITER = """
import asyncio, sys
from sqlalchemy import select
from orion_core.base.db import Database
from orion_core.base.db.tables import StreamState

async def main(url, writers, rounds):
    db = Database(url)
    async def one():
        for _ in range(rounds):
            async with db.session("ws_a", write=True) as session:
                row = (await session.execute(select(StreamState).with_for_update())).scalars().one()
                row.records += 1
    await asyncio.gather(*(one() for _ in range(writers)))
    await db.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


async def test_32_writers_in_two_processes_lose_nothing_and_meet_no_lock(db: Database, fresh_database: TestDatabase) -> None:
    """Each reads, adds one and writes: a deferred transaction would fail with "database is locked", a lost update would miss in the sum."""
    async with db.session("ws_a", write=True) as session:
        session.add(StreamState(connection_id="cn_1", stream="customers"))
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, fresh_database.url, "16", "10", cwd=ROOT,
                                                      stderr=subprocess.PIPE) for _ in range(2)]
    errors = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 2, errors
    async with db.session("ws_a") as session:
        assert (await session.execute(select(StreamState.records))).scalar_one() == 320


async def test_cancelled_callers_leave_no_lock_and_no_connection_behind(db: Database) -> None:
    """500 callers, many cancelled once or twice at any point. What was not cancelled is stored, and the next writer does not wait."""
    stored: set[str] = set()

    async def one(number: int) -> None:
        async with db.session("ws_a", write=number % 3 != 0) as session:
            if number % 3:
                session.add(ConnectorConfig(id=f"cn_{number}", connector_id="stripe", name="x"))
                await session.flush()
            await session.execute(select(func.count(ConnectorConfig.id)))
            await asyncio.sleep(random.random() / 500)
        if number % 3:
            stored.add(f"cn_{number}")

    outcomes: list[object] = []
    for start in range(0, 500, 100):
        tasks = [asyncio.create_task(one(start + number)) for number in range(100)]
        for _ in range(150):
            await asyncio.sleep(random.random() / 1000)
            victim = random.choice(tasks)
            victim.cancel()
            if random.random() < 0.5:
                await asyncio.sleep(0)
                victim.cancel()
        outcomes += await asyncio.gather(*tasks, return_exceptions=True)
    assert any(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes) and stored
    assert [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, asyncio.CancelledError)] == []
    async with asyncio.timeout(5), db.session("ws_a", write=True) as session:
        found = set((await session.execute(select(ConnectorConfig.id))).scalars())
    assert stored <= found
    await asyncio.sleep(0.05)
    assert db.engine.sync_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_a_timeout_around_a_statement_still_times_out(db: Database) -> None:
    slow = asyncio.Event()

    async def work() -> None:
        await slow.wait()

    task = asyncio.create_task(finish(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()  # what was begun is finished first
    slow.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), db.session("ws_a", write=True) as session:
            while True:
                await session.execute(select(ConnectorConfig.id))
    async with db.session("ws_a", write=True) as session:
        await session.execute(select(ConnectorConfig.id))


async def test_an_error_rolls_everything_back_and_rings_no_bell(db: Database) -> None:
    class Bell:
        rung: list[str] = []

        async def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> bool:
            self.rung.append(object_id)
            return True

    work, order = Work(db, Bell()), []

    async def last() -> None:
        order.append("last")

    for fails in (True, False):
        with pytest.raises(ZeroDivisionError) if fails else open("/dev/null"):
            async with work.write("ws_a") as tx:
                tx.last(last)
                tx.session.add(ConnectorConfig(connector_id="stripe", name="x"))
                await tx.directory.add(Instance(name="n", value="v"))
                tx.ring("sync", "run_1")
                order.append("body")
                if fails:
                    raise ZeroDivisionError
        async with work.read("ws_a") as session:
            assert (await session.execute(select(func.count(ConnectorConfig.id)))).scalar_one() == (0 if fails else 1)
        async with work.directory() as directory:
            assert (await directory.one(Instance, col(Instance.name) == "n") is None) is fails
        assert Bell.rung == ([] if fails else ["run_1"])
    assert order == ["body", "body", "last"]


async def test_ensure_inserts_once_among_many(db: Database, work: Work) -> None:
    async def one(number: int) -> bool:
        async with work.directory(write=True) as directory:
            return await directory.ensure(Instance(name="once", value=str(number)))

    assert sorted(await asyncio.gather(*(one(number) for number in range(8)))) == [False] * 7 + [True]


# -- start-up checks -------------------------------------------------------------------------------------------------


async def test_a_sound_database_passes(db: Database) -> None:
    await db.check()


async def test_an_empty_database_is_refused(empty_database: TestDatabase) -> None:
    db = Database(empty_database.url)
    with pytest.raises(ConfigurationError, match=r"no tables yet"):
        await db.check()
    await db.close()


async def test_a_newer_database_is_refused(db: Database, fresh_database: TestDatabase) -> None:
    _admin(fresh_database, "update alembic_version set version_num = '9999'")
    with pytest.raises(ConfigurationError, match="9999"):
        await db.check()


async def test_a_database_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    for url in ("postgresql+psycopg://orion_app@127.0.0.1:1/none", f"sqlite+aiosqlite:///{tmp_path}/missing/orion.db"):
        db = Database(url)
        with pytest.raises(ConfigurationError, match="cannot be reached"):
            await db.check()
        await db.close()


@pytest.fixture
def pg(pg_server: PgServer) -> TestDatabase:
    from tests.support import databases

    return databases.postgres_migrated(pg_server)[0]


@pytest.mark.parametrize("power", ["superuser", "bypassrls", "owner", "member of the owner"])
async def test_a_role_that_bypasses_row_level_security_is_refused(pg: TestDatabase, pg_server: PgServer, power: str) -> None:
    role = f"app_{power.split()[0]}"
    _admin(pg, f"drop role if exists {role}")
    _admin(pg, f"create role {role} login {power if power in ('superuser', 'bypassrls') else ''}")
    _admin(pg, f"grant usage on schema public to {role}; grant select on all tables in schema public to {role}")
    if power == "owner":
        _admin(pg, f"alter table events owner to {role}")
    if power == "member of the owner":
        _admin(pg, "drop role if exists orion_owner")
        _admin(pg, f"create role orion_owner; alter table events owner to orion_owner; grant orion_owner to {role}")
    db = Database(pg.admin_url.replace("postgres@", f"{role}@"))
    with pytest.raises(ConfigurationError, match="kept apart"):
        await db.check()
    await db.close()
    _admin(pg, f"reassign owned by {role} to postgres; drop owned by {role}; drop role {role}")
    if power == "member of the owner":
        _admin(pg, "reassign owned by orion_owner to postgres; drop owned by orion_owner; drop role orion_owner")


@pytest.mark.parametrize("damage", ["alter table events no force row level security", "alter table events disable row level security",
                                    "drop policy events_workspace on events"])
async def test_a_table_without_its_policy_is_refused(pg: TestDatabase, damage: str) -> None:
    _admin(pg, damage)
    db = Database(pg.url)
    with pytest.raises(ConfigurationError, match="events"):
        await db.check()
    await db.close()


def _admin(database: TestDatabase, statement: str) -> None:
    engine = create_engine(sync_url(database.admin_url or database.url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
