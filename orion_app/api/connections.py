"""Connectors and connections over REST."""

from __future__ import annotations

from fastapi import APIRouter, Query, Response

from orion_app.api.access import Caller, Services
from orion_app.api.shapes import ChangeBody, CredentialBody, NewConnectionBody, answer, page
from orion_core.services.connections.types import ConnectionChange, NewConnection

router = APIRouter(prefix="/api/v1", tags=["connections"])


@router.get("/connectors")
async def connectors(p: Caller, rt: Services, q: str = "", category: str = "") -> Response:
    """What can be connected."""
    return page(await rt.marketplace.cards(p, q=q, category=category), None)


@router.get("/connectors/{slug}")
async def connector(slug: str, p: Caller, rt: Services) -> Response:
    """One connector: ways to sign in, streams, quality."""
    return answer(await rt.marketplace.connector(p, slug))


@router.get("/connections")
async def rows(p: Caller, rt: Services) -> Response:
    """Every connection."""
    return page(await rt.connections.rows(p), None)


def _new(body: NewConnectionBody) -> NewConnection:
    return NewConnection(
        body.connector,
        body.name,
        body.credential,
        auth_kind=body.auth,
        base_url=body.base_url,
        auth_url=body.auth_url,
        token_url=body.token_url,
        streams=body.streams,
        exclude=body.exclude,
        backfill_start=body.backfill_start,
    )


@router.post("/connections", status_code=201)
async def connect(
    body: NewConnectionBody, p: Caller, rt: Services, test: bool = Query(True, description="Try it before saving.")
) -> Response:
    """Connect an account."""
    connection_id = await rt.connections.connect(p, _new(body), test=test)
    return answer(await rt.connections.get(p, connection_id), 201)


@router.post("/connections/test")
async def test(body: NewConnectionBody, p: Caller, rt: Services) -> Response:
    """Try a connection without saving it."""
    return answer(await rt.connections.test(p, _new(body)))


@router.get("/connections/{connection_id}")
async def one(connection_id: str, p: Caller, rt: Services) -> Response:
    """One connection with its streams; secrets are shown as dots."""
    return answer(await rt.connections.get(p, connection_id))


@router.patch("/connections/{connection_id}")
async def change(connection_id: str, body: ChangeBody, p: Caller, rt: Services) -> Response:
    """Change a connection. A new address clears the credential and needs an admin."""
    await rt.connections.update(p, connection_id, ConnectionChange(**body.model_dump()))
    return answer(await rt.connections.get(p, connection_id))


@router.delete("/connections/{connection_id}")
async def delete(connection_id: str, p: Caller, rt: Services) -> Response:
    """Delete a connection; its credential is erased at once, its records stay."""
    return answer(await rt.connections.delete(p, connection_id))


@router.post("/connections/{connection_id}/test")
async def test_saved(connection_id: str, p: Caller, rt: Services) -> Response:
    """Try a stored connection."""
    return answer(await rt.connections.test_saved(p, connection_id))


@router.put("/connections/{connection_id}/credential")
async def credential(connection_id: str, body: CredentialBody, p: Caller, rt: Services) -> Response:
    """Replace the credential once its test passes."""
    return answer(await rt.connections.replace_credential(p, connection_id, body.credential, auth_kind=body.auth))


@router.post("/connections/{connection_id}/pause", status_code=204)
async def pause(connection_id: str, p: Caller, rt: Services) -> Response:
    """Stop all syncs of a connection."""
    await rt.connections.pause(p, connection_id)
    return Response(status_code=204)


@router.post("/connections/{connection_id}/resume", status_code=204)
async def resume(connection_id: str, p: Caller, rt: Services) -> Response:
    """Let a paused connection sync again."""
    await rt.connections.resume(p, connection_id)
    return Response(status_code=204)
