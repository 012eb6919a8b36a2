"""What the connection page knows. The part that lives while a run lives is asked for every second."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape, word
from orion_app.pages.connection.rows import ProgressView, SegmentView, StreamView, progress_view, segments, stream_view
from orion_app.pages.connection.trouble import ProblemView, RequestView, problem_view, request_view
from orion_app.shell.address import last_part, params
from orion_app.shell.guard import authorized, me, principal_of
from orion_app.shell.live import still_on
from orion_app.shell.services import services
from orion_app.shell.session import SessionState
from orion_core.base.errors import NotFound

TABS = ("overview", "streams", "schedule", "runs", "dead-letters", "settings")


class ConnectionState(rx.State):
    loaded: bool = False
    missing: bool = False
    id: str = ""
    tab: str = "overview"
    name: str = ""
    connector: str = ""
    monogram: str = ""
    hue: str = ""
    state: str = "none"
    word: str = ""
    sub: str = ""
    paused: bool = False
    problem: ProblemView = ProblemView()
    credential_warning: str = ""
    has_problem: bool = False
    streams: list[StreamView] = []
    streams_on: str = ""
    letters: str = ""
    running: bool = False
    progress: ProgressView = ProgressView()
    parts: list[SegmentView] = []
    requests: list[RequestView] = []
    requests_note: str = ""
    next_run: str = ""
    schedule: str = ""
    backfill: str = ""
    account: str = ""
    account_id: str = ""
    used: str = ""
    credential: str = ""
    credential_age: str = ""
    base_url: str = ""
    busy: str = ""
    _watch: int = 0
    _rates: list[float] = []
    _last_read: int = 0
    _last_at: float = 0.0

    @rx.event
    @authorized("viewer")
    async def load(self):
        wanted = last_part(self)
        if wanted != self.id:
            self.loaded, self.running, self.requests, self.id = False, False, [], wanted
            self._rates = []
        tab = params(self).get("tab", "overview")
        self.tab = tab if tab in TABS else "overview"
        try:
            await self._fetch(me())
        except NotFound:
            self.missing, self.loaded = True, True
            return None
        self.missing, self.loaded, self.busy = False, True, ""
        self._watch += 1
        from orion_app.pages.connection.runs_state import LettersState, RunsState
        from orion_app.pages.connection.settings_state import ConnectionSettingsState

        also = {
            "runs": [RunsState.load],
            "dead-letters": [LettersState.load],
            "settings": [ConnectionSettingsState.load],
            "schedule": [ConnectionSettingsState.load],
        }
        return [*also.get(self.tab, []), ConnectionState.watch(self._watch)]

    @rx.event(background=True)
    @authorized("viewer")
    async def watch(self, turn: int):
        """Each second while a run lives, else each five; ends when the page is left. Lists of runs and of what was set aside follow."""
        from orion_app.pages.connection.runs_state import LettersState, RunsState

        while True:
            await asyncio.sleep(1.0 if self.running else 5.0)
            if self._watch != turn or not still_on(self, f"/connections/{self.id}"):
                return
            who = await principal_of(self)
            if who is None:
                return
            async with self:
                before = self.running
                try:
                    await self._fetch(who)
                    await (await self.get_state(SessionState))._feel(who)
                except NotFound:
                    self.missing = True
                    return
                tab, moved, ended = self.tab, self.running or before, before and not self.running
            if tab == "runs" and moved:
                yield RunsState.load
            elif tab == "dead-letters" and ended:
                yield LettersState.load

    @rx.event
    @authorized("editor")
    async def sync_now(self, full: bool):
        self.busy = "sync"
        yield
        try:
            await services().sync.start(me(), self.id, full=full)
        finally:
            self.busy = ""
        yield ConnectionState.load

    @rx.event
    @authorized("admin")
    async def allow_deletes(self):
        """A person's word for a mass delete that was held back."""
        await services().sync.start(me(), self.id, allow_deletes=True)
        return ConnectionState.load

    @rx.event
    @authorized("editor")
    async def sync_stream(self, model: str):
        """One model only."""
        await services().sync.start(me(), self.id, streams=[model])
        return ConnectionState.load

    @rx.event
    @authorized("editor")
    async def stop(self):
        """Ask the run to stop; it ends after its current page, and what is stored stays."""
        self.busy = "stop"
        yield
        try:
            await services().sync.stop(me(), self.progress.run_id)
        finally:
            self.busy = ""
        yield [rx.toast.info("Stopping", description="The run ends after its current page. Stored rows stay."), ConnectionState.load]

    @rx.event
    @authorized("editor")
    async def toggle_pause(self):
        if self.paused:
            await services().connections.resume(me(), self.id)
        else:
            await services().connections.pause(me(), self.id)
        return ConnectionState.load

    async def _fetch(self, who: Any) -> None:
        c = await services().connections.get(who, self.id)
        p = await services().sync.progress(who, connection_id=self.id)
        opened = p is not None and p.run.open
        self._head(c)
        live = {s.name: s for s in p.streams} if p is not None and opened else {}
        paths = self._paths(c.row.connector) if self.tab == "streams" else {}
        self.streams = [stream_view(s, live, paths.get(s.name, [])) for s in c.streams]
        self.streams_on = f"{sum(s.selected for s in c.streams)} of {len(c.streams)}"
        if p is not None and opened:
            self._measure(p)
            self.progress, self.parts = progress_view(p, self._rates), segments(p.streams)
        self.running = opened
        if self.tab == "overview":
            await self._last_requests(who, p)

    def _measure(self, p: Any) -> None:
        """Records a second between two looks, for the small curve."""
        at = p.at.timestamp()
        if self._last_at and at - self._last_at > 0.4 and p.run.read >= self._last_read:
            self._rates = [*self._rates[-39:], (p.run.read - self._last_read) / (at - self._last_at)]
        self._last_read, self._last_at = p.run.read, at

    def _paths(self, connector: str) -> dict[str, list[str]]:
        """What of each stream can be left out: the provider's own fields that the mapping reads."""
        spec = services().registry.get(connector).spec
        return {
            s.name: sorted({rule.path for rule in s.mapping.rules if rule.path and "[" not in rule.path} - {s.id_path}) if s.mapping else []
            for s in spec.streams
        }

    async def _last_requests(self, who: Any, p: Any) -> None:
        if p is None:
            self.requests, self.requests_note = [], ""
            return
        page = await services().sync.requests(who, p.run.id, limit=8)
        self.requests = [request_view(r) for r in page.rows]
        self.requests_note = f"{p.run.requests:,} in {'this' if p.run.open else 'the last'} run"

    def _head(self, c: Any) -> None:
        now, row = datetime.now(UTC), c.row
        self.name, self.connector, self.state = row.name, row.connector_name, shape(row.state)
        self.monogram, self.hue = words.monogram(row.connector, row.connector_name), words.hue(row.connector)
        self.word, self.paused = word(row.state), row.state == "paused"
        self.sub = " · ".join(
            (row.account or row.connector_name, f"{words.number(row.records)} records", f"connected {words.day(c.created_at, now)}")
        )
        self.problem = problem_view(
            row.error, name=row.connector_name, state=row.state, records=row.records, next_at=row.next_due_at, now=now
        )
        self.has_problem = bool(row.error)
        self.letters = words.number(row.set_aside) if row.set_aside else ""
        self.schedule = words.schedule(row.schedule_kind, row.schedule_value)
        self.next_run = words.age(row.next_due_at, now) if row.next_due_at and not self.paused else "none"
        self.backfill = c.backfill_start
        self.account, self.account_id, self.used = row.account, c.account_id, words.ago(c.last_used_at, now)
        self.base_url = c.base_url or c.default_base_url
        self.credential = ", ".join(f"{x.title} {x.hint}" for x in c.credentials) or "none"
        since = min((x.rotated_at or x.created_at for x in c.credentials), default=None)
        self.credential_age = words.ago(since, now) if since else ""
        self.credential_warning = next((x.warning for x in c.credentials if x.warning), "")
