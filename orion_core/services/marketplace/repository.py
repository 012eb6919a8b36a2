"""All SQL of the marketplace."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.tables import ConnectorConfig


async def used(session: ScopedSession) -> dict[str, int]:
    """How many connections each connector has in this workspace."""
    statement = (
        select(col(ConnectorConfig.connector_id), func.count())
        .where(col(ConnectorConfig.deleted_at).is_(None))
        .group_by(col(ConnectorConfig.connector_id))
    )
    return dict((await session.execute(statement)).all())
