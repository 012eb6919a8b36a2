"""Form fields: label above, hint below, the error in the hint's place."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import icon_button
from orion_app.components.dom import el
from orion_app.components.icons import glyph, icon


def field(
    label: Any,
    name: Any,
    *,
    hint: Any = "",
    error: Any = "",
    kind: Any = "text",
    required: Any = False,
    placeholder: Any = "",
    default: Any = "",
    pattern: Any = "",
    auto: str = "off",
    after: Any = None,
    focus: bool = False,
    mono: bool = False,
    **props: Any,
) -> rx.Component:
    """One uncontrolled field of a form; values, secrets above all, never enter the state."""
    identity = "f-" + name
    secret = kind == "password" if isinstance(kind, str) else None
    if isinstance(default, rx.Var):
        props["key"] = default  # a default that comes late is written by drawing the field anew
    box = el.input(
        id=identity,
        name=name,
        type=kind,
        required=required,
        placeholder=placeholder,
        default_value=default,
        auto_complete=auto,
        auto_focus=focus,
        aria_describedby=identity + "-hint",
        aria_invalid=error != "",
        class_name="mono" if mono else "",
        spell_check=False,
        pattern=pattern if pattern != "" else None,
        **props,
    )
    reveal = icon_button("eye", "Show", custom_attrs={"data-reveal": identity}, kind="gh sm")
    return el.div(
        el.label(label, html_for=identity)
        if after is None
        else el.div(el.label(label, html_for=identity), el.span(class_name="sp"), after, class_name="row"),
        el.div(
            box,
            *([reveal] if secret else []),
            *([rx.cond(kind == "password", reveal, rx.fragment())] if secret is None else []),
            class_name=rx.cond(error != "", "in lg err", "in lg"),
        ),
        rx.cond(
            error != "",
            el.span(glyph("failed"), el.span(error), class_name="hint bad", id=identity + "-hint", role="alert"),
            el.span(hint, class_name="hint", id=identity + "-hint"),
        ),
        class_name="fld",
    )


def spec_field(view: Any) -> rx.Component:
    """A field drawn from a connector's spec: `view` has name, label, hint, error, kind, required, placeholder, pattern."""
    return el.div(
        el.label(view.label, html_for="f-" + view.name),
        el.div(
            el.input(
                id="f-" + view.name,
                name=view.name,
                type=view.kind,
                required=view.required,
                placeholder=view.placeholder,
                default_value=view.default,
                auto_complete="off",
                spell_check=False,
                class_name=rx.cond(view.secret, "mono", ""),
                title=view.hint,
                custom_attrs={"pattern": rx.cond(view.pattern != "", view.pattern, rx.Var("undefined"))},
                aria_describedby="f-" + view.name + "-hint",
                aria_invalid=view.error != "",
            ),
            rx.cond(view.secret, icon_button("eye", "Show", custom_attrs={"data-reveal": "f-" + view.name}, kind="gh sm"), rx.fragment()),
            class_name=rx.cond(view.error != "", "in lg err", "in lg"),
        ),
        rx.cond(
            view.error != "",
            el.span(glyph("failed"), el.span(view.error), class_name="hint bad", id="f-" + view.name + "-hint", role="alert"),
            el.span(view.hint, class_name="hint", id="f-" + view.name + "-hint"),
        ),
        class_name="fld",
    )


def checkbox(label: Any, *, name: Any = "", checked: Any = None, default: Any = None, **props: Any) -> rx.Component:
    """A real checkbox, drawn small."""
    if checked is not None:
        props["checked"] = checked
    if default is not None:
        props["default_checked"] = default
    if not isinstance(name, str) or name:
        props["name"] = name
    box = el.input(type="checkbox", class_name="ckb", **props)
    return el.label(box, label, class_name="row ck-row")


def search_box(state: Any, placeholder: Any, on_change: Any, *, label: str = "Search", **props: Any) -> rx.Component:
    """Search of a list; `/` puts the focus here. `state` has the vars of `SearchMixin`: typing never waits for the server."""
    return el.div(
        icon("search", "s"),
        el.input(
            type="search",
            default_value=state.seed,
            key=state.seed_turn.to_string(),
            placeholder=placeholder,
            aria_label=label,
            auto_complete="off",
            spell_check=False,
            on_change=on_change,
            custom_attrs={"data-search": "1"},
            id=props.pop("id", "page-search"),
        ),
        class_name="in search-in",
        **props,
    )
