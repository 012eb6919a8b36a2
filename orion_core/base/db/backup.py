"""Back up and restore the SQLite database (PostgreSQL has pg_dump).

A backup is one file: a zip with `manifest.json` and `orion.db`, and the secret keys only where asked for. It is a consistent moment, also
while Orion writes. Restoring goes back in time, so what must never go back does not: every open run gets a newer fence (a worker of the
replaced time cannot write into the restored one), the change feed's clock stays ahead, sessions end and unused links die.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from orion_core.base.db.migrate import known_revisions, migrate
from orion_core.base.errors import ConfigurationError, Conflict
from orion_core.base.kit.clock import now

_FORMAT = "orion-backup/1"
_DB, _KEYS, _MANIFEST = "orion.db", "secret.keys", "manifest.json"
_TIME = "%Y-%m-%d %H:%M:%S.%f"  # as SQLAlchemy stores times in SQLite
# Without the replaced database to look at, numbers jump past anything it can have reached.
_FENCE_JUMP, _CLOCK_JUMP = 1_000_000, 10**12


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was written."""

    path: Path
    size: int
    revision: str
    created_at: datetime
    with_keys: bool


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored. `replaced` is where the database that was there before lies now, `keys` where the keys were put."""

    created_at: datetime | None
    revision_before: str
    revision: str
    runs_requeued: int
    sessions_ended: int
    replaced: Path | None
    keys: Path | None
    notes: tuple[str, ...]


def backup(url: str, target: Path, *, keys_file: Path | None = None) -> BackupReport:
    """Write a backup to `target`, a new file or a folder. `keys_file`: pack the secret keys too; who has them can read every credential.

    Raises:
        ConfigurationError: the database is PostgreSQL, missing or damaged, or the target cannot be written.
        Conflict: the target exists.
    """
    source = database_path(url)
    if not source.is_file():
        raise ConfigurationError(f"There is no database at {source}.", next_step="Check ORION_DATA_DIR and ORION_DATABASE_URL.")
    moment = now()
    if target.is_dir():
        target = target / f"orion-{moment:%Y%m%d-%H%M%S}.backup"
    if target.exists():
        raise Conflict(f"{target} exists already.", next_step="Choose another name, or remove the file.")
    try:
        with tempfile.TemporaryDirectory(prefix=".orion-backup-", dir=target.parent) as folder:
            copy = Path(folder) / _DB
            _copy(source, copy)
            revision = _verify(copy)
            manifest = {"format": _FORMAT, "created_at": moment.isoformat(), "revision": revision, "sha256": _sha256(copy),
                        "keys": keys_file is not None}
            packed = Path(folder) / "packed"
            packed.touch(mode=0o600)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
                archive.write(copy, _DB)
                if keys_file is not None:
                    archive.write(keys_file, _KEYS)
            packed.replace(target)
    except OSError as error:
        raise ConfigurationError(f"The backup cannot be written to {target}: {error.strerror or error}.",
                                 next_step="Choose a folder you may write to, with room for the database twice.") from error
    return BackupReport(target, target.stat().st_size, revision, moment, keys_file is not None)


def restore(path: Path, url: str, *, force: bool = False, keys_file: Path | None = None) -> RestoreReport:
    """Put a backup in the place of the database, brought to the newest schema. The one that was there stays beside it as `….bak`.

    `force` restores into a database that is in use: its processes go on with the restored data. `keys_file`: where to put packed keys,
    unless other keys are there already.

    Raises:
        ConfigurationError: not a backup, damaged, of a newer Orion, or PostgreSQL.
        Conflict: a running process has the database open.
    """
    target = database_path(url)
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.", next_step="Check the path.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".orion-restore-", dir=target.parent) as folder:
        fresh = Path(folder) / _DB
        manifest, keys = _unpack(path, fresh)
        revision = _verify(fresh)
        if revision not in known_revisions():
            raise ConfigurationError(f"The backup is at revision {revision or 'none'}, which this version of Orion does not know.",
                                     next_step="Restore it with the version of Orion that wrote it, or a newer one.")
        _, head = migrate(f"sqlite+aiosqlite:///{fresh}")
        with _hold(target) as (live, free):
            if not free and not force:
                raise Conflict("Orion is running on this database.", next_step="Stop it, then restore; or restore with --force.")
            runs, sessions = _step_forward(fresh, live)
            replaced = _replace(fresh, target, free)
    kept, notes = _put_keys(keys, keys_file)
    if not manifest.get("keys"):
        notes += ("The backup holds no secret keys: credentials open with the keys that were in use when it was made.",)
    created = manifest.get("created_at")
    notes += ("People removed and API keys revoked after the backup was made have access again: check Members and API keys.",)
    return RestoreReport(datetime.fromisoformat(created) if created else None, revision, head, runs, sessions, replaced, kept, notes)


def database_path(url: str) -> Path:
    """The file of an SQLite URL.

    Raises:
        ConfigurationError: it is another database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigurationError("`orion backup` and `orion restore` are for SQLite; this installation uses PostgreSQL.",
                                 next_step="Use pg_dump and pg_restore as the owner of the tables.")
    return Path(parsed.database)


