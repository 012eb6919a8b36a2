"""The overview: is anything wrong, is the data fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from orion_core.base.db.states import connection_state
from orion_core.base.db.tables import ConnectorConfig, RunStream, StreamState, SyncMetric, SyncRun
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.engine.schema.registry import INFO
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.catalog import ConnectorRegistry
from orion_core.services.analytics import repository
from orion_core.services.analytics.types import Attention, Cell, MatrixRow, Overview, Pulse

_STEPS, _STEP = 48, timedelta(minutes=30)
# Without a schedule a stream is never late; with one it is stale after missing this many of its turns.
_MISSED = 3


class Analytics:
    """The analytics service."""

    def __init__(self, work: Work, registry: ConnectorRegistry) -> None:
        self.work = work
        self.registry = registry

    async def pulse(self, p: Principal) -> Pulse:
        """The small numbers of the frame."""
        p.require(Role.viewer, "syncs:read")
        async with self.work.read(p.workspace_id) as session:
            runs = await repository.open_runs(session)
            count = len(await repository.connections(session))
        return _pulse(runs, count, now())

    async def overview(self, p: Principal) -> Overview:
        """Everything the first page shows."""
        p.require(Role.viewer, "syncs:read")
        at = now()
        async with self.work.read(p.workspace_id) as session:
            connections = await repository.connections(session)
            states = await repository.states(session)
            runs = await repository.open_runs(session)
            parts = await repository.parts(session, [run.id for run in runs])
            metrics = await repository.metrics_since(session, at - _STEPS * _STEP)
            counts = await repository.run_counts(session, at - timedelta(days=1))
        points = _points(metrics, at)
        fastest = max(metrics, key=_rate, default=None)
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        today = [metric for metric in metrics if metric.sync_finished_at >= midnight]
        live = {row.id for row in connections}
        rows = tuple(self._row(row, states, runs, parts, metrics, at) for row in connections)
        shown = {cell.model for row in rows for cell in row.cells.values()}
        return Overview(
            pulse=_pulse(runs, len(connections), at),
            points=points,
            peak=_rate(fastest) if fastest is not None else 0.0,
            peak_at=fastest.sync_finished_at if fastest is not None and fastest.records_processed else None,
            records=sum(state.records for state in states if state.connection_id in live),
            changed_today=sum(metric.records_changed for metric in today),
            deleted_today=sum(metric.records_deleted for metric in today),
            runs_24h=sum(counts.values()),
            runs_ok_24h=counts.get("succeeded", 0),
            runs_failed_24h=counts.get("failed", 0) + counts.get("partial", 0),
            models=tuple((name, info.plural) for name, info in INFO.items() if name in shown),
            rows=rows,
            attention=tuple(_attention(connections, states, runs)),
            at=at,
        )

    def _row(
        self,
        row: ConnectorConfig,
        states: Sequence[StreamState],
        runs: Sequence[SyncRun],
        parts: Sequence[RunStream],
        metrics: Sequence[SyncMetric],
        at: datetime,
    ) -> MatrixRow:
        mine = [state for state in states if state.connection_id == row.id]
        run = next((item for item in runs if item.connection_id == row.id), None)
        working = [part for part in parts if run is not None and part.run_id == run.id]
        chosen = row.config.get("streams") or []
        cells: dict[str, Cell] = {}
        for stream in self.registry.get(row.connector_id).spec.streams if row.connector_id in {e.slug for e in self.registry.all()} else ():
            state = next((item for item in mine if item.stream == stream.name), None)
            if stream.model and (stream.name in chosen or state is not None):
                cells[stream.model] = _cell(row, stream.model, state, [part for part in working if part.stream == stream.name], at)
        word = connection_state(row, mine, run)
        return MatrixRow(row.id, row.name, row.connector_id, word, _text(word, row, working), cells, _hours(row.id, metrics, at))


def _pulse(runs: Sequence[SyncRun], connections: int, at: datetime) -> Pulse:
    running = [run for run in runs if run.status == "running" and run.started_at is not None]
    rate = sum(run.read / max(1.0, (at - run.started_at).total_seconds()) for run in running if run.started_at)
    return Pulse(len(running), rate, running[0].connection_id if running else None, connections)


def _cell(row: ConnectorConfig, model: str, state: StreamState | None, parts: list[RunStream], at: datetime) -> Cell:
    read = sum(part.read for part in parts)
    expected = next((part.expected for part in parts if part.expected), None)
    running = any(part.state == "running" for part in parts)
    word = "healthy"
    if not row.enabled:
        word = "paused"
    elif running:
        word = "running"
    elif state is not None and state.error:
        word = "failed" if state.error.get("code") != "mass_delete_held" else "degraded"
    elif state is None or state.last_success_at is None:
        word = "never"
    elif state.set_aside:
        word = "degraded"
    elif _late(row, state, at):
        word = "stale"
    return Cell(
        model,
        word,
        state.records if state else 0,
        state.set_aside if state else 0,
        state.last_success_at if state else None,
        min(1.0, read / expected) if running and expected else None,
        read if running else None,
        state.error if state else None,
    )


def _late(row: ConnectorConfig, state: StreamState, at: datetime) -> bool:
    if row.schedule_kind != "interval" or state.last_success_at is None:
        return row.schedule_kind == "cron" and row.next_due_at is not None and row.next_due_at < at - timedelta(minutes=10)
    return at - state.last_success_at > timedelta(seconds=max(300, _MISSED * int(row.schedule_value or 0)))


def _text(state: str, row: ConnectorConfig, parts: list[RunStream]) -> str:
    if state == "running":
        current = next((part.stream for part in parts if part.state == "running"), "")
        return f"Syncing {current.replace('_', ' ')}" if current else "Starting"
    words = {
        "healthy": "Healthy",
        "paused": "Paused",
        "reauth": "Needs a new credential",
        "waiting": "Waiting for the provider",
        "never": "Never run",
        "degraded": "Some streams failed",
        "failed": "Last run failed",
    }
    return words[state]


def _hours(connection_id: str, metrics: Sequence[SyncMetric], at: datetime) -> tuple[str, ...]:
    hours = ["none"] * 24
    rank = {"none": 0, "ok": 1, "degraded": 2, "failed": 3}
    for metric in metrics:
        age = int((at - metric.sync_started_at).total_seconds() // 3600)
        if metric.config_id == connection_id and 0 <= age < 24:
            word = "failed" if metric.status == "failed" else "degraded" if metric.records_failed else "ok"
            hours[23 - age] = max(hours[23 - age], word, key=rank.__getitem__)
    return tuple(hours)


def _rate(metric: SyncMetric) -> float:
    """Records a second of a stream's run; what took less than a second says nothing about a rate."""
    return metric.records_processed / max(1.0, metric.duration_ms / 1000)


