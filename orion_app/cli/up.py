"""`orion up`: everything in one go, and how to sign in."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from orion_app.cli.children import Child, Children
from orion_app.cli.output import console
from orion_app.shell import bundle
from orion_core.base.db.migrate import migrate
from orion_core.base.errors import ConfigurationError
from orion_core.base.redis_server import EmbeddedRedis
from orion_core.base.settings import Settings

READY_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


def up(settings: Settings, *, lab: bool, workers: int, host: str) -> None:
    """Run until Ctrl-C or SIGTERM.

    Raises:
        ConfigurationError: the port or the data folder is taken, or a part does not come up; the message names it.
    """
    data = settings.ensure_data_dir()
    began = time.monotonic()
    with _only_one(data):
        _free(host, settings.port)
        _step("Database", _migrated(settings))
        redis = None
        env = _environment(settings)
        if not settings.redis_url:
            redis = EmbeddedRedis(data)
            env["ORION_REDIS_URL"] = redis.start()
            _step("Redis", "embedded, on a socket in the data folder")
        children = Children(lambda text: console.print(f"[yellow]{text}[/yellow]"))
        with _stopping() as stopped:
            try:
                if lab and not settings.production and not settings.lab_url:
                    env["ORION_LAB_URL"] = _start_lab(children, settings, env)
                _start_web(children, settings, env, host)
                for number in range(1, workers + 1):
                    children.start(
                        Child(f"worker {number}", [sys.executable, "-m", "workers"], env, data / "logs" / f"worker-{number}.log")
                    )
                _wait_ready(children, host, settings.port, stopped)
                _step("Web", f"ready after {time.monotonic() - began:.1f} s, with {workers} worker{'s' if workers > 1 else ''}")
                console.print(asyncio.run(_how_to_sign_in(Settings.load(data_dir=settings.data_dir, port=settings.port))), soft_wrap=True)
                while not stopped:
                    time.sleep(0.3)
                    children.watch()
                    if redis is not None and not redis.running:
                        console.print("[yellow]The embedded Redis ended; it starts again. Nothing is lost.[/yellow]")
                        redis.start()
            finally:
                children.stop()
                if redis is not None:
                    redis.stop()
                console.print("Stopped. Everything is stored.")


def _step(name: str, text: str) -> None:
    console.print(f"[green]✓[/green] [bold]{name}[/bold]  {text}")


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    with (data / "orion.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigurationError(
                f"Orion already runs on the data folder {data}.", next_step="Stop it first, or set ORION_DATA_DIR to another folder."
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextlib.contextmanager
def _stopping() -> Iterator[list[int]]:
    """A list that is not empty any more once somebody asked us to stop."""
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} on {host} is taken: {error.strerror}.", next_step="Stop what uses it, or set ORION_PORT to another one."
            ) from error


def _migrated(settings: Settings) -> str:
    if settings.database_url and not settings.database_url.startswith("sqlite") and not settings.database_admin_url:
        return "PostgreSQL (run `orion migrate` after an upgrade)"
    before, after = migrate(settings.db_url, admin_url=settings.database_admin_url)
    kind = "SQLite" if settings.db_url.startswith("sqlite") else "PostgreSQL"
    return f"{kind}, revision {after}" + (f" (was {before})" if before and before != after else " (new)" if not before else "")


def _environment(settings: Settings) -> dict[str, str]:
    """What every child gets. Unset settings stay unset, so that a child finds the same defaults."""
    return {"ORION_DATA_DIR": str(settings.data_dir), "ORION_PORT": str(settings.port), "PYTHONUNBUFFERED": "1"}


def _start_lab(children: Children, settings: Settings, env: dict[str, str]) -> str:
    """Start the lab on this data folder's port and wait until it answers; where another instance took the port meanwhile, on another."""
    for _ in range(5):
        port = _lab_port(settings.data_dir)
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "lab", "--host", "127.0.0.1", "--port", str(port), "--size", str(settings.lab_size)]
        child = children.start(Child("lab", command, {**env, "PYTHONPATH": str(ROOT)}, settings.data_dir / "logs" / "lab.log"))
        if _answers(child, f"{url}/health"):
            _step("Lab", f"fake Stripe and HubSpot with {settings.lab_size:,} customers each, on 127.0.0.1:{port}")
            return url
        children.items.remove(child)
        (settings.data_dir / "lab-port").write_text("0")
    raise ConfigurationError(
        f"The lab did not start. The end of its log:\n{child.tail()}", next_step="Start without it: `orion up --no-lab`."
    )


