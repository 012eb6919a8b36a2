"""`/health`: is this instance able to work, and what is wrong if not."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from orion_app.api.access import Services
from orion_core.services.analytics import Check

router = APIRouter(include_in_schema=False)


def _public(check: Check) -> dict[str, str]:
    """A check as anybody may see it: its words only where something is wrong, and never a path or an address."""
    wrong = check.state == "failed"
    return {
        "name": check.name,
        "title": check.title,
        "state": check.state,
        "text": check.text if wrong else "",
        "next_step": check.next_step if wrong else "",
    }


@router.get("/health")
async def health(rt: Services) -> JSONResponse:
    """200 when the database answers, else 503; each check with its state."""
    checks = await rt.health.checks()
    ok = all(check.state != "failed" for check in checks)
    body = {"status": "ok" if ok else "failed", "checks": [_public(check) for check in checks]}
    return JSONResponse(body, status_code=200 if ok else 503)
