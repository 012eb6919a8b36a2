"""The matrix: every route, with every id of another workspace. 404, or nothing in the list, and nothing changed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlmodel import select

from orion_app.api import api
from orion_core.base.db.scope import tenant_classes
from orion_core.base.db.tables import AuditEntry
from orion_core.runtime import Runtime
from tests.app.api.conftest import Tenant

ROUTES = [(method.upper(), path) for path, methods in api.openapi()["paths"].items() for method in methods]
BODIES: dict[str, Any] = {
    "/api/v1/connections": {"connector": "stripe", "credential": {"api_key": "sk_test_nothing"}},
    "/api/v1/connections/test": {"connector": "stripe", "credential": {"api_key": "sk_test_nothing"}},
    "/api/v1/connections/{connection_id}": {"name": "taken over"},
    "/api/v1/connections/{connection_id}/credential": {"credential": {"api_key": "sk_test_nothing"}},
    "/api/v1/connections/{connection_id}/sync": {"full": True},
    "/api/v1/connections/{connection_id}/schedule": {"kind": "interval", "value": "60"},
    "/api/v1/connections/{connection_id}/passthrough": {"path": "/v1/customers"},
    "/api/v1/connections/{connection_id}/{model}": {"name": "taken over"},
    "/api/v1/connections/{connection_id}/{model}/{remote_id}": {"name": "taken over"},
}


def _path(route: str, synced: Tenant) -> str:
    values = {
        "connection_id": synced.connection_id,
        "run_id": synced.run_id,
        "record_id": synced.record_id,
        "model": "customer",
        "slug": "stripe",
        "field": "email",
        "remote_id": "cus_1",
    }
    return route.format(**values)


async def _rows(rt: Runtime, workspace_id: str) -> dict[str, int]:
    counts = {}
    async with rt.work.read(workspace_id) as session:
        for cls in tenant_classes():
            if cls is not AuditEntry:
                counts[cls.__name__] = len((await session.execute(select(cls))).scalars().all())
    return counts


async def test_no_route_shows_or_changes_another_workspace(rt: Runtime, client: httpx.AsyncClient, synced: Tenant, second: Tenant) -> None:
    assert len(ROUTES) >= 30
    before = await _rows(rt, synced.principal.workspace_id)
    secrets = (synced.connection_id, synced.run_id, synced.letter_id, "cus_")
    for method, route in ROUTES:
        body = {"ids": [synced.letter_id]} if route.endswith("/replay") else BODIES.get(route) if method != "GET" else None
        answer = await client.request(method, _path(route, synced), headers=second.headers, json=body)
        text = answer.text
        where = f"{method} {route}: {answer.status_code} {text[:200]}"
        if "{connection_id}" in route or "{run_id}" in route or "{record_id}" in route or route.endswith("/replay"):
            assert answer.status_code == 404, where
            assert answer.headers["content-type"] == "application/problem+json"
        elif method == "GET":
            assert answer.status_code == 200, where
            if "/connectors" not in route:
                assert not any(secret in text for secret in secrets), where
        else:
            assert answer.status_code in (200, 404, 422, 424, 502, 503), where
    assert await _rows(rt, synced.principal.workspace_id) == before


async def test_nothing_answers_without_a_key(client: httpx.AsyncClient, synced: Tenant) -> None:
    for method, route in ROUTES:
        body = {"ids": ["dl_1"]} if route.endswith("/replay") else BODIES.get(route) if method != "GET" else None
        for headers in ({}, {"Authorization": "Bearer ok_wrong_wrong_wrong_wrong"}, {"Authorization": "Basic b2s6b2s="}):
            answer = await client.request(method, _path(route, synced), headers=headers, json=body)
            assert answer.status_code == 401, f"{method} {route}: {answer.status_code}"
            assert answer.json()["next_step"]


@pytest.mark.parametrize(
    "trick",
    [
        "/api/v1//connections",
        "/api/v1/connections/..;/connections",
        "/API/v1/connections",
        "/api/v1/%2e/connections",
        "/api/v1/connections?/webhooks/stripe/x",
        "/api/v1/connections/?x=/health",
    ],
)
async def test_no_spelling_of_a_path_opens_it(client: httpx.AsyncClient, synced: Tenant, trick: str) -> None:
    answer = await client.get(trick, follow_redirects=True)
    assert answer.status_code in (401, 404, 405), f"{trick}: {answer.status_code}"


async def test_a_read_key_writes_nothing(rt: Runtime, client: httpx.AsyncClient, synced: Tenant) -> None:
    _, key = await rt.accounts.create_api_key(synced.principal, "read", ["records:read", "connections:read", "syncs:read"])
    before = await _rows(rt, synced.principal.workspace_id)
    for method, route in ROUTES:
        if method == "GET" or route.endswith(("/connections/test",)):
            continue
        body = {"ids": [synced.letter_id]} if route.endswith("/replay") else BODIES.get(route)
        answer = await client.request(method, _path(route, synced), headers={"Authorization": f"Bearer {key}"}, json=body)
        assert answer.status_code == 403, f"{method} {route}: {answer.status_code} {answer.text[:200]}"
    assert await _rows(rt, synced.principal.workspace_id) == before
