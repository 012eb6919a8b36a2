"""The live run: a bar cut into the streams of the run, with the facts under it. And the sync matrix."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import link
from orion_app.components.dom import el
from orion_app.components.icons import glyph, tile


def segments(streams: Any, percent: Any, known: Any) -> rx.Component:
    """`streams` have title, weight (width), share ("62%"), state; an unknown total has no fake percent."""
    return rx.fragment(
        el.div(
            rx.foreach(
                streams,
                lambda s: el.div(
                    el.i(style={"width": s.share}),
                    class_name=rx.cond(s.state == "running", rx.cond(s.known, "now", "now open"), ""),
                    style={"flex": s.weight},
                    title=s.label,
                ),
            ),
            class_name="segs",
            role="progressbar",
            aria_valuemin=0,
            aria_valuemax=100,
            aria_label="Records read",
            aria_valuenow=rx.cond(known, percent, 0),
            aria_valuetext=rx.cond(known, percent.to(str) + " percent", "total not known"),
        ),
        el.div(
            rx.foreach(streams, lambda s: el.div(s.title, class_name=rx.cond(s.state == "running", "on", ""), style={"flex": s.weight})),
            class_name="segl",
            aria_hidden="true",
        ),
    )


def run_facts(*pairs: tuple[str, Any]) -> rx.Component:
    return el.dl(*[el.div(el.dt(k), el.dd(v)) for k, v in pairs], class_name="facts")


def line_chart(line: Any, area: Any, width: int, height: int, label: str = "") -> rx.Component:
    """A small series; the paths come from `format.spark`."""
    return el.svg(
        rx.cond(area != "", el.path(d=area, fill="var(--o-chart-1)", opacity=".12"), rx.fragment()),
        el.path(
            d=line,
            fill="none",
            stroke="var(--o-chart-1)",
            stroke_width="1.5",
            stroke_linejoin="round",
            custom_attrs={"vectorEffect": "non-scaling-stroke"},
        ),
        view_box=f"0 0 {width} {height}",
        custom_attrs={"preserveAspectRatio": "none"},
        style={"width": "100%", "height": f"{height}px"},
        aria_hidden="true" if not label else "false",
    )


def bar(share: Any, state: str = "") -> rx.Component:
    return el.span(el.i(style={"width": share}, class_name=state), class_name="bar-t", style={"width": "64px"})


def matrix_cell(cell: Any) -> rx.Component:
    """Count on top, glyph and age beneath; a tint only if not healthy; a faint dot where there is no such model."""
    return rx.cond(
        cell.has,
        el.div(
            link(
                el.b(cell.count),
                el.span(glyph(cell.state), cell.note),
                rx.cond(cell.state == "running", el.i(el.i(style={"width": cell.share}), class_name="pg"), rx.fragment()),
                to=cell.href,
                class_name="cell " + cell.state,
                aria_label=cell.label,
                title=cell.label,
                custom_attrs={"data-cell": "1"},
            ),
            role="cell",
            class_name="mx-c",
        ),
        el.div(el.span("·", aria_hidden="true"), el.span(cell.label, class_name="vh"), class_name="cell na", role="cell"),
    )


def matrix_row(row: Any) -> rx.Component:
    return el.div(
        el.div(
            link(
                tile(row.monogram, row.hue),
                el.span(
                    el.b(row.name, class_name="ell"),
                    el.span(glyph(row.status), el.span(row.status_text, class_name="ell"), class_name="s2 status w-" + row.status),
                    class_name="ell",
                ),
                to=row.href,
                class_name="cn",
            ),
            role="rowheader",
            class_name="mx-c",
        ),
        rx.foreach(row.cells, matrix_cell),
        el.div(rx.foreach(row.hours, lambda h: el.i(class_name=h)), class_name="hist", role="cell", aria_label=row.hours_label),
        role="row",
        class_name="mx-r",
    )


def matrix(models: Any, rows: Any, columns: Any) -> rx.Component:
    """Connections × models."""
    return el.div(
        el.div(
            el.div(
                el.div("Connection", class_name="h", role="columnheader"),
                rx.foreach(models, lambda m: el.div(m, class_name="h nw", role="columnheader")),
                el.div("Last 24 hours", class_name="h hh", style={"paddingLeft": "10px"}, role="columnheader"),
                role="row",
                class_name="mx-r",
            ),
            rx.foreach(rows, matrix_row),
            class_name="mx",
            role="table",
            aria_label="Sync matrix: connections by model",
            style={"--cols": columns},
        ),
        class_name="scroll-x",
    )


def legend(*states: tuple[str, str]) -> rx.Component:
    return el.div(
        *[el.span(glyph(s), word, class_name="row g4") for s, word in states],
        class_name="legend hide-s",
        style={"gap": "12px", "fontSize": "11.5px"},
    )
