"""All SQL of the analytics service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.tables import ConnectorConfig, RunStream, StreamState, SyncMetric, SyncRun


async def connections(session: ScopedSession) -> Sequence[ConnectorConfig]:
    """Every connection, by name."""
    statement = select(ConnectorConfig).where(col(ConnectorConfig.deleted_at).is_(None)).order_by(func.lower(col(ConnectorConfig.name)))
    return (await session.execute(statement)).scalars().all()


async def states(session: ScopedSession) -> Sequence[StreamState]:
    """Where all streams stand."""
    return (await session.execute(select(StreamState))).scalars().all()


async def open_runs(session: ScopedSession) -> Sequence[SyncRun]:
    """Runs that are not over."""
    return (await session.execute(select(SyncRun).where(col(SyncRun.active_key).is_not(None)))).scalars().all()


async def parts(session: ScopedSession, run_ids: Sequence[str]) -> Sequence[RunStream]:
    """The parts of some runs."""
    if not run_ids:
        return []
    return (
        (await session.execute(select(RunStream).where(col(RunStream.run_id).in_(run_ids)).order_by(col(RunStream.position))))
        .scalars()
        .all()
    )


async def metrics_since(session: ScopedSession, since: datetime) -> Sequence[SyncMetric]:
    """Metrics of the runs that ended after `since`, oldest first."""
    statement = select(SyncMetric).where(col(SyncMetric.sync_started_at) >= since).order_by(col(SyncMetric.sync_started_at))
    return (await session.execute(statement)).scalars().all()


async def run_counts(session: ScopedSession, since: datetime) -> dict[str, int]:
    """How many runs ended in each status since then."""
    statement = select(col(SyncRun.status), func.count()).where(col(SyncRun.finished_at) >= since).group_by(col(SyncRun.status))
    return dict((await session.execute(statement)).all())
