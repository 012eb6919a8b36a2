"""Words for states, read off rows: used wherever a connection is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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


def ask_to_stop(run: SyncRun, at: datetime) -> bool:
    """Ask the worker of an open run to stop; where nobody works on it, it ends here, under a new fence so that no late worker takes it up.

    Returns whether it ended.
    """
    run.cancel_requested = True
    if run.status not in ("queued", "waiting"):
        return False
    run.fence += 1
    run.status, run.active_key, run.finished_at, run.next_try_at = "cancelled", None, at, None
    return True
