"""Every page with its address and what runs before it."""

from __future__ import annotations

import importlib
from typing import Any

import reflex as rx

PAGES = ("entry", "overview", "marketplace", "connect", "connections", "connection", "records", "settings")


def register(app: rx.App) -> None:
    """Add all pages. A page module has ROUTE, TITLE, ON_LOAD and `page()`, or PAGES with several of them."""
    for name in PAGES:
        module: Any = importlib.import_module(f"orion_app.pages.{name}.page")
        for view, route, title, on_load in getattr(
            module,
            "PAGES",
            [(getattr(module, "page", None), getattr(module, "ROUTE", ""), getattr(module, "TITLE", ""), getattr(module, "ON_LOAD", []))],
        ):
            app.add_page(view, route=route, title=title, on_load=on_load)
