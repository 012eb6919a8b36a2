"""Empty states, error panels, banners, stats, skeletons, drawers, dialogs."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import button, copy_button
from orion_app.components.dom import el
from orion_app.components.icons import glyph, mark


def stat(label: Any, value: Any, context: Any, *, unit: Any = "", wide: bool = False, lead: Any = None) -> rx.Component:
    """One number with its context; they stand in a strip (`stats`)."""
    return el.div(
        el.div(*([lead] if lead is not None else []), label, class_name="k"),
        el.div(value, " ", el.small(unit), class_name="v"),
        el.div(context, class_name="d"),
        class_name="stat wide" if wide else "stat",
    )


def stats(*items: Any, label: str = "Now", first_wide: bool = False) -> rx.Component:
    return el.section(*items, class_name="stats first-wide" if first_wide else "stats", aria_label=label)


def bone(width: str, height: str = "10px", **style: Any) -> rx.Component:
    """A piece of a skeleton."""
    return el.span(class_name="sk", style={"width": width, "height": height, **style})


def skeleton_rows(columns: list[str], rows: int = 8) -> rx.Component:
    """A table that has not come yet, with the final heights."""
    return el.table(
        el.tbody(
            *[el.tr(*[el.td(bone(str(int(w[:-2]) - (i * 13 + j * 7) % 28) + "px")) for j, w in enumerate(columns)]) for i in range(rows)]
        ),
        class_name="tbl flush late",
        aria_hidden="true",
    )


def ghost_matrix(rows: int = 5) -> rx.Component:
    """The matrix as it will be, faint, behind an empty state."""
    names = (70, 107, 94, 81, 118)
    holes = ({0, 5, 7}, {1, 7}, {2, 7}, {3, 7}, {4, 7})
    cells: list[rx.Component] = [el.div(class_name="h") for _ in range(9)]
    for row in range(rows):
        cells.append(
            el.div(
                bone("24px", "24px", borderRadius="6px"),
                bone(f"{names[row % 5]}px"),
                style={"height": "46px", "display": "flex", "alignItems": "center", "gap": "9px"},
            )
        )
        cells.extend(el.div() if col in holes[row % 5] else el.div(class_name="cell") for col in range(8))
    return el.div(el.div(*cells, class_name="mx"), class_name="ghost", aria_hidden="true")


def option(lead: Any, title: str, text: str, *, action: Any, primary: bool = False) -> rx.Component:
    """One way out of an empty state, with its cost in the text."""
    return el.div(
        el.span(lead, class_name="oi"),
        el.span(el.span(title, class_name="b"), el.br(), el.span(text, class_name="t2"), class_name="sp"),
        action,
        class_name="opt pri" if primary else "opt",
    )


def empty(title: Any, text: Any, *options: Any, note: Any = None) -> rx.Component:
    """What will be here, and up to three ways to get it."""
    return el.div(
        el.span(mark(style={"width": "32px", "height": "32px"}), class_name="empty-mark"),
        el.h2(title),
        el.p(text),
        el.div(*options, style={"display": "grid", "gap": "8px", "marginTop": "22px"}),
        *([el.p(note, class_name="sm t3", style={"marginTop": "16px"})] if note is not None else []),
        class_name="empty",
        style={"maxWidth": "540px"},
    )


def no_hits(text: Any, action: Any) -> rx.Component:
    """A filter without hits: names the filter, offers to drop it."""
    return el.div(el.p(text, class_name="b"), el.div(action, class_name="mt1"), class_name="no-hits")


def facts(*pairs: tuple[str, Any]) -> rx.Component:
    return el.div(
        *[el.div(el.div(k, class_name="sm t2"), el.div(v, class_name="b")) for k, v in pairs],
        class_name="err-facts",
    )


def error_panel(problem: Any, *actions: Any, state: str = "failed") -> rx.Component:
    """What happened, why, what to do, what is safe, when Orion tries again; the technical detail last.

    `problem` has title, cause, todo, safe, next_try, detail.
    """
    return el.section(
        el.div(
            el.div(
                el.span(glyph(state), style={"paddingTop": "5px"}),
                el.div(el.h2(problem.title), el.p(problem.cause), class_name="sp"),
                class_name="row top g12",
            ),
            class_name="err-head",
        ),
        facts(("What to do", problem.todo), ("What is safe", problem.safe), ("Next try", problem.next_try)),
        *([el.div(*actions, class_name="row wrap err-acts")] if actions else []),
        rx.cond(
            problem.detail != "",
            el.details(
                el.summary("Technical detail"),
                el.div(el.pre(problem.detail, class_name="code wrap sunk"), copy_button(problem.detail, "Copy for support")),
                class_name="err-detail",
            ),
            rx.fragment(),
        ),
        class_name=f"panel mb err {state}",
        role="alert",
    )


def banner(state: Any, title: Any, text: Any = None, *actions: Any) -> rx.Component:
    return el.div(
        glyph(state),
        el.div(el.b(title), *([el.p(text)] if text is not None else []), class_name="sp"),
        *actions,
        class_name="banner " + state,
    )


def key_values(*pairs: tuple[str, Any], **props: Any) -> rx.Component:
    return el.dl(*[c for k, v in pairs for c in (el.dt(k), el.dd(v))], class_name="kv", **props)


def rail_card(title: Any, *children: Any, right: Any = None) -> rx.Component:
    """A block of the right rail."""
    return el.div(el.h3(title, *([el.span(class_name="sp"), right] if right is not None else [])), *children, class_name="card-s")


def confirm(trigger: rx.Component, title: Any, text: Any, action: Any, *extra: Any) -> rx.Component:
    """A decision: what will happen, how to undo it, then the button that does it."""
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(text),
            *extra,
            el.div(rx.alert_dialog.cancel(button("Cancel")), rx.alert_dialog.action(action), class_name="dlg-foot"),
            class_name="o-dlg",
        ),
    )


def dialog(open_: Any, title: Any, text: Any, *children: Any, foot: Any, on_close: Any) -> rx.Component:
    """A dialog whose life the state decides: one-time secrets, small forms."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title), rx.dialog.description(text), *children, el.div(*foot, class_name="dlg-foot"), class_name="o-dlg"
        ),
        open=open_,
        on_open_change=on_close,
    )
