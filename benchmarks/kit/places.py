"""Where to write: migrated databases of both kinds, each made anew, and the lab to read from."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.serve import LabServer
from tests.support import databases, postgres

KEY = "sk_test_lab_1"


@dataclass
class Place:
    """A migrated database and a data folder."""

    kind: str
    url: str
    admin_url: str
    folder: Path
    server_pid: int | None = None

    def args(self) -> dict[str, Any]:
        return {"db": self.url, "admin": self.admin_url, "folder": str(self.folder), "server_pid": self.server_pid}


@dataclass
class Places:
    """Hands out databases; one PostgreSQL server for all."""

    folder: Path
    pg: postgres.PgServer | None = None
    _count: int = 0
    _template: Path | None = field(default=None)

    @contextmanager
    def fresh(self, kind: str) -> Iterator[Place]:
        """A migrated database that is gone afterwards."""
        self._count += 1
        folder = self.folder / f"{kind}{self._count}"
        folder.mkdir()
        try:
            if kind == "sqlite":
                if self._template is None:
                    self._template = self.folder / "template"
                    self._template.mkdir()
                database = databases.sqlite_migrated(folder, self._template)
                yield Place(kind, database.url, "", folder)
            else:
                self.pg = self.pg or postgres.start_server()
                database, urls = databases.postgres_migrated(self.pg)
                yield Place(kind, database.url, database.admin_url, folder, self.pg.pid)
                self.pg.drop(urls)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def places() -> Iterator[Places]:
    """Databases in a temporary folder, and their server, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="orion-bench-"))
    found = Places(folder)
    try:
        yield found
    finally:
        if found.pg is not None:
            found.pg.stop()
        shutil.rmtree(folder, ignore_errors=True)


def fast_lab(size: int, *, latency_ms: float = 0.0) -> LabServer:
    """A lab whose Stripe pages are rendered beforehand, so that it is not what is measured; start it with `with`."""
    return LabServer(size=size, prerendered=True, latency_ms=latency_ms, providers=("stripe",))
