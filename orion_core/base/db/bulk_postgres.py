"""Bulk writes on PostgreSQL: COPY into a TEMP table (COPY into a table with row level security is refused), then a merge.

Other transactions write at the same time. New rows go in with ON CONFLICT DO NOTHING; what is left is locked first, so that the version
copied into the history is the one that is replaced. Rows go in sorted by remote id: two writers of the same rows wait, and never for
each other.

Look-ups are LATERAL with LIMIT 1, writes go through the conflict index: both reach a row by its whole key whatever the planner believes.
Until a new table is first analysed it takes every workspace to have one row, and would read the workspace whole, once per batch.
"""

# ruff: noqa: S608  (what is put into statements are names of our own tables and columns)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from orion_core.base.db.bulk_rows import CHANGING, HEAD, KEPT, Incoming, Known, Target, postgres_types, typed_columns, values
from orion_core.base.db.tables.records import RecordRow

_KEY = "t.workspace_id = %s AND t.connection_id = %s AND t.stream = %s AND t.remote_id = i.remote_id"
_CHANGED = (
    "(t.raw_hash <> i.raw_hash OR t.mapping_version <> i.mapping_version OR t.deleted_at IS NOT NULL) "
    "AND (t.remote_updated_at IS NULL OR i.remote_updated_at IS NULL OR i.remote_updated_at >= t.remote_updated_at)"
)


_COMPRESSION: WeakKeyDictionary[Any, str] = WeakKeyDictionary()


class Postgres:
    """See `bulk`; `driver` is a psycopg connection."""

    @staticmethod
    async def next_tx(driver: Any) -> int:
        return int((await _all(driver, "SELECT pg_current_xact_id()::text::bigint"))[0][0])

    @staticmethod
    async def horizon(driver: Any) -> int:
        return int((await _all(driver, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))[0][0])

    @staticmethod
    async def known(driver: Any, target: Target, remote_ids: Sequence[str]) -> dict[str, Known]:
        rows = await _all(
            driver,
            "SELECT i.remote_id, t.* FROM unnest(%s::text[]) AS i(remote_id) CROSS JOIN LATERAL (SELECT t.id, t.raw_hash, "
            f"t.mapping_version, t.version, t.deleted_at, t.remote_updated_at FROM {target.name} t WHERE {_KEY} LIMIT 1) t",
            (list(remote_ids), *target.key),
        )
        return {row[0]: Known(row[1], row[2], row[3], row[4], row[5] is not None, row[6]) for row in rows}

    @staticmethod
    async def ids_after(driver: Any, target: Target, after: str, limit: int) -> list[str]:
        rows = await _all(
            driver,
            f"SELECT remote_id FROM {target.name} WHERE workspace_id = %s AND connection_id = %s AND stream = %s AND remote_id > %s "
            "ORDER BY remote_id LIMIT %s",
            (*target.key, after, limit),
        )
        return [row[0] for row in rows]

    @classmethod
    async def upsert(
        cls,
        driver: Any,
        target: Target,
        rows: Sequence[Incoming],
        existing: Mapping[str, Known],
        *,
        run_id: str,
        mapping_version: int,
        schema_version: str,
        tx: int,
        synced_at: int,
    ) -> tuple[int, int]:
        sql = _statements(target.table)
        ordered = sorted(rows, key=lambda row: row.remote_id)
        await _copy(
            driver,
            sql,
            values(
                target, ordered, run_id=run_id, mapping_version=mapping_version, schema_version=schema_version, tx=tx, synced_at=synced_at
            ),
        )
        inserted = updated = 0
        if any(row.remote_id not in existing for row in rows):
            inserted = await _count(driver, sql["insert"])
        if inserted < len(rows):
            # What was just inserted equals what came in, so it is not among the changed.
            if changed := await _all(driver, sql["lock"], target.key):
                await _keep(driver, target, [row[0] for row in changed], synced_at)
                updated = await _count(driver, sql["update"], ([row[1] for row in changed],))
            if inserted + updated < len(rows):
                # A stored row that is gone again (an erased workspace, a retention job) is new after all.
                inserted += await _count(driver, sql["insert"])
        return inserted, updated

    @classmethod
    async def tombstone(cls, driver: Any, target: Target, remote_ids: Sequence[str], *, run_id: str, tx: int, at: int, proof: str) -> int:
        rows = await _all(
            driver,
            f"SELECT t.id FROM unnest(%s::text[]) AS i(remote_id) CROSS JOIN LATERAL (SELECT t.id FROM {target.name} t WHERE {_KEY} "
            "AND t.deleted_at IS NULL LIMIT 1 FOR UPDATE) t",
            (sorted(remote_ids), *target.key),
        )
        if not rows:
            return 0
        await _keep(driver, target, [row[0] for row in rows], at)
        async with driver.cursor() as cursor:
            await cursor.executemany(
                f"UPDATE {target.name} SET deleted_at = %s, delete_proof = %s, run_id = %s, changed_tx = %s, synced_at = %s, "
                "version = version + 1 WHERE workspace_id = %s AND id = %s",
                [(at, proof, run_id, tx, at, target.workspace_id, row[0]) for row in rows],
            )
        return len(rows)


