"""Fresh databases for tests, on both kinds, migrated or empty.

A migrated database is a copy: of a file (SQLite) or of a template database (PostgreSQL) that the migrations built once per test process.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tests.support.postgres import PgServer, PgUrls

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True)
class TestDatabase:
    """`url` is what Orion connects with (on PostgreSQL the app role), `admin_url` the owner's ("" on SQLite)."""

    __test__ = False  # pytest would take the name for a test class

    kind: Kind
    url: str
    admin_url: str = ""

    @property
    def env(self) -> dict[str, str]:
        """For an `orion` child process."""
        return {"ORION_DATABASE_URL": self.url, "ORION_DATABASE_ADMIN_URL": self.admin_url}


def sqlite_empty(folder: Path) -> TestDatabase:
    return TestDatabase("sqlite", f"sqlite+aiosqlite:///{folder / 'orion.db'}")


def sqlite_migrated(folder: Path, template_dir: Path) -> TestDatabase:
    shutil.copyfile(_sqlite_template(template_dir), folder / "orion.db")
    return sqlite_empty(folder)


@cache
def _sqlite_template(folder: Path) -> Path:
    _migrate(sqlite_empty(folder))
    # A database in WAL mode is one file only once its log is folded in; the last connection closed does that.
    assert not (folder / "orion.db-wal").exists()
    return folder / "orion.db"


def postgres_empty(server: PgServer) -> tuple[TestDatabase, PgUrls]:
    return _of(server.database())


def postgres_migrated(server: PgServer) -> tuple[TestDatabase, PgUrls]:
    template = server.template("migrated", lambda urls: _migrate(_of(urls)[0]))
    return _of(server.database(template))


def _of(urls: PgUrls) -> tuple[TestDatabase, PgUrls]:
    return TestDatabase("postgresql", urls.app_url, urls.admin_url), urls


def _migrate(database: TestDatabase) -> None:
    from orion_core.base.db.migrate import migrate

    migrate(database.url, admin_url=database.admin_url)
