"""The rows of the records page, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orion_app.components import format as words
from orion_app.pages.records import cells as looks
from orion_app.pages.records.cells import flag_words
from orion_app.shell.address import with_params


@dataclasses.dataclass
class ModelTab:
    title: str = ""
    count: str = ""
    href: str = ""
    on: bool = False


@dataclasses.dataclass
class ColumnView:
    key: str = ""
    title: str = ""
    css: str = ""
    sort_href: str = ""
    sorted: str = ""
    shown: bool = True
    toggle_href: str = ""


@dataclasses.dataclass
class OptionView:
    text: str = ""
    href: str = ""
    on: bool = False


@dataclasses.dataclass
class FilterView:
    title: str = ""
    options: list[OptionView] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class ChipView:
    title: str = ""
    value: str = ""
    drop_href: str = ""


@dataclasses.dataclass
class CellView:
    text: str = ""
    css: str = ""
    flag: str = ""


@dataclasses.dataclass
class SourceView:
    name: str = ""
    monogram: str = ""
    hue: str = ""


@dataclasses.dataclass
class RowView:
    id: str = ""
    href: str = ""
    selected: bool = False
    title: str = ""
    sub: str = ""
    right: str = ""
    cells: list[CellView] = dataclasses.field(default_factory=list)
    monogram: str = ""
    hue: str = ""
    source: str = ""
    age: str = ""
    at: str = ""
    deleted: bool = False


@dataclasses.dataclass
class FieldRow:
    name: str = ""
    value: str = ""
    mono: bool = False
    tag: str = ""
    tag_css: str = "tag"
    monogram: str = ""
    hue: str = ""
    source: str = ""
    age: str = ""
    why_href: str = ""
    path: str = ""


@dataclasses.dataclass
class FieldGroup:
    title: str = ""
    fields: list[FieldRow] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RelatedView:
    title: str = ""
    count: str = ""
    href: str = ""


@dataclasses.dataclass
class WhyView:
    title: str = ""
    monogram: str = ""
    hue: str = ""
    code: str = ""
    old: str = ""
    new: str = ""
    has_change: bool = False
    note: str = ""
    last: bool = False


@dataclasses.dataclass
class FieldOption:
    path: str = ""
    title: str = ""


@dataclasses.dataclass
class ChangeView:
    field: str = ""
    old: str = ""
    new: str = ""


@dataclasses.dataclass
class VersionView:
    title: str = ""
    note: str = ""
    age: str = ""
    at: str = ""
    changes: list[ChangeView] = dataclasses.field(default_factory=list)


DEFAULT_SORT = "-remote_updated_at"
_RIGHT = ("money", "number", "time", "date")
_FALLING = ("money", "number", "time", "date")


def column_views(columns: Sequence[Any], path: str, query: dict[str, str], model: str = "") -> list[ColumnView]:
    """Heads with the address that sorts by them (a second click turns the order), and the one that shows or hides them."""
    toggled = set(filter(None, query.get("cols", "").split(",")))
    sort = query.get("sort") or DEFAULT_SORT
    out: list[ColumnView] = []
    at_first = looks.first_columns(model, columns)
    for c in columns:
        current = "desc" if sort == f"-{c.name}" else "asc" if sort == c.name else ""
        first = f"-{c.name}" if c.hint in _FALLING else c.name
        again = c.name if current == "desc" else f"-{c.name}"
        shown = (c.name in at_first) != (c.name in toggled)
        optional = sum(o.shown for o in out) >= 2 and c.hint not in ("money", "email")
        css = " ".join(x for x in ("r" if c.hint in _RIGHT else "", "c-opt" if optional else "") if x)
        out.append(
            ColumnView(
                c.name,
                looks.title(c.name, c.title),
                css,
                with_params(path, query, sort=again if current else first, open=None) if c.sortable else "",
                current,
                shown,
                with_params(path, query, cursor=query.get("cursor"), cols=",".join(sorted(toggled ^ {c.name})) or None),
            )
        )
    return out


def row_view(row: Any, columns: Sequence[Any], heads: list[ColumnView], path: str, query: dict[str, str], now: datetime) -> RowView:
    """A record in the list. A flag stands in the cell it speaks of, else behind the name."""
    flag = flag_words(row.flags[0]) if row.flags else ""
    where = next((h.key for h in heads if h.shown and row.flags and row.flags[0].startswith(h.key)), heads[0].key if heads else "")
    cells = []
    for c, h in zip(columns, heads, strict=True):
        if not h.shown:
            continue
        css = {"id": "m t2", "money": "", "number": ""}.get(c.hint, "t2") if cells else "b"
        text = looks.cell(row, c, now)
        css += " t3" if looks.dim(c, row.values) else ""
        cells.append(CellView(row.label if text == "–" and not cells else text, f"{css} {h.css}".strip(), flag if h.key == where else ""))
    named = [
        looks.cell(row, c, now)
        for c, h in zip(columns, heads, strict=True)
        if h.shown and c.hint not in ("money", "time") and row.display.get(c.name, row.label) != row.label
    ]
    money = next((row.display.get(c.name, "") for c in columns if c.hint == "money" and row.display.get(c.name)), "")
    return RowView(
        row.id,
        with_params(path, query, cursor=query.get("cursor"), open=row.id, pane=None, field=None),
        query.get("open") == row.id,
        row.label or row.remote_id,
        " · ".join([x for x in named if x][:2]),
        money,
        cells,
        words.monogram(row.source.connector),
        words.hue(row.source.connector),
        row.source.name,
        words.age(row.updated_at, now),
        words.stamp(row.updated_at),
        row.deleted,
    )
