"""The API on real services: requests go through the whole ASGI app, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from lab.serve import LabServer
from orion_app.api import api
from orion_core import runtime as composition
from orion_core.platform.accounts.principal import SCOPES, Principal, Role
from orion_core.runtime import Runtime
from tests.services.conftest import lab, lab_process, p, rt, settings  # noqa: F401  (fixtures)

PASSWORD = "a long enough sentence 7"
BASE = "http://localhost:8000"


@dataclass
class Tenant:
    """A workspace with an owner's session, an API key for everything, a synced connection and the ids in it."""

    principal: Principal
    cookie: str
    key: str
    connection_id: str = ""
    run_id: str = ""
    record_id: str = ""
    letter_id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@pytest.fixture
async def client(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:  # noqa: F811
    composition.use(rt)
    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as made:
        yield made
    composition.use(None)


@pytest.fixture
async def first(rt: Runtime) -> Tenant:  # noqa: F811
    """The first owner, set up through the one-time link."""
    token = (await rt.accounts.setup_link()).partition("token=")[2]
    cookie, principal = await rt.accounts.set_up(token, "owner@first.example", "Olga", PASSWORD, "First")
    _, key = await rt.accounts.create_api_key(principal, "all", SCOPES)
    return Tenant(principal, cookie, key)


@pytest.fixture
async def second(rt: Runtime, first: Tenant) -> Tenant:  # noqa: F811
    """Somebody with a workspace of their own, who was never invited to the first."""
    made = await rt.accounts.create_workspace(first.principal, "Second")
    foreign = Principal(workspace_id=made.id, role=Role.owner, kind="user", id=first.principal.id, name="Olga")
    link = await rt.accounts.invite(foreign, "other@second.example", "owner")
    cookie = await rt.accounts.accept_invite(link.rpartition("/")[2], "Otto", PASSWORD)
    principal = await rt.accounts.principal(cookie)
    assert principal is not None and principal.workspace_id == made.id
    _, key = await rt.accounts.create_api_key(principal, "all", SCOPES)
    return Tenant(principal, cookie, key)


@pytest.fixture
async def synced(rt: Runtime, first: Tenant, lab: LabServer) -> Tenant:  # noqa: F811
    """The first workspace with Stripe's customers in it."""
    first.connection_id = await rt.connections.connect_lab(first.principal, "stripe")
    lab.control("POST", "/poison", {"provider": "stripe", "object": "customers", "index": 3, "kind": "missing_id"})
    first.run_id = await rt.sync.start(first.principal, first.connection_id, streams=["customers"])
    assert await rt.sync.execute(first.principal.workspace_id, first.run_id) == "succeeded"
    page = await rt.records.page(first.principal, "customer", limit=1)
    first.record_id = page.rows[0].id
    first.letter_id = (await rt.sync.dead_letters(first.principal)).rows[0].id
    return first
