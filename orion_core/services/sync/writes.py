"""Unified writes: a record created or changed at the provider from unified fields, then stored here as the provider sent it back.

A write with an `Idempotency-Key` is done once: the key is stored before the provider is called and handed to the provider too where it
knows keys, so a repeat after a crash or a time-out finds the first one's result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from orion_core.base.db import bulk
from orion_core.base.db.tables import IdempotencyKey
from orion_core.base.db.tables.records import to_micros
from orion_core.base.errors import Conflict, InvalidInput, NotFound, OrionError, RetryLater
from orion_core.base.kit import json
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.engine.connector import BaseAdapter, StreamSpec, WriteResult
from orion_core.engine.schema import model_of
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.audit import Audit
from orion_core.services.sync import repository
from orion_core.services.sync.store import Shaper
from orion_core.services.sync.types import Adapters, WrittenRecord
from orion_core.services.sync.writer import table_of

# A write that takes longer than this was cut off: no call may take as long.
_UNDER_WAY = timedelta(minutes=3)
Kind = Literal["create", "update"]
# What identifies a record is the provider's to say.
_GIVEN = frozenset(
    {"id", "remote_id", "connection_id", "raw", "flags", "custom_fields", "remote_created_at", "remote_updated_at", "remote_deleted_at"}
)


class Writes:
    """Writes to providers on a person's or program's behalf."""

    def __init__(self, work: Work, adapters: Adapters, audit: Audit) -> None:
        self.work = work
        self.adapters = adapters
        self.audit = audit

    async def create(
        self, p: Principal, connection_id: str, model: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> WrittenRecord:
        """Create a record.

        Raises:
            InvalidInput: a field is not of the model, or cannot be written there. RemoteRejected: the provider refused it.
            Conflict: the key was used for another request.
        """
        return await self._write(p, "create", connection_id, model, fields, "", idempotency_key)

    async def update(
        self, p: Principal, connection_id: str, model: str, remote_id: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> WrittenRecord:
        """Change the given fields of a record; null empties one, a field left out stays."""
        return await self._write(p, "update", connection_id, model, fields, remote_id, idempotency_key)

    async def passthrough(
        self, p: Principal, connection_id: str, method: str, path: str, params: Mapping[str, str], body: Any, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Any call to the provider with the connection's credential: status, headers and body as they came."""
        p.require(Role.admin, "passthrough")
        adapter = await self.adapters.adapter(p.workspace_id, connection_id)
        response = await adapter.passthrough(method, path, dict(params), body, headers)
        async with self.work.write(p.workspace_id) as tx:
            await repository.set_connection(tx, connection_id, last_used_at=now())
            if method.upper() not in ("GET", "HEAD"):
                await self.audit.record(
                    tx, p, "connection.passthrough", "connection", connection_id, "", {"method": method.upper(), "path": path}
                )
        return response.status, response.headers, response.body

    async def _write(
        self, p: Principal, kind: Kind, connection_id: str, model: str, fields: Mapping[str, Any], remote_id: str, key: str | None
    ) -> WrittenRecord:
        p.require(Role.editor, "records:write")
        adapter = await self.adapters.adapter(p.workspace_id, connection_id)
        stream = _stream(adapter, model, kind)
        context = await self._stored(p, connection_id, adapter, stream, remote_id) if kind == "update" else {}
        compiled = adapter.mapping(stream.name)
        assert compiled is not None  # `_stream` chose one with a mapping
        outgoing = compiled.from_unified(_checked(model, fields).as_fields(), context=context)
        if not outgoing:
            raise InvalidInput(
                f"None of these fields can be written to {adapter.spec.name}.", detail={"fields": dict.fromkeys(fields, "read only there")}
            )
        digest = hashlib.sha256(json.canonical([kind, connection_id, model, remote_id, dict(fields)])).hexdigest()
        sent: str | None = None
        if key is not None:
            stored, sent = await self._begin(p, key, digest, safe=bool(stream.write and stream.write.idempotency_header))
            if stored is not None:
                return stored
        # The provider's key is ours plus the workspace: two workspaces that use the same words stay apart.
        remote_key = None if key is None else hashlib.sha256(f"{p.workspace_id}:{connection_id}:{key}".encode()).hexdigest()
        try:
            if sent is not None:
                result = WriteResult(sent, created=kind == "create")
            elif kind == "create":
                result = await adapter.create(stream.name, outgoing, idempotency_key=remote_key)
            else:
                result = await adapter.update(stream.name, remote_id, outgoing, idempotency_key=remote_key)
        except OrionError as error:
            # A clear refusal may be mended and sent again under the same key; an unclear end keeps it, so that a repeat is recognised.
            if key is not None and not isinstance(error, RetryLater):
                await self._release(p, key)
            raise
        if key is not None and sent is None:
            await self._note(p, key, result.remote_id)
        return await self._store(p, kind, connection_id, adapter, stream, result, key)

    async def _stored(
        self, p: Principal, connection_id: str, adapter: BaseAdapter[Any], stream: StreamSpec, remote_id: str
    ) -> dict[str, Any]:
        """The record's unified fields as they are now: an amount alone says nothing without the record's currency."""
        compiled = adapter.mapping(stream.name)
        async with self.work.read(p.workspace_id) as session:
            raw: str | bytes | None = await repository.raw_record(session, table_of(stream), connection_id, stream.name, remote_id)
        raw = raw or await adapter.fetch_one(stream.name, remote_id)
        if raw is None:
            raise NotFound(f"{adapter.spec.name} has no {stream.model or stream.name} {remote_id!r}.")
        return compiled.to_unified(json.loads(raw)).fields if compiled is not None else {}

    async def _begin(self, p: Principal, key: str, digest: str, *, safe: bool) -> tuple[WrittenRecord | None, str | None]:
        """Take the key. A repeat gets the answer it already has, or the id of the record that was written but not yet stored here.

        `safe`: the provider knows keys too, so that a call whose end is unknown may be repeated under the same one.
        """
        busy = Conflict("A write with this Idempotency-Key is under way.", next_step="Wait for it, then send the same request again.")
        try:
            async with self.work.write(p.workspace_id) as tx:
                row = await repository.idempotency(tx.session, key)
                if row is None:
                    tx.session.add(IdempotencyKey(key=key, request_hash=digest))
                    return None, None
                if row.request_hash != digest:
                    raise Conflict(
                        "This Idempotency-Key was used for another request.", next_step="Use a fresh key for each different write."
                    )
                if row.state == "done" and row.response:
                    return WrittenRecord(**row.response), None
                if row.state == "sent" and row.response:
                    return None, str(row.response["remote_id"])
                if now() - row.created_at < _UNDER_WAY:
                    raise busy
                if not safe:
                    raise Conflict(
                        "The first write with this Idempotency-Key was cut off, and nobody knows whether the provider did it.",
                        next_step="Look at the provider. If the record is not there, send the request with a fresh key.",
                    )
                return None, None
        except IntegrityError as error:
            raise busy from error

    async def _note(self, p: Principal, key: str, remote_id: str) -> None:
        """The provider has done it: whatever fails from here on, the key knows the record."""
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.idempotency(tx.session, key)
            if row is not None:
                row.state, row.response = "sent", {"remote_id": remote_id}

    async def _release(self, p: Principal, key: str) -> None:
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.idempotency(tx.session, key)
            if row is not None and row.state == "started":
                await tx.session.delete(row)

    async def _store(
        self,
        p: Principal,
        kind: Kind,
        connection_id: str,
        adapter: BaseAdapter[Any],
        stream: StreamSpec,
        result: WriteResult,
        key: str | None,
    ) -> WrittenRecord:
        raw = result.record or await adapter.fetch_one(stream.name, result.remote_id)
        compiled = adapter.mapping(stream.name)
        async with self.work.read(p.workspace_id) as session:
            row = await repository.connection(session, connection_id)
        shaper = Shaper(
            table_of(stream),
            compiled,
            mapping_version=compiled.mapping.version if compiled else 1,
            exclude=row.config.get("exclude", {}).get(stream.name, ()),
        )
        at = now()
        answer = WrittenRecord(stream.model or "", connection_id, result.remote_id, json.loads(raw) if raw else None, kind == "create")
        async with self.work.write(p.workspace_id) as tx:
            known = await bulk.known(tx.session, shaper.table, connection_id, stream.name, [result.remote_id])
            batch = shaper.shape([result.remote_id], [raw], known) if raw else None
            if batch is not None and batch.rows:
                done = await bulk.upsert(
                    tx.session,
                    shaper.table,
                    connection_id=connection_id,
                    stream=stream.name,
                    run_id=f"write by {p.name or p.kind}"[:32],
                    mapping_version=shaper.mapping_version,
                    schema_version=model_of(stream.model or "").__schema_version__,
                    rows=batch.rows,
                    existing=known,
                    tx=await bulk.next_tx(tx.session),
                    synced_at=to_micros(at),
                )
                await repository.ensure_stream(tx, connection_id, stream.name, stream.model or "")
                revived = sum(item.deleted for item in known.values()) if done.updated else 0
                await repository.add_to_stream(tx, connection_id, stream.name, records=done.inserted + revived)
            await repository.set_connection(tx, connection_id, last_used_at=at)
            if key is not None:
                used = await repository.idempotency(tx.session, key)
                if used is not None:
                    used.state, used.response = "done", answer.as_dict()
            await self.audit.record(
                tx, p, f"record.{kind}d", stream.model or stream.name, result.remote_id, "", {"connection_id": connection_id}
            )
        return answer


