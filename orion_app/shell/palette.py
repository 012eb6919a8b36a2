"""The command palette (Ctrl K): pages, connections, records, things to do."""

from __future__ import annotations

import dataclasses
import time

import reflex as rx

from orion_app.components import format as words
from orion_app.components.controls import kbd, link
from orion_app.components.dom import el
from orion_app.components.icons import icon, tile
from orion_app.components.states import word
from orion_app.shell.guard import authorized, me
from orion_app.shell.services import services

PAGES = [
    ("Overview", "/", "layout-grid", "G O"),
    ("Connections", "/connections", "plug-zap", "G C"),
    ("Records", "/records", "rows-3", "G R"),
    ("Marketplace", "/marketplace", "store", "G M"),
    ("Settings", "/settings/members", "settings", "G S"),
    ("API keys", "/settings/api-keys", "key-round", ""),
    ("Audit log", "/settings/audit", "scroll-text", ""),
    ("Sessions", "/settings/sessions", "monitor", ""),
    ("Keys and rotation", "/settings/keys", "shield", ""),
]


@dataclasses.dataclass
class Hit:
    title: str = ""
    text: str = ""
    href: str = ""
    icon: str = ""
    monogram: str = ""
    hue: str = ""
    key: str = ""


@dataclasses.dataclass
class HitGroup:
    title: str = ""
    hits: list[Hit] = dataclasses.field(default_factory=list)


def page_hits(query: str) -> HitGroup:
    wanted = query.strip().lower()
    return HitGroup("Go to", [Hit(t, "", href, ic, key=key) for t, href, ic, key in PAGES if wanted in t.lower()])


async def connection_hits(wanted: str) -> HitGroup:
    """Connections whose name, account or connector has every word."""
    rows = await services().connections.rows(me())
    found = [r for r in rows if all(w in f"{r.name} {r.account} {r.connector_name}".lower() for w in wanted.split())]
    return HitGroup(
        "Connections",
        [
            Hit(
                r.name,
                " · ".join(x for x in (word(r.state), r.account) if x),
                f"/connections/{r.id}",
                "",
                words.monogram(r.connector),
                words.hue(r.connector),
            )
            for r in found[:5]
        ],
    )


async def record_hits(wanted: str) -> HitGroup:
    """The best records of all models."""
    found = await services().records.search(me(), wanted, limit=6)
    return HitGroup(
        "Records",
        [
            Hit(
                r.label,
                " · ".join(x for x in (r.model_title, r.note) if x),
                f"/records/{r.model or 'other'}?open={r.id}",
                "",
                words.monogram(r.source.connector),
                words.hue(r.source.connector),
            )
            for r in found
        ],
    )


class PaletteState(rx.State):
    query: str = ""
    groups: list[HitGroup] = [page_hits("")]
    took: str = ""

    @rx.event
    @authorized("viewer")
    async def search(self, query: str):
        """Pages at once, then connections and records from the services."""
        began = time.perf_counter()
        self.query = query
        groups = [page_hits(query)]
        if query.strip():
            groups = [await record_hits(query.strip()[:200]), await connection_hits(query.strip().lower()), *groups]
        self.groups = [g for g in groups if g.hits]
        self.took = f"{(time.perf_counter() - began) * 1000:.0f} ms"


def _hit(hit: Hit) -> rx.Component:
    return link(
        rx.cond(hit.monogram != "", tile(hit.monogram, hit.hue, "s"), icon(hit.icon, "t2")),
        el.span(hit.title, class_name="b nw"),
        el.span(hit.text, class_name="t2 ell sp"),
        rx.cond(hit.key != "", el.kbd(hit.key), rx.fragment()),
        el.kbd("↵", class_name="pal-go"),
        to=hit.href,
        class_name="pal-hit",
        role="option",
        tab_index=-1,
    )


def palette() -> rx.Component:
    """A native dialog: assets/orion.js opens it, the browser keeps the focus inside."""
    return el.dialog(
        el.div(
            icon("search", "t3"),
            el.input(
                type="text",
                placeholder="Find a record, a connection or a page",
                aria_label="Find anything",
                on_change=PaletteState.search.debounce(90),
                auto_complete="off",
                spell_check=False,
                id="palette-input",
                role="combobox",
                aria_expanded=True,
                aria_controls="palette-list",
            ),
            el.kbd("Esc"),
            class_name="pal-top",
        ),
        el.div(
            rx.foreach(
                PaletteState.groups,
                lambda g: el.div(el.div(g.title, class_name="grp"), rx.foreach(g.hits, _hit), role="group", aria_label=g.title),
            ),
            rx.cond(
                PaletteState.groups.length() == 0,
                el.div(el.span("Nothing matches “", PaletteState.query, "”."), class_name="pal-none"),
                rx.fragment(),
            ),
            class_name="pal-list",
            id="palette-list",
            role="listbox",
            aria_label="Results",
        ),
        el.div(
            el.span(kbd("↑", "↓"), " move", class_name="row g4"),
            el.span(kbd("↵"), " open", class_name="row g4"),
            el.span(class_name="sp"),
            el.span(PaletteState.took, class_name="num"),
            class_name="row sm t3 pal-foot",
        ),
        id="palette",
        class_name="pal",
        aria_label="Command palette",
    )
