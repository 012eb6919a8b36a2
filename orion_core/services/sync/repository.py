"""All SQL of the sync service. Claims, heartbeats and states of runs; bulk record writes live in `base.db.bulk`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.tables import (
    ConnectorConfig,
    DeadLetter,
    DueRun,
    IdempotencyKey,
    RequestLogRow,
    RunSeen,
    RunStream,
    StreamState,
    SyncRun,
)
from orion_core.base.errors import LeaseLost, NotFound
from orion_core.base.work import Transaction
from orion_core.services.sync.types import OPEN, Claim


async def connection(session: ScopedSession, connection_id: str) -> ConnectorConfig:
    """The connection of that id.

    Raises:
        NotFound: there is none in this workspace.
    """
    statement = select(ConnectorConfig).where(col(ConnectorConfig.id) == connection_id, col(ConnectorConfig.deleted_at).is_(None))
    row = (await session.execute(statement)).scalars().first()
    if row is None:
        raise NotFound("There is no such connection.")
    return row


async def connection_or_deleted(session: ScopedSession, connection_id: str, *, must_exist: bool = False) -> ConnectorConfig | None:
    """The connection of that id, a deleted one too: its runs stay readable.

    Raises:
        NotFound: there is none and `must_exist`.
    """
    row = (await session.execute(select(ConnectorConfig).where(col(ConnectorConfig.id) == connection_id))).scalars().first()
    if row is None and must_exist:
        raise NotFound("There is no such connection.")
    return row


async def connections(session: ScopedSession, ids: set[str]) -> dict[str, ConnectorConfig]:
    """Connections by id, deleted ones too."""
    rows = (await session.execute(select(ConnectorConfig).where(col(ConnectorConfig.id).in_(ids)))).scalars().all()
    return {row.id: row for row in rows}


async def run(session: ScopedSession, run_id: str) -> SyncRun:
    """The run of that id.

    Raises:
        NotFound: there is none in this workspace.
    """
    row = (await session.execute(select(SyncRun).where(col(SyncRun.id) == run_id))).scalars().first()
    if row is None:
        raise NotFound("There is no such run.")
    return row


async def open_run(session: ScopedSession, connection_id: str) -> SyncRun | None:
    """The run of a connection that is not over, if any."""
    statement = select(SyncRun).where(col(SyncRun.active_key) == connection_id)
    return (await session.execute(statement)).scalars().first()


async def runs(
    session: ScopedSession, *, connection_id: str | None = None, before: datetime | None = None, status: str | None = None, limit: int = 50
) -> Sequence[SyncRun]:
    """Runs, newest first."""
    statement = select(SyncRun)
    if connection_id:
        statement = statement.where(col(SyncRun.connection_id) == connection_id)
    if before is not None:
        statement = statement.where(col(SyncRun.created_at) < before)
    if status:
        statement = statement.where(col(SyncRun.status) == status)
    return (await session.execute(statement.order_by(col(SyncRun.created_at).desc(), col(SyncRun.id).desc()).limit(limit))).scalars().all()


async def run_streams(session: ScopedSession, run_id: str) -> list[RunStream]:
    """The parts of a run, in the order they are worked on."""
    statement = select(RunStream).where(col(RunStream.run_id) == run_id).order_by(col(RunStream.position), col(RunStream.part))
    return list((await session.execute(statement)).scalars().all())


async def stream_states(session: ScopedSession, connection_id: str | None = None) -> list[StreamState]:
    """Where the streams of a connection (or all) stand."""
    statement = select(StreamState)
    if connection_id is not None:
        statement = statement.where(col(StreamState.connection_id) == connection_id)
    return list((await session.execute(statement)).scalars().all())


async def claim(tx: Transaction, run_id: str, *, owner: str, lease_s: float, at: datetime) -> Claim | None:
    """Take over a run that is queued, due again, or whose lease ran out; None where another holds it or it is over."""
    row = (await tx.session.execute(select(SyncRun).where(col(SyncRun.id) == run_id).with_for_update())).scalars().first()
    if row is None or row.status not in OPEN:
        await not_due(tx, run_id)
        return None
    if row.status == "running" and row.lease_until is not None and row.lease_until > at:
        return None
    if row.status == "waiting" and row.next_try_at is not None and row.next_try_at > at and not row.cancel_requested:
        return None
    row.fence += 1
    row.lease_owner, row.lease_until, row.heartbeat_at = owner, at + timedelta(seconds=lease_s), at
    row.status, row.next_try_at = "running", None
    row.started_at = row.started_at or at
    tx.session.add(row)
    await due(tx, row.id, at + timedelta(seconds=lease_s), row.fence)
    return Claim(tx.workspace_id, row.id, row.connection_id, row.fence, owner, row.kind)


async def beat(tx: Transaction, held: Claim, *, lease_s: float, at: datetime, **deltas: int) -> bool:
    """Renew the lease in this transaction and add to the run's counts; returns whether a stop was asked for.

    Every transaction of a worker begins with this, so that a zombie's write is refused with the rest of its transaction.

    Raises:
        LeaseLost: another worker has the run, or it is over.
    """
    values: dict[str, Any] = {"heartbeat_at": at, "lease_until": at + timedelta(seconds=lease_s)}
    values |= {name: getattr(SyncRun, name) + count for name, count in deltas.items() if count}
    statement = (
        update(SyncRun)
        .where(col(SyncRun.id) == held.run_id, col(SyncRun.fence) == held.fence, col(SyncRun.status) == "running")
        .values(**values)
        .returning(col(SyncRun.cancel_requested))
        .execution_options(synchronize_session=False)
    )
    stop = (await tx.session.execute(statement)).scalar_one_or_none()
    if stop is None:
        raise LeaseLost("Another worker carries on with this run.")
    return bool(stop)


async def settle(tx: Transaction, held: Claim, **values: Any) -> None:
    """Change the run under its fence.

    Raises:
        LeaseLost: another worker has the run.
    """
    statement = (
        update(SyncRun)
        .where(col(SyncRun.id) == held.run_id, col(SyncRun.fence) == held.fence)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result: Any = await tx.session.execute(statement)
    if result.rowcount != 1:
        raise LeaseLost("Another worker carries on with this run.")


async def set_connection(tx: Transaction, connection_id: str, **values: Any) -> None:
    """Change a connection's row."""
    await _change(tx, update(ConnectorConfig).where(col(ConnectorConfig.id) == connection_id).values(**values))


