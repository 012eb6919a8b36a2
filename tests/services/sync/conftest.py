"""Helpers for runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from orion_core.base.db.tables import RECORD_TABLES
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.sync.types import RunProgress

RunSync = Callable[..., Awaitable[RunProgress]]


@pytest.fixture
def sync(rt: Runtime, p: Principal) -> RunSync:
    """Start a run and execute it here until it is over or waits."""

    async def run(connection_id: str, *, patience: int = 20, **given: object) -> RunProgress:
        run_id = await rt.sync.start(p, connection_id, **given)  # type: ignore[arg-type]
        for _ in range(patience):
            status = await rt.sync.execute(p.workspace_id, run_id)
            if status not in ("busy", "running"):
                break
            await asyncio.sleep(0.05)
        progress = await rt.sync.progress(p, run_id=run_id)
        assert progress is not None
        return progress

    return run


async def stored(rt: Runtime, p: Principal, model: str, connection_id: str, *, deleted: bool = False) -> dict[str, object]:
    """The stored records of a model, by remote id."""
    from sqlmodel import col, select

    table = RECORD_TABLES[model]
    async with rt.work.read(p.workspace_id) as session:
        statement = select(table).where(col(table.connection_id) == connection_id)
        statement = statement.where(col(table.deleted_at).is_not(None) if deleted else col(table.deleted_at).is_(None))
        return {row.remote_id: row for row in (await session.execute(statement)).scalars()}
