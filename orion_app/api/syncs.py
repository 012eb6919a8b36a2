"""Syncs over REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from orion_app.api.access import Caller, Services
from orion_app.api.shapes import IdsBody, ScheduleBody, SyncBody, answer, page

router = APIRouter(prefix="/api/v1", tags=["syncs"])
Limit = Annotated[int, Query(ge=1, le=200)]


@router.post("/connections/{connection_id}/sync", status_code=202)
async def start(connection_id: str, body: SyncBody, p: Caller, rt: Services) -> Response:
    """Start a run; an open one is answered instead of a second."""
    run_id = await rt.sync.start(p, connection_id, full=body.full, streams=body.models, trigger="api", allow_deletes=body.allow_deletes)
    return answer(await rt.sync.progress(p, run_id=run_id), 202)


@router.put("/connections/{connection_id}/schedule")
async def schedule(connection_id: str, body: ScheduleBody, p: Caller, rt: Services) -> Response:
    """Set when a connection syncs by itself."""
    return answer({"next_due_at": await rt.sync.set_schedule(p, connection_id, body.kind, body.value)})


@router.get("/runs")
async def runs(
    p: Caller, rt: Services, connection: str | None = None, status: str | None = None, cursor: str | None = None, limit: Limit = 50
) -> Response:
    """Runs, newest first."""
    listing = await rt.sync.runs(p, connection_id=connection, status=status, cursor=cursor, limit=limit)
    return page(listing.rows, listing.next)


@router.get("/runs/{run_id}")
async def run(run_id: str, p: Caller, rt: Services) -> Response:
    """A run with its streams."""
    return answer(await rt.sync.progress(p, run_id=run_id))


@router.post("/runs/{run_id}/stop", status_code=202)
async def stop(run_id: str, p: Caller, rt: Services) -> Response:
    """Ask a run to stop."""
    await rt.sync.stop(p, run_id)
    return answer(await rt.sync.progress(p, run_id=run_id), 202)


@router.get("/runs/{run_id}/requests")
async def requests(run_id: str, p: Caller, rt: Services, cursor: str | None = None, limit: Limit = 50, newest: bool = False) -> Response:
    """The calls a run made, redacted, each as curl."""
    listing = await rt.sync.requests(p, run_id, cursor=cursor, limit=limit, newest=newest)
    return page(listing.rows, listing.next)


@router.get("/dead-letters")
async def dead_letters(
    p: Caller, rt: Services, connection: str | None = None, state: str | None = "open", cursor: str | None = None, limit: Limit = 50
) -> Response:
    """Records that could not be stored."""
    listing = await rt.sync.dead_letters(p, connection_id=connection, state=state, cursor=cursor, limit=limit)
    return page(listing.rows, listing.next)


@router.post("/dead-letters/replay")
async def replay(body: IdsBody, p: Caller, rt: Services) -> Response:
    """Try dead letters again."""
    return answer(await rt.sync.replay(p, body.ids))


@router.get("/overview")
async def overview(p: Caller, rt: Services) -> Response:
    """The sync matrix, what needs attention, recent runs."""
    return answer(await rt.analytics.overview(p))
