"""What a command prints: a table for people, JSON for programs, errors with their next step."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from orion_core.base.errors import OrionError
from orion_core.base.kit import json

# A pipe has no width of its own: nothing is broken there, so that ids can be copied and searched for.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
errors = Console(stderr=True, highlight=False)


def plain(value: Any) -> Any:
    """A value as JSON can hold it; dataclasses become objects."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value


def as_json(value: Any) -> None:
    """Print JSON on one line to standard output."""
    sys.stdout.write(json.dumps_text(plain(value)) + "\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Print a table; `right` are the columns with numbers."""
    made = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index in right else "left", overflow="fold", no_wrap=index == 0 or index in right)
    for row in rows:
        made.add_row(*(cell(value) for value in row))
    console.print(made)


def cell(value: Any) -> str:
    """A value in a table."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value).replace("[", "\\[")


def fail(error: OrionError, *, as_json_too: bool) -> None:
    """Say what went wrong and what to do now."""
    if as_json_too:
        as_json({"error": error.as_dict()})
    errors.print(f"[red]{cell(error.message)}[/red]")
    fields = error.detail.get("fields") or {}
    for name, why in fields.items() if len(fields) > 1 else ():
        errors.print(f"  {name}: {cell(why)}")
    errors.print(cell(error.next_step))
