"""The sync job: works on one run for less than a minute, then gives it back with its bell rung."""

from __future__ import annotations

import logging

from workers.context import Context

logger = logging.getLogger(__name__)
# Less than the job's time-out, so that the run is given back rather than cut off.
BUDGET_S = 45.0


async def sync_connector_data(ctx: Context, run_id: str) -> None:
    """Execute a run. The id is all that travels: workspace and rights come from the database."""
    runtime = ctx["runtime"]
    workspace_id = await runtime.sync.workspace_of_run(run_id)
    if workspace_id is None:
        return  # the run is over, or never was: a forged or late bell does nothing
    status = await runtime.sync.execute(workspace_id, run_id, budget_s=BUDGET_S)
    logger.info("run %s: %s", run_id, status)
