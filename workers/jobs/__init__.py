"""The jobs, by the names of `base.queue.JobKind`."""

from __future__ import annotations

from typing import Any

from orion_core.base.queue import JobKind
from workers.jobs.sync import sync_connector_data

JOBS: dict[str, Any] = {JobKind.RUN_SYNC: sync_connector_data}

__all__ = ["JOBS", "sync_connector_data"]
