"""The schema: what the migrations make is what the models say, with a policy on every table of a workspace; old databases are upgraded."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text
from sqlmodel import SQLModel

from orion_core.base.db import Database
from orion_core.base.db.migrate import head, known_revisions, migrate, pending, sync_url
from orion_core.base.db.scope import tenant_classes
from orion_core.base.db.tables import DIRECTORY, ConnectorConfig, CustomerRecord, SyncRun, User
from orion_core.base.errors import ConfigurationError
from tests.support.databases import TestDatabase

FIXTURES = Path(__file__).parent / "fixtures"


def test_upgrade_from_empty_and_again(empty_database: TestDatabase) -> None:
    assert migrate(empty_database.url, admin_url=empty_database.admin_url) == ("", head())
    assert migrate(empty_database.url, admin_url=empty_database.admin_url) == (head(), head())
    assert not pending(empty_database.url)


async def test_two_processes_that_migrate_at_once_do_not_collide(empty_database: TestDatabase) -> None:
    made = await asyncio.gather(*(asyncio.to_thread(migrate, empty_database.url, admin_url=empty_database.admin_url) for _ in range(3)))
    assert sorted(made) == sorted([("", head()), (head(), head()), (head(), head())])


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("orion_core.base.db.migrate.enable_rls_on", fail)
    monkeypatch.setattr("orion_core.base.db.migrate.enable_rls", fail)
    with pytest.raises(ZeroDivisionError):
        migrate(empty_database.url, admin_url=empty_database.admin_url)
    engine = create_engine(sync_url(empty_database.admin_url or empty_database.url))
    assert [name for name in inspect(engine).get_table_names() if name != "alembic_version"] == []
    engine.dispose()
    monkeypatch.undo()
    assert migrate(empty_database.url, admin_url=empty_database.admin_url) == ("", head())


def test_the_schema_is_what_the_models_say(fresh_database: TestDatabase) -> None:
    """What `alembic check` looks at, types included where the dialect can tell them apart."""
    engine = create_engine(sync_url(fresh_database.admin_url or fresh_database.url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "compare_type": fresh_database.kind == "postgresql",
            "include_object": lambda _object, name, kind, _reflected, _to: not (kind == "table" and (name or "").startswith("search_"))})
        differences = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    assert differences == []


def test_a_newer_database_is_refused(fresh_database: TestDatabase) -> None:
    engine = create_engine(sync_url(fresh_database.admin_url or fresh_database.url))
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="9999"):
        migrate(fresh_database.url, admin_url=fresh_database.admin_url)


def test_postgresql_needs_the_owner_to_migrate() -> None:
    with pytest.raises(ConfigurationError, match="ADMIN_URL"):
        migrate("postgresql+psycopg://orion_app@localhost/orion")


# -- every table of a workspace --------------------------------------------------------------------------------------


def test_every_table_is_of_a_workspace_or_of_the_directory() -> None:
    tenants = {cls.__tablename__ for cls in tenant_classes()}
    assert tenants | DIRECTORY == set(SQLModel.metadata.tables) and not tenants & DIRECTORY
    for name in tenants:
        table = SQLModel.metadata.tables[name]
        assert not table.c.workspace_id.nullable
        for constraint in table.constraints:
            columns = [column.name for column in getattr(constraint, "columns", [])]
            if type(constraint).__name__ == "UniqueConstraint":  # without the workspace it would tell what others have
                assert "workspace_id" in columns, (name, columns)
        assert not table.foreign_keys, f"{name}: a foreign key is checked past row level security"


def test_postgresql_forces_a_policy_on_every_table_of_a_workspace(fresh_database: TestDatabase) -> None:
    if fresh_database.kind == "sqlite":
        pytest.skip("SQLite has no policies")
    engine = create_engine(sync_url(fresh_database.admin_url))
    with engine.connect() as connection:
        found = {row.relname: row for row in connection.execute(text("""
            select c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attname is not null as of_workspace,
                   (select array_agg(pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid) and p.polcmd = '*'
                           and pg_get_expr(p.polqual, p.polrelid) like '%app.workspace_id%')
                    from pg_policy p where p.polrelid = c.oid and p.polroles <> array[c.relowner]) as policies
            from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'"""))}
        views = connection.execute(text("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')")).all()
    engine.dispose()
    for name, row in found.items():
        if name in DIRECTORY:
            assert not row.relrowsecurity, name
        else:
            assert row.of_workspace and row.relrowsecurity and row.relforcerowsecurity and row.policies == [True], name
    assert set(SQLModel.metadata.tables) <= set(found) and views == []


def test_the_app_role_sees_nothing_without_a_workspace_and_cannot_change_the_log(fresh_database: TestDatabase) -> None:
    if fresh_database.kind == "sqlite":
        pytest.skip("SQLite has no roles")
    owner = fresh_database.admin_url.replace("+psycopg", "")
    with psycopg.connect(owner) as connection:
        connection.execute("insert into connector_configs (id, workspace_id, connector_id, name, user_id, base_url, auth_url, token_url, config, "
                           "enabled, status, account_id, account_name, schedule_kind, schedule_value, created_at) values "
                           "('cn_1', 'ws_a', 'stripe', 'x', '', '', '', '', '{}', true, 'active', '', '', 'manual', '', now())")
    with psycopg.connect(fresh_database.url.replace("+psycopg", ""), autocommit=True) as app:
        count = "select count(*) from connector_configs"
        assert app.execute(count).fetchone() == (0,)
        for workspace, seen in (("ws_a", 1), ("ws_b", 0), ("", 0)):
            with app.transaction():
                app.execute("select set_config('app.workspace_id', %s, true)", (workspace,))
                assert app.execute(count).fetchone() == (seen,)
        assert app.execute(count).fetchone() == (0,)  # the setting went with its transaction
        for statement in ("update audit_log set action = 'x'", "delete from audit_log", "update alembic_version set version_num = 'x'",
                          "create role x", "alter table events disable row level security", "drop policy events_workspace on events",
                          "truncate events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


# -- an older database -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dump", sorted(FIXTURES.glob("*.sql")), ids=lambda path: path.stem)
async def test_a_stored_older_database_is_upgraded_and_readable(dump: Path, tmp_path: Path) -> None:
    """`fixtures/<revision>.sql`: what `sqlite3 .dump` gave of a database of that revision with rows in it. Add one with each migration."""
    file = tmp_path / "orion.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(dump.read_text())
    connection.close()
    url = f"sqlite+aiosqlite:///{file}"
    assert migrate(url) == (dump.stem, head())
    db = Database(url)
    await db.check()
    async with db.session("ws_old") as session:
        connection_row = (await session.execute(select(ConnectorConfig))).scalars().one()
        assert (connection_row.name, connection_row.config["streams"]) == ("Stripe EU", ["customers"])
        assert (await session.execute(select(SyncRun))).scalars().one().status == "succeeded"
        customer = (await session.execute(select(CustomerRecord))).scalars().one()
        assert (customer.remote_id, customer.email) == ("cus_1", "ines@larkfield.example")
    async with db.session("ws_other") as session:
        assert (await session.execute(select(CustomerRecord))).all() == []
    from orion_core.base.db.directory import Directory

    async with db.directory() as directory:
        assert (await Directory(directory).all(User))[0].email == "maren@larkfield.example"
    await db.close()


def test_every_older_revision_has_a_stored_database() -> None:
    stored = {path.stem for path in FIXTURES.glob("*.sql")}
    assert stored >= known_revisions() - {head()}, "python -m tests.base.db.fixtures.make REVISION, from a checkout of that time"
