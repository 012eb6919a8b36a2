"""Runs a run: claim, plan, read and write stream after stream, delete with proof, finish.

A worker may die at any line. What it had stored carries its place with it; when the lease ends, the next worker claims the run with a
higher fence and goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orion_core.base.db.tables import ConnectorConfig, RunStream, StreamState
from orion_core.base.egress import MemoryRequestLog
from orion_core.base.errors import CursorExpired, LeaseLost, OrionError, Reauthorize, RemoteRejected, RetryLater
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_id
from orion_core.base.work import Work
from orion_core.engine.connector import BaseAdapter, StreamSpec
from orion_core.services.sync import finish, planner, repository
from orion_core.services.sync.deletes import sweep_stream
from orion_core.services.sync.pipeline import Readers
from orion_core.services.sync.store import Shaper
from orion_core.services.sync.types import Adapters, Claim
from orion_core.services.sync.writer import StreamWriter, table_of

logger = logging.getLogger(__name__)
# States of a part that need no more work.
OVER = ("closed", "failed")
# Errors that end the turn, not only their stream.
_ENDING = (RetryLater, Reauthorize)
_LOOK_UP_S = 0.5
AfterStream = Callable[[str, str], Awaitable[object]]


@dataclass(slots=True)
class Job:
    """One worker's turn at a run."""

    held: Claim
    deadline: float
    stop: bool = False
    progressed: bool = False
    log: MemoryRequestLog = field(default_factory=lambda: MemoryRequestLog(limit=2_000))
    adapter: BaseAdapter[Any] = field(init=False)

    @property
    def over(self) -> bool:
        """Whether a person asked to stop, or the turn's time is up."""
        return self.stop or time.monotonic() > self.deadline

    def drain(self) -> list[Any]:
        """The calls made since the last look, for the run's request log."""
        entries = list(self.log.merged())
        self.log.entries.clear()
        self.log.failed.clear()
        return entries


