"""One form at the left, the sky at the right."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import button, link
from orion_app.components.dom import el
from orion_app.components.forms import field
from orion_app.components.icons import glyph, mark
from orion_app.components.panels import banner
from orion_app.pages.entry.state import EntryState

_SYSTEMS = [
    (214, 287, "end", "HubSpot", "contacts, deals"),
    (447, 313, "start", "Salesforce", "accounts, leads"),
    (519, 737, "start", "Stripe", "customers, invoices"),
    (265, 778, "end", "QuickBooks", "invoices, payments"),
    (365, 196, "middle", "Slack", "approvals, alerts"),
]
_MODELS = [(313, 569, "end", "customer"), (361, 561, "start", "invoice"), (401, 502, "start", "event")]


def _text(x: int, y: int, anchor: str, words: str, css: str) -> rx.Component:
    return el.text(words, x=str(x), y=str(y), text_anchor=anchor, class_name=css)


def sky() -> rx.Component:
    """The constellation: five systems joined through three unified models."""
    labels = [
        part for x, y, a, name, data in _SYSTEMS for part in (_text(x, y, a, name, "sky-name"), _text(x, y + 17, a, data, "sky-data"))
    ]
    return el.div(
        rx.el.svg(
            rx.el.svg.image(href="/stars.svg", width="760", height="880"),
            *labels,
            *[_text(x, y, a, name, "sky-model") for x, y, a, name in _MODELS],
            view_box="0 0 760 880",
            custom_attrs={"preserveAspectRatio": "xMidYMid slice"},
            role="img",
            aria_label="The constellation Orion: five systems joined through three unified models",
        ),
        class_name="sky",
    )


def shell(*form: Any, foot: Any) -> rx.Component:
    brand = el.div(mark(), "Orion", class_name="row brand")
    return el.main(el.div(brand, *form, foot, class_name="form"), sky(), class_name="entry", id="content")


def native(*children: Any, action: str, wide: bool = False) -> rx.Component:
    """A form the browser itself sends: the answer sets an HttpOnly cookie."""
    return el.form(
        *children,
        method="post",
        action=action,
        on_submit=None,
        class_name="inner wide" if wide else "inner",
        custom_attrs={"data-native": "1"},
        auto_complete="on",
    )


def hidden(name: str, value: Any) -> rx.Component:
    return el.input(type="hidden", name=name, value=value, read_only=True)


def error_of(name: str) -> Any:
    return rx.cond(EntryState.error_field == name, EntryState.error_text, "")


def general_error() -> rx.Component:
    return rx.cond((EntryState.error_text != "") & (EntryState.error_field == ""), banner("failed", EntryState.error_text), rx.fragment())


def _field(label: str, name: str, gap: str = "14px", **props: Any) -> rx.Component:
    return el.div(field(label, name, error=error_of(name), **props), style={"marginBottom": gap})


def submit(label: str) -> rx.Component:
    return button(label, kind="pri xl full", type="submit")


def sign_in() -> rx.Component:
    checks = el.div(
        el.span("Orion"),
        el.span(class_name="sp"),
        rx.foreach(EntryState.checks, lambda c: el.span(glyph(c.state), el.span(c.text), class_name="row g6")),
        class_name="row sm t3",
    )
    return shell(
        native(
            el.h1("Sign in"),
            el.p(EntryState.host, class_name="t2", style={"margin": "4px 0 24px"}),
            general_error(),
            hidden("next", EntryState.next),
            _field("E-mail", "email", kind="email", auto="username", required=True, default=EntryState.email, focus=True),
            _field(
                "Password",
                "password",
                "20px",
                kind="password",
                auto="current-password",
                required=True,
                after=link("Forgotten?", to="/forgotten", class_name="sm", style={"fontWeight": "420"}),
            ),
            submit("Sign in"),
            el.p("No account? Ask an owner of your workspace for an invite link.", class_name="sm t2", style={"marginTop": "18px"}),
            action="/auth/login",
        ),
        foot=checks,
    )


def dead_link(title: str, text: Any) -> rx.Component:
    return el.div(
        el.h1(title),
        el.p(text, class_name="t2", style={"margin": "4px 0 20px"}),
        link("To sign-in", to="/sign-in", class_name="btn xl full"),
        class_name="inner",
    )


def machine() -> rx.Component:
    """This machine, in plain words."""
    return el.div(
        el.div("This machine", class_name="sm b", style={"marginBottom": "4px"}),
        rx.foreach(
            EntryState.checks,
            lambda c: el.div(glyph(c.state), el.span(c.title, class_name="sp"), el.span(c.text, class_name="sm t2 r"), class_name="row"),
        ),
        class_name="lines",
        style={"marginTop": "26px"},
    )


def set_up() -> rx.Component:
    form = native(
        el.div(
            el.span("1 of 2", class_name="tag acc"),
            "Used once, link expires in ",
            EntryState.expires,
            class_name="row g6 sm t2",
            style={"marginBottom": "8px"},
        ),
        el.h1("Set up Orion"),
        el.p(
            "You become the owner of the first workspace and the operator of this instance.",
            class_name="t2",
            style={"margin": "4px 0 20px"},
        ),
        general_error(),
        hidden("token", EntryState.token),
        el.div(
            el.div(_field("Your name", "name", "0", required=True, auto="name", focus=True), class_name="sp"),
            el.div(_field("Workspace", "workspace", "0", required=True, auto="organization", placeholder="Larkfield"), class_name="sp"),
            class_name="row top",
            style={"gap": "12px", "marginBottom": "14px"},
        ),
        _field("E-mail", "email", kind="email", auto="username", required=True, default=EntryState.email),
        _field(
            "Password",
            "password",
            "20px",
            kind="password",
            auto="new-password",
            required=True,
            hint="Twelve characters or a short sentence.",
        ),
        submit("Create owner"),
        machine(),
        action="/auth/setup",
        wide=True,
    )
    dead = dead_link(
        "This set-up link does not work",
        rx.fragment(
            "It is used, expired or not complete. Start Orion again to get a new one on the console, or run ",
            el.span("orion setup-link", class_name="mono"),
            ".",
        ),
    )
    return shell(
        rx.cond(EntryState.loaded & ~EntryState.valid, dead, form),
        foot=el.div("Step 2 connects your first system. The lab needs no account.", class_name="sm t3"),
    )


def invite() -> rx.Component:
    form = native(
        el.h1("Join ", EntryState.workspace),
        el.p(
            EntryState.invited_by,
            " invited ",
            EntryState.email,
            " as ",
            EntryState.role,
            ". The link expires ",
            EntryState.expires,
            ".",
            class_name="t2",
            style={"margin": "4px 0 20px"},
        ),
        general_error(),
        hidden("token", EntryState.token),
        el.input(
            type="email",
            name="email",
            value=EntryState.email,
            read_only=True,
            auto_complete="username",
            class_name="vh",
            tab_index=-1,
            aria_hidden="true",
        ),
        rx.cond(
            EntryState.has_account,
            _field(
                "Password",
                "password",
                "20px",
                kind="password",
                auto="current-password",
                required=True,
                hint="You have an account here: the password you sign in with.",
            ),
            rx.fragment(
                _field("Your name", "name", required=True, auto="name", focus=True),
                _field(
                    "Password",
                    "password",
                    "20px",
                    kind="password",
                    auto="new-password",
                    required=True,
                    hint="Twelve characters or a short sentence.",
                ),
            ),
        ),
        submit("Join"),
        action="/auth/invite",
    )
    dead = dead_link("This invite does not work", "It is used, withdrawn or expired. Ask the person who sent it for a new one.")
    return shell(rx.cond(EntryState.loaded & ~EntryState.valid, dead, form), foot=el.div(EntryState.host, class_name="sm t3"))


def reset() -> rx.Component:
    form = native(
        el.h1("Set a new password"),
        el.p("For ", EntryState.email, ". All other sessions end.", class_name="t2", style={"margin": "4px 0 20px"}),
        general_error(),
        hidden("token", EntryState.token),
        _field(
            "New password",
            "password",
            "20px",
            kind="password",
            auto="new-password",
            required=True,
            focus=True,
            hint="Twelve characters or a short sentence.",
        ),
        submit("Set password"),
        action="/auth/reset",
    )
    dead = dead_link("This link does not work", "It is used or expired. Ask an owner of your workspace for a new one.")
    return shell(rx.cond(EntryState.loaded & ~EntryState.valid, dead, form), foot=el.div(EntryState.host, class_name="sm t3"))


def forgotten() -> rx.Component:
    """Orion sends no mail by itself: a person who is trusted hands out the link."""
    return shell(
        el.div(
            el.h1("Forgotten password"),
            el.p(
                "An owner or admin of your workspace makes a reset link under Settings, Members. It works once, for one hour.",
                class_name="t2",
                style={"margin": "4px 0 16px"},
            ),
            el.p("Only owner here? On the machine that runs Orion:", class_name="t2", style={"marginBottom": "6px"}),
            el.pre("orion reset-link YOUR-E-MAIL", class_name="code panel sunk", style={"marginBottom": "20px"}),
            link("Back to sign-in", to="/sign-in", class_name="btn xl full"),
            class_name="inner",
        ),
        foot=el.div("", class_name="sm t3"),
    )
