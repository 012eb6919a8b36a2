"""Runs, calls and dead letters as people see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orion_core.base.db.tables import ConnectorConfig, DeadLetter, RunStream, SyncRun
from orion_core.base.kit.clock import now
from orion_core.platform.catalog import ConnectorRegistry
from orion_core.services.sync.types import DeadLetterView, RequestView, RunProgress, RunView, StreamProgress, duration


def progress(run: SyncRun, row: ConnectorConfig | None, registry: ConnectorRegistry, parts: list[RunStream]) -> RunProgress:
    """A run with its streams."""
    at = now()
    entry = registry.get(row.connector_id) if row is not None else None
    streams = []
    for name in dict.fromkeys(part.stream for part in parts):
        mine = [part for part in parts if part.stream == name]
        spec = entry.spec.stream(name) if entry is not None else None
        expected = next((part.expected for part in mine if part.expected), None)
        streams.append(
            StreamProgress(
                name,
                (spec.title if spec else "") or name,
                (spec.model if spec else "") or "",
                _joint_state(mine),
                sum(part.read for part in mine),
                sum(part.changed for part in mine),
                sum(part.deleted for part in mine),
                sum(part.set_aside for part in mine),
                expected,
                len(mine),
                next((part.error for part in mine if part.error), None),
            )
        )
    view = run_view(run, row, at)
    rate = run.read / view.duration_s if view.duration_s else 0.0
    # A total is only shown when every stream's is known; a made-up percentage is worse than none.
    known = [stream.expected for stream in streams if stream.state != "done"]
    expected_total = (
        None
        if any(value is None for value in known)
        else sum(stream.read if stream.state == "done" else stream.expected or 0 for stream in streams)
    )
    left = None if expected_total is None else max(0, expected_total - run.read)
    eta = left / rate if left is not None and rate > 0 and view.open else None
    return RunProgress(view, tuple(streams), rate, expected_total, eta, run.cancel_requested, at)


def _joint_state(parts: list[RunStream]) -> str:
    states = {part.state for part in parts}
    for state in ("failed", "running"):
        if state in states:
            return state
    return "done" if states <= {"done", "closed"} else "running" if states & {"done", "closed"} else "pending"


def run_view(run: SyncRun, row: ConnectorConfig | None, at: datetime) -> RunView:
    """A run for a list."""
    return RunView(
        run.id,
        run.connection_id,
        row.name if row else "",
        row.connector_id if row else "",
        run.kind,
        run.trigger,
        run.status,
        run.read,
        run.changed,
        run.deleted,
        run.set_aside,
        run.requests,
        run.created_at,
        run.started_at,
        run.finished_at,
        run.next_try_at,
        duration(run, at),
        run.error,
        tuple(run.notes),
        tuple(run.streams),
    )


def request(row: Any) -> RequestView:
    """A call, with the same call as curl."""
    sent = row.headers.get("request", {})
    parts = ["curl", "-X", row.method, f"'{row.url}'"]
    for name, value in sent.items():
        parts += ["-H", "'" + f"{name}: {value}".replace("'", "'\\''") + "'"]
    if row.request_body:
        parts += ["--data-raw", "'" + row.request_body.replace("'", "'\\''") + "'"]
    return RequestView(
        row.id,
        row.at,
        row.stream,
        row.method,
        row.url,
        row.status,
        row.elapsed_ms,
        row.size,
        row.headers.get("rate", {}),
        row.request_body,
        row.body,
        row.error,
        " ".join(parts),
    )


def dead_letter(row: DeadLetter) -> DeadLetterView:
    """A record set aside."""
    return DeadLetterView(
        row.id,
        row.connection_id,
        row.run_id,
        row.stream,
        row.remote_id,
        row.raw,
        row.cause,
        row.state,
        row.attempts,
        row.created_at,
        row.last_at,
    )
