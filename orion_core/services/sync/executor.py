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
from datetime import timedelta
from typing import Any

from orion_core.base.db.tables import ConnectorConfig, RunStream, StreamState, SyncRun
from orion_core.base.egress import MemoryRequestLog
from orion_core.base.errors import CursorExpired, LeaseLost, OrionError, Reauthorize, RemoteRejected, RetryLater
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_id
from orion_core.base.work import Work
from orion_core.engine.connector import BaseAdapter, StreamSpec
from orion_core.services.sync import finish, planner, repository
from orion_core.services.sync.deletes import sweep_stream
from orion_core.services.sync.pipeline import Arrived, Readers
from orion_core.services.sync.store import Shaper
from orion_core.services.sync.types import Adapters, Claim
from orion_core.services.sync.writer import StreamWriter, table_of

logger = logging.getLogger(__name__)
AfterStream = Callable[[str, str], Awaitable[object]]


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
        deadline = time.monotonic() + budget_s
        heart = asyncio.create_task(self._beat(held, asyncio.current_task()), name=f"lease {run_id}")
        try:
            return await self._work_on(held, deadline)
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
        finally:
            heart.cancel()

    async def _beat(self, held: Claim, owner_task: asyncio.Task[Any] | None) -> None:
        """Keep the lease alive while a page is slow; without it, stop the work rather than let two workers read."""
        while True:
            await asyncio.sleep(self.lease_s / 3)
            try:
                async with self.work.write(held.workspace_id) as tx:
                    await repository.beat(tx, held, lease_s=self.lease_s, at=now())
                    await repository.due(tx, held.run_id, now() + timedelta(seconds=self.lease_s), held.fence)
            except LeaseLost:
                if owner_task is not None:
                    owner_task.cancel()
                return
            except Exception:  # a database that is away for a moment; the next beat tries again, the fence protects the rows
                logger.warning("could not renew the lease of run %s", held.run_id, exc_info=True)

    async def _work_on(self, held: Claim, deadline: float) -> str:
        log = MemoryRequestLog(limit=2_000)
        try:
            adapter = await self.adapters.adapter(held.workspace_id, held.connection_id, log=log)
            run, row, parts, states = await self._prepare(held, adapter)
        except OrionError as error:
            return await finish.end_with(self.work, held, error)
        started_fresh = run.attempts == 0
        for name in dict.fromkeys(part.stream for part in parts):
            mine = [part for part in parts if part.stream == name]
            if all(part.state in ("done", "failed") for part in mine):
                continue
            stream = adapter.spec.stream(name)
            outcome = await self._stream(held, adapter, stream, row, mine, states.get(name), log, deadline)
            if outcome == "cancelled":
                return await finish.cancel(self.work, held)
            if outcome == "time":
                return await finish.give_back(self.work, held)
            failed = next((part for part in mine if part.error), None)
            if isinstance(outcome, Reauthorize):
                return await finish.end_with(self.work, held, outcome)
            if isinstance(outcome, RetryLater):
                return await finish.park(self.work, held, outcome, fresh=started_fresh)
            if failed is None and stream.model is not None and self.after_stream is not None:
                await self.after_stream(held.workspace_id, stream.model)
        return await finish.complete(self.work, held, adapter)

    async def _prepare(
        self, held: Claim, adapter: BaseAdapter[Any]
    ) -> tuple[SyncRun, ConnectorConfig, list[RunStream], dict[str, StreamState]]:
        """The run with its parts; the plan is made by the first worker that claims it."""
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
        return run, row, parts + planned, states

    async def _stream(
        self,
        held: Claim,
        adapter: BaseAdapter[Any],
        stream: StreamSpec,
        row: ConnectorConfig,
        parts: list[RunStream],
        state: StreamState | None,
        log: MemoryRequestLog,
        deadline: float,
    ) -> OrionError | str:
        """Read one stream to its end: "done", "cancelled", "time", or the error that ended it."""
        compiled = adapter.mapping(stream.name)
        shaper = Shaper(table_of(stream), compiled, mapping_version=compiled.mapping.version if compiled else 1)
        writer = StreamWriter(self.work, held, stream, shaper, self.lease_s, has_letters=bool(state and state.set_aside))
        exclude = tuple(row.config.get("exclude", {}).get(stream.name, ()))
        lane = "backfill" if parts[0].mode == "list" else "incremental"
        readers = Readers(adapter, [part for part in parts if part.state not in ("done", "failed")], exclude, lane)
        readers.start()
        failure: OrionError | None = None
        outcome: str | None = None
        try:
            while readers.open:
                arrived = await readers.batch()
                failure = next((item.error for item in arrived if item.error is not None), failure)
                restart = self._restart(arrived)
                written = await writer.write(arrived, _drain(log))
                if restart is not None:
                    return await self._again_whole(held, adapter, stream, row, parts, state, log, deadline, restart)
                if outcome is None and written.stop:
                    outcome = "cancelled"
                elif outcome is None and time.monotonic() > deadline:
                    outcome = "time"
                if outcome is not None or isinstance(failure, (RetryLater, Reauthorize)):
                    # What the readers have in hand is dropped: each part goes on from the last page that was stored.
                    break
        finally:
            await readers.close()
        if failure is not None:
            return failure
        if outcome is not None and not all(part.state == "done" for part in parts):
            return outcome
        await sweep_stream(self.work, held, stream, parts, lease_s=self.lease_s, log=_drain(log))
        return outcome if outcome == "cancelled" else "done"

    @staticmethod
    def _restart(arrived: list[Arrived]) -> OrionError | None:
        """A saved position that is too old, or a window filter the provider refuses, is answered by reading the stream whole."""
        for item in arrived:
            windowed = item.part.window_start is not None and item.part.pages == 0
            if isinstance(item.error, CursorExpired) or (windowed and isinstance(item.error, RemoteRejected)):
                return item.error
        return None

    async def _again_whole(
        self,
        held: Claim,
        adapter: BaseAdapter[Any],
        stream: StreamSpec,
        row: ConnectorConfig,
        parts: list[RunStream],
        state: StreamState | None,
        log: MemoryRequestLog,
        deadline: float,
        cause: OrionError,
    ) -> OrionError | str:
        note = f"{stream.title or stream.name}: read whole and serially, because {cause.message[:1].lower()}{cause.message[1:]}"
        async with self.work.write(held.workspace_id) as tx:
            await repository.beat(tx, held, lease_s=self.lease_s, at=now())
            fresh = await finish.replan_whole(tx, held, parts, note)
        parts[:] = [fresh]
        return await self._stream(held, adapter, stream, row, parts, state, log, deadline)


def _drain(log: MemoryRequestLog) -> list[Any]:
    entries = list(log.merged())
    log.entries.clear()
    log.failed.clear()
    return entries
