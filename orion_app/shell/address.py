"""The address of the page: what a handler reads from it, and addresses made from it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

PAGE_KEYS = ("cursor",)  # any change of a list starts at its first page


def params(state: Any) -> dict[str, str]:
    """The query of the current address."""
    return dict(parse_qsl(state.router.url.query))


def last_part(state: Any) -> str:
    """The last part of the path: a slug, an id, a section."""
    return state.router.url.path.rstrip("/").rsplit("/", 1)[-1]


def with_params(path: str, current: dict[str, str], **changes: str | None) -> str:
    """The address of the same list with something else; None or "" drops a key, a change drops the cursor."""
    merged = {k: v for k, v in current.items() if k not in PAGE_KEYS or k in changes}
    for key, value in changes.items():
        if value:
            merged[key] = value
        else:
            merged.pop(key, None)
    return f"{path}?{urlencode(merged)}" if merged else path
