"""Head, tabs and overview of a connection: the live run on top."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, icon_button, link, link_button, section
from orion_app.components.dom import el
from orion_app.components.icons import glyph, icon, pill, tile
from orion_app.components.panels import confirm, error_panel, key_values, rail_card
from orion_app.components.progress import bar, line_chart, run_facts, segments
from orion_app.components.table import head, table
from orion_app.pages.connection.rows import StreamView
from orion_app.pages.connection.runs_views import request_table
from orion_app.pages.connection.state import ConnectionState
from orion_app.shell.session import SessionState


def to_tab(tab: str) -> rx.Var:
    return (
        rx.cond(tab == "overview", f"/connections/{ConnectionState.id}", f"/connections/{ConnectionState.id}?tab={tab}")
        if tab != "overview"
        else rx.Var.create(f"/connections/{ConnectionState.id}")
    )


def top() -> rx.Component:
    s = ConnectionState
    more = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button("ellipsis", "More actions", kind="")),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item("Read everything again", on_select=ConnectionState.sync_now(True)),
            rx.dropdown_menu.item("Edit schedule", on_select=rx.redirect(to_tab("schedule"))),
            rx.dropdown_menu.item("Settings", on_select=rx.redirect(to_tab("settings"))),
            size="1",
            align="end",
            class_name="o-menu",
        ),
        modal=False,
    )
    return el.div(
        tile(s.monogram, s.hue, "l"),
        el.div(
            el.div(el.h1(s.name), pill(s.state, s.word), class_name="row wrap"),
            el.p(s.sub, class_name="sub ell"),
            class_name="sp",
            style={"minWidth": "0"},
        ),
        rx.cond(
            SessionState.can_edit,
            el.div(
                button(
                    icon(rx.cond(s.paused, "play", "pause")),
                    rx.cond(s.paused, "Resume", "Pause"),
                    on_click=ConnectionState.toggle_pause,
                    custom_attrs={"data-key": "p"},
                ),
                button(
                    icon("refresh-cw"),
                    "Sync now",
                    disabled=s.running | s.paused,
                    aria_busy=s.busy == "sync",
                    on_click=ConnectionState.sync_now(False),
                    custom_attrs={"data-key": "s"},
                ),
                more,
                class_name="acts",
            ),
            rx.fragment(),
        ),
        class_name="head",
    )


def tab_bar() -> rx.Component:
    s = ConnectionState

    def one(title: str, key: str, count: rx.Var | str = "") -> rx.Component:
        number = rx.cond(count != "", el.span(count, class_name="n num"), rx.fragment()) if isinstance(count, rx.Var) else rx.fragment()
        return link(
            title,
            " ",
            number,
            to=to_tab(key),
            class_name=rx.cond(s.tab == key, "on", ""),
            aria_current=rx.cond(s.tab == key, "page", "false"),
        )

    return el.nav(
        one("Overview", "overview"),
        one("Streams", "streams", s.streams.length().to_string()),
        one("Schedule", "schedule"),
        one("Runs", "runs"),
        one("Dead letters", "dead-letters", s.letters),
        one("Settings", "settings"),
        class_name="tabs scroll-tabs",
        aria_label="Connection",
    )


def live_run() -> rx.Component:
    """The run that is running."""
    s, p = ConnectionState, ConnectionState.progress
    stop = rx.cond(
        SessionState.can_edit,
        button(
            icon("square"),
            rx.cond(p.stopping, "Stopping", "Stop"),
            disabled=p.stopping,
            aria_busy=s.busy == "stop",
            on_click=ConnectionState.stop,
        ),
        rx.fragment(),
    )
    return el.section(
        el.div(
            el.div(
                el.div(
                    el.div(
                        glyph("running"),
                        el.span(p.kind, class_name="nw"),
                        el.span(p.sub, class_name="t2 reg"),
                        class_name="row g6 run-kind",
                    ),
                    el.div(
                        p.done,
                        " ",
                        el.span(p.of, class_name="t2 reg of"),
                        el.span(" records", class_name="t2 reg of hide-s"),
                        class_name="big num",
                    ),
                    class_name="sp",
                ),
                el.div(
                    link_button(icon("list"), "Log", to=f"/connections/{s.id}?tab=runs&run={p.run_id}", kind="gh hide-s"),
                    stop,
                    class_name="row",
                ),
                class_name="row",
                style={"alignItems": "flex-start"},
            ),
            segments(s.parts, p.percent, p.known),
            rx.cond(p.note != "", el.div(glyph("waiting"), p.note, class_name="row g6 sm t2", style={"marginTop": "8px"}), rx.fragment()),
            class_name="top",
        ),
        run_facts(
            ("Progress", p.percent_text),
            ("Rate", el.span(p.rate, el.span(line_chart(p.rate_line, "", 48, 18), style={"width": "48px"}), class_name="row")),
            ("Time left", p.eta),
            ("Changed", p.changed),
            ("Set aside", p.set_aside),
            ("If stopped", el.span("stored rows stay", class_name="t2 reg", style={"fontSize": "13px"})),
        ),
        class_name="run",
        aria_label=p.sub,
    )


def stream_row(s: StreamView) -> rx.Component:
    progress = rx.cond(
        s.state == "running",
        el.span(bar(s.share), el.span(s.progress, class_name="run-fg num"), class_name="row", style={"justifyContent": "flex-end"}),
        el.span(s.progress, class_name=rx.cond(s.state == "none", "t3", "t2")),
    )
    return el.tr(
        el.td(glyph(s.state), el.span(s.word, class_name="vh"), style={"width": "22px"}),
        el.td(s.title, class_name="b"),
        el.td(rx.cond(s.href != "", link(s.model, to=f"{s.href}?connection={ConnectionState.id}"), el.span("generic", class_name="t3"))),
        el.td(s.mode, class_name="t2"),
        el.td(s.records, class_name="r"),
        el.td(s.changed, class_name=s.changed_css),
        el.td(el.span(s.cursor, class_name="ell", style={"maxWidth": "170px"}), class_name="m t2", title=s.cursor),
        el.td(progress, class_name="r"),
    )


def stream_line(s: StreamView) -> rx.Component:
    return el.div(
        glyph(s.state),
        el.div(el.div(s.title), el.div(s.model, " · ", s.mode, " · ", s.records, class_name="sm t2 ell"), class_name="sp"),
        el.div(s.progress, class_name="r sm num t2"),
        class_name="li",
    )


def streams() -> rx.Component:
    heads = head(
        el.th(el.span("State", class_name="vh"), style={"width": "22px"}),
        "Stream",
        "Model",
        "Mode",
        ("Records", "r"),
        ("This run", "r"),
        "Cursor",
        ("Progress", "r"),
    )
    return el.section(
        section(
            "Streams",
            link(
                rx.cond(SessionState.can_edit, "Choose streams and fields", "Streams and fields"),
                to=to_tab("streams"),
                class_name="btn sm gh",
            ),
            tag=ConnectionState.streams_on,
        ),
        el.div(
            table(heads, ConnectionState.streams, stream_row, label="Streams"),
            el.div(rx.foreach(ConnectionState.streams, stream_line), class_name="lst"),
            class_name="cards-s",
        ),
        class_name="mb",
    )


def requests() -> rx.Component:
    s = ConnectionState
    return el.section(
        section("Requests", link("All", to=to_tab("runs"), class_name="btn sm gh"), note=s.requests_note),
        rx.cond(
            s.requests.length() > 0,
            request_table(s.requests),
            el.p("No request yet. They appear here as soon as a run starts.", class_name="t2"),
        ),
    )


def rail() -> rx.Component:
    s = ConnectionState
    return el.aside(
        rail_card(
            "Next runs",
            key_values(("Schedule", s.schedule), ("Next", s.next_run), ("From", rx.cond(s.backfill != "", s.backfill, "the beginning"))),
            el.div(
                link(rx.cond(SessionState.can_edit, "Edit schedule", "See schedule"), to=to_tab("schedule"), class_name="btn sm"),
                class_name="mt1",
            ),
        ),
        rail_card(
            "Account",
            key_values(
                ("Name", rx.cond(s.account != "", s.account, "–")),
                ("Id", el.span(rx.cond(s.account_id != "", s.account_id, "–"), class_name="mono brk")),
                ("Address", el.span(s.base_url, class_name="mono brk")),
                ("Last used", s.used),
            ),
        ),
        rail_card(
            "Credential",
            key_values(("Kept", el.span(s.credential, class_name="brk")), ("Since", s.credential_age)),
            rx.cond(
                s.credential_warning != "",
                el.p(glyph("degraded"), el.span(s.credential_warning), class_name="row top g6 sm mt1 wn-fg"),
                rx.fragment(),
            ),
            rx.cond(
                SessionState.can_edit, el.div(link("Replace", to=to_tab("settings"), class_name="btn sm"), class_name="mt1"), rx.fragment()
            ),
        ),
        aria_label="About this connection",
    )


def trouble() -> rx.Component:
    """What happened, in the user's world, with the step that ends it."""
    s = ConnectionState
    allow = confirm(
        button("Allow these deletes", kind="bad lg"),
        "Delete them here too?",
        "The next run marks every record that the provider no longer lists as deleted. Their history stays and can be read back.",
        button("Allow deletes", kind="bad", on_click=ConnectionState.allow_deletes),
    )
    step = rx.match(
        s.problem.step,
        ("credential", link_button(icon("log-in"), "Enter a new credential", to=to_tab("settings"), kind="pri lg")),
        ("deletes", allow),
        button(icon("refresh-cw"), "Try again now", kind="lg", on_click=ConnectionState.sync_now(False)),
    )
    return rx.cond(
        s.has_problem & ~s.running,
        error_panel(
            s.problem, rx.cond(SessionState.can_edit, step, rx.fragment()), link("See the runs", to=to_tab("runs"), class_name="btn lg")
        ),
        rx.fragment(),
    )


def overview() -> rx.Component:
    return el.div(
        el.div(rx.cond(ConnectionState.running, live_run(), rx.fragment()), trouble(), streams(), requests(), style={"minWidth": "0"}),
        rail(),
        class_name="g-main",
    )