def _answers(child: Child, url: str, seconds: float = 30.0) -> bool:
    """Whether a child comes to answer, rather than end. Somebody else's answer does not count: the child must live on."""
    deadline = time.monotonic() + seconds
    while child.alive and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 (our own address)
            time.sleep(0.1)
            return child.alive
        time.sleep(0.05)
    return False


def _lab_port(data: Path) -> int:
    """The same port at every start of a data folder, for its lab connections name it; a free one where it is taken."""
    note = data / "lab-port"
    wanted = [int(note.read_text())] if note.exists() and note.read_text().strip().isdigit() else [8900]
    for port in [*wanted, 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            note.write_text(str(found))
            return found
    raise ConfigurationError("No port is free for the lab.", next_step="Start without it: `orion up --no-lab`.")


def _start_web(children: Children, settings: Settings, env: dict[str, str], host: str) -> None:
    built = ROOT / ".web-build"
    if not bundle.is_current(built):
        console.print("  Building the pages (half a minute, once after each change)")
    began = time.monotonic()
    try:
        if bundle.build(built):
            _step("Pages", f"built in {time.monotonic() - began:.0f} s")
    except bundle.BuildFailed as error:
        raise ConfigurationError(f"The pages could not be built:\n{error}", next_step="Run scripts/setup, then start again.") from error
    copy = bundle.serve_copy(built, settings.data_dir / "web")
    children.start(
        Child(
            "web",
            bundle.serve_command(host, settings.port),
            {**env, **bundle.serve_env(copy, settings.port, settings.data_dir)},
            settings.data_dir / "logs" / "web.log",
        )
    )


def _wait_ready(children: Children, host: str, port: int, stopped: list[int]) -> None:
    url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/health"  # noqa: S104 (asked, not bound)
    deadline = time.monotonic() + READY_S
    while not stopped:
        dead = next((child for child in children.items if not child.alive), None)
        if dead is not None:
            raise ConfigurationError(
                f"{dead.name} did not start. The end of {dead.log}:\n{dead.tail()}", next_step="Correct what it names and start again."
            )
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as error:
            # It answers: what is wrong with this installation (a missing key, say) is said here and shown on the pages.
            for check in json.loads(error.read()).get("checks", []):
                if check["state"] == "failed":
                    console.print(f"[yellow]{check['title']}: {check['text']} {check['next_step']}[/yellow]", soft_wrap=True)
            return
        except OSError:
            pass
        if time.monotonic() > deadline:
            web = next(child for child in children.items if child.name == "web")
            raise ConfigurationError(f"The web process does not answer after {READY_S:.0f} s. The end of {web.log}:\n{web.tail()}")
        time.sleep(0.1)


async def _how_to_sign_in(settings: Settings) -> str:
    from orion_core.runtime import Runtime

    async with Runtime.open(settings) as runtime:
        await runtime.accounts.ensure_owner()
        if await runtime.accounts.needs_setup():
            link = await runtime.accounts.setup_link()
            return f"\n  Open this link once to set Orion up:\n\n  [bold cyan]{link}[/bold cyan]\n\n  It works for 24 hours. Ctrl-C stops."
    return f"\n  Sign in at [bold cyan]{settings.url}[/bold cyan]. Ctrl-C stops Orion."
