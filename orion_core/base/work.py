"""The unit of work: one transaction and the bells it rings, flushed after commit.

    async with work.write(workspace_id) as tx:      # commits at the end, rolls back on any error
        tx.session.add(row)
        tx.ring("sync", run_id, fence)              # rings only once the commit is through

A bell that cannot be rung (Redis is down) loses nothing: the sweeper finds the row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from orion_core.base.db import Database, ScopedSession
from orion_core.base.db.directory import Directory


class Bell(Protocol):
    """The queue, as far as a unit of work needs it (see `base.queue`)."""

    async def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> bool: ...


@dataclass(slots=True)
class Transaction:
    """One open transaction of a workspace."""

    session: ScopedSession
    directory: Directory
    bells: list[tuple[str, str, int, float]] = field(default_factory=list)
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def workspace_id(self) -> str:
        return self.session.workspace_id

    def last(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do `step` as the last thing before the commit: what takes a lock that many transactions want (the audit chain)."""
        self.closing.append(step)

    def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> None:
        """Ring `kind:object_id:fence` after the commit."""
        self.bells.append((kind, object_id, fence, defer_s))


class Work:
    """Makes units of work on one database and one queue."""

    def __init__(self, db: Database, bell: Bell) -> None:
        self.db = db
        self.bell = bell

    @asynccontextmanager
    async def write(self, workspace_id: str) -> AsyncIterator[Transaction]:
        """A writing transaction of one workspace."""
        async with self.db.session(workspace_id, write=True) as session:
            transaction = Transaction(session, Directory(session))
            yield transaction
            if transaction.closing:
                await session.flush()
                for step in transaction.closing:
                    await step()
        for kind, object_id, fence, defer_s in transaction.bells:
            await self.bell.ring(kind, object_id, fence, defer_s=defer_s)

    @asynccontextmanager
    async def read(self, workspace_id: str) -> AsyncIterator[ScopedSession]:
        """A reading session of one workspace."""
        async with self.db.session(workspace_id) as session:
            yield session

    @asynccontextmanager
    async def directory(self, *, write: bool = False) -> AsyncIterator[Directory]:
        """The directory tables, before a workspace is known."""
        async with self.db.directory(write=write) as session:
            yield Directory(session)


__all__ = ["Bell", "Transaction", "Work"]