def _stream(adapter: BaseAdapter[Any], model: str, kind: Kind) -> StreamSpec:
    able = [
        stream for stream in adapter.spec.streams if stream.write is not None and getattr(stream.write, kind) is not None and stream.mapping
    ]
    for stream in able:
        if model in (stream.model, stream.name):
            return stream
    names = ", ".join(str(stream.model) for stream in able) or "nothing"
    raise InvalidInput(f"{adapter.spec.name} cannot {kind} {model} records through Orion; it can {kind}: {names}.")


def _checked(model: str, fields: Mapping[str, Any]) -> Any:
    """The fields as the unified model types them.

    Raises:
        InvalidInput: an unknown field, or a value of the wrong type; `detail["fields"]` names each.
    """
    made = model_of(model)
    wrong = {name: "not a field of the model" for name in fields if name not in made.model_fields}
    wrong |= {name: "the provider sets this" for name in fields if name in _GIVEN}
    if wrong:
        name, why = next(iter(wrong.items()))
        raise InvalidInput(f"{name}: {why}.", next_step=f"See docs/schema.md for the fields of {model}.", detail={"fields": wrong})
    try:
        return made.model_validate(dict(fields))
    except ValidationError as error:
        found = {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()}
        raise InvalidInput(f"{next(iter(found))}: {next(iter(found.values()))}.", detail={"fields": found}) from error
