"""How the drawer looks."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import copy_button, link
from orion_app.components.dom import el
from orion_app.components.icons import avatar, icon, tile
from orion_app.components.panels import banner
from orion_app.components.records import change, code, field_row, why_step
from orion_app.pages.records.drawer_state import DrawerState
from orion_app.pages.records.rows import FieldRow, VersionView


def _step(symbol: str, label: str, href: Any, **props: Any) -> rx.Component:
    return rx.cond(
        href != "",
        link(
            icon(symbol), to=href, class_name="btn gh ico", aria_label=label, title=label, replace=True, prevent_scroll_reset=True, **props
        ),
        el.button(icon(symbol), class_name="btn gh ico", disabled=True, aria_label=label, type="button"),
    )


def head() -> rx.Component:
    s = DrawerState
    panes = [
        ("unified", "Unified", s.unified_href),
        ("raw", "Raw", s.raw_href),
        ("why", "Why this value?", s.why_href),
        ("history", "History", s.history_href),
    ]
    return el.div(
        el.div(
            avatar(s.initials, s.hue, "big"),
            el.div(
                el.h2(s.title, class_name="ell drawer-title"),
                el.div(
                    rx.cond(s.monogram != "", tile(s.monogram, s.source_hue, "xs"), rx.fragment()),
                    el.span(s.sub, class_name="ell"),
                    class_name="row g6 sm t2",
                ),
                class_name="sp",
                style={"minWidth": "0"},
            ),
            el.div(
                _step("chevron-up", "Previous (k)", s.prev_href),
                _step("chevron-down", "Next (j)", s.next_href),
                link(
                    icon("x"),
                    to=s.close_href,
                    class_name="btn gh ico",
                    aria_label="Close (Esc)",
                    title="Close (Esc)",
                    prevent_scroll_reset=True,
                    custom_attrs={"data-close": "1"},
                ),
                class_name="row",
                style={"gap": "0"},
            ),
            class_name="row top g12",
        ),
        el.nav(
            *[
                link(
                    title,
                    *([" ", el.span(s.version, class_name="n")] if key == "history" else []),
                    to=href,
                    replace=True,
                    prevent_scroll_reset=True,
                    class_name=rx.cond(s.pane == key, "on", ""),
                    aria_current=rx.cond(s.pane == key, "page", "false"),
                )
                for key, title, href in panes
            ],
            class_name="tabs",
            aria_label="Record",
        ),
        class_name="dh",
    )


def _field(f: FieldRow) -> rx.Component:
    return field_row(
        f,
        link(
            tile(f.monogram, f.hue, "xs"),
            el.span(f.age, class_name="r", style={"minWidth": "38px"}),
            to=f.why_href,
            class_name="src",
            replace=True,
            prevent_scroll_reset=True,
            title="From " + f.source + ". Why this value?",
            aria_label="Why " + f.name + "?",
        ),
    )


def unified() -> rx.Component:
    s = DrawerState
    return el.div(
        looking_back(),
        rx.cond(
            s.flags.length() > 0,
            el.div(rx.foreach(s.flags, lambda f: el.span(f, class_name="tag bd")), class_name="row wrap g6", style={"paddingTop": "12px"}),
            rx.fragment(),
        ),
        rx.foreach(s.groups, lambda g: rx.fragment(el.div(g.title, class_name="grp"), rx.foreach(g.fields, _field))),
        rx.cond(
            s.related.length() > 0,
            rx.fragment(
                el.div("Related", class_name="grp"),
                el.div(
                    rx.foreach(s.related, lambda r: link(r.title, " ", el.b(r.count), to=r.href, class_name="chip plain")),
                    class_name="row wrap g6",
                    style={"paddingTop": "4px"},
                ),
            ),
            rx.fragment(),
        ),
    )


def raw() -> rx.Component:
    s = DrawerState
    return el.div(
        el.div(
            tile(s.monogram, s.source_hue, "xs"),
            el.span(s.source, class_name="b"),
            el.span(class_name="sp"),
            copy_button(s.raw_text),
            class_name="row",
            style={"padding": "12px 0 8px"},
        ),
        code(s.raw, "The record as the provider sent it"),
        el.p(s.raw_note, class_name="sm t2 mt1"),
    )


def why() -> rx.Component:
    s = DrawerState
    pick = el.span(
        el.select(
            rx.foreach(s.field_names, lambda n: el.option(n.title, value=n.path)),
            value=s.field,
            on_change=DrawerState.ask,
            aria_label="Field",
        ),
        icon("chevrons-up-down", "xs"),
        class_name="in sel-in sp",
    )
    return el.div(
        el.div(
            pick,
            el.span(
                rx.cond(s.field_value != "", s.field_value, "empty"),
                class_name="mono b ell",
                title=s.field_value,
                style={"fontSize": "13px", "maxWidth": "55%"},
            ),
            class_name="row",
            style={"padding": "14px 0"},
        ),
        rx.foreach(s.why, why_step),
    )


def version(v: VersionView) -> rx.Component:
    return el.div(
        el.div(el.h4(v.title, class_name="sp"), el.span(v.age, class_name="sm t3", title=v.at), class_name="row"),
        el.p(v.note, class_name="sm t2"),
        rx.foreach(v.changes, lambda c: el.div(el.span(c.field, class_name="sm t2"), change(c.old, c.new), class_name="chg-row")),
        class_name="why",
    )


def history() -> rx.Component:
    s = DrawerState
    day = el.label(
        "As of ",
        el.span(
            el.input(type="date", value=s.as_of, max=s.today, on_change=DrawerState.look_back, aria_label="The record as of a day"),
            class_name="in",
        ),
        class_name="row g6 sm t2",
    )
    return el.div(
        el.div(el.span(s.versions_text, class_name="sm t2 sp"), day, class_name="row wrap", style={"padding": "12px 0"}),
        rx.foreach(s.versions, version),
    )


def looking_back() -> rx.Component:
    """Says which day is shown, and leads back to now."""
    s = DrawerState
    return rx.cond(
        s.as_of_text != "",
        el.div(
            banner(
                "waiting",
                s.as_of_text,
                None,
                link("Show now", to=s.as_of_off, class_name="btn sm", replace=True, prevent_scroll_reset=True),
            ),
            style={"paddingTop": "14px"},
        ),
        rx.fragment(),
    )


def drawer() -> rx.Component:
    """Pushes the page from 1280 px on, covers it below, is a sheet on a phone."""
    s = DrawerState
    body = rx.match(s.pane, ("raw", raw()), ("why", why()), ("history", history()), unified())
    gone = el.p(
        "No record has this id here. It may be deleted for good, or belong to another workspace.",
        class_name="t2",
        style={"padding": "16px 0"},
    )
    return rx.cond(
        s.open,
        el.aside(head(), el.div(rx.cond(s.missing, gone, body), class_name="db", tab_index=0), class_name="drawer", aria_label=s.title),
        rx.fragment(),
    )
