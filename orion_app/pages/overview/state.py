"""What the overview knows: the answer of `overview.summary`, in words."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape, word
from orion_app.shell.guard import authorized, me, principal_of
from orion_app.shell.live import still_on
from orion_app.shell.runs import RunView, run_view
from orion_app.shell.services import services
from orion_app.shell.session import SessionState

_HOURS = {"ok": "", "degraded": "d", "failed": "f", "running": "r", "none": "n"}


@dataclasses.dataclass
class CellView:
    has: bool = False
    state: str = "none"
    count: str = ""
    note: str = ""
    share: str = "0%"
    href: str = ""
    label: str = ""


@dataclasses.dataclass
class MatrixRowView:
    name: str = ""
    monogram: str = ""
    hue: str = ""
    status: str = "none"
    status_text: str = ""
    href: str = ""
    cells: list[CellView] = dataclasses.field(default_factory=list)
    hours: list[str] = dataclasses.field(default_factory=list)
    hours_label: str = ""


@dataclasses.dataclass
class ActionView:
    label: str = ""
    href: str = ""


@dataclasses.dataclass
class AttentionView:
    state: str = ""
    title: str = ""
    text: str = ""
    note: str = ""
    actions: list[ActionView] = dataclasses.field(default_factory=list)


def cell_view(row: Any, key: str, title: str, now: datetime) -> CellView:
    cell = row.cells.get(key)
    if cell is None:
        return CellView(label=f"{row.name} has no {title.lower()}")
    if cell.state == "running":
        note = words.percent(cell.share) if cell.share is not None else f"{cell.read or 0:,} read"
    else:
        note = words.age(cell.fresh_at, now) if cell.fresh_at else "never"
    return CellView(
        True,
        shape(cell.state),
        words.number(cell.records),
        note,
        f"{min(100, round((cell.share or 0) * 100))}%",
        f"/records/{key}?connection={row.connection_id}",
        f"{title} from {row.name}: {words.number(cell.records)} records, {word(cell.state).lower()}, {note}",
    )


def actions(item: Any) -> list[ActionView]:
    """What can be done about it, by its kind."""
    here = f"/connections/{item.connection_id}"
    known = {
        "reauth": ("Enter a new credential", "?tab=settings"),
        "failed": ("See the run", "?tab=runs"),
        "waiting": ("See the run", ""),
        "deletes": ("Review the deletes", ""),
        "aside": ("Open", "?tab=dead-letters"),
    }
    label, tail = known.get(item.kind, ("Open", ""))
    return [ActionView(label, here + tail)]


def hours_label(hours: list[str]) -> str:
    bad, quiet = sum(h in ("failed", "degraded") for h in hours), sum(h == "none" for h in hours)
    return f"Last 24 hours: {24 - bad - quiet} hours fine, {bad} with trouble, {quiet} without a run"


class OverviewState(rx.State):
    loaded: bool = False
    empty: bool = False
    today: str = ""
    rate: str = "0"
    rate_note: str = ""
    rate_line: str = ""
    rate_area: str = ""
    running: bool = False
    records: str = "0"
    added: str = ""
    deleted: str = ""
    runs_ok: str = "0"
    runs_of: str = ""
    runs_share: str = ""
    runs_failed: str = ""
    waiting: str = "0"
    waiting_state: str = "healthy"
    waiting_text: str = ""
    models: list[str] = []
    columns: str = "7"
    rows: list[MatrixRowView] = []
    attention: list[AttentionView] = []
    runs: list[RunView] = []
    lab_busy: bool = False
    _watch: int = 0

    @rx.event
    @authorized("viewer")
    async def load(self):
        await self._fetch(me())
        self._watch += 1
        return OverviewState.watch(self._watch)

    @rx.event(background=True)
    @authorized("viewer")
    async def watch(self, turn: int):
        """Fresh numbers while the page is open: each second while something runs, else every ten."""
        while True:
            await asyncio.sleep(1.0 if self.running else 10.0)
            if self._watch != turn or not still_on(self, "/"):
                return
            who = await principal_of(self)
            if who is None:
                return
            async with self:
                await self._fetch(who)
                await (await self.get_state(SessionState))._feel(who)

    @rx.event
    @authorized("editor")
    async def sync_all(self):
        """One run for every connection that can run now."""
        who, started = me(), 0
        for row in await services().connections.rows(who):
            if row.state not in ("paused", "reauth", "running", "waiting"):
                await services().sync.start(who, row.id)
                started += 1
        return [rx.toast.info(f"{words.plural(started, 'sync')} started"), OverviewState.load]

    @rx.event
    @authorized("editor")
    async def connect_lab(self):
        """The fake Stripe and HubSpot, connected and syncing."""
        self.lab_busy = True
        yield
        try:
            who = me()
            for slug in services().connections.lab_providers():
                connection_id = await services().connections.connect_lab(who, slug)
                await services().sync.start(who, connection_id, full=True)
        finally:
            self.lab_busy = False
        yield [rx.toast.success("The lab is connected", description="Two syncs have started."), OverviewState.load]

    async def _fetch(self, who: Any) -> None:
        o = await services().analytics.overview(who)
        now = o.at
        self.today = now.strftime("%A ") + f"{now.day} " + now.strftime("%B, %H:%M UTC")
        self.rate, self.running = words.number(o.pulse.rate), o.pulse.running > 0
        self.rate_note = f"peak {words.number(o.peak)} at {words.clock(o.peak_at)[:5]}" if o.peak_at else "no run in 24 hours"
        self.rate_line, self.rate_area = words.spark([*o.points, o.pulse.rate] if o.pulse.running else list(o.points), 300, 58, 6)
        self.records, self.added, self.deleted = words.number(o.records), words.signed(o.changed_today), words.number(o.deleted_today)
        self.runs_ok, self.runs_of = words.number(o.runs_ok_24h), f"of {words.number(o.runs_24h)}" if o.runs_24h != o.runs_ok_24h else ""
        ended = o.runs_ok_24h + o.runs_failed_24h
        self.runs_share = f"{100 * o.runs_ok_24h / ended:.1f} % succeeded" if ended else "none ended yet"
        self.runs_failed = f"{o.runs_failed_24h:,} failed" if o.runs_failed_24h else ""
        self.waiting = words.number(len(o.attention))
        self.waiting_state = shape(o.attention[0].state) if o.attention else "healthy"
        self.waiting_text = o.attention[0].title if o.attention else "nothing needs you"
        self.models, self.columns = [title for _, title in o.models], str(len(o.models) or 1)
        self.rows = [
            MatrixRowView(
                r.name,
                words.monogram(r.connector),
                words.hue(r.connector),
                shape(r.state),
                r.text,
                f"/connections/{r.connection_id}",
                [cell_view(r, key, title, now) for key, title in o.models],
                [_HOURS.get(h, "") for h in r.hours],
                hours_label(list(r.hours)),
            )
            for r in o.rows
        ]
        self.attention = [AttentionView(shape(a.state), a.title, a.text, a.note, actions(a)) for a in o.attention]
        self.runs = [run_view(r, now) for r in (await services().sync.runs(who, limit=6)).rows]
        self.empty, self.loaded = not o.rows, True
