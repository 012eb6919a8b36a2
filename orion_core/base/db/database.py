"""One database, SQLite or PostgreSQL: engine, sessions, start-up checks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError as SQLAlchemyOperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from orion_core.base.db.migrate import require_head
from orion_core.base.db.scope import DirectorySession, ScopedSession
from orion_core.base.db.tables import DIRECTORY
from orion_core.base.errors import ConfigurationError

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=15000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_autocheckpoint=16384",
)

# A member of the owner's role could become it with SET ROLE, and the owner could switch the policies off.
_MAY_BYPASS = """select exists (select 1 from pg_roles where rolname = current_user and (rolsuper or rolbypassrls))
    or exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname = current_schema() and c.relkind = 'r' and pg_has_role(current_user, c.relowner, 'MEMBER'))"""
_UNGUARDED = """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
    where n.nspname = current_schema() and c.relkind in ('r', 'p') and c.relname <> all(:directory)
      and not (c.relrowsecurity and c.relforcerowsecurity
               and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polwithcheck is not null))
    order by 1"""


class Database:
    """Sessions on one database. Cheap to make; connects on first use; one per process and event loop."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        # SQLite's busy handler is unfair: within a process writers queue here instead (measured: reference in docs/decisions/0017).
        self._writer_lock = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @property
    def engine(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    def _make_engine(self) -> AsyncEngine:
        if self.is_sqlite:
            engine = create_async_engine(self.url, pool_size=self._pool_size, max_overflow=10, connect_args={"timeout": 15})
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
            return engine
        return create_async_engine(
            self.url, pool_size=self._pool_size, max_overflow=10, pool_pre_ping=True, connect_args={"prepare_threshold": 5}
        )

    def _bind(self, write: bool) -> AsyncEngine:
        return self.engine.execution_options(orion_write=write)

    @asynccontextmanager
    async def session(self, workspace_id: str, *, write: bool = False) -> AsyncIterator[ScopedSession]:
        """A session of one workspace in one transaction: committed at the end when `write`, else rolled back."""
        session = ScopedSession(self._bind(write), expire_on_commit=False, autoflush=True)
        session.sync_session.workspace_id = workspace_id  # type: ignore[attr-defined]
        session.sync_session.writes = write  # type: ignore[attr-defined]
        async with self._transaction(session, write):
            yield session

    @asynccontextmanager
    async def directory(self, *, write: bool = False) -> AsyncIterator[DirectorySession]:
        """A session on the directory tables alone, before a workspace is known."""
        session = DirectorySession(self._bind(write), expire_on_commit=False, autoflush=True)
        session.sync_session.writes = write  # type: ignore[attr-defined]
        async with self._transaction(session, write):
            yield session

    @asynccontextmanager
    async def _transaction(self, session: Any, write: bool) -> AsyncIterator[None]:
        # Leaving closes the session in a task of its own, which rolls back what was not committed, also when the caller is cancelled.
        async with self._writer_lock if write and self.is_sqlite else nullcontext(), session:
            yield
            if write:
                await session.commit()

    async def check(self) -> None:
        """Refuse to start where row level security would be ignored, or the schema is not the one this code needs.

        Raises:
            ConfigurationError: the database cannot be reached, is not migrated, or does not keep workspaces apart.
        """
        try:
            if self.is_sqlite:
                # aiosqlite's thread outlives a file that cannot be opened, and complains on stderr when the loop is gone.
                await asyncio.to_thread(lambda: sqlite3.connect(make_url(self.url).database or "").close())
            async with self.engine.connect() as connection:
                await connection.run_sync(require_head)
                if self.is_sqlite:
                    return
                bypasses = (await connection.execute(text(_MAY_BYPASS))).scalar_one()
                unguarded = (await connection.execute(text(_UNGUARDED), {"directory": sorted(DIRECTORY)})).scalars().all()
        except (SQLAlchemyOperationalError, sqlite3.OperationalError) as error:
            raise ConfigurationError(
                f"The database cannot be reached: {getattr(error, 'orig', error)}.",
                next_step="Check ORION_DATABASE_URL and that the server runs.",
            ) from error
        if bypasses:
            raise ConfigurationError(
                "The PostgreSQL role of ORION_DATABASE_URL is a superuser, may bypass row level security, or owns the tables: "
                "workspaces would not be kept apart.",
                next_step="Run `orion migrate` with ORION_DATABASE_ADMIN_URL, which creates the role orion_app; "
                "use that role in ORION_DATABASE_URL.",
            )
        if unguarded:
            raise ConfigurationError(
                f"Row level security is not forced on {', '.join(unguarded)}: workspaces would not be kept apart.",
                next_step="Run `orion migrate`. If it stays, restore the policies from a backup; somebody removed them.",
            )

    async def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: BEGIN IMMEDIATE below does (SQLAlchemy docs, "pysqlite transactions").
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads, then writes fails at once when another process wrote in between: writers start as writers.
    writes = connection.get_execution_options().get("orion_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
