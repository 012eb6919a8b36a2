"""Bring a database to the newest schema, with its row-level-security policies and, on PostgreSQL, the app role."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from orion_core.base.db.tables import DIRECTORY
from orion_core.base.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[3]
APP_ROLE = "orion_app"
_LOCK = 0x6F72696F6E  # "orion"


def sync_url(url: str) -> str:
    """The same database for a synchronous engine."""
    return url.replace("sqlite+aiosqlite", "sqlite")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest revision this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def migrate(url: str, *, admin_url: str = "", revision: str = "head") -> tuple[str, str]:
    """Upgrade and return `(before, after)` revisions.

    On PostgreSQL `admin_url` owns the tables; the role named in `url` (created when missing, with its password) gets only the rights
    it needs. SQLite has one file and no roles.

    Raises:
        ConfigurationError: the database is newer than this code, or PostgreSQL has no admin URL.
    """
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if not sqlite and not admin_url:
        raise ConfigurationError(
            "PostgreSQL is migrated by the owner of its tables, and ORION_DATABASE_ADMIN_URL is not set.",
            next_step="Set ORION_DATABASE_ADMIN_URL to a role that may create tables, then run `orion migrate`.",
        )
    engine = create_engine(sync_url(url if sqlite else admin_url))
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        # One transaction, begun with a lock: of two processes that start at the same moment the second finds the work done, and a
        # migration that is cut short leaves nothing behind.
        with engine.begin() as connection:
            if not sqlite:
                connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = _current(connection)
            _refuse_newer(before)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if not sqlite:
                _grant(connection, make_url(url))
            return before, _current(connection)
    finally:
        engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Without this the driver commits before each CREATE TABLE, and half a migration could stay.
    connection.isolation_level = None
    # Counts for a new file alone: pages of 8 kB hold the raw records better (a quarter to a third faster and smaller, measured).
    connection.execute("PRAGMA page_size=8192")
    connection.execute("PRAGMA busy_timeout=60000")


async def migrate_async(url: str, *, admin_url: str = "") -> tuple[str, str]:
    """`migrate` off the event loop."""
    return await asyncio.to_thread(migrate, url, admin_url=admin_url)


def pending(url: str) -> bool:
    """Whether the database is not at the newest revision."""
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return _current(connection) != head()
    finally:
        engine.dispose()


def require_head(connection: Connection) -> None:
    """Pass when the database is at the revision this code was written for.

    Raises:
        ConfigurationError: it is older, newer or empty.
    """
    current = _current(connection)
    _refuse_newer(current)
    if current != head():
        raise ConfigurationError(
            f"The database is at revision {current}, this Orion needs {head()}." if current else "The database has no tables yet.",
            next_step="Run `orion migrate`.",
        )


def _current(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def known_revisions() -> frozenset[str]:
    """Every revision this code can work from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _refuse_newer(current: str) -> None:
    if current and current not in known_revisions():
        raise ConfigurationError(
            f"The database is at revision {current}, which this version of Orion does not know.",
            next_step="Start the newer version of Orion again, or restore a backup taken before its upgrade.",
        )


def enable_rls(op: Any) -> None:
    """Force row level security on every table of a workspace (PostgreSQL; SQLite has only the session's scope)."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in sorted(SQLModel.metadata.tables):
        if table not in DIRECTORY:
            enable_rls_on(op, table)


def enable_rls_on(op: Any, table: str) -> None:
    """Force row level security on one table: rows are seen and written only in the transaction's own workspace."""
    mine = "workspace_id = nullif(current_setting('app.workspace_id', true), '')"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_workspace ON {table} USING ({mine}) WITH CHECK ({mine})")


def _grant(connection: Connection, app: Any) -> None:
    role = app.username or APP_ROLE
    quoted = '"' + role.replace('"', '""') + '"'
    exists = connection.execute(text("select 1 from pg_roles where rolname = :r"), {"r": role}).scalar()
    if not exists:
        password = (app.password or "").replace("'", "''")
        connection.execute(
            text(
                f"CREATE ROLE {quoted} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
                + (f" PASSWORD '{password}'" if password else "")
            ).execution_options(no_parameters=True)
        )
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {quoted}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        # The audit log only grows (docs/decisions): the app may not change what is written.
        f"REVOKE UPDATE, DELETE ON audit_log FROM {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
    ):
        connection.execute(text(statement))
