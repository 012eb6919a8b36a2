"""`/health`: is this instance able to work, and what is wrong if not."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from orion_app.api.access import Services

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def health(rt: Services) -> JSONResponse:
    """200 when the database answers, else 503; each check with its state."""
    checks = await rt.health.checks()
    ok = all(check.state != "failed" for check in checks)
    body = {"status": "ok" if ok else "failed", "checks": [{"name": c.name, "state": c.state} for c in checks]}
    return JSONResponse(body, status_code=200 if ok else 503)
