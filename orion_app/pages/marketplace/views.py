"""How the marketplace and a connector look."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import link, link_button, section, working
from orion_app.components.dom import el
from orion_app.components.forms import search_box
from orion_app.components.icons import glyph, icon, mark_tile, tile
from orion_app.components.panels import bone, no_hits
from orion_app.components.table import head, table
from orion_app.pages.marketplace.connector_state import ConnectorState, StreamView
from orion_app.pages.marketplace.state import CardView, FacetView, MarketplaceState
from orion_app.shell.session import SessionState


def score(value: Any, dash: Any, colour: Any) -> rx.Component:
    """The ring of a conformance score."""
    ring = rx.el.svg(
        rx.el.circle(cx="8", cy="8", r="6", fill="none", stroke="var(--slate-a4)", stroke_width="2.4"),
        rx.el.circle(cx="8", cy="8", r="6", fill="none", stroke=colour, stroke_width="2.4", stroke_dasharray=dash),
        view_box="0 0 16 16",
        aria_hidden="true",
    )
    return rx.cond(
        value != "", el.span(ring, value, class_name="score", title="Conformance score"), el.span("not checked yet", class_name="t3")
    )


def card(c: CardView) -> rx.Component:
    return link(
        el.div(
            tile(c.monogram, c.hue, "m"),
            el.div(el.h3(c.name, class_name="ell"), el.span(c.category, class_name="sm t2"), class_name="sp"),
            rx.cond(c.connected != "", el.span(c.connected, class_name="tag acc"), rx.fragment()),
            class_name="row g12",
            style={"alignItems": "flex-start"},
        ),
        el.p(c.summary),
        el.div(
            score(c.score, c.dash, c.ring),
            el.span("·", class_name="t3"),
            el.span(
                rx.foreach(c.caps, lambda a: el.span(icon(a.icon, "s"), title=a.title, role="img", aria_label=a.title)), class_name="cap t3"
            ),
            el.span(class_name="sp"),
            rx.cond(c.lab, el.span("in the lab", class_name="t3"), rx.fragment()),
            class_name="f",
        ),
        to=c.href,
        class_name="mcard",
        custom_attrs={"data-row": "1"},
    )


def facet(f: FacetView) -> rx.Component:
    return link(
        el.span(f.title),
        el.span(f.count),
        to=f.href,
        class_name=rx.cond(f.on, "on", ""),
        replace=True,
        aria_current=rx.cond(f.on, "true", "false"),
    )


def tick(f: FacetView) -> rx.Component:
    return link(
        rx.cond(f.on, el.span(icon("check"), class_name="ck on"), el.span(class_name="ck")),
        el.span(f.title),
        el.span(f.count),
        to=f.href,
        role="checkbox",
        aria_checked=f.on,
        replace=True,
        class_name="only-l",
        style={"gap": "9px"},
    )


def categories() -> rx.Component:
    s = MarketplaceState
    return el.aside(
        el.nav(
            rx.foreach(s.categories, facet),
            el.h2("Can", class_name="cat-h"),
            rx.foreach(s.abilities, tick),
            rx.cond(s.origins.length() > 0, rx.fragment(el.h2("From", class_name="cat-h"), rx.foreach(s.origins, tick)), rx.fragment()),
            class_name="cats",
            aria_label="Category",
        )
    )


def lab_banner() -> rx.Component:
    return el.div(
        mark_tile(),
        el.span(
            el.b("Try it with the lab"),
            el.br(),
            el.span("Fake providers ship with Orion: real protocols, seeded companies, no account needed.", class_name="t2"),
            class_name="sp",
        ),
        rx.cond(
            SessionState.can_edit,
            working("Connect the lab", MarketplaceState.lab_busy, on_click=MarketplaceState.connect_lab),
            rx.fragment(),
        ),
        class_name="banner none",
        style={"margin": "0 0 18px"},
    )


def shelf() -> rx.Component:
    s = MarketplaceState
    ghost = [el.div(el.div(bone("32px", "32px"), bone("110px", "14px"), class_name="row g12"), class_name="mcard late") for _ in range(6)]
    cards = rx.cond(
        s.cards.length() > 0,
        el.div(rx.foreach(s.cards, card), class_name="g-3"),
        no_hits(
            rx.fragment("No connector matches", rx.cond(s.query != "", rx.fragment(" “", s.query, "”"), ""), " with these filters."),
            link("Drop the filters", to="/marketplace", class_name="btn"),
        ),
    )
    return el.div(
        el.div(
            categories(),
            el.div(
                el.div(
                    search_box(
                        s,
                        "Search by name, model or ability, for example “invoice webhook”",
                        MarketplaceState.search.debounce(180),
                        label="Search connectors",
                        style={"flex": "1", "height": "34px"},
                    ),
                    class_name="row mb1",
                    style={"gap": "10px"},
                ),
                lab_banner(),
                rx.cond(s.loaded, cards, el.div(*ghost, class_name="g-3")),
                el.p(s.foot, class_name="foot-note mt c"),
            ),
            class_name="mk",
        ),
        class_name="page",
    )


def stream_row(s: StreamView) -> rx.Component:
    return el.tr(
        el.td(s.title, class_name="b"),
        el.td(rx.cond(s.href != "", link(s.model, to=s.href), el.span("generic", class_name="t3"))),
        el.td(s.reads, class_name="t2 hide-s"),
        el.td(s.mode, class_name="t2 hide-s"),
        el.td(s.writes, class_name="r t2", style={"whiteSpace": "normal"}),
    )


def promise(symbol: Any, text: Any, note: Any = "") -> rx.Component:
    return el.div(icon(symbol, "s t3"), el.div(text), el.span(note, class_name="t2 sm nw"), class_name="chk")


def consent() -> rx.Component:
    """What it will do with the account, what it talks to, what it never does; then the step."""
    s = ConnectorState
    return el.aside(
        el.div(
            el.div(
                el.h2("Connect ", s.name, " to ", SessionState.workspace, class_name="card-title"),
                el.p("You sign in with: ", s.auth, ". Orion asks for this and nothing else.", class_name="t2"),
                style={"padding": "16px 18px 6px"},
            ),
            el.div(
                el.div("Orion will be able to", class_name="grp"),
                rx.foreach(s.may, lambda m: promise(m.icon, m.text, m.note)),
                el.div("It will talk to", class_name="grp"),
                rx.foreach(s.hosts, lambda h: promise("globe", h.text, h.note)),
                el.div("It will not", class_name="grp"),
                rx.foreach(s.may_not, lambda t: promise("shield", t)),
                style={"padding": "4px 18px 12px"},
            ),
            el.div(
                rx.cond(
                    SessionState.can_edit,
                    rx.fragment(
                        link_button("Connect ", s.name, icon("arrow-right"), to=f"/connect/{s.slug}", kind="pri xl full"),
                        rx.cond(
                            s.lab,
                            working("Use the lab, no account needed", s.lab_busy, kind="lg full mt1", on_click=ConnectorState.connect_lab),
                            rx.fragment(),
                        ),
                    ),
                    el.p("Your role may not add connections. Ask an admin of the workspace.", class_name="t2"),
                ),
                el.div(
                    icon("lock", "xs"),
                    "Credential encrypted with the key of this workspace",
                    class_name="row sm t3 mt1",
                    style={"justifyContent": "center"},
                ),
                style={"padding": "12px 18px 16px", "borderTop": "1px solid var(--o-line)"},
            ),
            class_name="panel",
            style={"boxShadow": "var(--o-shadow-2)", "border": "0"},
        ),
        rx.cond(
            s.connections.length() > 0,
            el.p(
                "Connected already: ",
                rx.foreach(s.connections, lambda c: link(c.text, to=c.note, class_name="underlined")),
                class_name="sm t2 mt1",
                style={"padding": "0 4px"},
            ),
            rx.fragment(),
        ),
        aria_label="Consent",
    )


def connector() -> rx.Component:
    s = ConnectorState
    checks = el.div(
        rx.foreach(
            s.checks,
            lambda q: el.div(
                glyph(q.state),
                el.div(el.span(q.title, class_name="b"), " ", el.span(q.text, class_name="t2")),
                el.span(q.count, class_name=rx.cond(q.state == "degraded", "sm wn-fg", "sm t2")),
                class_name="chk",
            ),
        ),
        class_name="panel",
        style={"padding": "2px 14px"},
    )
    return el.div(
        el.div(
            tile(s.monogram, s.hue, "xl"),
            el.div(
                el.div(el.h1(s.name), el.span(s.category, class_name="tag"), class_name="row"),
                el.p(s.sub, class_name="sub"),
                class_name="sp",
                style={"paddingTop": "2px"},
            ),
            class_name="head",
        ),
        el.div(
            el.div(
                el.p(s.description, class_name="mb lead"),
                el.section(
                    section("Streams", tag=s.streams.length()),
                    el.div(
                        table(
                            head("Stream", "Model", ("Fields", "hide-s"), ("Mode", "hide-s"), ("Write", "r")),
                            s.streams,
                            stream_row,
                            label="Streams",
                        ),
                        class_name="tbl-x",
                    ),
                    class_name="mb",
                ),
                rx.cond(
                    s.checks.length() > 0,
                    el.section(
                        el.div(
                            el.h2("Conformance"),
                            score(s.score, s.dash, s.ring),
                            el.span(s.score_text, class_name="sm t2"),
                            class_name="sec",
                        ),
                        checks,
                    ),
                    rx.fragment(),
                ),
                style={"minWidth": "0"},
            ),
            consent(),
            class_name="g-main",
            style={"--o-rail": "400px", "gap": "36px"},
        ),
        class_name="page",
    )


def missing() -> rx.Component:
    return el.div(
        no_hits(
            rx.fragment("There is no connector “", ConnectorState.slug, "”."),
            link("To the marketplace", to="/marketplace", class_name="btn"),
        ),
        class_name="page",
    )
