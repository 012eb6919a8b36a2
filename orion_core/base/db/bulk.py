"""Bulk writes of records, below the ORM: the only place with driver-level SQL.

Every function takes a scoped session with an open writing transaction, stamps the workspace of that session on every row, and has it in
every key and every WHERE: driver-level SQL passes the session's scope by, and SQLite has no second layer.

What a row's life looks like here: `known` tells what is stored, `upsert` stores what is new or changed (the superseded version goes to
`record_versions` in the same transaction), `tombstone` marks what is deleted with its proof, and a record that comes back is revived
by `upsert`. An older version never overwrites a newer one. `next_tx` numbers the transaction for the change feed, `horizon` tells a
reader of the feed how far it may read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from orion_core.base.db import bulk_postgres, bulk_sqlite
from orion_core.base.db.bulk_rows import Incoming, Known, Target, Upserted, make_storable, postgres_types, prepare, typed_columns
from orion_core.base.db.scope import ScopedSession, ScopeError
from orion_core.base.db.tables.mixins import Tenant
from orion_core.base.db.tables.records import RecordRow
from orion_core.base.errors import RecordError

__all__ = [
    "Incoming",
    "Known",
    "Upserted",
    "append",
    "has_any",
    "horizon",
    "known",
    "missing_ids",
    "next_tx",
    "postgres_types",
    "refusal",
    "tombstone",
    "typed_columns",
    "upsert",
]

KNOWN_BATCH = 1_000


async def next_tx(session: ScopedSession) -> int:
    """The number of this transaction. Call it once per transaction, before the first write of records.

    Numbers grow. On SQLite they are the order of commits; on PostgreSQL only the order of starts (see `horizon`).
    """
    return await _engine(session).next_tx(await _driver(session))


async def horizon(session: ScopedSession) -> int:
    """Every transaction with a smaller number is over, and what it wrote can be seen: a reader of the change feed stops before it."""
    return await _engine(session).horizon(await _driver(session))


async def known(
    session: ScopedSession, table: type[RecordRow], connection_id: str, stream: str, remote_ids: Sequence[str]
) -> dict[str, Known]:
    """What is stored of `remote_ids`, by remote id."""
    target = _target(session, table, connection_id, stream)
    driver, engine = await _driver(session), _engine(session)
    found: dict[str, Known] = {}
    for start in range(0, len(remote_ids), KNOWN_BATCH):
        found.update(await engine.known(driver, target, remote_ids[start : start + KNOWN_BATCH]))
    return found


async def has_any(session: ScopedSession, table: type[RecordRow], connection_id: str, stream: str) -> bool:
    """Whether anything of a stream is stored, deleted records included."""
    target = _target(session, table, connection_id, stream)
    return bool(await _engine(session).ids_after(await _driver(session), target, "", 1))


async def upsert(
    session: ScopedSession,
    table: type[RecordRow],
    *,
    connection_id: str,
    stream: str,
    run_id: str,
    mapping_version: int,
    schema_version: str,
    rows: Sequence[Incoming],
    existing: Mapping[str, Known],
    tx: int,
    synced_at: int,
) -> Upserted:
    """Store what is new or changed. `existing` is what `known` said; a stale answer costs time, never correctness.

    A stored row changes when its bytes or the mapping version differ, or when it was deleted, and never when both versions carry
    `remote_updated_at` and the incoming one is older. Of several rows with one remote id the newest wins (the last of equals).

    Raises:
        RecordError: a row cannot be stored in either database; `detail["remote_id"]` names it. Nothing was written.
    """
    target = _target(session, table, connection_id, stream)
    wanted = prepare(target, rows, existing, mapping_version)
    if not wanted:
        return Upserted(0, 0, len(rows))
    inserted, updated = await _engine(session).upsert(
        await _driver(session),
        target,
        wanted,
        existing,
        run_id=run_id,
        mapping_version=mapping_version,
        schema_version=schema_version,
        tx=tx,
        synced_at=synced_at,
    )
    return Upserted(inserted, updated, len(rows) - inserted - updated)


def refusal(session: ScopedSession, table: type[RecordRow], connection_id: str, stream: str, row: Incoming) -> RecordError | None:
    """Why neither database can hold this row; None where both can."""
    try:
        make_storable(_target(session, table, connection_id, stream), row)
    except RecordError as error:
        return error
    return None


async def append(session: ScopedSession, table: type[Tenant], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to a table that is written once and read later (a log), every column but the workspace given: no object per row."""
    if not session.workspace_id:
        raise ScopeError("The session has no workspace.")
    if rows:
        stamped = [{**row, "workspace_id": session.workspace_id} for row in rows]
        await (await session.connection()).execute(insert(table), stamped)


async def tombstone(
    session: ScopedSession,
    table: type[RecordRow],
    *,
    connection_id: str,
    stream: str,
    remote_ids: Sequence[str],
    run_id: str,
    tx: int,
    at: int,
    proof: str,
) -> int:
    """Mark live records as deleted; how many were. The rows stay, their last version goes to the history."""
    target = _target(session, table, connection_id, stream)
    driver, engine = await _driver(session), _engine(session)
    deleted = 0
    for start in range(0, len(remote_ids), KNOWN_BATCH):
        deleted += await engine.tombstone(driver, target, remote_ids[start : start + KNOWN_BATCH], run_id=run_id, tx=tx, at=at, proof=proof)
    return deleted


async def missing_ids(
    session: ScopedSession,
    table: type[RecordRow],
    *,
    connection_id: str,
    stream: str,
    seen: Collection[int],
    hash_fn: Callable[[str], int],
    batch: int = 5_000,
) -> AsyncIterator[list[str]]:
    """Live remote ids whose hash is not in `seen`, in batches of at most `batch`.

    Give `seen` as an `array('q')` to stay at 8 bytes an id: it is sorted once and searched by halving. The ids come from the unique
    index alone; only those that are missing cost a look at their row.
    """
    target = _target(session, table, connection_id, stream)
    driver, engine = await _driver(session), _engine(session)
    is_seen = _membership(seen)
    after = ""
    while ids := await engine.ids_after(driver, target, after, batch):
        after = ids[-1]
        missing = [remote_id for remote_id in ids if not is_seen(hash_fn(remote_id))]
        if missing:
            state: dict[str, Known] = {}
            for start in range(0, len(missing), KNOWN_BATCH):
                state.update(await engine.known(driver, target, missing[start : start + KNOWN_BATCH]))
            if live := [remote_id for remote_id in missing if not state[remote_id].deleted]:
                yield live


def _membership(seen: Collection[int]) -> Callable[[int], bool]:
    if not isinstance(seen, array):
        return seen.__contains__
    ordered = array(seen.typecode, sorted(seen))

    def contains(value: int) -> bool:
        place = bisect_left(ordered, value)
        return place < len(ordered) and ordered[place] == value

    return contains


def _target(session: ScopedSession, table: type[RecordRow], connection_id: str, stream: str) -> Target:
    if not session.workspace_id:
        raise ScopeError("The session has no workspace.")
    return Target(table, session.workspace_id, connection_id, stream)


def _engine(session: ScopedSession) -> type[bulk_sqlite.Sqlite] | type[bulk_postgres.Postgres]:
    return bulk_sqlite.Sqlite if session.get_bind().dialect.name == "sqlite" else bulk_postgres.Postgres


async def _driver(session: ScopedSession) -> Any:
    raw = await (await session.connection()).get_raw_connection()
    return raw.driver_connection
