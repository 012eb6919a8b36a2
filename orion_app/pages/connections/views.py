"""How the list of connections looks."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, link, link_button, working
from orion_app.components.dom import el
from orion_app.components.forms import search_box
from orion_app.components.icons import glyph, icon, mark_tile, status, tile
from orion_app.components.panels import empty, ghost_matrix, no_hits, option, skeleton_rows
from orion_app.components.table import head, pager, table
from orion_app.pages.connections.state import ConnectionsState, ConnectionView
from orion_app.shell.session import SessionState


def row(r: ConnectionView) -> rx.Component:
    return el.tr(
        el.td(
            rx.cond(
                SessionState.can_edit,
                el.input(
                    type="checkbox",
                    class_name="ckb",
                    checked=r.selected,
                    aria_label="Select " + r.name,
                    on_change=ConnectionsState.choose(r.id),
                ),
                rx.fragment(),
            ),
            style={"width": rx.cond(SessionState.can_edit, "30px", "0px")},
        ),
        el.td(
            link(
                tile(r.monogram, r.hue),
                el.span(
                    el.span(r.name, class_name="b"), el.br(), el.span(r.account, class_name="sm t2 ell2"), style={"lineHeight": "17px"}
                ),
                to=r.href,
                class_name="row g12 plain",
                custom_attrs={"data-open": "1"},
            )
        ),
        el.td(status(r.state, r.text), title=r.cause),
        el.td(r.streams, class_name="r c-opt"),
        el.td(r.records, class_name="r"),
        el.td(r.last_run, class_name="r t2", title=r.last_run_at),
        el.td(r.schedule, class_name="t2 c-opt", style={"paddingLeft": "28px"}),
        el.td(r.next_run, class_name="r t2 c-opt"),
        class_name=rx.cond(r.selected, "sel", ""),
        custom_attrs={"data-row": "1"},
    )


def line(r: ConnectionView) -> rx.Component:
    return link(
        tile(r.monogram, r.hue),
        el.div(el.div(r.name), el.div(glyph(r.state), r.text, class_name="sm ell row g4 status w-" + r.state), class_name="sp"),
        el.div(r.records, el.br(), r.last_run, class_name="r sm t2 num"),
        to=r.href,
        class_name="li",
    )


def chosen_bar() -> rx.Component:
    """What can be done with several at once."""
    s = ConnectionsState
    return rx.cond(
        (s.chosen.length() > 0) & SessionState.can_edit,
        el.div(
            el.b(s.chosen.length(), " selected"),
            el.span(class_name="sp"),
            working("Sync now", s.busy, lead="refresh-cw", on_click=ConnectionsState.sync_chosen(False), custom_attrs={"data-key": "s"}),
            working(
                "Backfill",
                s.busy,
                lead="rotate-cw",
                on_click=ConnectionsState.sync_chosen(True),
                title="Read everything again from the chosen start",
            ),
            button("Pause", on_click=ConnectionsState.pause_chosen(True), custom_attrs={"data-key": "p"}),
            button("Resume", on_click=ConnectionsState.pause_chosen(False)),
            class_name="selbar",
            role="toolbar",
            aria_label="Selected connections",
        ),
        rx.fragment(),
    )


def listing() -> rx.Component:
    s = ConnectionsState
    heads = head(
        el.th(
            rx.cond(
                SessionState.can_edit,
                el.input(
                    type="checkbox", class_name="ckb", checked=s.all_chosen, aria_label="Select all", on_change=ConnectionsState.choose_all
                ),
                rx.fragment(),
            ),
            style={"width": rx.cond(SessionState.can_edit, "30px", "0px")},
        ),
        "Connection",
        "State",
        ("Streams", "r c-opt"),
        ("Records", "r"),
        ("Last run", "r"),
        el.th("Schedule", class_name="c-opt", style={"paddingLeft": "28px"}, scope="col"),
        ("Next run", "r c-opt"),
    )
    rows = rx.cond(
        s.rows.length() > 0,
        rx.fragment(
            el.div(
                table(heads, s.rows, row, kind="flush tall", label="Connections"),
                el.div(rx.foreach(s.rows, line), class_name="lst"),
                class_name="cards-s",
            ),
            pager(s.range_text, s.prev_href, s.next_href),
        ),
        no_hits("No connection matches this search and state.", link("Drop both", to="/connections", class_name="btn")),
    )
    return el.div(
        el.div(
            search_box(s, "Search connections", ConnectionsState.search.debounce(180), style={"width": "250px"}),
            el.div(
                rx.foreach(
                    s.statuses,
                    lambda c: link(
                        c.title, to=c.href, class_name=rx.cond(c.on, "on", ""), replace=True, aria_current=rx.cond(c.on, "true", "false")
                    ),
                ),
                class_name="seg",
                role="group",
                aria_label="State",
            ),
            class_name="row wrap mb1",
            style={"gap": "10px"},
        ),
        chosen_bar(),
        rx.cond(s.loaded, rows, skeleton_rows(["160px", "90px", "60px", "60px", "70px"], 7)),
        class_name="page",
    )


def first_visit() -> rx.Component:
    lab = rx.cond(
        SessionState.can_edit,
        working("Connect lab", ConnectionsState.lab_busy, kind="pri", on_click=ConnectionsState.connect_lab),
        rx.fragment(),
    )
    return el.div(
        ghost_matrix(),
        empty(
            "Connect your first system",
            "A connection reads one account at a provider into the unified schema. Its rows appear here with their age and state.",
            option(
                mark_tile(),
                "Start with the lab",
                "Fake Stripe and HubSpot ship with Orion. Nothing leaves this machine. 20 seconds.",
                action=lab,
                primary=True,
            ),
            option(
                el.span(tile("St", "282"), tile("Hs", "42"), class_name="stack"),
                "Use a real account",
                "Paste a restricted key of the account you want to read.",
                action=link_button("Marketplace", to="/marketplace"),
            ),
            note=rx.fragment("In a terminal: ", el.span("orion demo", class_name="mono t2"), " does the same and prints a table."),
        ),
        class_name="empty-page",
    )


def actions() -> list[rx.Component]:
    return [rx.cond(SessionState.can_edit, link_button(icon("plus"), "Add connection", to="/marketplace", kind="pri"), rx.fragment())]
