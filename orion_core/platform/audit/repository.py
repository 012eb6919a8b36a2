"""The audit log's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import AuditEntry, Instance
from orion_core.platform.audit.chain import ROOT
from orion_core.platform.audit.types import AuditQuery


def _head_name(workspace_id: str) -> str:
    return f"audit:{workspace_id}"


def _parse_head(value: str) -> tuple[int, str]:
    seq, _, digest = value.partition(":")
    return int(seq), digest


async def lock_head(session: ScopedSession, directory: Directory) -> tuple[int, str]:
    """`(seq, hash)` of the newest entry; until the commit nobody else can append to this workspace's log."""
    name = _head_name(session.workspace_id)
    row = await directory.one(Instance, col(Instance.name) == name, for_update=True)
    if row is None:
        newest = (await session.execute(select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(1))).scalars().first()
        start = f"{newest.seq}:{newest.hash}" if newest else f"0:{ROOT}"
        await directory.ensure(Instance(name=name, value=start))
        row = await directory.one(Instance, col(Instance.name) == name, for_update=True)
        assert row is not None
    return _parse_head(row.value)


async def move_head(session: ScopedSession, directory: Directory, seq: int, digest: str) -> None:
    """Note the newest entry."""
    await directory.update(Instance, col(Instance.name) == _head_name(session.workspace_id), value=f"{seq}:{digest}")


async def head(session: ScopedSession) -> tuple[int, str] | None:
    """The note of the newest entry."""
    row = await Directory(session).one(Instance, col(Instance.name) == _head_name(session.workspace_id))
    return _parse_head(row.value) if row else None


async def after(session: ScopedSession, seq: int, limit: int) -> Sequence[AuditEntry]:
    """The entries that follow `seq`, oldest first."""
    statement = select(AuditEntry).where(col(AuditEntry.seq) > seq).order_by(col(AuditEntry.seq)).limit(limit)
    return (await session.execute(statement)).scalars().all()


async def newest(session: ScopedSession, query: AuditQuery, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """The entries that fit, newest first, from below `before`."""
    statement = select(AuditEntry).where(*_where(query)).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(AuditEntry.seq) < before)
    return (await session.execute(statement)).scalars().all()


async def count(session: ScopedSession, query: AuditQuery) -> int:
    """How many entries fit."""
    return int((await session.execute(select(func.count(col(AuditEntry.id))).where(*_where(query)))).scalar_one())


def _where(query: AuditQuery) -> list[Any]:
    found: list[Any] = []
    if query.text:
        fields = (AuditEntry.action, AuditEntry.actor_name, AuditEntry.object_name, AuditEntry.object_id)
        found.append(or_(*(col(field).icontains(query.text, autoescape=True) for field in fields)))
    if query.actor_id:
        found.append(col(AuditEntry.actor_id) == query.actor_id)
    if query.action.endswith("."):
        found.append(col(AuditEntry.action).startswith(query.action, autoescape=True))
    elif query.action:
        found.append(col(AuditEntry.action) == query.action)
    if query.since:
        found.append(col(AuditEntry.at) >= query.since)
    if query.until:
        found.append(col(AuditEntry.at) < query.until)
    return found
