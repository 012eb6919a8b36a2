"""HTML elements whose `style` is the element's own style attribute.

Reflex turns `style=` into a generated class: it loses against the classes of the look, and a moving bar would
add a class a second. `el.div(..., style={"width": share})` writes the attribute instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx


def inline(props: dict[str, Any]) -> dict[str, Any]:
    """Move `style` to where React writes it as an attribute."""
    style = props.pop("style", None)
    if style is not None:
        props["custom_attrs"] = {**props.get("custom_attrs", {}), "style": rx.Var.create(style)}
    return props


class _Elements:
    def __getattr__(self, tag: str) -> Callable[..., rx.Component]:
        make = getattr(rx.el, tag)

        def element(*children: Any, **props: Any) -> rx.Component:
            return make(*children, **inline(props))

        return element


el = _Elements()
use = rx.el.svg.use
