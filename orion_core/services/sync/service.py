"""What callers use: start and stop runs, watch them, see what was set aside, keep schedules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from orion_core.base.db.states import ask_to_stop
from orion_core.base.db.tables import ConnectorConfig, DueRun, SyncRun
from orion_core.base.errors import Conflict, InvalidInput, NotFound
from orion_core.base.kit.clock import now
from orion_core.base.queue import JobKind
from orion_core.base.work import Transaction, Work
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.audit import Audit
from orion_core.platform.catalog import ConnectorRegistry
from orion_core.services.sync import repository, schedule, views
from orion_core.services.sync.executor import AfterStream, Executor
from orion_core.services.sync.planner import selected_streams
from orion_core.services.sync.replay import replay_letters
from orion_core.services.sync.types import (
    Adapters,
    DeadLetterView,
    Listing,
    Replayed,
    RequestView,
    RunProgress,
    RunView,
)

KINDS = ("incremental", "full")


class Sync:
    """The sync service. `execute` is for workers and the command line, everything else for people and programs."""

    def __init__(
        self,
        work: Work,
        adapters: Adapters,
        registry: ConnectorRegistry,
        audit: Audit,
        *,
        lease_s: float = 30.0,
        after_stream: AfterStream | None = None,
    ) -> None:
        self.work = work
        self.adapters = adapters
        self.registry = registry
        self.audit = audit
        self.executor = Executor(work, adapters, lease_s=lease_s, after_stream=after_stream)

    # Starting and stopping ----------------------------------------------------------------------------------------------------

    async def start(
        self,
        p: Principal,
        connection_id: str,
        *,
        full: bool = False,
        streams: list[str] | None = None,
        trigger: str = "manual",
        allow_deletes: bool = False,
    ) -> str:
        """Begin a run and return its id; a run that is already open is returned instead of a second one.

        `streams` names streams or models. `allow_deletes` is a person's word for a mass delete that was held back.

        Raises:
            NotFound: no such connection. Conflict: it is paused or needs a new credential. InvalidInput: no such stream.
        """
        p.require(Role.editor, "syncs:write")
        try:
            async with self.work.write(p.workspace_id) as tx:
                row = await repository.connection(tx.session, connection_id)
                _refuse(row)
                entry = self.registry.get(row.connector_id)
                names = [stream.name for stream in selected_streams(entry, row, streams)] if streams else []
                active = await repository.open_run(tx.session, connection_id)
                if active is not None:
                    if active.cancel_requested:
                        raise Conflict("The last run is just being stopped.", next_step="Press Sync again in a moment.")
                    return active.id
                run = await self._new_run(
                    tx,
                    row,
                    kind="full" if full or allow_deletes else "incremental",
                    trigger="approved" if allow_deletes else trigger,
                    streams=names,
                    by=p.id,
                )
                await self.audit.record(tx, p, "sync.started", "connection", row.id, row.name, {"run_id": run.id, "kind": run.kind})
                return run.id
        except IntegrityError:
            # Another process opened a run in the same moment: that one is the run.
            async with self.work.read(p.workspace_id) as session:
                active = await repository.open_run(session, connection_id)
            if active is None:
                raise
            return active.id

    async def _new_run(self, tx: Transaction, row: ConnectorConfig, *, kind: str, trigger: str, streams: list[str], by: str) -> SyncRun:
        run = SyncRun(connection_id=row.id, active_key=row.id, kind=kind, trigger=trigger, streams=streams, requested_by=by)
        tx.session.add(run)
        await tx.session.flush()
        await repository.due(tx, run.id, now(), 0)
        tx.ring(JobKind.RUN_SYNC, run.id, 0)
        return run

    async def stop(self, p: Principal, run_id: str) -> None:
        """Ask a run to stop after the page it is storing. What is stored stays."""
        p.require(Role.editor, "syncs:write")
        async with self.work.write(p.workspace_id) as tx:
            run = await repository.run(tx.session, run_id)
            if run.active_key is None:
                return
            if ask_to_stop(run, now()):
                await repository.not_due(tx, run.id)
            await self.audit.record(tx, p, "sync.stopped", "run", run.id, "", {"connection_id": run.connection_id})

    async def execute(self, workspace_id: str, run_id: str, *, budget_s: float = 50.0) -> str:
        """Work on a run (see `Executor.execute`)."""
        return await self.executor.execute(workspace_id, run_id, budget_s=budget_s)

    # Watching -----------------------------------------------------------------------------------------------------------------

    async def progress(self, p: Principal, *, run_id: str | None = None, connection_id: str | None = None) -> RunProgress | None:
        """A run with its streams: the one named, or the open (else the last) one of a connection."""
        p.require(Role.viewer, "syncs:read")
        async with self.work.read(p.workspace_id) as session:
            if run_id is not None:
                run: SyncRun | None = await repository.run(session, run_id)
            else:
                await repository.connection(session, connection_id or "")
                run = await repository.open_run(session, connection_id or "")
                run = run or next(iter(await repository.runs(session, connection_id=connection_id, limit=1)), None)
            if run is None:
                return None
            row = await repository.connection_or_deleted(session, run.connection_id)
            parts = await repository.run_streams(session, run.id)
        return views.progress(run, row, self.registry, parts)

    async def runs(
        self, p: Principal, *, connection_id: str | None = None, status: str | None = None, cursor: str | None = None, limit: int = 25
    ) -> Listing[RunView]:
        """Runs, newest first."""
        p.require(Role.viewer, "syncs:read")
        try:
            before = datetime.fromisoformat(cursor) if cursor else None
        except ValueError as error:
            raise InvalidInput("The cursor is not one of this list.") from error
        async with self.work.read(p.workspace_id) as session:
            if connection_id:
                await repository.connection_or_deleted(session, connection_id, must_exist=True)
            rows = list(await repository.runs(session, connection_id=connection_id, before=before, status=status, limit=limit + 1))
            owners = await repository.connections(session, {row.connection_id for row in rows})
        more = rows[limit - 1].created_at.isoformat() if len(rows) > limit else None
        return Listing(tuple(views.run_view(row, owners.get(row.connection_id), now()) for row in rows[:limit]), more)

    async def requests(
        self, p: Principal, run_id: str, *, cursor: str | None = None, limit: int = 50, newest: bool = False
    ) -> Listing[RequestView]:
        """The calls a run made, redacted, each as curl; in order, or the newest first."""
        p.require(Role.viewer, "syncs:read")
        async with self.work.read(p.workspace_id) as session:
            await repository.run(session, run_id)
            rows = list(await repository.requests(session, run_id, after=cursor, limit=limit + 1, newest=newest))
        return Listing(tuple(views.request(row) for row in rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)

    # What was set aside -------------------------------------------------------------------------------------------------------

    async def dead_letters(
        self, p: Principal, *, connection_id: str | None = None, state: str | None = "open", cursor: str | None = None, limit: int = 50
    ) -> Listing[DeadLetterView]:
        """Records that could not be stored, newest first."""
        p.require(Role.viewer, "syncs:read")
        async with self.work.read(p.workspace_id) as session:
            if connection_id:
                await repository.connection(session, connection_id)
            rows = list(await repository.dead_letters(session, connection_id=connection_id, state=state, before=cursor, limit=limit + 1))
        return Listing(tuple(map(views.dead_letter, rows[:limit])), rows[limit - 1].id if len(rows) > limit else None)

    async def replay(self, p: Principal, ids: list[str]) -> Replayed:
        """Try dead letters again: as the provider has them now where it can be asked for one, else as they were sent.

        Raises:
            NotFound: an id is not of this workspace.
        """
        p.require(Role.editor, "syncs:write")
        async with self.work.read(p.workspace_id) as session:
            rows = list(await repository.dead_letters_by_id(session, ids))
        if len(rows) != len(set(ids)):
            raise NotFound("There is no such dead letter.")
        return await replay_letters(self.work, self.adapters, p.workspace_id, rows)

    # Schedules ----------------------------------------------------------------------------------------------------------------

    async def set_schedule(self, p: Principal, connection_id: str, kind: str, value: str = "") -> datetime | None:
        """Set when a connection syncs by itself: manual, interval (seconds, 30 at least) or cron (five fields, UTC). Returns the next time.

        Raises:
            InvalidInput: the value cannot be read; the message says why.
        """
        p.require(Role.editor, "syncs:write")
        next_at = schedule.next_time(kind, value, now())
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.connection(tx.session, connection_id)
            row.schedule_kind, row.schedule_value, row.next_due_at, row.updated_at = kind, value if kind != "manual" else "", next_at, now()
            await self._arm(tx, row)
            await self.audit.record(tx, p, "connection.schedule", "connection", row.id, row.name, {"kind": kind, "value": value})
        return next_at

    async def _arm(self, tx: Transaction, row: ConnectorConfig) -> None:
        if row.next_due_at is None:
            await repository.not_due(tx, row.id, kind="schedule")
        else:
            await repository.due(tx, row.id, row.next_due_at, 0, kind="schedule")

    async def sweep(self, *, limit: int = 200) -> int:
        """Ring what is due: runs that were queued, parked or left behind by a dead worker, and schedules. How many.

        The sweeper needs no workspace: it reads the due table alone, then acts in each workspace.
        """
        at = now()
        async with self.work.directory() as directory:
            rows = await directory.all(DueRun, DueRun.due_at <= at, order_by=DueRun.due_at, limit=limit)
        for row in rows:
            if row.kind == "schedule":
                await self._start_due(row.workspace_id, row.object_id, at)
            else:
                await self.work.bell.ring(JobKind.RUN_SYNC, row.object_id, row.fence)
        return len(rows)

    async def _start_due(self, workspace_id: str, connection_id: str, at: datetime) -> None:
        try:
            async with self.work.write(workspace_id) as tx:
                row = await repository.connection_or_deleted(tx.session, connection_id)
                if row is None or row.deleted_at is not None or row.schedule_kind == "manual":
                    await repository.not_due(tx, connection_id, kind="schedule")
                    return
                if row.next_due_at is not None and row.next_due_at > at:
                    return  # another sweeper was here
                row.next_due_at = schedule.next_time(row.schedule_kind, row.schedule_value, at)
                await self._arm(tx, row)
                if (
                    row.enabled
                    and row.status not in ("paused", "reauth_required")
                    and await repository.open_run(tx.session, row.id) is None
                ):
                    await self._new_run(tx, row, kind="incremental", trigger="schedule", streams=[], by="")
        except IntegrityError:
            # Two sweepers in the same moment: the unique key let one of them open the run.
            return

    async def workspace_of_run(self, run_id: str) -> str | None:
        """The workspace of an open run, for a job that knows only its id."""
        async with self.work.directory() as directory:
            row = await directory.one(DueRun, DueRun.kind == "run", DueRun.object_id == run_id)
        return row.workspace_id if row is not None else None


def _refuse(row: ConnectorConfig) -> None:
    if not row.enabled or row.status == "paused":
        raise Conflict(f"{row.name} is paused.", next_step="Resume it, then sync.")
    if row.status == "reauth_required":
        raise Conflict(f"{row.name} needs a new credential.", next_step="Open the connection and enter a new credential.")
