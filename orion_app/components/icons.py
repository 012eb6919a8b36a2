"""Icons, status glyphs, connector tiles and avatars, all drawn from one sprite in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import reflex as rx

from orion_app.components.dom import el, use

_SPRITE = (Path(__file__).parent / "sprite.svg").read_text()


def sprite() -> rx.Component:
    """The sprite itself; once per page, at the root of the app."""
    return rx.html(_SPRITE, class_name="sprite", aria_hidden="true")


def _use(symbol: Any, class_name: Any, **props: Any) -> rx.Component:
    props.setdefault("aria_hidden", "true")
    return el.svg(use(href=symbol), class_name=class_name, **props)


def icon(name: Any, size: str = "") -> rx.Component:
    """A Lucide icon; `size` is "", "s" (14), "xs" (12) or "l" (20). Extra classes may follow."""
    return _use("#i-" + name, f"ic {size}".strip())


def mark(**props: Any) -> rx.Component:
    """The Orion mark."""
    return _use("#mark", "mark", aria_hidden="false", role="img", aria_label="Orion", **props)


def glyph(state: Any) -> rx.Component:
    """The shape of a state. Always beside a word, or with one for screen readers."""
    return _use("#st-" + state, "st st-" + state)


def status(state: Any, text: Any, **props: Any) -> rx.Component:
    """Glyph and word, as in a row."""
    return el.span(glyph(state), text, class_name="status w-" + state, **props)


def pill(state: Any, text: Any) -> rx.Component:
    """Glyph and word with a tint: once, beside a title."""
    return el.span(glyph(state), text, class_name="pill p-" + state)


def tile(monogram: Any, hue: Any, size: str = "") -> rx.Component:
    """The two letters of a connector; `size` is xs 18, s 20, "" 24, m 32, l 40, xl 56."""
    return el.span(monogram, class_name=f"tile {size}".strip(), style={"--h": hue}, aria_hidden="true", custom_attrs={"translate": "no"})


def mark_tile(size: str = "m") -> rx.Component:
    """The tile of Orion itself and of its lab."""
    return el.span(mark(), class_name=f"tile {size}", style={"--h": "216"})


def tiles(sources: Any) -> rx.Component:
    """A short stack of tiles, one per source."""
    return el.span(
        rx.foreach(sources, lambda s: el.span(s.monogram, class_name="tile xs", style={"--h": s.hue}, title=s.name)),
        class_name="stack",
    )


def avatar(initials: Any, hue: Any, size: str = "") -> rx.Component:
    return el.span(initials, class_name=f"av {size}".strip(), style={"--h": hue}, aria_hidden="true")