class Executor:
    """Executes runs for one process. `after_stream(workspace, model)` is told when records of a model changed (the search index)."""

    def __init__(self, work: Work, adapters: Adapters, *, lease_s: float = 30.0, after_stream: AfterStream | None = None) -> None:
        self.work = work
        self.adapters = adapters
        self.lease_s = lease_s
        self.after_stream = after_stream
        self.owner = f"{os.uname().nodename}:{os.getpid()}:{new_id('w')[-6:]}"

    async def execute(self, workspace_id: str, run_id: str, *, budget_s: float = 50.0) -> str:
        """Work on a run for at most about `budget_s` seconds; returns its status afterwards, or "busy" where another holds it.

        A run that is not over when the time is up is given back with its bell rung, so that no job blocks a worker for long.
        """
        async with self.work.write(workspace_id) as tx:
            held = await repository.claim(tx, run_id, owner=self.owner, lease_s=self.lease_s, at=now())
        if held is None:
            return "busy"
        job = Job(held, time.monotonic() + budget_s)
        heart = asyncio.create_task(self._beat(job, asyncio.current_task()), name=f"lease {run_id}")
        try:
            return await self._work_on(job)
        except LeaseLost:
            logger.info("run %s went to another worker", run_id)
            return "busy"
        except asyncio.CancelledError:
            if heart.done() and not heart.cancelled():
                return "busy"  # the lease went to another worker while this one waited
            # The process stops: give the run back, so that the next worker need not wait for the lease.
            with contextlib.suppress(LeaseLost, Exception):
                await asyncio.shield(finish.give_back(self.work, held))
            raise
        except Exception as error:
            # A fault of ours: shown on the run and tried again a few times, never a run that crashes for ever unseen.
            logger.exception("run %s failed inside", run_id)
            return await finish.stumble(self.work, held, error)
        finally:
            heart.cancel()

    async def _beat(self, job: Job, owner_task: asyncio.Task[Any] | None) -> None:
        """Keep the lease alive while a page is slow; without it, stop the work rather than let two workers read."""
        held = job.held
        while True:
            await asyncio.sleep(self.lease_s / 3)
            try:
                async with self.work.write(held.workspace_id) as tx:
                    job.stop = await repository.beat(tx, held, lease_s=self.lease_s, at=now()) or job.stop
                    await repository.due(tx, held.run_id, now() + timedelta(seconds=self.lease_s), held.fence)
            except LeaseLost:
                if owner_task is not None:
                    owner_task.cancel()
                return
            except Exception:  # a database that is away for a moment; the next beat tries again, the fence protects the rows
                logger.warning("could not renew the lease of run %s", held.run_id, exc_info=True)

    async def _work_on(self, job: Job) -> str:
        held = job.held
        try:
            job.adapter = await self.adapters.adapter(held.workspace_id, held.connection_id, log=job.log)
            row, parts, states = await self._prepare(job)
        except RetryLater as error:
            return await finish.park(self.work, held, error, progressed=False, log=job.drain())
        except OrionError as error:
            return await finish.end_with(self.work, held, error, log=job.drain())
        for name in dict.fromkeys(part.stream for part in parts):
            mine = [part for part in parts if part.stream == name]
            if all(part.state in OVER for part in mine):
                continue
            stream = job.adapter.spec.stream(name)
            outcome = await self._stream(job, stream, row, mine, states.get(name))
            restart = self._restart(mine, outcome)
            if restart is not None:
                await self._replan(job, stream, mine, restart)
                outcome = await self._stream(job, stream, row, mine, states.get(name))
            if outcome == "cancelled":
                return await finish.cancel(self.work, held)
            if outcome == "time":
                return await finish.give_back(self.work, held)
            if isinstance(outcome, Reauthorize):
                return await finish.end_with(self.work, held, outcome)
            if isinstance(outcome, RetryLater):
                return await finish.park(self.work, held, outcome, progressed=job.progressed)
            if outcome == "done" and stream.model is not None and self.after_stream is not None:
                await self.after_stream(held.workspace_id, stream.model)
        return await finish.complete(self.work, held, job.adapter)

    async def _prepare(self, job: Job) -> tuple[ConnectorConfig, list[RunStream], dict[str, StreamState]]:
        """The connection, the parts of the run and where its streams stand; the plan is made by the first worker that claims the run."""
        held, adapter = job.held, job.adapter
        async with self.work.read(held.workspace_id) as session:
            run = await repository.run(session, held.run_id)
            row = await repository.connection(session, held.connection_id)
            parts = await repository.run_streams(session, held.run_id)
            states = {state.stream: state for state in await repository.stream_states(session, held.connection_id)}
        planned: list[RunStream] = []
        if not parts:
            for position, stream in enumerate(planner.selected_streams(adapter, row, run.streams or None)):
                planned += await planner.plan_stream(adapter, stream, run, row, states.get(stream.name), position)
        async with self.work.write(held.workspace_id) as tx:
            await repository.beat(tx, held, lease_s=self.lease_s, at=now())
            await repository.set_connection(tx, held.connection_id, last_used_at=now())
            for name in {part.stream for part in planned} - states.keys():
                states[name] = StreamState(
                    workspace_id=held.workspace_id, connection_id=row.id, stream=name, model=adapter.spec.stream(name).model or ""
                )
                tx.session.add(states[name])
            tx.session.add_all(planned)
        for part in parts:
            if part.state == "running":
                part.error = None
        return row, parts + planned, states

    async def _stream(
        self, job: Job, stream: StreamSpec, row: ConnectorConfig, parts: list[RunStream], state: StreamState | None
    ) -> OrionError | str:
        """Read one stream to its end and close it: "done", "cancelled", "time", or the error that ended it."""
        held = job.held
        compiled = job.adapter.mapping(stream.name)
        shaper = Shaper(table_of(stream), compiled, mapping_version=compiled.mapping.version if compiled else 1)
        writer = StreamWriter(self.work, held, stream, shaper, self.lease_s, has_letters=bool(state and state.set_aside))
        exclude = tuple(row.config.get("exclude", {}).get(stream.name, ()))
        lane = "backfill" if parts[0].mode == "list" else "incremental"
        readers = Readers(job.adapter, [part for part in parts if part.state in ("pending", "running")], exclude, lane)
        readers.start()
        failure: OrionError | None = None
        try:
            looked = False  # every turn takes at least one look, so that short turns get on as well
            while readers.open and not isinstance(failure, _ENDING) and not job.stop and not (looked and job.over):
                arrived = await readers.batch(patience_s=_LOOK_UP_S)
                looked = True
                if not arrived:
                    continue
                failure = next((item.error for item in arrived if item.error is not None), failure)
                written = await writer.write(arrived, job.drain())
                job.progressed = job.progressed or written.rows > 0
                job.stop = job.stop or written.stop
        finally:
            # What the readers have in hand is dropped: each part goes on from the last page that was stored.
            await readers.close()
        if failure is not None:
            return failure
        if not all(part.state == "done" for part in parts):
            return "cancelled" if job.stop else "time" if job.over else next(_error_of(part) for part in parts if part.error)
        await sweep_stream(self.work, held, stream, parts, lease_s=self.lease_s, log=job.drain())
        return "cancelled" if job.stop else "done"

    @staticmethod
    def _restart(parts: list[RunStream], outcome: OrionError | str) -> OrionError | None:
        """A saved position that is too old, or a window filter the provider refuses, is answered by reading the stream whole, once."""
        whole = len(parts) == 1 and parts[0].mode == "list" and parts[0].window_start is None and parts[0].since is None
        refused = isinstance(outcome, RemoteRejected) and any(part.window_start is not None for part in parts)
        started_over = whole and parts[0].pages == 0
        return outcome if not isinstance(outcome, str) and (refused or (isinstance(outcome, CursorExpired) and not started_over)) else None

    async def _replan(self, job: Job, stream: StreamSpec, parts: list[RunStream], cause: OrionError) -> None:
        note = f"{stream.title or stream.name}: read whole and serially, because {cause.message[:1].lower()}{cause.message[1:]}"
        async with self.work.write(job.held.workspace_id) as tx:
            await repository.beat(tx, job.held, lease_s=self.lease_s, at=now())
            parts[:] = [await finish.replan_whole(tx, job.held, parts, note)]


def _error_of(part: RunStream) -> OrionError:
    """The error a part ended with in an earlier turn."""
    cause = part.error or {}
    return OrionError(cause.get("message", "The stream failed."), next_step=cause.get("next_step"), detail=cause.get("detail"))