async def _copy(driver: Any, sql: dict[str, Any], rows: Sequence[tuple[Any, ...]]) -> None:
    compression = await _compression(driver)
    async with driver.cursor() as cursor:
        await cursor.execute(sql["create"].format(compression=compression))
        await cursor.execute(sql["clear"])
        async with cursor.copy(sql["copy"]) as copy:
            copy.set_types(sql["types"])
            for row in rows:
                await copy.write_row(row)


async def _compression(driver: Any) -> str:
    """How the TEMP table packs long texts: LZ4 where the server has it, half the cost of its default. The merge takes them over packed."""
    if driver not in _COMPRESSION:
        found = await _all(driver, "SELECT 1 FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)")
        _COMPRESSION[driver] = " COMPRESSION lz4" if found else ""
    return _COMPRESSION[driver]


async def _keep(driver: Any, target: Target, ids: Sequence[int], valid_to: int) -> None:
    """Copy rows as they are into the history."""
    await _count(driver, _statements(target.table)["history"], (target.table.model or target.name, valid_to, ids, target.workspace_id))


async def _all(driver: Any, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    async with driver.cursor() as cursor:
        await cursor.execute(sql, parameters)
        return list(await cursor.fetchall())


async def _count(driver: Any, sql: str, parameters: tuple[Any, ...] = ()) -> int:
    async with driver.cursor() as cursor:
        await cursor.execute(sql, parameters)
        return int(cursor.rowcount)


@cache
def _statements(table: type[RecordRow]) -> dict[str, Any]:
    name, types, typed = str(table.__tablename__), postgres_types(table), typed_columns(table)
    columns = (*HEAD, *typed)
    listed, taken = ", ".join(columns), ", ".join(f"{column} = excluded.{column}" for column in (*CHANGING, *typed))
    pairs = ", ".join(f"'{column}', t.{column}" for column in typed)
    temp = f"incoming_{name}"
    packed = ("raw", "data", "custom")
    declared = ", ".join(f"{column} {types[column]}{'{compression}' if column in packed else ''}" for column in columns)
    key = "(workspace_id, connection_id, stream, remote_id)"
    return {
        "types": [types[column] for column in columns],
        "create": f"CREATE TEMP TABLE IF NOT EXISTS {temp} ({declared}) ON COMMIT DELETE ROWS",
        "clear": f"DELETE FROM {temp}",
        "copy": f"COPY {temp} ({listed}) FROM STDIN (FORMAT BINARY)",
        "insert": f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {temp} ON CONFLICT {key} DO NOTHING",
        "lock": f"SELECT t.id, i.remote_id FROM {temp} i CROSS JOIN LATERAL (SELECT t.id FROM {name} t WHERE {_KEY} AND {_CHANGED} "
        "LIMIT 1 FOR UPDATE) t",
        "history": f"INSERT INTO record_versions (workspace_id, model, record_id, {', '.join(KEPT)}, columns, valid_from, valid_to) "
        f"SELECT t.workspace_id, %s, t.id, {', '.join(f't.{column}' for column in KEPT)}, json_build_object({pairs})::text, "
        f"t.synced_at, %s FROM unnest(%s::bigint[]) AS i(id) CROSS JOIN LATERAL "
        f"(SELECT * FROM {name} t WHERE t.workspace_id = %s AND t.id = i.id LIMIT 1) t",
        "update": f"INSERT INTO {name} AS t ({listed}) SELECT {listed} FROM {temp} WHERE remote_id = ANY(%s::text[]) ON CONFLICT {key} "
        f"DO UPDATE SET {taken}, version = t.version + 1, deleted_at = NULL, delete_proof = NULL",
    }