def _copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that others may be writing to."""
    try:
        with _open(source, read_only=True) as old, _open(target) as new:
            old.backup(new)  # all pages in one step: one read transaction, so that writers can go on and never make it begin again
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"The database {source} cannot be read: {error}.", next_step="Use an older backup.") from error
    target.chmod(0o600)


@contextmanager
def _open(path: Path, *, read_only: bool = False, timeout: float = 30) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}", uri=True, timeout=timeout,
                                 isolation_level=None)) as connection:
        yield connection


def _verify(path: Path) -> str:
    """The revision of a whole and sound Orion database."""
    try:
        with _open(path, read_only=True) as connection:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if answer != "ok":
                raise ConfigurationError(f"The database is damaged: {answer}.", next_step="Use an older backup.")
            row = connection.execute("select version_num from alembic_version").fetchone()
            return str(row[0]) if row else ""
    except sqlite3.OperationalError as error:
        raise ConfigurationError(f"This is not a database of Orion: {error}.", next_step="Check the path.") from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"The database is damaged: {error}.", next_step="Use an older backup.") from error


def _unpack(path: Path, target: Path) -> tuple[dict[str, Any], bytes | None]:
    """The manifest and packed keys of a backup, its database written to `target`. A plain copy of the database file will do too."""
    with path.open("rb") as file:
        if file.read(16) == b"SQLite format 3\x00":
            _copy(path, target)
            return {}, None
    damaged = ConfigurationError(f"{path} is no backup of Orion, or damaged.", next_step="Use another backup.")
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
                raise damaged
            with archive.open(_DB) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, 1 << 20)
            keys = archive.read(_KEYS) if manifest.get("keys") else None
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, OSError) as error:
        raise damaged from error
    target.chmod(0o600)
    if _sha256(target) != manifest.get("sha256"):
        raise damaged
    return manifest, keys


@contextmanager
def _hold(path: Path) -> Iterator[tuple[sqlite3.Connection | None, bool]]:
    """The database that is there, and whether nobody else has it open; then nobody can begin to use it inside the block.

    Leaving WAL mode works for the only connection alone, and folds the log into the file: what is kept as .bak is whole.
    """
    if not path.exists():
        yield None, True
        return
    with _open(path, timeout=0.2) as connection:
        free = True
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            free = False
        except sqlite3.DatabaseError:
            pass  # so damaged that nobody can use it: a reason to restore
        yield connection, free


def _step_forward(fresh: Path, live: sqlite3.Connection | None) -> tuple[int, int]:
    """Move what must not go back in time past where the replaced database stood: runs put back in the queue, sessions ended."""
    fences, clock = _live_numbers(live)
    moment = now().strftime(_TIME)
    with _open(fresh) as db:
        db.execute("BEGIN IMMEDIATE")
        runs = db.execute("select id, workspace_id, fence from sync_runs where active_key is not null").fetchall()
        for run_id, workspace_id, fence in runs:
            ahead = max(fence, fences.get(run_id, 0)) + 1 if fences is not None else fence + _FENCE_JUMP
            db.execute("update sync_runs set status='queued', lease_owner='', lease_until=null, next_try_at=null, fence=? where id=?",
                       (ahead, run_id))
            db.execute("insert into due_runs (kind, object_id, workspace_id, due_at, fence) values ('run', ?, ?, ?, ?) "
                       "on conflict (kind, object_id) do update set due_at=excluded.due_at, fence=excluded.fence",
                       (run_id, workspace_id, moment, ahead))
        if clock is None:
            db.execute("update feed_clock set tx = tx + ?", (_CLOCK_JUMP,))
        else:
            db.execute("update feed_clock set tx = max(tx, ?) + 1", (clock,))
        sessions = db.execute("update login_sessions set revoked_at=? where revoked_at is null", (moment,)).rowcount
        db.execute("delete from one_time_tokens where used_at is null")
        db.execute("COMMIT")
    return len(runs), sessions


def _live_numbers(live: sqlite3.Connection | None) -> tuple[dict[str, int] | None, int | None]:
    """Fences of the runs and the feed's clock of the database that is replaced; None where it cannot be read."""
    if live is None:
        return {}, 0
    with suppress(sqlite3.DatabaseError):
        fences = dict(live.execute("select id, fence from sync_runs").fetchall())
        return fences, int(live.execute("select max(tx) from feed_clock").fetchone()[0] or 0)
    return None, None


def _replace(fresh: Path, target: Path, free: bool) -> Path | None:
    kept: Path | None = None
    if target.exists():
        kept = target.with_name(f"{target.name}.{now():%Y%m%d-%H%M%S}.bak")
        if not free:
            _copy(target, kept)
            with _open(fresh, read_only=True) as new, _open(target) as live:
                new.backup(live)  # page by page in one transaction: open connections see the old state, then the new one
            return kept
        try:
            os.link(target, kept)
        except OSError:  # a file system without hard links
            target.rename(kept)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    fresh.replace(target)
    return kept


def _put_keys(keys: bytes | None, keys_file: Path | None) -> tuple[Path | None, tuple[str, ...]]:
    if keys is None or keys_file is None:
        return None, ()
    place = keys_file
    notes: tuple[str, ...] = ()
    if keys_file.exists():
        if keys_file.read_bytes() == keys:
            return keys_file, ()
        place = keys_file.with_name(f"{keys_file.name}.restored")
        notes = (f"Other keys are in {keys_file}; those of the backup were put into {place}. "
                 "Add them to the file to open restored credentials.",)
    place.touch(mode=0o600)
    place.chmod(0o600)
    place.write_bytes(keys)
    return place, notes


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
