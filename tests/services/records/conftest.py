"""A workspace with two connections, records written as the sync writes them, and the service over it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import select

from orion_core.base.db import Database, bulk
from orion_core.base.db.search import catch_up
from orion_core.base.db.tables import RECORD_TABLES, ConnectorConfig, StreamState
from orion_core.base.db.tables.records import to_micros
from orion_core.base.work import Work
from orion_core.engine.mapping import CompiledMapping, Mapping, Rule, compile_mapping
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.services.records import Records
from orion_core.services.sync.store import Shaper
from tests.support.databases import TestDatabase

WS, OTHER_WS = "ws_one", "ws_two"
T0 = datetime(2026, 11, 1, tzinfo=UTC)

CUSTOMER = Mapping(
    model="customer",
    version=3,
    custom=("metadata",),
    ignore=("object",),
    rules=(
        Rule("remote_id", "id"),
        Rule("name", "name"),
        Rule("email", "email"),
        Rule("phone", "phone", transform="trim"),
        Rule("currency", "currency", transform="upper"),
        Rule("balance_minor", "balance"),
        Rule("company", "company.name"),
        Rule("company", "organisation", direction="in"),
        Rule("lifecycle_stage", "stage"),
        Rule("billing_address.city", "address.city"),
        Rule("billing_address.country_code", "address.country"),
        Rule("is_active", "active", default=True),
        Rule("remote_created_at", "created", transform="epoch"),
        Rule("remote_updated_at", "updated", transform="epoch"),
    ),
)
INVOICE = Mapping(
    model="invoice",
    rules=(
        Rule("remote_id", "id"), Rule("number", "number"), Rule("status", "status"), Rule("customer_id", "customer"),
        Rule("currency", "currency", transform="upper"), Rule("total_minor", "total"), Rule("issued_at", "issued", transform="epoch"),
    ),
)


class Silent:
    async def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> bool:
        return False


class Mappings:
    """Knows one version of each stream's rules."""

    async def mapping(self, workspace_id: str, connection_id: str, stream: str, version: int) -> CompiledMapping | None:
        return {"customers": compile_mapping(CUSTOMER), "invoices": compile_mapping(INVOICE)}.get(stream)


def principal(workspace: str = WS, role: Role = Role.viewer, scopes: frozenset[str] | None = None) -> Principal:
    return Principal(workspace_id=workspace, role=role, kind="user" if scopes is None else "api_key", scopes=scopes)


@dataclass
class World:
    db: Database
    work: Work
    records: Records
    p: Principal = field(default_factory=principal)

    async def store(self, model: str, raws: Iterable[dict[str, Any]], *, connection: str = "cn_one", workspace: str = WS, at: int = 1,
                    run: str = "run_1", mapping_version: int | None = None) -> bulk.Upserted:
        """Write records exactly as the sync does; `at` are microseconds after T0."""
        mapping = {"customer": CUSTOMER, "invoice": INVOICE}.get(model)
        stream = {"customer": "customers", "invoice": "invoices"}.get(model, "things")
        table = RECORD_TABLES[model]
        compiled = compile_mapping(mapping) if mapping else None
        version = mapping_version or (mapping.version if mapping else 1)
        shaper = Shaper(table, compiled, mapping_version=version)
        bodies = [json.dumps(raw).encode() for raw in raws]
        ids = [str(json.loads(body)["id"]) for body in bodies]
        async with self.work.write(workspace) as tx:
            known = await bulk.known(tx.session, table, connection, stream, ids)
            batch = shaper.shape(ids, bodies, known)
            done = await bulk.upsert(
                tx.session, table, connection_id=connection, stream=stream, run_id=run, mapping_version=version, schema_version="1.0.0",
                rows=batch.rows, existing=known, tx=await bulk.next_tx(tx.session), synced_at=to_micros(T0) + at)
            await self._count(tx.session, connection, stream, model, done.inserted)
        return bulk.Upserted(done.inserted, done.updated, done.unchanged + batch.unchanged)

    async def delete(self, model: str, ids: list[str], *, connection: str = "cn_one", workspace: str = WS, at: int = 2) -> int:
        table = RECORD_TABLES[model]
        stream = {"customer": "customers", "invoice": "invoices"}.get(model, "things")
        async with self.work.write(workspace) as tx:
            gone = await bulk.tombstone(tx.session, table, connection_id=connection, stream=stream, remote_ids=ids, run_id="run_del",
                                        tx=await bulk.next_tx(tx.session), at=to_micros(T0) + at, proof="listing")
            await self._count(tx.session, connection, stream, model, -gone)
        return gone

    async def index(self, model: str | None = None, max_rows: int = 100_000, workspace: str = WS) -> int:
        return await catch_up(self.work, workspace, model, max_rows)

    async def id_of(self, model: str, remote_id: str, workspace: str = WS) -> str:
        table: Any = RECORD_TABLES[model]
        async with self.work.read(workspace) as session:
            return str((await session.execute(select(table.id).where(table.remote_id == remote_id))).scalar_one())

    async def _count(self, session: Any, connection: str, stream: str, model: str, more: int) -> None:
        await session.execute(update(StreamState).where(
            StreamState.connection_id == connection, StreamState.stream == stream).values(records=StreamState.records + more))


@pytest.fixture
async def world(fresh_database: TestDatabase) -> AsyncIterator[World]:
    db = Database(fresh_database.url)
    work = Work(db, Silent())
    for workspace in (WS, OTHER_WS):
        suffix = "" if workspace == WS else "_other"
        async with work.write(workspace) as tx:
            tx.session.add(ConnectorConfig(id=f"cn_one{suffix}", connector_id="stripe", name="Stripe EU"))
            tx.session.add(ConnectorConfig(id=f"cn_two{suffix}", connector_id="hubspot", name="HubSpot"))
            for connection in (f"cn_one{suffix}", f"cn_two{suffix}"):
                for stream, model in (("customers", "customer"), ("invoices", "invoice"), ("things", "")):
                    tx.session.add(StreamState(connection_id=connection, stream=stream, model=model, last_success_at=T0))
    yield World(db, work, Records(work, Mappings()))
    await db.close()


def number(text: str) -> int:
    """A number that is the same in every run of the tests."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")
