"""Bulk writes on SQLite. Its transaction is the only one that writes, so what it reads stays true until it commits.

Many rows go into one INSERT: the driver gives the interpreter lock back once per statement, so the next page is decoded meanwhile.
Lists of ids go in as one JSON parameter, so that a statement stays prepared whatever their number. `+workspace_id` keeps the planner from
reaching rows that are named by id through an index of the workspace: without statistics it takes a workspace to have ten rows.
"""

# ruff: noqa: S608  (what is put into statements are names of our own tables and columns)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from orion_core.base.db.bulk_rows import CHANGING, HEAD, KEPT, Incoming, Known, Target, flatten, is_older, typed_columns, values
from orion_core.base.db.tables.records import RecordRow

_ROWS_PER_INSERT = 100
_KEY = "workspace_id = ? AND connection_id = ? AND stream = ?"
_NO_TRANSACTION_ENDS_LATER = 2**63 - 1


class Sqlite:
    """See `bulk`; `driver` is an aiosqlite connection."""

    @staticmethod
    async def next_tx(driver: Any) -> int:
        rows = await driver.execute_fetchall("UPDATE feed_clock SET tx = tx + 1 WHERE id = 1 RETURNING tx")
        return int(rows[0][0])

    @staticmethod
    async def horizon(_driver: Any) -> int:
        # One writer at a time: numbers are given in the order of commits, and a reader sees none before all smaller ones.
        return _NO_TRANSACTION_ENDS_LATER

    @staticmethod
    async def known(driver: Any, target: Target, remote_ids: Sequence[str]) -> dict[str, Known]:
        rows = await driver.execute_fetchall(
            f"SELECT remote_id, id, raw_hash, mapping_version, version, deleted_at, remote_updated_at FROM {target.name} "
            f"WHERE {_KEY} AND remote_id IN (SELECT value FROM json_each(?))",
            (*target.key, _json(remote_ids)),
        )
        return {row[0]: Known(row[1], row[2], row[3], row[4], row[5] is not None, row[6]) for row in rows}

    @staticmethod
    async def ids_after(driver: Any, target: Target, after: str, limit: int) -> list[str]:
        rows = await driver.execute_fetchall(
            f"SELECT remote_id FROM {target.name} WHERE {_KEY} AND remote_id > ? ORDER BY remote_id LIMIT ?", (*target.key, after, limit)
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
        stamp: dict[str, Any] = {
            "run_id": run_id,
            "mapping_version": mapping_version,
            "schema_version": schema_version,
            "tx": tx,
            "synced_at": synced_at,
        }
        # In the order of the key: neighbours in its index are written together, which saves a tenth to a quarter of the work.
        new = sorted((row for row in rows if row.remote_id not in existing), key=lambda row: row.remote_id)
        inserted = await _insert(driver, target.table, values(target, new, **stamp)) if new else 0
        rest = rows if inserted < len(new) else [row for row in rows if row.remote_id in existing]
        if not rest:
            return inserted, 0
        stored: dict[str, Known] = {}
        for start in range(0, len(rest), 1_000):
            stored.update(await cls.known(driver, target, [row.remote_id for row in rest[start : start + 1_000]]))
        changed = [
            (row, before)
            for row in rest
            if (before := stored.get(row.remote_id)) is not None
            and (before.raw_hash != row.raw_hash or before.mapping_version != mapping_version or before.deleted)
            and not is_older(row.remote_updated_at, before.remote_updated_at)
        ]
        # A stored row that is gone again (an erased workspace, a retention job) is new after all.
        gone = [row for row in rest if row.remote_id not in stored]
        inserted += await _insert(driver, target.table, values(target, gone, **stamp)) if gone else 0
        if changed:
            await _keep(driver, target, [before.id for _, before in changed], synced_at)
            await _replace(driver, target, changed, stamp)
        return inserted, len(changed)

    @classmethod
    async def tombstone(cls, driver: Any, target: Target, remote_ids: Sequence[str], *, run_id: str, tx: int, at: int, proof: str) -> int:
        ids = [row.id for row in (await cls.known(driver, target, remote_ids)).values() if not row.deleted]
        if not ids:
            return 0
        await _keep(driver, target, ids, at)
        cursor = await driver.execute(
            f"UPDATE {target.name} SET deleted_at = ?, delete_proof = ?, run_id = ?, changed_tx = ?, synced_at = ?, version = version + 1 "
            "WHERE +workspace_id = ? AND id IN (SELECT value FROM json_each(?))",
            (at, proof, run_id, tx, at, target.workspace_id, _json(ids)),
        )
        return int(cursor.rowcount)


async def _insert(driver: Any, table: type[RecordRow], rows: Sequence[tuple[Any, ...]]) -> int:
    many, one = _insert_sql(table)
    whole = len(rows) - len(rows) % _ROWS_PER_INSERT
    inserted = 0
    for start in range(0, whole, _ROWS_PER_INSERT):
        inserted += (await driver.execute(many, flatten(rows[start : start + _ROWS_PER_INSERT]))).rowcount
    if rest := rows[whole:]:
        inserted += (await driver.executemany(one, rest)).rowcount
    return inserted


async def _keep(driver: Any, target: Target, ids: Sequence[int], valid_to: int) -> None:
    """Copy rows as they are into the history."""
    await driver.execute(_history_sql(target.table), (target.table.model or target.name, valid_to, target.workspace_id, _json(ids)))


async def _replace(driver: Any, target: Target, changed: Sequence[tuple[Incoming, Known]], stamp: dict[str, Any]) -> None:
    places = [HEAD.index(name) for name in CHANGING]
    typed = slice(len(HEAD), None)
    rows = zip(values(target, [row for row, _ in changed], **stamp), (before.id for _, before in changed), strict=True)
    await driver.executemany(
        _update_sql(target.table),
        [(*[row[place] for place in places], *row[typed], target.workspace_id, record_id) for row, record_id in rows],
    )


@cache
def _insert_sql(table: type[RecordRow]) -> tuple[str, str]:
    columns = (*HEAD, *typed_columns(table))
    row = "(" + ",".join("?" * len(columns)) + ")"
    head = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES "
    tail = " ON CONFLICT (workspace_id, connection_id, stream, remote_id) DO NOTHING"
    return head + ",".join([row] * _ROWS_PER_INSERT) + tail, head + row + tail


@cache
def _update_sql(table: type[RecordRow]) -> str:
    taken = ", ".join(f"{name} = ?" for name in (*CHANGING, *typed_columns(table)))
    return (
        f"UPDATE {table.__tablename__} SET {taken}, version = version + 1, deleted_at = NULL, delete_proof = NULL "
        "WHERE +workspace_id = ? AND id = ?"
    )


@cache
def _history_sql(table: type[RecordRow]) -> str:
    typed = ", ".join(f"'{name}', {name}" for name in typed_columns(table))
    kept = ", ".join(KEPT)
    return (
        f"INSERT INTO record_versions (workspace_id, model, record_id, {kept}, columns, valid_from, valid_to) "
        f"SELECT workspace_id, ?, id, {kept}, json_object({typed}), synced_at, ? FROM {table.__tablename__} "
        "WHERE +workspace_id = ? AND id IN (SELECT value FROM json_each(?))"
    )


def _json(items: Sequence[Any]) -> str:
    return orjson.dumps(items if isinstance(items, list) else list(items)).decode()
