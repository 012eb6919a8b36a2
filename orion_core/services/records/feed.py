"""The change feed: what changed since a cursor, each record once, in the order of the transactions that wrote it."""

from __future__ import annotations

from typing import Any

from orion_core.base.db import ScopedSession
from orion_core.base.db.tables.records import RecordRow
from orion_core.services.records import reading, repository, views
from orion_core.services.records.cursor import feed_cursor, read_feed_cursor
from orion_core.services.records.types import Change, ChangePage


async def read_changes(session: ScopedSession, table: type[RecordRow], cursor: str | None, limit: int) -> ChangePage:
    """A page of the feed."""
    if cursor == "now":
        return ChangePage([], feed_cursor(*await repository.feed_end(session, table)))
    tx, record_id = read_feed_cursor(cursor) if cursor else (-1, 0)
    rows = await repository.changed_after(session, table, tx, record_id, limit)
    if rows:
        tx, record_id = rows[-1].changed_tx, rows[-1].id
    return ChangePage([_change(table, row) for row in rows], feed_cursor(tx, record_id))


def _change(table: type[RecordRow], row: Any) -> Change:
    deleted = row.deleted_at is not None
    data = None if deleted else as_json(table, row)
    return Change(str(row.id), table.model, row.remote_id, row.connection_id, row.stream, row.version, deleted, row.synced_at, data)


def as_json(table: type[RecordRow], row: Any) -> dict[str, Any]:
    """A record's unified form as JSON values: what the feed, an export and the API give."""
    fields = views.unified_fields(reading.current(table, row))
    return {"id": str(row.id), "connection_id": row.connection_id, "remote_id": row.remote_id, **fields}
