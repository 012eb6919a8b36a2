"""Words for states, read off rows: used wherever a connection is shown."""

from __future__ import annotations

from collections.abc import Sequence

from orion_core.base.db.tables import ConnectorConfig, StreamState, SyncRun


def connection_state(connection: ConnectorConfig, states: Sequence[StreamState], run: SyncRun | None) -> str:
    """One word for a connection: paused, reauth, running, waiting, failed, degraded, never, healthy."""
    if not connection.enabled:
        return "paused"
    if connection.status == "reauth_required":
        return "reauth"
    if run is not None and run.status in ("running", "queued"):
        return "running"
    if run is not None and run.status == "waiting":
        return "waiting"
    if connection.status == "failed":
        return "degraded" if any(state.last_success_at and not state.error for state in states) else "failed"
    if any(state.error for state in states):
        return "degraded"
    return "never" if connection.last_sync_at is None else "healthy"
