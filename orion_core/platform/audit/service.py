"""Write, read, verify and export the audit log."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Literal

from orion_core.base.db.tables import AuditEntry
from orion_core.base.errors import InvalidInput
from orion_core.base.kit.clock import now
from orion_core.base.kit.json import dumps, dumps_text
from orion_core.base.work import Transaction, Work
from orion_core.platform.audit import repository
from orion_core.platform.audit.chain import Walk, clean_detail, clean_text, digest
from orion_core.platform.audit.types import Actor, AuditPage, AuditQuery, AuditRow, Reader, VerifyReport

_BATCH = 1000
_COLUMNS = ("seq", "at", "actor_kind", "actor_id", "actor_name", "action", "object_kind", "object_id", "object_name", "origin", "detail",
            "hash")
_ROLE, _SCOPE = "admin", "audit:read"


class Audit:
    """The audit log. Entries are written in the transaction of what they tell about: both are there, or neither."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def record(self, tx: Transaction, actor: Actor, action: str, object_kind: str = "", object_id: str = "", object_name: str = "",
                     detail: Mapping[str, Any] | None = None) -> None:
        """Append an entry when `tx` commits. `action` is `object.verb_in_the_past`, such as `member.invited`; `detail` is redacted.

        The chain is locked only then, after all else the transaction does: writers of one workspace queue for a moment, and
        cannot deadlock.
        """
        values = clean_detail({**(detail or {}), **({"from": actor.ip} if actor.ip else {})})
        entry = AuditEntry(
            workspace_id=tx.workspace_id, seq=0, at=now(), actor_kind=actor.kind, actor_id=actor.id,
            actor_name=clean_text(actor.name or actor.email, 320), action=action, object_kind=object_kind, object_id=object_id[:64],
            object_name=clean_text(object_name, 320), detail=values, previous_hash="", hash="")

        async def append() -> None:
            seq, previous = await repository.lock_head(tx.session, tx.directory)
            entry.seq, entry.previous_hash, entry.at = seq + 1, previous, now()
            entry.hash = digest(entry)
            tx.session.add(entry)
            await tx.session.flush()
            await repository.move_head(tx.session, tx.directory, entry.seq, entry.hash)

        tx.last(append)

    async def page(self, p: Reader, q: AuditQuery | str = "", cursor: str | None = None, limit: int = 50) -> AuditPage:
        """One page, newest first. `q` as text is `AuditQuery(text=q)`."""
        p.require(_ROLE, _SCOPE)
        query = AuditQuery(text=q.strip()) if isinstance(q, str) else q
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise InvalidInput("The cursor is not one that this list gave out.", next_step="Start from the first page.")
        limit = max(1, min(limit, 500))
        async with self._work.read(p.workspace_id) as session:
            found = await repository.newest(session, query, int(cursor) if cursor else None, limit + 1)
            total = await repository.count(session, query)
        rows = [_row(entry) for entry in found[:limit]]
        return AuditPage(rows, str(rows[-1].seq) if len(found) > limit else None, total)

    async def verify(self, p: Reader) -> VerifyReport:
        """Walk the whole chain of the workspace and name the first entry that was changed, removed, replaced or added from outside."""
        p.require(_ROLE, _SCOPE)
        walk, goal = Walk(p.workspace_id), None
        while True:
            async with self._work.read(p.workspace_id) as session:
                entries = await repository.after(session, walk.seq, _BATCH)
                # Read after the entries: an entry and its note are committed together, so an honest log is never ahead of its note.
                head = await repository.head(session)
            for entry in entries:
                if goal is not None and entry.seq > goal[0]:
                    break
                if not walk.step(entry) or (head is not None and not walk.check_head(entry, head)):
                    return walk.finish(head)
            if goal is not None and (walk.seq >= goal[0] or len(entries) < _BATCH):
                return walk.finish(goal)
            if len(entries) < _BATCH:
                if head is None or head[0] <= walk.seq:
                    return walk.finish(head)
                goal = head  # what was written between the two reads is walked too, or found missing; what comes after is for the next time

    async def export(self, p: Reader, form: Literal["csv", "jsonl"], q: AuditQuery | str = "") -> AsyncIterator[bytes]:
        """The entries that fit, newest first, in chunks of bytes. Cells that a spreadsheet would run as a formula are quoted."""
        p.require(_ROLE, _SCOPE)
        query = AuditQuery(text=q.strip()) if isinstance(q, str) else q
        if form not in ("csv", "jsonl"):
            raise InvalidInput("The export is csv or jsonl.")
        async with self._work.write(p.workspace_id) as tx:
            await self.record(tx, p, "audit.exported", "audit", detail={"format": form, "text": query.text})
        before: int | None = None
        if form == "csv":
            yield _csv([_COLUMNS])
        while True:
            async with self._work.read(p.workspace_id) as session:
                rows = [_row(entry) for entry in await repository.newest(session, query, before, _BATCH)]
            if not rows:
                return
            before = rows[-1].seq
            if form == "csv":
                yield _csv([tuple(_cell(getattr(row, name)) for name in _COLUMNS) for row in rows])
            else:
                yield b"".join(dumps({name: getattr(row, name) for name in _COLUMNS}) + b"\n" for row in rows)


def _row(entry: AuditEntry) -> AuditRow:
    detail = dict(entry.detail)
    return AuditRow(entry.id, entry.seq, entry.at, entry.actor_kind, entry.actor_id, entry.actor_name, entry.action, entry.object_kind,
                    entry.object_id, entry.object_name, {key: value for key, value in detail.items() if key != "from"},
                    str(detail.get("from", "")), entry.hash)


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """A cell's text; one that begins like a formula gets an apostrophe (OWASP, CSV injection)."""
    if isinstance(value, dict):
        text = dumps_text(value)
    else:
        text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
