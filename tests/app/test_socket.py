"""A raw websocket calls every event handler: as a stranger, as a viewer, as an owner of another workspace. All refused, nothing changed."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import socket
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
import socketio

import orion_app.orion_app  # noqa: F401
from orion_app.shell import bundle, guard
from orion_core.base.db.migrate import migrate_async
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import NewConnection

PASSWORD = "a short sentence of mine"
QUIET = {"sessions", "sign_in_attempts", "instance"}  # touched by asking who somebody is; they hold nothing of the workspace's work
FIRST_S, IDLE_S = 10.0, 0.6


def _handlers() -> list[tuple[str, str, Any]]:
    """Full event name, least role ("" for a public one), the function."""
    found = []
    seen = [rx.State]
    while seen:
        state = seen.pop()
        seen += list(state.get_substates())
        if not state.__module__.startswith("orion_app."):
            continue
        for name, handler in state.event_handlers.items():
            if name == "setvar":
                continue
            key = f"{state.__module__}.{state.__name__}.{name}"
            found.append((f"{state.get_full_name()}.{name}", guard.HANDLERS.get(key, ""), handler.fn))
    return sorted(set(found), key=lambda item: item[0])


@dataclass
class World:
    """Two workspaces, their people, and a web process that serves both."""

    url: str
    database: Path
    workspace_id: str
    connection_id: str
    member_id: str
    viewer: str
    stranger_owner: str
    log: Path = Path()
    ids: dict[str, str] = field(default_factory=dict)

    def snapshot(self, *, all_workspaces: bool) -> dict[str, list[Any]]:
        """Every row of every table that counts; of our workspace alone where the caller may work in another."""
        with sqlite3.connect(self.database) as db:
            tables = [
                r[0]
                for r in db.execute(
                    "select name from sqlite_master where type='table' and name not like 'sqlite_%' and sql not like 'CREATE VIRTUAL%'"
                )
            ]
            out = {}
            for table in tables:
                if table in QUIET or "_fts" in table:
                    continue
                columns = [r[1] for r in db.execute(f"pragma table_info('{table}')")]
                if all_workspaces:
                    out[table] = db.execute(f"select * from '{table}' order by rowid").fetchall()
                elif "workspace_id" in columns:
                    out[table] = db.execute(
                        f"select * from '{table}' where workspace_id = ? order by rowid", (self.workspace_id,)
                    ).fetchall()
            return out


async def _member(rt: Runtime, owner: Principal, email: str, role: str) -> str:
    link = await rt.accounts.invite(owner, email, role)
    return await rt.accounts.accept_invite(link.rstrip("/").rsplit("/", 1)[-1], email.split("@")[0], PASSWORD)


async def _prepare(data: Path, port: int) -> World:
    settings = Settings.load(data_dir=data, port=port)
    settings.ensure_data_dir()
    await migrate_async(settings.db_url)
    async with Runtime.open(settings) as rt:
        link = await rt.accounts.setup_link()
        _, owner = await rt.accounts.set_up(link.split("token=")[-1], "owner@larkfield.example", "Owner", PASSWORD, "Larkfield")
        connection_id = await rt.connections.connect(
            owner, NewConnection("stripe", "Stripe EU", {"api_key": "sk_test_notarealkey1234567890"}), test=False
        )
        viewer = await _member(rt, owner, "viewer@larkfield.example", "viewer")
        other = await rt.accounts.create_workspace(owner, "Elsewhere")
        elsewhere = Principal(other.id, owner.role, "user", owner.id, owner.name, owner.email, workspace_name=other.name)
        stranger = await _member(rt, elsewhere, "owner@elsewhere.example", "owner")
        _, secret_free = await rt.accounts.create_api_key(owner, "Loader", ["records:read"])
        assert secret_free
        keys = await rt.accounts.api_keys(owner)
        members = await rt.accounts.members(owner)
        invites_link = await rt.accounts.invite(owner, "later@larkfield.example", "editor")
        assert invites_link
        invites = await rt.accounts.invites(owner)
    member_id = next(m.id for m in members if m.email.startswith("viewer"))
    ids = {
        "connection_id": connection_id,
        "user_id": member_id,
        "key_id": keys[0].id,
        "invite_id": invites[0].id,
        "workspace_id": owner.workspace_id,
        "session_id": "ses_none",
        "letter_id": "dl_none",
        "request_id": "rq_none",
    }
    return World(f"http://127.0.0.1:{port}", data / "orion.db", owner.workspace_id, connection_id, member_id, viewer, stranger, ids=ids)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("web")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = asyncio.run(_prepare(data, port))
    env = {**os.environ, **bundle.serve_env(data / "web", port, data), "ORION_DATA_DIR": str(data)}
    env.pop("__REFLEX_MOUNT_FRONTEND_COMPILED_APP")  # the websocket needs no pages
    # Any other folder: where somebody stands must not matter.
    with (
        (data / "web.log").open("wb") as log,
        subprocess.Popen(bundle.serve_command("127.0.0.1", port), env=env, cwd="/", stdout=log, stderr=log) as web,
    ):
        try:
            _wait(made.url, web, data / "web.log")
            made.log = data / "web.log"
            yield made
        finally:
            web.terminate()
            with suppress(subprocess.TimeoutExpired):
                web.wait(15)
            if web.poll() is None:
                web.kill()


def _wait(url: str, web: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert web.poll() is None, log.read_text()
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/ping", timeout=1)
            return
        time.sleep(0.2)
    raise AssertionError(f"no answer: {log.read_text()}")


class Caller:
    """A client of the websocket that is no browser."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        client.on("event", self._keep, namespace="/_event")

    async def _keep(self, update: Any) -> None:
        await self.updates.put(update if isinstance(update, dict) else json.loads(update))

    async def call(self, name: str, payload: dict[str, Any], path: str) -> list[dict[str, Any]]:
        """Send one event and collect what comes back until it is final."""
        while not self.updates.empty():
            self.updates.get_nowait()
        await self.client.emit(
            "event", {"name": name, "payload": payload, "router_data": {"pathname": path, "asPath": path, "query": {}}}, namespace="/_event"
        )
        got: list[dict[str, Any]] = []
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(IDLE_S if got else FIRST_S):
                    update = await self.updates.get()
                got.append(update)
                if any(e.get("name") in ("_redirect", "_call_function") for e in update.get("events") or []):
                    break
        return got


