"""How the records page looks."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, chip_on, link, link_button
from orion_app.components.dom import el
from orion_app.components.forms import search_box
from orion_app.components.icons import icon, mark_tile, tile
from orion_app.components.panels import bone, empty, ghost_matrix, no_hits, option
from orion_app.components.table import pager, sort_head
from orion_app.pages.records.rows import CellView, FilterView, RowView
from orion_app.pages.records.state import RecordsState


def model_tabs() -> rx.Component:
    return el.nav(
        rx.foreach(
            RecordsState.tabs,
            lambda t: link(
                t.title,
                " ",
                el.span(t.count, class_name="n num"),
                to=t.href,
                class_name=rx.cond(t.on, "on", ""),
                aria_current=rx.cond(t.on, "page", "false"),
            ),
        ),
        class_name="tabs scroll-tabs model-tabs",
        aria_label="Model",
    )


def filter_menu() -> rx.Component:
    def sub(f: FilterView) -> rx.Component:
        return rx.dropdown_menu.sub(
            rx.dropdown_menu.sub_trigger(f.title),
            rx.dropdown_menu.sub_content(
                rx.foreach(
                    f.options,
                    lambda o: rx.dropdown_menu.item(
                        o.text, rx.cond(o.on, icon("check", "s"), rx.fragment()), on_select=rx.redirect(o.href)
                    ),
                ),
                class_name="o-menu",
            ),
        )

    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(el.button(icon("plus", "xs"), "Filter", class_name="chip add", type="button")),
        rx.dropdown_menu.content(rx.foreach(RecordsState.filters, sub), size="1", class_name="o-menu"),
        modal=False,
    )


def chip_bar() -> rx.Component:
    s = RecordsState
    return el.div(
        search_box(s, s.placeholder, RecordsState.search.debounce(180)),
        rx.foreach(s.chips, lambda c: chip_on(c.title, c.value, c.drop_href)),
        filter_menu(),
        el.span(class_name="sp"),
        rx.cond(s.behind != "", el.span(s.behind, class_name="sm wn-fg nw"), rx.fragment()),
        el.span(s.matches, class_name="sm t2 num nw c-opt hide-s", style={"paddingRight": "6px"}, role="status"),
        class_name="chipbar",
    )


def row(r: RowView) -> rx.Component:
    """The first cell holds the link; the whole row follows it."""

    def one(c: CellView, index: int) -> rx.Component:
        flag = rx.cond(c.flag != "", el.span(c.flag, class_name="tag bd"), rx.fragment())
        text = el.span(c.text, class_name="ell", style={"maxWidth": "230px"}, title=c.text)
        return el.td(
            rx.cond(
                index == 0,
                link(
                    text,
                    rx.cond(r.deleted, el.span("deleted", class_name="tag"), rx.fragment()),
                    flag,
                    to=r.href,
                    class_name="plain row g6",
                    custom_attrs={"data-open": "1"},
                    prevent_scroll_reset=True,
                ),
                rx.cond(c.flag != "", el.span(text, flag, class_name="row g6"), text),
            ),
            class_name=c.css,
        )

    return el.tr(
        rx.foreach(r.cells, one),
        el.td(tile(r.monogram, r.hue, "xs"), el.span(r.source, class_name="vh"), title=r.source),
        class_name=rx.cond(r.selected, "sel", ""),
        custom_attrs={"data-row": "1"},
    )


def line(r: RowView) -> rx.Component:
    return link(
        el.div(el.div(r.title), el.div(r.sub, class_name="sm t2 ell"), class_name="sp", style={"minWidth": "0"}),
        el.div(rx.cond(r.right != "", r.right, r.age), el.br(), tile(r.monogram, r.hue, "xs"), class_name="r sm t2 num"),
        to=r.href,
        class_name="li",
    )


def rows() -> rx.Component:
    s = RecordsState
    heads = el.thead(el.tr(rx.foreach(s.columns, lambda c: rx.cond(c.shown, sort_head(c), rx.fragment())), el.th("Source", scope="col")))
    return el.div(
        el.div(
            el.table(el.caption(s.title, class_name="vh"), heads, el.tbody(rx.foreach(s.rows, row)), class_name="tbl sticky-head"),
            el.div(rx.foreach(s.rows, line), class_name="lst", style={"padding": "0 16px"}),
            class_name="cards-s table-scroll",
        ),
        pager(s.range_text, s.prev_href, s.next_href, hints=True),
        class_name="rows-pane",
    )


def skeleton() -> rx.Component:
    widths = ["120px", "200px", "110px", "50px", "90px", "40px"]
    return el.table(
        el.thead(el.tr(*[el.th(bone("56px", "8px")) for _ in widths])),
        el.tbody(*[el.tr(*[el.td(bone(f"{int(w[:-2]) - (i * 17 + j * 9) % 30}px")) for j, w in enumerate(widths)]) for i in range(18)]),
        class_name="tbl late",
        aria_hidden="true",
    )


def listing() -> rx.Component:
    s = RecordsState
    none = no_hits(
        rx.fragment(
            "No ",
            s.title.lower(),
            " match",
            rx.cond(s.query != "", rx.fragment(" “", s.query, "”"), ""),
            rx.cond(s.chips.length() > 0, " with these filters", ""),
            ".",
        ),
        link("Drop search and filters", to=s.clear_href, class_name="btn"),
    )
    return el.div(
        el.div(
            model_tabs(), chip_bar(), rx.cond(s.loaded, rx.cond(s.rows.length() > 0, rows(), none), skeleton()), class_name="records-main"
        ),
        class_name="page bleed",
    )


def first_visit() -> rx.Component:
    return el.div(
        ghost_matrix(),
        empty(
            "No record yet",
            "Here every customer, invoice and event of every connected system stands in one table, each value with its source.",
            option(
                mark_tile(),
                "Start with the lab",
                "Fake Stripe and HubSpot with seeded customers. Nothing leaves this machine.",
                action=link_button("Connect lab", to="/", kind="pri"),
                primary=True,
            ),
            option(
                el.span(tile("St", "282"), tile("Hs", "42"), class_name="stack"),
                "Use a real account",
                "Then press Sync and watch the rows arrive.",
                action=link_button("Marketplace", to="/marketplace"),
            ),
        ),
        class_name="empty-page",
    )


def actions() -> list[rx.Component]:
    s = RecordsState
    columns = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(button(icon("columns-3"), "Columns", kind="hide-s")),
        rx.dropdown_menu.content(
            rx.foreach(
                s.columns,
                lambda c: rx.dropdown_menu.item(
                    el.span(rx.cond(c.shown, icon("check", "s"), rx.fragment()), style={"width": "14px"}),
                    c.title,
                    on_select=rx.redirect(c.toggle_href),
                ),
            ),
            size="1",
            align="end",
            class_name="o-menu",
        ),
        modal=False,
    )
    export = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(button(icon("download"), "Export", kind="hide-s")),
        rx.dropdown_menu.content(
            el.div("What is filtered now", class_name="menu-label"),
            rx.dropdown_menu.item("CSV", on_select=rx.call_script("location.assign(" + s.export_csv.to_string() + ")")),
            rx.dropdown_menu.item("JSON lines", on_select=rx.call_script("location.assign(" + s.export_jsonl.to_string() + ")")),
            size="1",
            align="end",
            class_name="o-menu",
        ),
        modal=False,
    )
    return [rx.cond(s.empty, rx.fragment(), rx.fragment(columns, export))]
