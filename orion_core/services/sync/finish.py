"""How a run ends or waits: every way out is one transaction under the run's fence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from orion_core.base.db.tables import RunStream, SyncMetric, SyncRun
from orion_core.base.egress import LogEntry
from orion_core.base.errors import GiveUp, LeaseLost, OrionError, Reauthorize, RetryLater
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_id
from orion_core.base.queue import JobKind
from orion_core.base.work import Transaction, Work
from orion_core.engine.connector import BaseAdapter
from orion_core.services.sync import repository
from orion_core.services.sync.types import Claim
from orion_core.services.sync.writer import log_row

# A run is tried again this often before it is given up: about five hours at the growing waits below.
MAX_ATTEMPTS = 12


async def complete(work: Work, held: Claim, adapter: BaseAdapter[Any]) -> str:
    """Every stream was read or failed for good: settle the run, write its metrics, free the connection."""
    at = now()
    async with work.write(held.workspace_id) as tx:
        run = await repository.run(tx.session, held.run_id)
        parts = await repository.run_streams(tx.session, held.run_id)
        failed = {part.stream: part.error for part in parts if part.state == "failed" and part.error}
        streams = {part.stream for part in parts}
        status = "failed" if failed and len(failed) == len(streams) else "partial" if failed else "succeeded"
        error = next(iter(failed.values()), None)
        for name, cause in failed.items():
            await repository.set_stream(tx, held.connection_id, name, error=cause)
        for name in streams:
            tx.session.add(
                _metric(
                    run, [part for part in parts if part.stream == name], adapter, status="failed" if name in failed else "succeeded", at=at
                )
            )
        await _end(tx, held, status=status, error=error, at=at)
        await repository.set_connection(tx, held.connection_id, last_sync_at=at)
        word = "active" if status == "succeeded" else "failed"
        await repository.settle_connection(tx, held.connection_id, status=word, status_error=error)
    return status


async def end_with(work: Work, held: Claim, error: OrionError, *, log: Sequence[LogEntry] = ()) -> str:
    """The run cannot go on at all. A refused credential stops the schedule until a person connects again; the data stays."""
    at = now()
    status = "reauth_required" if isinstance(error, Reauthorize) else "failed"
    async with work.write(held.workspace_id) as tx:
        run = await repository.run(tx.session, held.run_id)
        parts = await repository.run_streams(tx.session, held.run_id)
        for name in {part.stream for part in parts if part.state != "done"}:
            await repository.set_stream(tx, held.connection_id, name, error=error.as_dict())
        tx.session.add(
            SyncMetric(
                config_id=held.connection_id,
                run_id=held.run_id,
                stream="",
                kind=run.kind,
                status="failed",
                sync_started_at=run.started_at or at,
                sync_finished_at=at,
                duration_ms=_ms(run.started_at or at, at),
                records_processed=run.read,
                records_changed=run.changed,
                records_failed=run.set_aside,
                requests=run.requests,
                error_code=error.code,
                error_message=error.message,
            )
        )
        await _end(tx, held, status="failed", error=error.as_dict(), at=at)
        await repository.set_connection(tx, held.connection_id, last_sync_at=at)
        await repository.settle_connection(tx, held.connection_id, status=status, status_error=error.as_dict())
        tx.session.add_all(log_row(entry, held.run_id, held.connection_id, "") for entry in log)
    return "failed"


async def cancel(work: Work, held: Claim) -> str:
    """A person stopped the run; what was stored stays, and the next run goes on from the cursors."""
    at = now()
    async with work.write(held.workspace_id) as tx:
        await _end(tx, held, status="cancelled", error=None, at=at)
    return "cancelled"


async def park(work: Work, held: Claim, error: RetryLater, *, progressed: bool, log: Sequence[LogEntry] = ()) -> str:
    """Wait for a later try: as long as the provider asked, else a growing while. After too many tries without any progress it fails."""
    at = now()
    async with work.read(held.workspace_id) as session:
        attempts = 1 if progressed else (await repository.run(session, held.run_id)).attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return await _give_up(work, held, error, attempts)
    wait = error.after_s if error.after_s is not None else min(1800.0, 5.0 * 2 ** min(attempts, 9))
    due_at = at + timedelta(seconds=wait)
    async with work.write(held.workspace_id) as tx:
        await repository.settle(
            tx, held, status="waiting", next_try_at=due_at, attempts=attempts, error=error.as_dict(), lease_until=None, lease_owner=""
        )
        await repository.due(tx, held.run_id, due_at, held.fence)
        tx.session.add_all(log_row(entry, held.run_id, held.connection_id, "") for entry in log)
        tx.ring(JobKind.RUN_SYNC, held.run_id, held.fence, defer_s=wait)
    return "waiting"


async def stumble(work: Work, held: Claim, error: Exception) -> str:
    """Something of ours failed: shown on the run, tried again like a provider that is away, and ended when it stays."""
    shown = RetryLater(
        f"Orion failed inside this run ({type(error).__name__}).",
        next_step="Nothing to do: Orion tries again by itself. If it stays, the worker's log holds the cause.",
    )
    try:
        return await park(work, held, shown, progressed=False)
    except LeaseLost:
        return "busy"


async def _give_up(work: Work, held: Claim, error: OrionError, attempts: int) -> str:
    final = GiveUp(
        f"{error.message} Orion tried {attempts} times without getting on.",
        next_step="Look at the provider's status page, then press Sync: it goes on from what is stored.",
        detail=error.detail,
    )
    return await end_with(work, held, final)


async def give_back(work: Work, held: Claim) -> str:
    """The worker's time is up: let go of the lease so that any worker goes on at once."""
    at = now()
    async with work.write(held.workspace_id) as tx:
        await repository.settle(tx, held, lease_until=at, lease_owner="")
        await repository.due(tx, held.run_id, at, held.fence)
        tx.ring(JobKind.RUN_SYNC, held.run_id, held.fence)
    return "running"


