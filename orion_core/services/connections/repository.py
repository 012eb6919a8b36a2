"""All SQL of the connections service."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.tables import ConnectorConfig, ConnectorCredential, RunStream, StreamState, SyncRun
from orion_core.base.errors import NotFound


async def all_connections(session: ScopedSession) -> Sequence[ConnectorConfig]:
    """Every connection of the workspace, by name."""
    statement = (
        select(ConnectorConfig)
        .where(col(ConnectorConfig.deleted_at).is_(None))
        .order_by(func.lower(col(ConnectorConfig.name)), col(ConnectorConfig.id))
    )
    return (await session.execute(statement)).scalars().all()


async def connection(session: ScopedSession, connection_id: str, *, for_update: bool = False) -> ConnectorConfig:
    """The connection of that id.

    Raises:
        NotFound: there is none in this workspace.
    """
    statement = select(ConnectorConfig).where(col(ConnectorConfig.id) == connection_id, col(ConnectorConfig.deleted_at).is_(None))
    row = (await session.execute(statement.with_for_update() if for_update else statement)).scalars().first()
    if row is None:
        raise NotFound("There is no such connection.")
    return row


async def by_name(session: ScopedSession, name: str) -> ConnectorConfig | None:
    """The connection of that name (without case), if any."""
    statement = select(ConnectorConfig).where(
        func.lower(col(ConnectorConfig.name)) == name.lower(), col(ConnectorConfig.deleted_at).is_(None)
    )
    return (await session.execute(statement.limit(1))).scalars().first()


async def stream_states(session: ScopedSession, connection_id: str | None = None) -> Sequence[StreamState]:
    """Where streams stand."""
    statement = select(StreamState)
    if connection_id:
        statement = statement.where(col(StreamState.connection_id) == connection_id)
    return (await session.execute(statement)).scalars().all()


async def open_runs(session: ScopedSession) -> Sequence[SyncRun]:
    """Runs that are not over."""
    return (await session.execute(select(SyncRun).where(col(SyncRun.active_key).is_not(None)))).scalars().all()


async def parts_of(session: ScopedSession, run_ids: Sequence[str]) -> Sequence[RunStream]:
    """The parts of some runs."""
    if not run_ids:
        return []
    return (
        (await session.execute(select(RunStream).where(col(RunStream.run_id).in_(run_ids)).order_by(col(RunStream.position))))
        .scalars()
        .all()
    )


async def credentials(session: ScopedSession, connection_id: str, *, for_update: bool = False) -> Sequence[ConnectorCredential]:
    """The stored secrets of a connection."""
    statement = select(ConnectorCredential).where(col(ConnectorCredential.config_id) == connection_id).order_by(col(ConnectorCredential.id))
    return (await session.execute(statement.with_for_update() if for_update else statement)).scalars().all()


async def drop_credentials(session: ScopedSession, connection_id: str) -> None:
    """Delete the stored secrets of a connection."""
    await session.execute(
        delete(ConnectorCredential).where(col(ConnectorCredential.config_id) == connection_id).execution_options(synchronize_session=False)
    )
