"""How the overview looks."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, link, link_button, section, working
from orion_app.components.dom import el
from orion_app.components.icons import glyph, icon, mark_tile, status, tile
from orion_app.components.panels import bone, empty, ghost_matrix, option, skeleton_rows, stat, stats
from orion_app.components.progress import legend, line_chart, matrix
from orion_app.components.table import head, state_cell, table
from orion_app.pages.overview.state import OverviewState, RunView
from orion_app.shell.session import SessionState


def strip() -> rx.Component:
    """Four numbers, each with its context."""
    s = OverviewState
    throughput = el.div(
        el.div(
            "Throughput now",
            rx.cond(s.running, el.span(class_name="pulse", style={"width": "6px", "height": "6px", "marginLeft": "3px"}), rx.fragment()),
            class_name="k",
        ),
        el.div(
            el.div(el.div(s.rate, " ", el.small("records/s"), class_name="v"), el.div(s.rate_note, class_name="d"), style={"flex": "none"}),
            el.div(
                rx.cond(s.rate_line != "", line_chart(s.rate_line, s.rate_area, 300, 58), rx.fragment()),
                class_name="sp",
                style={"marginTop": "-8px"},
            ),
            class_name="row top",
            style={"gap": "18px"},
        ),
        class_name="stat wide",
        style={"paddingBottom": "0"},
    )
    return stats(
        throughput,
        stat(
            "Records",
            s.records,
            rx.fragment(el.span(s.added, class_name=rx.cond(s.added == "0", "", "up")), " changed today · ", s.deleted, " deleted"),
        ),
        stat(
            "Runs, 24 hours",
            s.runs_ok,
            rx.fragment(
                s.runs_share,
                rx.cond(s.runs_failed != "", rx.fragment(" · ", link(s.runs_failed, to="/connections?status=failed")), rx.fragment()),
            ),
            unit=s.runs_of,
        ),
        stat(
            "Needs attention", s.waiting, s.waiting_text, lead=rx.cond(s.waiting_state != "healthy", glyph(s.waiting_state), rx.fragment())
        ),
        first_wide=True,
    )


def run_row(r: RunView) -> rx.Component:
    return el.tr(
        state_cell(r.state, r.word),
        el.td(
            link(
                tile(r.monogram, r.hue, "xs"),
                el.span(r.name, class_name="b"),
                to=r.href,
                class_name="row plain",
                custom_attrs={"data-open": "1"},
            )
        ),
        el.td(r.kind, class_name="t2"),
        el.td(r.trigger, class_name="t2"),
        el.td(r.read, class_name="r"),
        el.td(r.changed, class_name=r.changed_css),
        el.td(r.took, class_name="r t2"),
        el.td(r.started, class_name="r t2", title=r.started_at),
        custom_attrs={"data-row": "1"},
    )


def run_line(r: RunView) -> rx.Component:
    """A run on a phone."""
    return link(
        glyph(r.state),
        el.div(el.div(r.name), el.div(r.kind, " · ", r.read, " read · ", r.changed, " changed", class_name="sm t2 ell"), class_name="sp"),
        el.div(r.started, el.br(), r.took, class_name="r sm t2 num"),
        to=r.href,
        class_name="li",
    )


def recent_runs() -> rx.Component:
    heads = head(
        el.th(el.span("State", class_name="vh"), style={"width": "22px"}),
        "Connection",
        "Kind",
        "Trigger",
        ("Read", "r"),
        ("Changed", "r"),
        ("Took", "r"),
        ("Started", "r"),
    )
    return el.section(
        section("Recent runs", link("All connections", to="/connections", class_name="sm")),
        rx.cond(
            OverviewState.runs.length() > 0,
            el.div(
                table(heads, OverviewState.runs, run_row, label="Recent runs"),
                el.div(rx.foreach(OverviewState.runs, run_line), class_name="lst"),
                class_name="cards-s",
            ),
            el.p("No run yet. Press Sync on a connection.", class_name="t2"),
        ),
    )


def attention() -> rx.Component:
    """What needs a person, each with its action."""
    return el.section(
        section("Needs attention", tag=OverviewState.attention.length()),
        rx.cond(
            OverviewState.attention.length() > 0,
            el.ul(
                rx.foreach(
                    OverviewState.attention,
                    lambda a: el.li(
                        glyph(a.state),
                        el.div(
                            el.h3(a.title),
                            el.p(a.text),
                            el.div(
                                rx.foreach(a.actions, lambda x: link(x.label, to=x.href)),
                                rx.cond(a.note != "", el.span(a.note, class_name="t3"), rx.fragment()),
                                class_name="a",
                            ),
                            class_name="sp",
                        ),
                        class_name="att",
                    ),
                ),
                style={"borderTop": "1px solid var(--o-line)"},
            ),
            el.div(
                status("healthy", "Nothing. All connections are fresh."), class_name="att", style={"borderTop": "1px solid var(--o-line)"}
            ),
        ),
    )


def body() -> rx.Component:
    states = (
        ("healthy", "Healthy"),
        ("running", "Running"),
        ("degraded", "Degraded"),
        ("failed", "Failed"),
        ("stale", "Stale"),
        ("paused", "Paused"),
    )
    return el.div(
        strip(),
        el.div(
            el.section(
                section("Sync matrix", legend(*states)),
                matrix(OverviewState.models, OverviewState.rows, OverviewState.columns),
                el.div(style={"height": "28px"}),
                recent_runs(),
            ),
            el.div(attention()),
            class_name="g-main rail-first",
        ),
        class_name="page",
    )


def first_visit() -> rx.Component:
    """Nothing connected yet: the lab first, with its cost."""
    lab = rx.cond(
        SessionState.can_edit,
        working("Connect lab", OverviewState.lab_busy, kind="pri", on_click=OverviewState.connect_lab),
        link_button("See it", to="/marketplace"),
    )
    return el.div(
        ghost_matrix(),
        empty(
            "Connect your first system",
            "A connection reads one account at a provider into the unified schema. Its rows appear here, with their age and state.",
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


def waiting() -> rx.Component:
    """The page before its data: the same boxes."""
    return el.div(
        stats(*[stat(bone("84px"), bone("96px", "20px"), bone("120px")) for _ in range(4)], first_wide=True),
        el.div(
            el.section(
                section("Sync matrix"),
                el.div(*[el.div(class_name="cell", style={"marginBottom": "3px"}) for _ in range(5)]),
                el.div(style={"height": "28px"}),
                section("Recent runs"),
                skeleton_rows(["120px", "140px", "90px", "70px"], 5),
            ),
            el.div(section("Needs attention"), skeleton_rows(["240px"], 3)),
            class_name="g-main rail-first",
        ),
        class_name="page late",
        aria_busy="true",
    )


def actions() -> list[rx.Component]:
    return [
        rx.cond(
            SessionState.can_edit & ~OverviewState.empty,
            button(icon("refresh-cw"), "Sync all", kind="hide-s", on_click=OverviewState.sync_all),
            rx.fragment(),
        ),
        rx.cond(SessionState.can_edit, link_button(icon("plus"), "Add connection", to="/marketplace", kind="pri"), rx.fragment()),
    ]
