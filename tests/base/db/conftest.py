"""A database of both kinds with two workspaces, and a unit of work on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from orion_core.base.db import Database
from orion_core.base.db.tables import ConnectorConfig
from orion_core.base.queue import NullQueue
from orion_core.base.work import Work
from tests.support.databases import TestDatabase

ALICE, BOB = "ws_alice", "ws_bob"


@pytest.fixture
async def db(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    database = Database(fresh_database.url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def work(db: Database) -> Work:
    return Work(db, NullQueue())


@pytest.fixture
async def two(db: Database) -> dict[str, str]:
    """One connection in each workspace; their ids by workspace."""
    ids = {}
    for workspace in (ALICE, BOB):
        async with db.session(workspace, write=True) as session:
            row = ConnectorConfig(workspace_id=workspace, connector_id="stripe", name=f"Stripe of {workspace}")
            session.add(row)
            ids[workspace] = row.id
    return ids
