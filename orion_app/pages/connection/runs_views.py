"""Runs, requests, dead letters."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import button, copy_button, icon_button, link, section, working
from orion_app.components.dom import el
from orion_app.components.icons import glyph, icon, status
from orion_app.components.panels import error_panel, no_hits, skeleton_rows
from orion_app.components.progress import run_facts
from orion_app.components.table import head, pager, state_cell, table
from orion_app.pages.connection.runs_state import LettersState, RunsState, RunStreamView
from orion_app.pages.connection.trouble import LetterView, RequestView
from orion_app.shell.runs import RunView
from orion_app.shell.session import SessionState


def request_row(r: RequestView) -> rx.Component:
    return rx.fragment(
        el.tr(
            el.td(r.time, class_name="t2"),
            el.td(el.span(r.method, class_name="t3"), " ", el.span(r.path, class_name="ell", style={"maxWidth": "52ch"}), title=r.path),
            el.td(el.span(r.status, class_name=r.status_css), class_name="r"),
            el.td(r.ms, class_name="r t2"),
            el.td(r.budget, class_name="r t2"),
            el.td(
                el.span(
                    rx.cond(
                        r.body != "", icon_button("eye", "Show the answer", kind="gh sm", on_click=RunsState.show(r.id)), rx.fragment()
                    ),
                    icon_button("copy", "Copy as curl", kind="gh sm", custom_attrs={"data-copy": r.curl}),
                    class_name="row g4",
                    style={"justifyContent": "flex-end"},
                ),
                class_name="r",
            ),
        ),
        rx.cond(
            RunsState.open_request == r.id,
            el.tr(el.td(el.pre(r.body, class_name="code wrap sunk panel"), col_span=6, class_name="td-open")),
            rx.fragment(),
        ),
    )


def request_line(r: RequestView) -> rx.Component:
    """A request on a phone: two lines, and its answer on demand."""
    answer = el.details(
        el.summary("The answer"), el.pre(r.body, class_name="code wrap sunk panel", style={"marginTop": "6px"}), class_name="more"
    )
    return el.div(
        el.div(
            el.div(el.span(r.method, class_name="t3"), " ", r.path, class_name="ell mono"),
            el.div(r.time, " · ", r.ms, " ms", rx.cond(r.budget != "–", rx.fragment(" · ", r.budget), ""), class_name="sm t2 num"),
            rx.cond(r.body != "", answer, rx.fragment()),
            class_name="sp",
        ),
        el.span(r.status, class_name="mono " + r.status_css),
        class_name="li log",
    )


def request_table(rows: Any) -> rx.Component:
    return el.div(
        table(
            head("Time", "Request", ("Status", "r"), ("ms", "r"), ("Budget", "r"), el.th(el.span("Copy", class_name="vh"), class_name="r")),
            rows,
            request_row,
            kind="flush log",
            label="Requests",
        ),
        el.div(rx.foreach(rows, request_line), class_name="lst"),
        class_name="cards-s",
    )


def run_row(r: RunView) -> rx.Component:
    return el.tr(
        state_cell(r.state, r.word),
        el.td(link(r.short, to=r.href, class_name="mono", custom_attrs={"data-open": "1"}), class_name="m"),
        el.td(r.kind, class_name="t2"),
        el.td(r.trigger, class_name="t2"),
        el.td(r.read, class_name="r"),
        el.td(r.changed, class_name=r.changed_css),
        el.td(r.set_aside, class_name="r t2"),
        el.td(r.took, class_name="r t2"),
        el.td(r.started, class_name="r t2", title=r.started_at),
        el.td(el.span(r.error, class_name="ell dn", style={"maxWidth": "220px"}), class_name="c-opt", title=r.error),
        custom_attrs={"data-row": "1"},
    )


def run_line(r: RunView) -> rx.Component:
    return link(
        glyph(r.state),
        el.div(el.div(r.kind), el.div(r.word, " · ", r.read, " read", class_name="sm t2 ell"), class_name="sp"),
        el.div(r.started, el.br(), r.took, class_name="r sm t2 num"),
        to=r.href,
        class_name="li",
    )


def run_list() -> rx.Component:
    s = RunsState
    heads = head(
        el.th(el.span("State", class_name="vh"), style={"width": "22px"}),
        "Run",
        "Kind",
        "Trigger",
        ("Read", "r"),
        ("Changed", "r"),
        ("Set aside", "r"),
        ("Took", "r"),
        ("Started", "r"),
        ("Cause", "c-opt"),
    )
    return rx.cond(
        s.rows.length() > 0,
        rx.fragment(
            el.div(
                table(heads, s.rows, run_row, label="Runs"), el.div(rx.foreach(s.rows, run_line), class_name="lst"), class_name="cards-s"
            ),
            pager("", s.prev_href, s.next_href),
        ),
        no_hits("No run yet.", el.span("Press Sync now, or give it a schedule.", class_name="t2")),
    )


def run_stream(s: RunStreamView) -> rx.Component:
    return el.tr(
        state_cell(s.state, s.word),
        el.td(s.title, class_name="b"),
        el.td(s.read, class_name="r"),
        el.td(s.changed, class_name="r"),
        el.td(s.deleted, class_name="r t2"),
        el.td(s.set_aside, class_name="r t2"),
        el.td(el.span(s.error, class_name="ell dn", style={"maxWidth": "300px"}), title=s.error, class_name="c-opt"),
    )


def run_stream_line(s: RunStreamView) -> rx.Component:
    return el.div(
        glyph(s.state),
        el.div(
            el.div(s.title),
            el.div(s.read, " read · ", s.changed, " changed · ", s.set_aside, " set aside", class_name="sm t2 num"),
            rx.cond(s.error != "", el.div(s.error, class_name="sm dn brk"), rx.fragment()),
            class_name="sp",
        ),
        class_name="li",
    )


def run_detail() -> rx.Component:
    s = RunsState
    return rx.fragment(
        el.div(
            link(icon("chevron-left", "s"), "All runs", to=s.back_href, class_name="btn sm gh", custom_attrs={"data-close": "1"}),
            el.h2("Run ", el.span(s.run.short, class_name="mono"), class_name="sec", style={"margin": "0"}),
            status(s.run.state, s.run.word),
            class_name="row mb1",
        ),
        rx.cond(s.has_problem, error_panel(s.problem), rx.fragment()),
        el.section(
            run_facts(
                ("Kind", s.run.kind),
                ("Trigger", s.run.trigger),
                ("Read", s.run.read),
                ("Changed", s.run.changed),
                ("Set aside", s.run.set_aside),
                ("Took", s.run.took),
                ("Started", s.run.started),
            ),
            class_name="run calm facts-only",
        ),
        rx.cond(
            s.run.notes.length() > 0,
            el.ul(rx.foreach(s.run.notes, lambda n: el.li(icon("list", "s t3"), n, class_name="row g6 t2")), class_name="mb"),
            rx.fragment(),
        ),
        el.section(
            section("Streams"),
            el.div(
                table(
                    head(
                        el.th(el.span("State", class_name="vh"), style={"width": "22px"}),
                        "Stream",
                        ("Read", "r"),
                        ("Changed", "r"),
                        ("Deleted", "r"),
                        ("Set aside", "r"),
                        ("Cause", "c-opt"),
                    ),
                    s.streams,
                    run_stream,
                    label="Streams of this run",
                ),
                el.div(rx.foreach(s.streams, run_stream_line), class_name="lst"),
                class_name="cards-s",
            ),
            class_name="mb",
        ),
        section("Requests", note=s.requests_text),
        rx.cond(s.requests.length() > 0, request_table(s.requests), el.p("This run made no call.", class_name="t2")),
        pager("", s.requests_prev, s.requests_next),
    )


def runs() -> rx.Component:
    return rx.cond(
        RunsState.loaded, rx.cond(RunsState.has_run, run_detail(), run_list()), skeleton_rows(["60px", "120px", "90px", "70px"], 8)
    )


def letter(d: LetterView) -> rx.Component:
    """A record that was set aside: why, and what mends it."""
    return el.div(
        glyph("degraded"),
        el.div(
            el.div(
                el.span(d.stream, " ", el.span(d.remote_id, class_name="mono"), class_name="b"),
                el.span(class_name="sp"),
                el.span(d.age, " · ", d.attempts, class_name="sm t3", title=d.at),
                class_name="row",
            ),
            el.p(d.cause),
            el.p(d.next_step, class_name="sm t2"),
            rx.cond(
                d.excerpt != "",
                el.details(
                    el.summary("The record as it was sent"),
                    el.pre(d.excerpt, class_name="code wrap sunk panel mt1 letter", tab_index=0, aria_label="The record as it was sent"),
                    class_name="more",
                ),
                rx.fragment(),
            ),
            rx.cond(
                SessionState.can_edit,
                el.div(
                    working("Replay", LettersState.busy, kind="sm", on_click=LettersState.replay(d.id)),
                    copy_button(d.excerpt, "Copy record"),
                    class_name="row mt1",
                ),
                rx.fragment(),
            ),
            class_name="sp",
            style={"minWidth": "0"},
        ),
        class_name="att",
        custom_attrs={"data-row": "1"},
    )


def letters() -> rx.Component:
    s = LettersState
    listing = rx.fragment(
        section(
            "Set aside",
            rx.cond(SessionState.can_edit, button("Replay all of this page", on_click=LettersState.replay("")), rx.fragment()),
            note="The rest of each run passed. Nothing is lost: each record is kept as it was sent.",
        ),
        el.div(rx.foreach(s.rows, letter), style={"borderTop": "1px solid var(--o-line)"}),
        pager("", s.prev_href, s.next_href),
    )
    return rx.cond(
        s.loaded,
        rx.cond(
            s.rows.length() > 0,
            listing,
            no_hits("No record was set aside.", el.span("Every record of every run could be stored.", class_name="t2")),
        ),
        skeleton_rows(["300px"], 4),
    )
