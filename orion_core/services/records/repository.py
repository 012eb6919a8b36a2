"""All SQL of the records service: ORM statements on the scoped session. Finding and ordering records, and
fetching many of them, is `base.db.search`'s."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlmodel import col

from orion_core.base.db import ScopedSession, bulk
from orion_core.base.db.search import rows_of
from orion_core.base.db.tables import ConnectorConfig, RecordRow, RecordVersion, SchemaMapping, StreamState
from orion_core.base.errors import NotFound

_LISTED = (
    "id",
    "connection_id",
    "stream",
    "remote_id",
    "version",
    "flags",
    "remote_created_at",
    "remote_updated_at",
    "synced_at",
    "deleted_at",
)


async def counts(session: ScopedSession) -> dict[str, int]:
    """Live records per model, by the counters of the streams."""
    statement = select(col(StreamState.model), func.sum(col(StreamState.records))).group_by(col(StreamState.model))
    return {model: int(total or 0) for model, total in (await session.execute(statement)).all()}


async def count_of(session: ScopedSession, model: str, connection_id: str | None = None) -> int:
    """Live records of a model, of one connection or of all, by the counters of the streams."""
    statement = select(func.sum(col(StreamState.records))).where(col(StreamState.model) == model)
    if connection_id is not None:
        statement = statement.where(col(StreamState.connection_id) == connection_id)
    return int((await session.execute(statement)).scalar() or 0)


async def verified_at(session: ScopedSession, connection_id: str, stream: str) -> datetime | None:
    """When a stream was last read to its end."""
    statement = select(col(StreamState.last_success_at)).where(
        col(StreamState.connection_id) == connection_id, col(StreamState.stream) == stream
    )
    return (await session.execute(statement)).scalar()


async def connections(session: ScopedSession) -> dict[str, ConnectorConfig]:
    """Every connection of the workspace by id, deleted ones too: their records stay."""
    rows = (await session.execute(select(ConnectorConfig).order_by(col(ConnectorConfig.name)))).scalars()
    return {row.id: row for row in rows}


async def listed(session: ScopedSession, table: type[RecordRow], ids: Sequence[int]) -> dict[int, Any]:
    """The columns that a list shows, by id; without the large texts."""
    return dict(await rows_of(session, table, (*_LISTED, *bulk.typed_columns(table)), ids))


async def whole(session: ScopedSession, table: type[RecordRow], ids: Sequence[int]) -> dict[int, Any]:
    """Records with everything in them, by id."""
    return dict(await rows_of(session, table, tuple(column.name for column in table.__table__.columns), ids))  # type: ignore[attr-defined]


async def record(session: ScopedSession, table: type[RecordRow], record_id: str) -> Any:
    """The record of that id.

    Raises:
        NotFound: there is none in this workspace.
    """
    number = int(record_id) if record_id.isascii() and record_id.isdigit() and len(record_id) < 19 else -1
    row = (await session.execute(select(table).where(table.id == number))).scalars().first()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound(f"There is no {table.model or 'record'} with the id {record_id[:40]!r}.")
    return row


async def versions(session: ScopedSession, model: str, record_id: int, limit: int) -> Sequence[RecordVersion]:
    """The superseded versions of a record, newest first."""
    statement = (
        select(RecordVersion)
        .where(col(RecordVersion.model) == model, col(RecordVersion.record_id) == record_id)
        .order_by(col(RecordVersion.version).desc())
        .limit(limit)
    )
    return (await session.execute(statement)).scalars().all()


async def version_at(session: ScopedSession, model: str, record_id: int, at: datetime) -> RecordVersion | None:
    """The superseded version that was valid at a time."""
    statement = (
        select(RecordVersion)
        .where(
            col(RecordVersion.model) == model,
            col(RecordVersion.record_id) == record_id,
            col(RecordVersion.valid_from) <= at,
            col(RecordVersion.valid_to) > at,
        )
        .order_by(col(RecordVersion.version).desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalars().first()


async def changed_after(session: ScopedSession, table: type[RecordRow], tx: int, record_id: int, limit: int) -> Sequence[Any]:
    """Records that changed after a place in the feed, in its order, up to the oldest transaction that is still open.

    The horizon is asked for first: what is below it is over, so a later statement sees all of it.
    """
    until = await bulk.horizon(session)
    table_id: Any = table.id  # type: ignore[attr-defined]
    statement = (
        select(table)
        .where(tuple_(col(table.changed_tx), table_id) > tuple_(tx, record_id), col(table.changed_tx) < until)
        .order_by(col(table.changed_tx), table_id)
        .limit(limit)
    )
    return (await session.execute(statement)).scalars().all()


async def feed_end(session: ScopedSession, table: type[RecordRow]) -> tuple[int, int]:
    """The place of the newest change a reader may see."""
    until = await bulk.horizon(session)
    table_id: Any = table.id  # type: ignore[attr-defined]
    statement = (
        select(col(table.changed_tx), table_id)
        .where(col(table.changed_tx) < until)
        .order_by(col(table.changed_tx).desc(), table_id.desc())
        .limit(1)
    )
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else (-1, 0)


async def stored_mapping(session: ScopedSession, connector: str, connection_id: str, stream: str, version: int) -> dict[str, Any] | None:
    """A stored version of a stream's rules: the connection's own, else those for all of the connector's."""
    statement = (
        select(SchemaMapping)
        .where(
            col(SchemaMapping.connector_id) == connector,
            col(SchemaMapping.stream) == stream,
            col(SchemaMapping.version) == version,
            col(SchemaMapping.config_id).in_([connection_id, ""]),
        )
        .order_by(col(SchemaMapping.config_id).desc())
        .limit(1)
    )
    row = (await session.execute(statement)).scalars().first()
    return row.mapping if row else None