def _points(metrics: Sequence[SyncMetric], at: datetime) -> tuple[float, ...]:
    points = [0.0] * _STEPS
    for metric in metrics:
        step = int((at - metric.sync_started_at) / _STEP)
        if 0 <= step < _STEPS:
            points[_STEPS - 1 - step] = max(points[_STEPS - 1 - step], _rate(metric))
    return tuple(points)


def _attention(connections: Sequence[ConnectorConfig], states: Sequence[StreamState], runs: Sequence[SyncRun]) -> list[Attention]:
    """What needs a person, worst first."""
    found: list[Attention] = []
    for row in connections:
        mine = [state for state in states if state.connection_id == row.id]
        error = row.status_error or {}
        if row.status == "reauth_required":
            found.append(
                Attention(
                    "reauth", "failed", f"{row.name} needs a new credential", f"{error.get('message', '')} Stored records stay.", row.id
                )
            )
        elif row.status == "failed" and error:
            found.append(
                Attention(
                    "failed",
                    "failed",
                    f"{row.name}: the last run failed",
                    f"{error.get('message', '')} {error.get('next_step', '')}".strip(),
                    row.id,
                )
            )
        for run in runs:
            if run.connection_id == row.id and run.status == "waiting":
                message = (run.error or {}).get("message", "The provider asked to wait.")
                found.append(
                    Attention("waiting", "waiting", f"{row.name} waits for the provider", message, row.id, note="goes on by itself")
                )
        held = [state for state in mine if (state.error or {}).get("code") == "mass_delete_held"]
        for state in held:
            found.append(
                Attention("deletes", "waiting", f"{row.name}: many deletes held back", (state.error or {}).get("message", ""), row.id)
            )
        aside = sum(state.set_aside for state in mine)
        if aside:
            names = ", ".join(state.stream for state in mine if state.set_aside)
            found.append(
                Attention(
                    "aside",
                    "degraded",
                    f"{aside:,} {'record' if aside == 1 else 'records'} set aside",
                    f"{row.name} {names}. The rest passed.",
                    row.id,
                    aside,
                )
            )
    order = {"failed": 0, "waiting": 1, "degraded": 2}
    return sorted(found, key=lambda item: order[item.state])
