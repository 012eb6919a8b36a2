"""One connector in full: what it reads, how good it is, what it will do with an account."""

from __future__ import annotations

import dataclasses
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape
from orion_app.pages.marketplace.state import category, ring
from orion_app.shell.address import last_part
from orion_app.shell.guard import authorized, me
from orion_app.shell.services import services
from orion_core.base.errors import NotFound

_ORIGINS = {"built-in": "published by Orion, Apache-2.0", "package": "from an installed package", "custom": "built in this workspace"}


@dataclasses.dataclass
class StreamView:
    title: str = ""
    model: str = ""
    href: str = ""
    reads: str = ""
    mode: str = ""
    writes: str = ""


@dataclasses.dataclass
class QualityView:
    title: str = ""
    text: str = ""
    state: str = ""
    count: str = ""


@dataclasses.dataclass
class PairView:
    text: str = ""
    note: str = ""
    icon: str = ""


class ConnectorState(rx.State):
    loaded: bool = False
    missing: bool = False
    slug: str = ""
    name: str = ""
    monogram: str = ""
    hue: str = ""
    category: str = ""
    sub: str = ""
    description: str = ""
    auth: str = ""
    streams: list[StreamView] = []
    score: str = ""
    dash: str = ""
    ring: str = ""
    score_text: str = ""
    checks: list[QualityView] = []
    may: list[PairView] = []
    may_not: list[str] = []
    hosts: list[PairView] = []
    connections: list[PairView] = []
    lab: bool = False
    lab_busy: bool = False
    docs_url: str = ""

    @rx.event
    @authorized("viewer")
    async def load(self):
        slug = last_part(self)
        try:
            c = await services().marketplace.connector(me(), slug)
        except NotFound:
            self.missing, self.loaded, self.slug = True, True, slug
            return
        card = c.card
        self.missing = False
        self.slug, self.name, self.category = card.slug, card.name, category(card.category)
        self.monogram, self.hue = words.monogram(card.slug, card.name), words.hue(card.slug)
        self.sub = " · ".join(x for x in (f"Version {card.version}", _ORIGINS.get(card.source, card.source), c.rate) if x)
        self.description, self.docs_url, self.lab = card.description, c.docs_url, card.in_lab
        self.auth = " or ".join(a.title for a in c.auth if not a.browser) or "OAuth"
        self.streams = [_stream(s) for s in c.streams]
        self.score, self.dash, self.ring = ring(card.score)
        answered = [q for q in c.checks if q.answer != "exempt"]
        self.score_text = (
            f"{sum(q.answer == 'done' for q in answered)} of {words.plural(len(answered), 'rule')} of the quality list are met"
        )
        self.checks = [
            QualityView(q.title, q.note, shape(q.answer), {"done": "met", "todo": "not yet"}.get(q.answer, q.answer)) for q in c.checks
        ]
        self.may, self.may_not = _may(c), _may_not(c)
        self.hosts = [PairView(host, "data") for host in c.hosts]
        mine = [r for r in await services().connections.rows(me()) if r.connector == slug]
        self.connections = [PairView(r.name, f"/connections/{r.id}") for r in mine]
        self.loaded = True

    @rx.event
    @authorized("editor")
    async def connect_lab(self):
        self.lab_busy = True
        yield
        try:
            connection_id = await services().connections.connect_lab(me(), self.slug)
            await services().sync.start(me(), connection_id, full=True)
        finally:
            self.lab_busy = False
        yield rx.redirect(f"/connections/{connection_id}")


def _stream(s: Any) -> StreamView:
    mode = "Incremental" if s.incremental else "Full"
    return StreamView(
        s.title,
        s.model.capitalize() if s.model else "generic",
        f"/records/{s.model}" if s.model else "",
        words.plural(s.fields, "field") if s.fields else "–",
        mode + (", parallel" if s.windows else ""),
        ", ".join(s.writes) or "–",
    )


def _names(streams: list[Any]) -> str:
    titles = [s.title.lower() for s in streams]
    return titles[0] if len(titles) == 1 else ", ".join(titles[:-1]) + " and " + titles[-1]


def _may(c: Any) -> list[PairView]:
    found = [PairView(f"Read {_names(list(c.streams))}", "", "arrow-down-to-line")] if c.streams else []
    writable = [s for s in c.streams if s.writes]
    return found + ([PairView(f"Create and update {_names(writable)}", "when asked", "arrow-up-from-line")] if writable else [])


def _may_not(c: Any) -> list[str]:
    quiet = [] if any("delete" in s.writes for s in c.streams) else ["Delete anything"]
    return ["Write anything before you ask for it", *quiet, "Send the credential to any other host"]
