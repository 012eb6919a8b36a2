"""Buttons, links, chips, tabs, segmented controls, copy buttons, key caps."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.react_router import ReactRouterLink

from orion_app.components.dom import el, inline
from orion_app.components.icons import icon


def link(*children: Any, to: Any, **props: Any) -> rx.Component:
    """A link inside the app: no page load, keeps the address honest."""
    return ReactRouterLink.create(*children, to=to, **inline(props))


def button(*children: Any, kind: str = "", **props: Any) -> rx.Component:
    """`kind`: "" quiet edge, "pri" the one step, "gh" ghost, "bad" danger; plus sizes sm, lg, xl, full, ico."""
    props.setdefault("type", "button")
    return el.button(*children, class_name=f"btn {kind}".strip(), **props)


def icon_button(name: Any, label: str, kind: str = "gh", **props: Any) -> rx.Component:
    return button(icon(name), kind=f"{kind} ico", aria_label=label, title=label, **props)


def link_button(*children: Any, to: Any, kind: str = "", **props: Any) -> rx.Component:
    return link(*children, to=to, class_name=f"btn {kind}".strip(), **props)


def working(label: Any, busy: Any, *, kind: str = "", lead: str = "", **props: Any) -> rx.Component:
    """A button that keeps its width while it works."""
    return button(
        *([icon(lead)] if lead else []),
        label,
        rx.cond(busy, el.span(class_name="busy", aria_hidden="true"), rx.fragment()),
        kind=kind,
        disabled=busy,
        aria_busy=busy,
        **props,
    )


def chip_on(label: Any, value: Any, drop_to: Any) -> rx.Component:
    """A filter that is set; the cross is a link to the same list without it."""
    return el.span(
        label,
        " ",
        el.b(value),
        link(icon("x", "xs"), to=drop_to, aria_label="Drop this filter", class_name="chip-x", replace=True),
        class_name="chip on",
    )


def tabs(items: list[tuple[Any, Any, Any, Any]], label: str, **props: Any) -> rx.Component:
    """Parts of one object. Items: title, count or "", address, whether it is this one."""
    return el.nav(
        *[
            link(
                title,
                *([el.span(count, class_name="n num")] if not isinstance(count, str) or count else []),
                to=to,
                class_name=rx.cond(here, "on", ""),
                aria_current=rx.cond(here, "page", "false"),
            )
            for title, count, to, here in items
        ],
        class_name="tabs scroll-tabs",
        aria_label=label,
        **props,
    )


def copy_button(text: Any, label: str = "Copy", kind: str = "sm gh") -> rx.Component:
    """Copies without asking the server; assets/orion.js does it and says so."""
    return button(icon("copy"), el.span(label), kind=kind, custom_attrs={"data-copy": text})


def kbd(*keys: str) -> rx.Component:
    return el.span(*[el.kbd(k) for k in keys], class_name="row g4")


def section(title: Any, *right: Any, tag: Any = None, note: Any = None) -> rx.Component:
    """The head of a section of a reading page."""
    return el.div(
        el.h2(title),
        *([el.span(tag, class_name="tag")] if tag is not None else []),
        *([el.span(note, class_name="sm t2")] if note is not None else []),
        el.span(class_name="sp"),
        *right,
        class_name="sec",
    )


def native_select(options: Any, *, name: str = "", label: str = "", kind: str = "", **props: Any) -> rx.Component:
    """A select of the platform: small, quick, right on a phone. Options: (value, text) pairs."""
    return el.span(
        el.select(
            *[el.option(text, value=value) for value, text in options],
            name=name or None,
            aria_label=label,
            **props,
        ),
        icon("chevrons-up-down", "xs"),
        class_name=f"in sel-in {kind}".strip(),
    )


def menu(trigger: rx.Component, *items: Any) -> rx.Component:
    """A menu behind a button."""
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(trigger),
        rx.dropdown_menu.content(*items, size="1", align="end", class_name="o-menu"),
        modal=False,
    )
