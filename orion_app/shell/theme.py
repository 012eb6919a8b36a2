"""What every page carries: styles in their order, scripts of our own, the sprite, toasts."""

from __future__ import annotations

import reflex as rx

from orion_app.components.dom import el
from orion_app.components.icons import sprite

STYLES = ["/tokens.css", "/radix-overrides.css", "/orion.css", "/app.css"]


def head() -> list[rx.Component]:
    """orion.js is the keyboard, copy and reveal; the theme is set by Reflex before the first paint."""
    return [
        el.link(rel="icon", href="/mark.svg", type="image/svg+xml"),
        el.link(
            rel="preload", href="/fonts/inter-latin-var.woff2", custom_attrs={"as": "font"}, type="font/woff2", cross_origin="anonymous"
        ),
        el.meta(name="color-scheme", content="light dark"),
        el.script(src="/orion.js", defer=True),
    ]


def toaster() -> rx.Component:
    return rx.toast.provider(position="bottom-right", duration=6000, rich_colors=False, visible_toasts=3, gap=8)


def root_parts(_stateful: bool) -> rx.Component:
    """Once at the root of the app."""
    return rx.fragment(sprite())
