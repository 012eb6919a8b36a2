"""Unified records over REST: read, search, export, change feed, write through to the provider, passthrough."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from orion_app.api.access import Caller, Services
from orion_app.api.shapes import PassthroughBody, answer, page
from orion_core.base.errors import InvalidInput

router = APIRouter(prefix="/api/v1", tags=["records"])
Limit = Annotated[int, Query(ge=1, le=500)]
_RESERVED = frozenset({"q", "sort", "cursor", "limit", "format", "at", "model"})
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


def _filters(request: Request) -> dict[str, str]:
    return {key: value for key, value in request.query_params.items() if key not in _RESERVED}


@router.get("/records")
async def models(p: Caller, rt: Services) -> Response:
    """Every model with the number of its records."""
    return page(await rt.records.models(p), None)


@router.get("/records/{model}")
async def rows(
    request: Request,
    model: str,
    p: Caller,
    rt: Services,
    q: str = "",
    sort: str = "-remote_updated_at",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Response:
    """Records of a model, searched, filtered and sorted. Other query parameters are filters (`status=open`, `connection=cn_…`)."""
    found = await rt.records.page(p, model, q=q, filters=_filters(request), sort=sort, cursor=cursor, limit=limit)
    return answer({"data": found.rows, "next": found.next, "previous": found.previous, "total": found.total})


@router.get("/records/{model}/export")
async def export(
    request: Request,
    model: str,
    p: Caller,
    rt: Services,
    q: str = "",
    sort: str = "-remote_updated_at",
    format: str = Query("csv", pattern="^(csv|jsonl)$"),
) -> StreamingResponse:
    """Everything that fits the filters, streamed. CSV cells that a spreadsheet would run are quoted."""
    chunks = rt.records.export(p, model, q=q, filters=_filters(request), sort=sort, format=format)
    return StreamingResponse(chunks, media_type=_TYPES[format], headers={"Content-Disposition": f'attachment; filename="{model}.{format}"'})


@router.get("/records/{model}/{record_id}")
async def one(model: str, record_id: str, p: Caller, rt: Services, at: datetime | None = None) -> Response:
    """One record with the source of each field; `at` shows it as it was then."""
    if at is not None:
        return answer(await rt.records.as_of(p, model, record_id, at))
    return answer(await rt.records.get(p, model, record_id))


@router.get("/records/{model}/{record_id}/why/{field}")
async def why(model: str, record_id: str, field: str, p: Caller, rt: Services) -> Response:
    """Why a field has its value."""
    return answer(await rt.records.why(p, model, record_id, field))


@router.get("/records/{model}/{record_id}/history")
async def history(model: str, record_id: str, p: Caller, rt: Services) -> Response:
    """The versions of a record, newest first."""
    return page(await rt.records.history(p, model, record_id), None)


@router.get("/changes/{model}")
async def changes(request: Request, model: str, p: Caller, rt: Services, cursor: str | None = None, limit: Limit = 200) -> Response:
    """The change feed of a model: give `next` back to go on; nothing is missed and nothing comes twice."""
    unknown = sorted(set(request.query_params) - {"cursor", "limit"})
    if unknown:
        raise InvalidInput(
            f"The change feed has no parameter {', '.join(unknown)}; it has cursor and limit.", detail={"fields": {unknown[0]: "unknown"}}
        )
    found = await rt.records.changes(p, model, cursor=cursor, limit=limit)
    return page(found.data, found.next)


@router.post("/connections/{connection_id}/passthrough")
async def passthrough(connection_id: str, body: PassthroughBody, p: Caller, rt: Services) -> Response:
    """Any call to the provider with the connection's credential."""
    status, headers, content = await rt.writes.passthrough(p, connection_id, body.method, body.path, body.params, body.body, body.headers)
    return Response(content, status_code=status, media_type=headers.get("content-type", "application/json"))


@router.post("/connections/{connection_id}/{model}", status_code=201)
async def create(
    request: Request,
    connection_id: str,
    model: str,
    p: Caller,
    rt: Services,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> Response:
    """Create a record at the provider from unified fields; the answer is the record as stored there and here."""
    made = await rt.writes.create(p, connection_id, model, await _object(request), idempotency_key=idempotency_key)
    return answer(made, 201)


@router.patch("/connections/{connection_id}/{model}/{remote_id}")
async def update(
    request: Request,
    connection_id: str,
    model: str,
    remote_id: str,
    p: Caller,
    rt: Services,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> Response:
    """Change fields of a record at the provider; a field left out stays, null empties it."""
    return answer(await rt.writes.update(p, connection_id, model, remote_id, await _object(request), idempotency_key=idempotency_key))


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise InvalidInput("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise InvalidInput('The body is a JSON object of unified fields, such as {"email": "a@b.example"}.')
    return body
