"""Back up while it is written, restore in the middle of a run."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from orion_core.base.db import Database
from orion_core.base.db.backup import backup, restore
from orion_core.base.db.migrate import head
from orion_core.base.db.tables import ConnectorConfig, LoginSession, OneTimeToken, SyncRun, User
from orion_core.base.errors import ConfigurationError, Conflict
from orion_core.base.kit.clock import now
from orion_core.base.queue import NullQueue
from orion_core.base.work import Work
from tests.support import databases

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def url(tmp_path: Path, _sqlite_template_dir: Path) -> str:
    return databases.sqlite_migrated(tmp_path, _sqlite_template_dir).url


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


def _rows(url: str, statement: str) -> list[tuple]:
    with sqlite3.connect(_file(url)) as connection:
        return connection.execute(statement).fetchall()


async def _with_a_run(url: str, *, fence: int = 3) -> Database:
    db = Database(url)
    async with Work(db, NullQueue()).write("ws_a") as tx:
        tx.session.add(ConnectorConfig(id="cn_1", connector_id="stripe", name="Stripe"))
        tx.session.add(SyncRun(id="run_1", connection_id="cn_1", active_key="cn_1", status="running", fence=fence, lease_owner="worker",
                               lease_until=now() + timedelta(seconds=30)))
        tx.session.add(SyncRun(id="run_0", connection_id="cn_1", status="succeeded", fence=9))
        await tx.directory.add(User(id="usr_1", email="a@b.de"))
        await tx.directory.add(LoginSession(token_hash="x", user_id="usr_1", workspace_id="ws_a", last_seen_at=now(),
                                            expires_at=now() + timedelta(days=1)))
        await tx.directory.add(OneTimeToken(token_hash="y", kind="invite", expires_at=now() + timedelta(days=1)))
    return db


async def test_a_backup_while_it_is_written_is_one_consistent_moment(url: str, tmp_path: Path) -> None:
    """Each transaction writes two rows; a torn copy would hold an odd number, a copy without the log none."""
    stop, written = threading.Event(), [0]

    def write() -> None:
        connection = sqlite3.connect(_file(url), isolation_level=None, timeout=15)
        connection.execute("PRAGMA journal_mode=WAL")
        while not stop.is_set():
            connection.execute("BEGIN IMMEDIATE")
            for part in "ab":
                connection.execute("insert into instance values (?, ?)", (f"{written[0]}{part}", "x" * 2000))
            connection.execute("COMMIT")
            written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while written[0] < 200:
            time.sleep(0.01)
        reports = [backup(url, tmp_path / f"{number}.backup") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    assert written[0] > 200  # the writer was not stopped by the backups
    counts = []
    for report in reports:
        assert report.revision == head() and not report.with_keys and report.path.stat().st_mode & 0o777 == 0o600
        target = f"sqlite+aiosqlite:///{tmp_path / report.path.stem}.db"
        restore(report.path, target)
        counts.append(_rows(target, "select count(*) from instance where name glob '[0-9]*'")[0][0])
    assert counts == sorted(counts) and counts[0] >= 400 and all(count % 2 == 0 for count in counts)


async def test_restored_in_the_middle_of_a_run_no_zombie_can_write(url: str, tmp_path: Path) -> None:
    db = await _with_a_run(url)
    made = backup(url, tmp_path / "a.backup")
    async with db.session("ws_a", write=True) as session:  # the run goes on after the backup: claimed twice more
        (await session.get_one(SyncRun, "run_1")).fence = 5
    await db.close()
    report = restore(made.path, url)
    assert (report.runs_requeued, report.sessions_ended, report.revision) == (1, 1, head())
    run = dict(zip(("status", "fence", "owner", "until"), _rows(url, "select status, fence, lease_owner, lease_until from sync_runs "
                                                                     "where id = 'run_1'")[0], strict=True))
    assert run == {"status": "queued", "fence": 6, "owner": "", "until": None}  # past every fence a worker may hold, of both times
    assert _rows(url, "select status, fence from sync_runs where id = 'run_0'") == [("succeeded", 9)]
    assert _rows(url, "select kind, workspace_id, fence from due_runs") == [("run", "ws_a", 6)]
    assert _rows(url, "select count(*) from login_sessions where revoked_at is null") == [(0,)]
    assert _rows(url, "select count(*) from one_time_tokens") == [(0,)]
    assert _rows(url, "select tx > 0 from feed_clock") == [(1,)]
    assert report.replaced is not None and sqlite3.connect(report.replaced).execute(
        "select fence from sync_runs where id = 'run_1'").fetchone() == (5,)
    async with Database(url).session("ws_a") as session:  # times are as SQLAlchemy writes them
        assert (await session.get_one(SyncRun, "run_1")).created_at.tzinfo is not None
    async with Database(url).directory() as directory:
        from orion_core.base.db.directory import Directory
        from orion_core.base.db.tables import DueRun

        due = await Directory(directory).one(DueRun)
        assert due is not None and abs((now() - due.due_at).total_seconds()) < 60


async def test_a_database_in_use_is_refused_and_with_force_its_users_go_on(url: str, tmp_path: Path) -> None:
    db = await _with_a_run(url)
    made = backup(url, tmp_path / "a.backup")
    async with db.session("ws_a", write=True) as session:
        session.add(ConnectorConfig(id="cn_2", connector_id="hubspot", name="later"))
        (await session.get_one(SyncRun, "run_1")).fence = 8
    with pytest.raises(Conflict, match="running"):
        restore(made.path, url)
    async with db.session("ws_a") as session:
        assert await session.get(ConnectorConfig, "cn_2") is not None  # nothing was touched
    report = restore(made.path, url, force=True)
    async with db.session("ws_a", write=True) as session:  # the same pool of connections
        assert await session.get(ConnectorConfig, "cn_2") is None
        run = await session.get_one(SyncRun, "run_1")
        assert (run.status, run.fence) == ("queued", 9)
        session.add(ConnectorConfig(id="cn_3", connector_id="hubspot", name="new"))
    await db.close()
    assert _rows(url, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(url, "select id from connector_configs order by id") == [("cn_1",), ("cn_3",)]
    assert report.replaced is not None and sqlite3.connect(report.replaced).execute("select count(*) from connector_configs").fetchone() == (2,)


async def test_a_database_in_use_by_another_process_is_refused(url: str, tmp_path: Path) -> None:
    made = backup(url, tmp_path / "a.backup")
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL'); "
                               "c.execute('select * from instance').fetchall(); print('open', flush=True); sys.stdin.read()", str(_file(url))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"open\n"
    with pytest.raises(Conflict):
        restore(made.path, url)
    holder.communicate()
    assert restore(made.path, url).runs_requeued == 0


async def test_a_damaged_database_can_be_replaced(url: str, tmp_path: Path) -> None:
    db = await _with_a_run(url)
    await db.close()
    made = backup(url, tmp_path / "a.backup")
    _file(url).write_bytes(b"no database any more" * 1000)
    report = restore(made.path, url)
    fence = _rows(url, "select fence from sync_runs where id = 'run_1'")[0][0]
    assert fence > 1000 and report.replaced is not None and report.replaced.read_bytes().startswith(b"no database")


async def test_a_plain_copy_of_the_file_is_restored_too(url: str, tmp_path: Path) -> None:
    db = await _with_a_run(url)
    await db.close()
    (tmp_path / "copy.db").write_bytes(_file(url).read_bytes())
    target = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'orion.db'}"
    report = restore(tmp_path / "copy.db", target)
    assert report.replaced is None and report.created_at is None
    assert _rows(target, "select id from connector_configs") == [("cn_1",)]


def test_keys_are_packed_only_when_asked_for(url: str, tmp_path: Path) -> None:
    keys = tmp_path / "secret.keys"
    keys.write_text("canary-key")
    plain, full = backup(url, tmp_path / "plain.backup"), backup(url, tmp_path / "full.backup", keys_file=keys)
    assert b"canary-key" not in plain.path.read_bytes() and "secret.keys" not in zipfile.ZipFile(plain.path).namelist()
    target = f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
    assert any("no secret keys" in note for note in restore(plain.path, target, keys_file=tmp_path / "new.keys").notes)
    assert not (tmp_path / "new.keys").exists()
    report = restore(full.path, target, keys_file=tmp_path / "new.keys")
    assert report.keys == tmp_path / "new.keys" and report.keys.read_text() == "canary-key" and report.keys.stat().st_mode & 0o777 == 0o600
    (tmp_path / "other.keys").write_text("other")
    report = restore(full.path, target, keys_file=tmp_path / "other.keys")
    assert (tmp_path / "other.keys").read_text() == "other" and report.keys == tmp_path / "other.keys.restored"


def test_bad_backups_are_refused_and_touch_nothing(url: str, tmp_path: Path) -> None:
    made = backup(url, tmp_path / "a.backup")
    before = _file(url).read_bytes()
    content = made.path.read_bytes()
    bad = {
        "cut": content[: len(content) // 2],
        "text": b"hello",
        "empty": b"",
        "header only": b"SQLite format 3\x00" + b"\x00" * 4096,
        "flipped": content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
    }
    for name, data in bad.items():
        (tmp_path / "bad").write_bytes(data)
        with pytest.raises(ConfigurationError) as caught:
            restore(tmp_path / "bad", url)
        assert caught.value.next_step, name
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(ConfigurationError):
        restore(tmp_path / "foreign.zip", url)
    with pytest.raises(ConfigurationError, match="no file"):
        restore(tmp_path / "missing", url)
    assert _file(url).read_bytes() == before and not list(tmp_path.glob(".orion-*")) and not list(tmp_path.glob("*.bak"))


def test_a_backup_of_a_newer_orion_is_refused(url: str, tmp_path: Path) -> None:
    with sqlite3.connect(_file(url)) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    made = backup(url, tmp_path / "a.backup")
    assert json.loads(zipfile.ZipFile(made.path).read("manifest.json"))["revision"] == "9999"
    with pytest.raises(ConfigurationError, match="9999"):
        restore(made.path, f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")


def test_what_cannot_be_backed_up_says_why(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="PostgreSQL") as caught:
        backup("postgresql+psycopg://orion_app@localhost/orion", tmp_path / "a")
    assert "pg_dump" in caught.value.next_step
    with pytest.raises(ConfigurationError, match="no database"):
        backup(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}", tmp_path / "a")
    (tmp_path / "there").touch()
    with pytest.raises(Conflict):
        backup(url, tmp_path / "there")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        backup(url, tmp_path / "missing" / "a")
    assert backup(url, tmp_path).path.name.startswith("orion-")