async def replan_whole(tx: Transaction, held: Claim, parts: list[RunStream], note: str) -> RunStream:
    """Replace the parts of a stream by one that reads it whole."""
    first = parts[0]
    await repository.drop_parts(tx, held.run_id, first.stream)
    fresh = RunStream(
        id=new_id("rs"), workspace_id=held.workspace_id, run_id=held.run_id, stream=first.stream, position=first.position, mode="list"
    )
    tx.session.add(fresh)
    run = await repository.run(tx.session, held.run_id)
    run.notes = [*run.notes, note]
    return fresh


async def _end(tx: Transaction, held: Claim, *, status: str, error: dict[str, Any] | None, at: datetime) -> None:
    await repository.settle(
        tx,
        held,
        status=status,
        error=error,
        finished_at=at,
        heartbeat_at=at,
        active_key=None,
        lease_until=None,
        lease_owner="",
        next_try_at=None,
    )
    await repository.not_due(tx, held.run_id)
    await repository.drop_seen(tx, held.run_id)


def _metric(run: SyncRun, parts: list[RunStream], adapter: BaseAdapter[Any], *, status: str, at: datetime) -> SyncMetric:
    started = min((part.started_at for part in parts if part.started_at), default=at)
    finished = max((part.finished_at for part in parts if part.finished_at), default=at)
    cause = next((part.error for part in parts if part.error), None) or {}
    return SyncMetric(
        config_id=run.connection_id,
        run_id=run.id,
        stream=parts[0].stream,
        model=adapter.spec.stream(parts[0].stream).model or "",
        kind=run.kind,
        status=status,
        sync_started_at=started,
        sync_finished_at=finished,
        duration_ms=_ms(started, finished),
        records_processed=sum(part.read for part in parts),
        records_changed=sum(part.changed for part in parts),
        records_deleted=sum(part.deleted for part in parts),
        records_failed=sum(part.set_aside for part in parts),
        requests=sum(part.pages for part in parts),
        error_code=cause.get("code", ""),
        error_message=cause.get("message"),
    )


def _ms(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() * 1000)
