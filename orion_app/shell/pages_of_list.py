"""Previous for lists whose service only knows "next": the cursors passed on the way here."""

from __future__ import annotations

from orion_app.shell.address import with_params


def trail_of(trail: list[str], cursor: str) -> list[str]:
    """The way to this page; the first page has the cursor ""."""
    if not cursor:
        return [""]
    if cursor in trail:
        return trail[: trail.index(cursor) + 1]
    return [*(trail or [""]), cursor]


def step_hrefs(path: str, query: dict[str, str], trail: list[str], next_cursor: str | None) -> tuple[str, str]:
    """Addresses of the previous and the next page; "" where there is none."""
    before = with_params(path, query, cursor=trail[-2] or None) if len(trail) > 1 else ""
    return before, with_params(path, query, cursor=next_cursor) if next_cursor else ""
