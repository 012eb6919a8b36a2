"""Code with colours, diffs, provenance steps, the rows of a record."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import reflex as rx

from orion_app.components.dom import el
from orion_app.components.icons import icon, tile


@dataclasses.dataclass
class Span:
    """A piece of code; css is k key, s string, n number, w word, c comment or ""."""

    css: str = ""
    text: str = ""


@dataclasses.dataclass
class CodeLine:
    spans: list[Span] = dataclasses.field(default_factory=list)


_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b')


def highlight(value: Any, limit: int = 600) -> list[CodeLine]:
    """JSON as coloured lines, made on the server; nothing of it is ever markup."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)
    lines = text.split("\n")
    shown = [_line(line) for line in lines[:limit]]
    if len(lines) > limit:
        shown.append(CodeLine([Span("c", f"… {len(lines) - limit:,} more lines; copy has them all")]))
    return shown


def _line(line: str) -> CodeLine:
    spans: list[Span] = []
    at = 0
    for found in _TOKEN.finditer(line):
        if found.start() > at:
            spans.append(Span("", line[at : found.start()]))
        if found.group(1) is not None:
            spans.append(Span("k" if found.group(2) else "s", found.group(1)))
            if found.group(2):
                spans.append(Span("", found.group(2)))
        else:
            spans.append(Span("n" if found.group(3) else "w", found.group(0)))
        at = found.end()
    if at < len(line):
        spans.append(Span("", line[at:]))
    return CodeLine(spans)


def code(lines: Any, label: str = "Code") -> rx.Component:
    """Coloured lines."""
    return el.pre(
        rx.foreach(lines, lambda line: el.span(rx.foreach(line.spans, lambda s: el.span(s.text, class_name=s.css)), "\n")),
        class_name="code panel sunk",
        tab_index=0,
        aria_label=label,
    )


def change(old: Any, new: Any) -> rx.Component:
    """Before, then after."""
    return el.div(
        el.span(rx.cond(old == "", "empty", old), class_name=rx.cond(old == "", "old nil", "old")),
        icon("arrow-right", "xs t3"),
        el.span(rx.cond(new == "", "empty", new), class_name=rx.cond(new == "", "old nil", "new-v")),
        class_name="row g6 mono",
        style={"marginTop": "5px"},
    )


def field_row(row: Any, to_why: Any) -> rx.Component:
    """A field of a unified record: name, value, where it came from and how old it is."""
    return el.div(
        el.span(row.name, class_name="f ell", title=row.path),
        el.span(
            rx.cond(row.value == "", el.span("–", class_name="t3"), el.span(row.value)),
            rx.cond(row.tag != "", el.span(row.tag, class_name=row.tag_css), rx.fragment()),
            class_name=rx.cond(row.mono, "ell mono", "ell"),
            title=row.value,
        ),
        to_why,
        class_name="fr",
    )


def why_step(step: Any) -> rx.Component:
    """One step of the chain behind a value."""
    return el.div(
        el.h4(rx.cond(step.monogram != "", tile(step.monogram, step.hue, "xs"), rx.fragment()), step.title, class_name="row g6"),
        rx.cond(
            (step.code != "") | (step.new != ""),
            el.div(
                rx.cond(step.code != "", el.div(step.code, class_name="mono brk"), rx.fragment()),
                rx.cond(step.has_change, change(step.old, step.new), rx.fragment()),
                class_name="box",
            ),
            rx.fragment(),
        ),
        rx.cond(step.note != "", el.p(step.note, class_name="sm t2", style={"marginTop": "5px"}), rx.fragment()),
        class_name=rx.cond(step.last, "why end", "why"),
    )
