"""Tables and their footers."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import link
from orion_app.components.dom import el
from orion_app.components.icons import glyph, icon

ACTIONS = el.span("Actions", class_name="vh")


def head(*columns: Any) -> rx.Component:
    """Column heads. A column is a text, or (text, class), or a component."""
    cells = []
    for column in columns:
        if isinstance(column, tuple):
            cells.append(el.th(column[0], class_name=column[1], scope="col"))
        else:
            cells.append(column if isinstance(column, rx.Component) else el.th(column, scope="col"))
    return el.thead(el.tr(*cells))


def state_cell(state: Any, word: Any) -> rx.Component:
    """The first cell of a row: a shape, with its word for those who listen."""
    return el.td(glyph(state), el.span(word, class_name="vh"), style={"width": "22px"})


def table(header: Any, rows: Any, each: Any, *, kind: str = "flush", label: str = "", **props: Any) -> rx.Component:
    return el.table(
        el.caption(label, class_name="vh") if label else rx.fragment(),
        header,
        el.tbody(rx.foreach(rows, each)),
        class_name=f"tbl {kind}".strip(),
        **props,
    )


def sort_head(column: Any) -> rx.Component:
    """A head that sorts: `column` has title, sort_href, sorted ("", "asc", "desc"), align, optional."""
    return el.th(
        rx.cond(
            column.sort_href != "",
            link(
                column.title,
                rx.match(column.sorted, ("asc", icon("chevron-up", "xs")), ("desc", icon("arrow-down", "xs")), rx.fragment()),
                to=column.sort_href,
                class_name=rx.cond(column.sorted != "", "th-s on", "th-s"),
                replace=True,
            ),
            column.title,
        ),
        class_name=column.css,
        scope="col",
        aria_sort=rx.match(column.sorted, ("asc", "ascending"), ("desc", "descending"), "none"),
    )


def pager(range_text: Any, prev_href: Any, next_href: Any, *, hints: bool = False) -> rx.Component:
    """1–50 of 21,308, Previous, Next. An empty address is a button that waits."""
    prev_href, next_href = rx.Var.create(prev_href), rx.Var.create(next_href)

    def step(title: str, href: Any) -> rx.Component:
        return rx.cond(
            href != "",
            link(title, to=href, class_name="btn sm", rel=title.lower()[:4]),
            el.button(title, class_name="btn sm", disabled=True),
        )

    keys = el.span(el.kbd("J"), el.kbd("K"), " move ", el.kbd("↵"), " open", class_name="row g6 t3 c-opt hide-s")
    return el.div(
        el.span(range_text, class_name="num", role="status"),
        el.span(class_name="sp"),
        keys if hints else rx.fragment(),
        rx.cond((prev_href != "") | (next_href != ""), rx.fragment(step("Previous", prev_href), step("Next", next_href)), rx.fragment()),
        class_name="pager",
    )


def loading_bar(busy: Any) -> rx.Component:
    """2 px under the top bar while rows are fetched again; the old rows stay."""
    return el.div(class_name=rx.cond(busy, "refetch on", "refetch"), aria_hidden="true")
