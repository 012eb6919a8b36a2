"""Sessions that a cancellation cannot tear apart on SQLite.

SQLAlchemy answers a cancellation in the middle of a statement by dropping the connection. aiosqlite cannot interrupt its thread, so the
dropped connection may keep its transaction, and with it the only write lock of the database, until it is garbage collected ("database is
locked"; test_database.py has the storm that shows it). Here a statement that was begun is finished first, which takes milliseconds, and
the cancellation is raised after it. PostgreSQL's driver cancels the statement on the server; there nothing is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. A cancellation waits until it is done."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as lost
        raise cancelled
    return task.result()


class PatientSession(AsyncSession):
    """An `AsyncSession` whose calls are finished before a cancellation counts, on SQLite."""


def _patient(name: str) -> Any:
    original = getattr(AsyncSession, name)

    @wraps(original)
    async def call(self: PatientSession, *args: Any, **kwargs: Any) -> Any:
        work = original(self, *args, **kwargs)
        return await (finish(work) if self.get_bind().dialect.name == "sqlite" else work)

    return call


for _name in ("close", "commit", "connection", "delete", "execute", "flush", "get", "get_one", "merge", "refresh", "rollback", "run_sync",
              "scalar", "scalars"):
    setattr(PatientSession, _name, _patient(_name))
