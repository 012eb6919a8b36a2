"""The list of shortcuts (?): a native dialog that assets/orion.js opens."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import icon_button, kbd
from orion_app.components.dom import el

_GROUPS: list[tuple[str, list[tuple[str, tuple[str, ...]]]]] = [
    (
        "Anywhere",
        [
            ("Find a record, a connection, a page", ("Ctrl", "K")),
            ("Search on this page", ("/",)),
            ("Close the drawer, or leave a field", ("Esc",)),
            ("This list", ("?",)),
        ],
    ),
    (
        "Go to",
        [
            ("Overview", ("G", "O")),
            ("Connections", ("G", "C")),
            ("Records", ("G", "R")),
            ("Marketplace", ("G", "M")),
            ("Settings", ("G", "S")),
        ],
    ),
    (
        "In a list",
        [
            ("Next, previous", ("J", "K")),
            ("Open", ("↵",)),
            ("Select", ("X",)),
            ("Walk the sync matrix", ("←", "↑", "→", "↓")),
        ],
    ),
    ("On a connection, or with some selected", [("Sync now", ("S",)), ("Pause or resume", ("P",))]),
]


def shortcuts() -> rx.Component:
    def group(title: str, rows: list[tuple[str, tuple[str, ...]]]) -> rx.Component:
        lines = [el.div(el.span(text, class_name="sp"), kbd(*keys), class_name="row") for text, keys in rows]
        return el.section(el.h3(title, class_name="grp"), *lines, class_name="lines")

    return el.dialog(
        el.div(
            el.h2("Keyboard shortcuts", class_name="sp card-title"),
            icon_button("x", "Close", custom_attrs={"data-shut": "1"}),
            class_name="row",
        ),
        el.div(*[group(title, rows) for title, rows in _GROUPS], class_name="keys-grid"),
        el.p("Single keys wait while you type.", class_name="sm t3 mt1"),
        id="shortcuts",
        class_name="pal keys",
        aria_label="Keyboard shortcuts",
    )
