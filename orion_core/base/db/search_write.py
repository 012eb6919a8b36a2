"""Filling the narrow twins of the record tables, batch by batch along the change feed."""

# ruff: noqa: S608  (what is put into statements are names of our own tables and columns)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orion_core.base.db import bulk
from orion_core.base.db.scope import ScopedSession
from orion_core.base.db.search_rows import Spec
from orion_core.base.db.search_sql import Sheet
from orion_core.base.db.tables.records import RecordRow

_POSTGRES_TYPES = {"id": "bigint", "deleted": "smallint", "flagged": "smallint", "remote_updated_at": "bigint", "is_active": "smallint"}


async def index_batch(session: ScopedSession, spec: Spec, limit: int) -> int:
    """Index the next changed records and move the position, in the session's writing transaction; how many there were."""
    sheet = Sheet(session)
    position = await sheet.position(spec, lock=True)
    if position is None:
        return 0
    rows = await sheet.changed(spec, spec.source, position, limit, before=await bulk.horizon(session))
    if not rows:
        return 0
    entries = [spec.entry(row[:-1]) for row in rows]
    await (_write_sqlite if sheet.sqlite else _write_postgres)(sheet, spec, entries)
    await sheet.all(
        "UPDATE search_positions SET tx = ?, record_id = ? WHERE workspace_id = ? AND model = ?",
        [rows[-1][-1], rows[-1][0], sheet.workspace_id, str(spec.table.__tablename__)],
    )
    return len(rows)


async def forget(session: ScopedSession, spec: Spec) -> None:
    """Remove the workspace's rows and its position."""
    sheet = Sheet(session)
    if sheet.sqlite:
        await sheet.all(
            f"INSERT INTO {spec.name}_fts ({spec.name}_fts, rowid, text) SELECT 'delete', id, text FROM {spec.name} WHERE workspace_id = ?",
            [sheet.workspace_id],
        )
    await sheet.all(f"DELETE FROM {spec.name} WHERE workspace_id = ?", [sheet.workspace_id])
    await sheet.all(
        "DELETE FROM search_positions WHERE workspace_id = ? AND model = ?", [sheet.workspace_id, str(spec.table.__tablename__)]
    )


async def _write_sqlite(sheet: Sheet, spec: Spec, entries: Sequence[tuple[Any, ...]]) -> None:
    one_of, ids = sheet.ids("id", [entry[0] for entry in entries])
    old = dict(await sheet.all(f"SELECT id, text FROM {spec.name} WHERE {one_of} AND +workspace_id = ?", [*ids, sheet.workspace_id]))
    driver: Any = (await (await sheet.session.connection()).get_raw_connection()).driver_connection
    moved = [entry for entry in entries if old.get(entry[0]) != entry[-1]]
    # The index of words keeps no copy of the text: it must be told what it forgets.
    await driver.executemany(
        f"INSERT INTO {spec.name}_fts ({spec.name}_fts, rowid, text) VALUES ('delete', ?, ?)",
        [(entry[0], old[entry[0]]) for entry in moved if entry[0] in old],
    )
    taken = ", ".join(f"{column} = excluded.{column}" for column in spec.columns[2:])
    await driver.executemany(
        f"INSERT INTO {spec.name} ({', '.join(spec.columns)}) VALUES ({', '.join('?' * len(spec.columns))}) "
        f"ON CONFLICT (id) DO UPDATE SET {taken} WHERE {spec.name}.workspace_id = excluded.workspace_id",
        entries,
    )
    await driver.executemany(f"INSERT INTO {spec.name}_fts (rowid, text) VALUES (?, ?)", [(entry[0], entry[-1]) for entry in moved])


async def _write_postgres(sheet: Sheet, spec: Spec, entries: Sequence[tuple[Any, ...]]) -> None:
    columns, types = spec.columns, [_postgres_type(spec.table, column) for column in spec.columns]
    arrays = ", ".join(f"?::{kind}[]" for kind in types)
    new = ", ".join(f"excluded.{column}" for column in columns[2:])
    taken = ", ".join(f"{column} = excluded.{column}" for column in columns[2:])
    await sheet.all(
        f"INSERT INTO {spec.name} AS s ({', '.join(columns)}) SELECT * FROM unnest({arrays}) ON CONFLICT (id) DO UPDATE SET {taken} "
        f"WHERE s.workspace_id = excluded.workspace_id AND ({', '.join(f's.{column}' for column in columns[2:])}) IS DISTINCT FROM ({new})",
        [list(column) for column in zip(*entries, strict=True)],
    )


def _postgres_type(table: type[RecordRow], column: str) -> str:
    if column in _POSTGRES_TYPES:
        return _POSTGRES_TYPES[column]
    if column == "text":
        return "text"
    kind = bulk.postgres_types(table)[column]
    return {"int8": "bigint", "float8": "double precision"}.get(kind, "text")