async def set_stream(tx: Transaction, connection_id: str, stream: str, **values: Any) -> None:
    """Change where a stream stands; a value may be an expression such as `StreamState.records + 1`."""
    await _change(
        tx, update(StreamState).where(col(StreamState.connection_id) == connection_id, col(StreamState.stream) == stream).values(**values)
    )


async def add_to_stream(tx: Transaction, connection_id: str, stream: str, **deltas: int) -> None:
    """Add to a stream's counts."""
    values = {name: getattr(StreamState, name) + count for name, count in deltas.items() if count}
    if values:
        await set_stream(tx, connection_id, stream, **values)


async def ensure_stream(tx: Transaction, connection_id: str, stream: str, model: str) -> None:
    """Make the row of a stream that was never read."""
    if not any(state.stream == stream for state in await stream_states(tx.session, connection_id)):
        tx.session.add(StreamState(connection_id=connection_id, stream=stream, model=model))
        await tx.session.flush()


async def stored_since(
    session: ScopedSession, table: type[Any], connection_id: str, stream: str, since: datetime | None, remote_ids: Sequence[str]
) -> set[str]:
    """Which of `remote_ids` were stored after `since`."""
    found: set[str] = set()
    for start in range(0, len(remote_ids) if since is not None else 0, 500):
        statement = select(table.remote_id).where(
            table.connection_id == connection_id,
            table.stream == stream,
            table.synced_at >= since,
            table.remote_id.in_(remote_ids[start : start + 500]),
        )
        found.update((await session.execute(statement)).scalars())
    return found


async def nameless_letters(session: ScopedSession, connection_id: str, stream: str, run_id: str) -> int:
    """How many records without an id a run met in a stream."""
    statement = (
        select(func.count())
        .select_from(DeadLetter)
        .where(
            col(DeadLetter.connection_id) == connection_id,
            col(DeadLetter.stream) == stream,
            col(DeadLetter.run_id) == run_id,
            col(DeadLetter.remote_id) == "",
        )
    )
    return int((await session.execute(statement)).scalar_one())


async def settle_connection(tx: Transaction, connection_id: str, **values: Any) -> None:
    """Note how a run ended on its connection, unless somebody meanwhile took its credential away."""
    statement = update(ConnectorConfig).where(col(ConnectorConfig.id) == connection_id, col(ConnectorConfig.status) != "reauth_required")
    await _change(tx, statement.values(**values))


async def raw_record(session: ScopedSession, table: type[Any], connection_id: str, stream: str, remote_id: str) -> str | None:
    """What the provider sent of a stored record."""
    statement = select(table.raw).where(table.connection_id == connection_id, table.stream == stream, table.remote_id == remote_id)
    return (await session.execute(statement)).scalars().first()


async def idempotency(session: ScopedSession, key: str) -> IdempotencyKey | None:
    """The row of an idempotency key."""
    return (await session.execute(select(IdempotencyKey).where(col(IdempotencyKey.key) == key))).scalars().first()


