"""The audit log over REST: read, prove, export."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from orion_app.api.access import Caller, Services
from orion_app.api.shapes import answer, page
from orion_core.platform.accounts.principal import Role

router = APIRouter(prefix="/api/v1", tags=["audit"])


@router.get("/audit")
async def rows(
    p: Caller, rt: Services, q: str = "", cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> Response:
    """Who did what, newest first."""
    found = await rt.audit.page(p, q, cursor, limit)
    return page(found.rows, found.next)


@router.get("/audit/verify")
async def verify(p: Caller, rt: Services) -> Response:
    """Whether the chain is whole, else the first entry that was changed, removed or added from outside."""
    return answer(await rt.audit.verify(p))


@router.get("/audit/export")
async def export(p: Caller, rt: Services, format: Literal["csv", "jsonl"] = "csv", q: str = "") -> StreamingResponse:
    """Every entry that fits, streamed."""
    p.require(Role.admin, "audit:read")  # before the answer begins: a refusal must not come in the middle of a file
    chunks = rt.audit.export(p, format, q)
    media = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    return StreamingResponse(chunks, media_type=media, headers={"Content-Disposition": f'attachment; filename="audit.{format}"'})
