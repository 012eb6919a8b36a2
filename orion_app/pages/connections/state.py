"""What the list of connections knows; search, filter and page are in the address."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape, word
from orion_app.shell.address import params, with_params
from orion_app.shell.guard import authorized, me, principal_of
from orion_app.shell.live import still_on
from orion_app.shell.search import SearchMixin
from orion_app.shell.services import services
from orion_app.shell.session import SessionState

PAGE_SIZE = 50


@dataclasses.dataclass
class ConnectionView:
    id: str = ""
    name: str = ""
    monogram: str = ""
    hue: str = ""
    account: str = ""
    state: str = "none"
    text: str = ""
    cause: str = ""
    streams: str = ""
    records: str = ""
    last_run: str = ""
    last_run_at: str = ""
    schedule: str = ""
    next_run: str = ""
    selected: bool = False
    href: str = ""


@dataclasses.dataclass
class StatusChoice:
    title: str = ""
    href: str = ""
    on: bool = False


class ConnectionsState(SearchMixin, rx.State):
    loaded: bool = False
    empty: bool = False
    rows: list[ConnectionView] = []
    chosen: list[str] = []
    statuses: list[StatusChoice] = []
    query: str = ""
    status: str = ""
    range_text: str = ""
    prev_href: str = ""
    next_href: str = ""
    busy: bool = False
    lab_busy: bool = False
    all_chosen: bool = False
    _watch: int = 0

    @rx.event
    @authorized("viewer")
    async def load(self):
        query = params(self)
        self.query, self.status = query.get("q", ""), query.get("status", "")
        self._follow(self.query)
        self.statuses = [
            StatusChoice(title, with_params("/connections", query, status=key), self.status == key)
            for key, title in (
                ("", "All"),
                ("failed", "Failed"),
                ("degraded", "Degraded"),
                ("running", "Running"),
                ("stale", "Stale"),
                ("paused", "Paused"),
            )
        ]
        await self._fetch(me(), query)
        self._watch += 1
        return ConnectionsState.watch(self._watch)

    @rx.event(background=True)
    @authorized("viewer")
    async def watch(self, turn: int):
        """The rows, fresh while the page is open."""
        while True:
            await asyncio.sleep(2.0 if any(r.state == "running" for r in self.rows) else 15.0)
            if self._watch != turn or not still_on(self, "/connections"):
                return
            who = await principal_of(self)
            if who is None:
                return
            async with self:
                await self._fetch(who, params(self))
                await (await self.get_state(SessionState))._feel(who)

    async def _fetch(self, who: Any, query: dict[str, str]) -> None:
        everything = await services().connections.rows(who)
        wanted = query.get("q", "").lower().split()
        found = [
            r
            for r in everything
            if (not query.get("status") or shape(r.state) == query["status"])
            and all(w in f"{r.name} {r.account} {r.connector_name}".lower() for w in wanted)
        ]
        at = min(int(query["at"]), len(found)) if query.get("at", "").isdigit() else 0
        shown, now = found[at : at + PAGE_SIZE], datetime.now(UTC)
        self.chosen = [c for c in self.chosen if any(r.id == c for r in shown)]
        self.rows = [_view(r, r.id in self.chosen, now) for r in shown]
        self.all_chosen = bool(self.rows) and len(self.chosen) == len(self.rows)
        self.range_text = (
            words.plural(len(found), "connection")
            if len(found) <= PAGE_SIZE
            else f"{at + 1}–{at + len(shown)} of {words.number(len(found))}"
        )
        self.prev_href = with_params("/connections", query, at=str(max(0, at - PAGE_SIZE)) if at > PAGE_SIZE else None) if at else ""
        self.next_href = with_params("/connections", query, at=str(at + PAGE_SIZE)) if at + PAGE_SIZE < len(found) else ""
        self.empty, self.loaded = not everything, True

    @rx.event
    @authorized("viewer")
    async def search(self, text: str):
        self._typed = text.strip()[:100]
        return rx.redirect(with_params("/connections", params(self), q=self._typed), replace=True)

    @rx.event
    @authorized("viewer")
    async def choose(self, connection_id: str):
        self.chosen = [c for c in self.chosen if c != connection_id] if connection_id in self.chosen else [*self.chosen, connection_id]
        self._mark()

    @rx.event
    @authorized("viewer")
    async def choose_all(self):
        self.chosen = [] if self.all_chosen else [r.id for r in self.rows]
        self._mark()

    def _mark(self) -> None:
        self.rows = [dataclasses.replace(r, selected=r.id in self.chosen) for r in self.rows]
        self.all_chosen = bool(self.rows) and len(self.chosen) == len(self.rows)

    @rx.event
    @authorized("editor")
    async def sync_chosen(self, full: bool):
        """One run each; a full one reads everything again."""
        self.busy = True
        yield
        ids = list(self.chosen)
        failed: list[str] = []
        for connection_id in ids:
            failed += await _try(services().sync.start(me(), connection_id, full=full))
        self.busy, self.chosen = False, []
        done = words.plural(len(ids) - len(failed), "backfill" if full else "sync") + " started"
        yield rx.toast.warning(done, description=failed[0]) if failed else rx.toast.info(done)
        yield ConnectionsState.load

    @rx.event
    @authorized("editor")
    async def pause_chosen(self, paused: bool):
        ids = list(self.chosen)
        for connection_id in ids:
            await (services().connections.pause if paused else services().connections.resume)(me(), connection_id)
        self.chosen = []
        return [rx.toast.info(words.plural(len(ids), "connection") + (" paused" if paused else " resumed")), ConnectionsState.load]

    @rx.event
    @authorized("editor")
    async def connect_lab(self):
        self.lab_busy = True
        yield
        try:
            for slug in services().connections.lab_providers():
                connection_id = await services().connections.connect_lab(me(), slug)
                await services().sync.start(me(), connection_id, full=True)
        finally:
            self.lab_busy = False
        yield [rx.toast.success("The lab is connected", description="The first syncs have started."), ConnectionsState.load]


async def _try(call: Any) -> list[str]:
    """What one of several answered when it could not."""
    from orion_core.base.errors import OrionError

    try:
        await call
    except OrionError as error:
        return [f"{error.message} {error.next_step}"]
    return []


def _view(r: Any, selected: bool, now: datetime) -> ConnectionView:
    text = word(r.state)
    if r.state == "running" and r.run is not None and r.run.stream:
        text = f"Syncing {r.run.stream.replace('_', ' ')}"
    return ConnectionView(
        r.id,
        r.name,
        words.monogram(r.connector, r.connector_name),
        words.hue(r.connector),
        r.account or r.connector_name,
        shape(r.state),
        text,
        (r.error or {}).get("message", ""),
        words.number(r.streams),
        words.number(r.records),
        "now" if r.run is not None else words.ago(r.last_sync_at, now),
        words.stamp(r.last_sync_at),
        words.schedule(r.schedule_kind, r.schedule_value),
        words.age(r.next_due_at, now) if r.next_due_at and r.state != "paused" else "–",
        selected,
        f"/connections/{r.id}",
    )