@asynccontextmanager
async def connected(world: World, session: str | None) -> Any:
    client = socketio.AsyncClient(reconnection=False)
    headers = {"Cookie": f"{guard.COOKIE}={session}"} if session else {}
    await client.connect(
        f"{world.url}?token=t-{os.urandom(8).hex()}",
        headers=headers,
        transports=["websocket"],
        namespaces=["/_event"],
        socketio_path="/_event",
    )
    try:
        yield Caller(client)
    finally:
        await client.disconnect()


def payload_of(fn: Any, world: World) -> dict[str, Any]:
    """Arguments that would do harm if they were let through."""
    form = {
        "name": "Harm",
        "email": "harm@evil.example",
        "role": "owner",
        "base_url": "https://evil.example",
        "intent": "save",
        "cron": "* * * * *",
        "every": "60",
        "api_key": "sk_test_evil_evil_evil",
        "current": PASSWORD,
        "password": "another short sentence",
        "days": "30",
        "scope:records:read": "on",
        "backfill_start": "",
    }
    out: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(fn).parameters.items())[1:]:
        kind = str(parameter.annotation)
        out[name] = world.ids.get(
            name, True if "bool" in kind else 1 if kind == "int" else form if "dict" in kind else "owner" if name == "role" else "x"
        )
    return out


def path_of(name: str, world: World) -> str:
    if "connection____" in name or "___connection___" in name:
        return f"/connections/{world.connection_id}"
    return "/connect/stripe" if "___connect___" in name else "/settings/members" if "___settings___" in name else "/"


def events_of(updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for update in updates for event in update.get("events") or []]


async def test_a_stranger_is_sent_to_the_sign_in_page(world: World) -> None:
    before = world.snapshot(all_workspaces=True)
    async with connected(world, None) as caller:
        for name, role, fn in _handlers():
            if not role:
                continue
            updates = await caller.call(name, payload_of(fn, world), path_of(name, world))
            redirects = [e["payload"]["path"] for e in events_of(updates) if e["name"] == "_redirect"]
            assert redirects and all(p.startswith("/sign-in") for p in redirects), f"{name}: {updates}"
            told = json.dumps([u.get("delta") for u in updates])
            assert "Larkfield" not in told and "Stripe EU" not in told, name
    assert world.snapshot(all_workspaces=True) == before


async def test_a_made_up_session_is_a_stranger(world: World) -> None:
    async with connected(world, "made-up") as caller:
        name, _, fn = next(h for h in _handlers() if h[0].endswith("connections_state.load"))
        updates = await caller.call(name, payload_of(fn, world), "/connections")
        assert any(e["name"] == "_redirect" for e in events_of(updates))


async def test_a_viewer_changes_nothing(world: World) -> None:
    before = world.snapshot(all_workspaces=True)
    async with connected(world, world.viewer) as caller:
        for name, role, fn in _handlers():
            if role in ("", "viewer"):
                continue
            updates = await caller.call(name, payload_of(fn, world), path_of(name, world))
            said = json.dumps(events_of(updates))
            assert f"needs the role {role}" in said, f"{name}: {updates}"
    assert world.snapshot(all_workspaces=True) == before


async def test_an_owner_of_another_workspace_reaches_nothing_here(world: World) -> None:
    before = world.snapshot(all_workspaces=False)
    async with connected(world, world.stranger_owner) as caller:
        for name, role, fn in _handlers():
            if not role or name.endswith(".watch"):
                continue
            updates = await caller.call(name, payload_of(fn, world), path_of(name, world))
            told = json.dumps([u.get("delta") for u in updates])
            assert "Stripe EU" not in told and "viewer@larkfield.example" not in told, name
    assert world.snapshot(all_workspaces=False) == before


def test_no_handler_failed_on_the_way(world: World) -> None:
    """Runs last: refusals and unknown ids are answers, never tracebacks."""
    assert "A page handler failed" not in world.log.read_text()
    assert "Traceback" not in world.log.read_text()