async def save_part(tx: Transaction, part: RunStream) -> None:
    """Write where a part stands."""
    names = (
        "pages",
        "read",
        "changed",
        "deleted",
        "set_aside",
        "watermark",
        "resume",
        "complete",
        "state",
        "started_at",
        "finished_at",
        "error",
    )
    await _change(tx, update(RunStream).where(col(RunStream.id) == part.id).values({name: getattr(part, name) for name in names}))


async def drop_parts(tx: Transaction, run_id: str, stream: str) -> None:
    """Forget the parts of a stream and what they saw: it is planned anew."""
    await _change(tx, delete(RunStream).where(col(RunStream.run_id) == run_id, col(RunStream.stream) == stream))
    await _change(tx, delete(RunSeen).where(col(RunSeen.run_id) == run_id, col(RunSeen.stream) == stream))


async def drop_seen(tx: Transaction, run_id: str) -> None:
    """The proof of a run's listings has served."""
    await _change(tx, delete(RunSeen).where(col(RunSeen.run_id) == run_id))


async def set_letter(tx: Transaction, letter_id: str, **values: Any) -> None:
    """Change a dead letter."""
    await _change(tx, update(DeadLetter).where(col(DeadLetter.id) == letter_id).values(**values))


async def _change(tx: Transaction, statement: Any) -> None:
    await tx.session.execute(statement.execution_options(synchronize_session=False))


async def due(tx: Transaction, object_id: str, at: datetime, fence: int, *, kind: str = "run") -> None:
    """Tell the sweeper when to look at a run or a schedule again."""
    changed = await tx.directory.update(DueRun, col(DueRun.kind) == kind, col(DueRun.object_id) == object_id, due_at=at, fence=fence)
    if not changed:
        await tx.directory.add(DueRun(kind=kind, object_id=object_id, workspace_id=tx.workspace_id, due_at=at, fence=fence))


async def not_due(tx: Transaction, object_id: str, *, kind: str = "run") -> None:
    """The sweeper need not look any more."""
    await tx.directory.delete(DueRun, col(DueRun.kind) == kind, col(DueRun.object_id) == object_id)


async def open_dead_letters(session: ScopedSession, connection_id: str, stream: str, keys: Sequence[str]) -> dict[str, DeadLetter]:
    """Dead letters of a stream by key, whatever their state."""
    if not keys:
        return {}
    statement = select(DeadLetter).where(
        col(DeadLetter.connection_id) == connection_id, col(DeadLetter.stream) == stream, col(DeadLetter.key).in_(keys)
    )
    return {row.key: row for row in (await session.execute(statement)).scalars()}


async def dead_letters(
    session: ScopedSession, *, connection_id: str | None, state: str | None, before: str | None, limit: int
) -> Sequence[DeadLetter]:
    """Dead letters, newest first."""
    statement = select(DeadLetter)
    if connection_id:
        statement = statement.where(col(DeadLetter.connection_id) == connection_id)
    if state:
        statement = statement.where(col(DeadLetter.state) == state)
    if before:
        statement = statement.where(col(DeadLetter.id) < before)
    return (await session.execute(statement.order_by(col(DeadLetter.id).desc()).limit(limit))).scalars().all()


async def dead_letters_by_id(session: ScopedSession, ids: Sequence[str]) -> Sequence[DeadLetter]:
    """Dead letters of these ids in this workspace."""
    return (await session.execute(select(DeadLetter).where(col(DeadLetter.id).in_(ids)))).scalars().all()


async def count_dead_letters(session: ScopedSession, connection_id: str, stream: str) -> int:
    """How many records of a stream are set aside now."""
    statement = (
        select(func.count())
        .select_from(DeadLetter)
        .where(col(DeadLetter.connection_id) == connection_id, col(DeadLetter.stream) == stream, col(DeadLetter.state) == "open")
    )
    return int((await session.execute(statement)).scalar_one())


async def requests(session: ScopedSession, run_id: str, *, after: str | None, limit: int, newest: bool = False) -> Sequence[RequestLogRow]:
    """The calls of a run, in order or the newest first; `after` is the id of the last one seen."""
    statement = select(RequestLogRow).where(col(RequestLogRow.run_id) == run_id)
    if after:
        statement = statement.where(col(RequestLogRow.id) < after if newest else col(RequestLogRow.id) > after)
    order = col(RequestLogRow.id).desc() if newest else col(RequestLogRow.id)
    return (await session.execute(statement.order_by(order).limit(limit))).scalars().all()


async def seen_hashes(session: ScopedSession, run_id: str, stream: str) -> list[bytes]:
    """What the complete listing of a stream held, batch by batch."""
    statement = select(col(RunSeen.hashes)).where(col(RunSeen.run_id) == run_id, col(RunSeen.stream) == stream)
    return list((await session.execute(statement)).scalars().all())
