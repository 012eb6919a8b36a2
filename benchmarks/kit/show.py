"""Output: a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import Any


def table(title: str, head: list[str], rows: list[list[Any]]) -> None:
    """Print rows under a head, numbers to the right."""
    text = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(head[i]), *(len(row[i]) for row in text)) if text else len(head[i]) for i in range(len(head))]
    print(f"\n{title}")
    print(
        "  "
        + "  ".join(name.ljust(width) if i == 0 else name.rjust(width) for i, (name, width) in enumerate(zip(head, widths, strict=True)))
    )
    for row in text:
        print(
            "  "
            + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        )
    sys.stdout.flush()


def verdict(name: str, value: str, target: str, holds: bool | None) -> None:
    """One line: a figure, its target, whether it holds."""
    word = {True: "holds", False: "MISSED", None: "not measured"}[holds]
    print(f"  {name:<52} {value:>22}   target {target:<16} {word}")
    sys.stdout.flush()


def finish(result: dict[str, Any], *, as_json: bool) -> None:
    """Print the whole result where a program asked for it."""
    if as_json:
        print(json.dumps(result, indent=1, default=str))


def machine() -> str:
    """What it ran on."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {platform.system()} {platform.release()}"


def note(text: str) -> None:
    """Progress, beside the result."""
    print(text, file=sys.stderr, flush=True)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
