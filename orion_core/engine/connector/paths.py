"""Dotted paths into parsed JSON: `a.b.0.c`; "" is the value itself."""

from __future__ import annotations

from typing import Any


def dig(value: Any, path: str) -> Any:
    """What stands at `path`, or None."""
    if not path:
        return value
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def plant(target: Any, path: str, value: Any) -> None:
    """Set `path` in `target`, making the objects in between; a number goes into a list that is there."""
    *parents, last = path.split(".")
    for part in parents:
        target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
