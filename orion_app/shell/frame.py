"""The frame of every page: side navigation, top bar, the bottom bar of a phone, palette, skip link."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import icon_button, link
from orion_app.components.dom import el
from orion_app.components.icons import avatar, glyph, icon, mark
from orion_app.components.table import loading_bar
from orion_app.shell.palette import palette
from orion_app.shell.session import SessionState
from orion_app.shell.shortcuts import shortcuts

NAV = [
    (None, [("overview", "Overview", "/", "layout-grid")]),
    ("Data", [("connections", "Connections", "/connections", "plug-zap"), ("records", "Records", "/records", "rows-3")]),
    ("Extend", [("marketplace", "Marketplace", "/marketplace", "store")]),
]


def _nav_link(key: str, title: str, href: str, symbol: str, here: str) -> rx.Component:
    count = rx.cond(SessionState.connections != "", el.span(SessionState.connections, class_name="n"), rx.fragment())
    return link(
        icon(symbol), title, count if key == "connections" else rx.fragment(), to=href, **({"aria_current": "page"} if key == here else {})
    )


def _workspace() -> rx.Component:
    name = el.span(rx.cond(SessionState.workspace != "", SessionState.workspace, "Orion"), class_name="ell")
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            el.button(mark(), name, icon("chevrons-up-down", "s t3"), class_name="ws", type="button", aria_label="Workspace and account")
        ),
        rx.dropdown_menu.content(
            el.div("Workspace", class_name="menu-label"),
            rx.foreach(
                SessionState.workspaces,
                lambda w: rx.dropdown_menu.item(
                    w.name,
                    el.span(w.role, class_name="t3 sm", style={"marginLeft": "auto"}),
                    rx.cond(w.current, icon("check", "s"), rx.fragment()),
                    on_select=SessionState.switch(w.id),
                ),
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item("Switch theme", on_select=rx.toggle_color_mode),
            rx.dropdown_menu.item("Keyboard shortcuts", on_select=rx.call_script("document.getElementById('shortcuts').showModal()")),
            rx.dropdown_menu.item("Sign out", on_select=rx.call_script("document.getElementById('sign-out').submit()")),
            size="1",
            class_name="o-menu",
        ),
        modal=False,
    )


def side(here: str) -> rx.Component:
    groups: list[rx.Component] = []
    for title, items in NAV:
        groups.extend([el.h2(title)] if title else [])
        groups.extend(_nav_link(*item, here) for item in items)
    return el.aside(
        _workspace(),
        el.button(icon("search", "s"), "Search", el.kbd("Ctrl K"), class_name="find", type="button", custom_attrs={"data-palette": "1"}),
        el.nav(*groups, class_name="nav", aria_label="Pages"),
        el.nav(
            _nav_link("settings", "Settings", "/settings/members", "settings", here),
            class_name="nav",
            style={"marginTop": "auto"},
            aria_label="More pages",
        ),
        el.div(
            avatar(SessionState.initials, SessionState.hue),
            el.span(el.span(SessionState.name, class_name="b"), class_name="sp ell", title=SessionState.email),
            icon_button("sun-moon", "Switch theme", on_click=rx.toggle_color_mode, style={"margin": "-4px"}),
            class_name="foot",
            style={"marginTop": "6px"},
        ),
        class_name="side",
        aria_label="Main navigation",
    )


def _bottom(here: str) -> rx.Component:
    items = [
        ("overview", "Overview", "/", "layout-grid"),
        ("connections", "Connections", "/connections", "plug-zap"),
        ("records", "Records", "/records", "rows-3"),
        ("marketplace", "Marketplace", "/marketplace", "store"),
        ("settings", "Settings", "/settings/members", "settings"),
    ]
    return el.nav(
        *[link(icon(symbol), title, to=href, **({"aria_current": "page"} if key == here else {})) for key, title, href, symbol in items],
        class_name="tabbar",
        aria_label="Main navigation",
    )


def live_pill() -> rx.Component:
    """What is running now, and the way to it."""
    return rx.cond(
        SessionState.live != "",
        link(glyph("running"), SessionState.live, to=SessionState.live_href, class_name="live hide-s"),
        rx.fragment(),
    )


def title(text: Any, note: Any = "") -> rx.Component:
    """The bar of a top-level page."""
    return el.div(el.h1(text, " ", el.small(note, class_name="hide-s"), class_name="bt"), class_name="crumb")


def crumb(parent: str, parent_href: str, here: Any) -> rx.Component:
    """The bar of a detail page; on a phone, an arrow back."""
    return rx.fragment(
        link(icon("chevron-left", "l"), to=parent_href, class_name="back", aria_label=f"Back to {parent}"),
        el.div(link(parent, to=parent_href, class_name="hide-s"), el.span("/", class_name="sep"), el.b(here), class_name="crumb"),
    )


def frame(
    here: str, bar: rx.Component, *content: Any, actions: list[Any] | None = None, busy: Any = False, beside: Any = None, css: Any = "app"
) -> rx.Component:
    """A page. `bar` names it, `actions` stand right in the bar, `beside` is a drawer."""
    return rx.fragment(
        el.a("Skip to content", href="#content", class_name="skip"),
        el.div(
            side(here),
            el.main(
                el.header(bar, el.span(class_name="sp"), live_pill(), *(actions or []), class_name="bar"),
                loading_bar(busy),
                *content,
                class_name="main",
                id="content",
                tab_index=-1,
            ),
            class_name=css,
        ),
        _bottom(here),
        palette(),
        shortcuts(),
        el.form(method="post", action="/auth/logout", id="sign-out", hidden=True, on_submit=None),
        *([beside] if beside is not None else []),
    )
