"""How the settings look: the frame, people, sessions, workspace."""

from __future__ import annotations

from typing import Any

import reflex as rx

from orion_app.components.controls import button, copy_button, icon_button, link
from orion_app.components.dom import el
from orion_app.components.forms import field
from orion_app.components.icons import avatar, icon, status
from orion_app.components.panels import dialog
from orion_app.components.table import ACTIONS, head
from orion_app.pages.settings.rows import InviteView, MemberView
from orion_app.pages.settings.state import SettingsState
from orion_app.shell.session import SessionState

NAV = [
    ("Workspace", [("members", "Members", "users"), ("api-keys", "API keys", "key-round"), ("workspace", "Workspace", "archive")]),
    ("Security", [("audit", "Audit log", "scroll-text"), ("keys", "Keys and rotation", "shield"), ("sessions", "Sessions", "monitor")]),
]
ROLES = [("viewer", "Viewer"), ("editor", "Editor"), ("admin", "Admin"), ("owner", "Owner")]


def sections() -> rx.Component:
    links: list[rx.Component] = []
    for title, items in NAV:
        links.append(el.h2(title))
        links += [
            link(icon(symbol), text, to=f"/settings/{key}", aria_current=rx.cond(SettingsState.section == key, "page", "false"))
            for key, text, symbol in items
        ]
    return el.nav(*links, class_name="nav", aria_label="Settings")


def page_head(title: str, sub: Any, *actions: Any) -> rx.Component:
    return el.div(
        el.div(el.h1(title), el.p(sub, class_name="sub")),
        el.div(*actions, class_name="acts") if actions else rx.fragment(),
        class_name="head",
    )


def error_of(name: str) -> Any:
    return rx.cond(SettingsState.error_field == name, SettingsState.error_text, "")


def role_select(m: MemberView) -> rx.Component:
    return el.span(
        el.select(
            *[el.option(text, value=value) for value, text in ROLES],
            value=m.role,
            on_change=lambda role: SettingsState.change_role(m.id, role),
            aria_label="Role of " + m.name,
        ),
        icon("chevrons-up-down", "xs"),
        class_name="in sel-in chip-like",
    )


def member(m: MemberView) -> rx.Component:
    more = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button("ellipsis", "More")),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item("Make a reset link", on_select=SettingsState.reset_link(m.id)),
            rx.dropdown_menu.item("Remove from workspace", color="red", on_select=SettingsState.remove_member(m.id)),
            size="1",
            align="end",
            class_name="o-menu",
        ),
        modal=False,
    )
    return el.tr(
        el.td(
            el.span(
                avatar(m.initials, m.hue),
                el.span(
                    el.span(
                        m.name,
                        rx.cond(m.operator, el.span("operator", class_name="tag"), rx.fragment()),
                        rx.cond(m.you, el.span("you", class_name="tag"), rx.fragment()),
                        class_name="row g6 b",
                        style={"lineHeight": "18px"},
                    ),
                    el.span(m.email, class_name="sm t2"),
                ),
                class_name="row g12",
            )
        ),
        el.td(rx.cond(m.fixed, el.span(m.role, class_name="cap-1", style={"paddingLeft": "8px"}), role_select(m))),
        el.td(m.sessions, class_name="r t2 hide-s"),
        el.td(m.seen, class_name="t2 hide-s", style={"paddingLeft": "28px"}),
        el.td(rx.cond(m.fixed, rx.fragment(), more), class_name="r"),
    )


def invite_row(i: InviteView) -> rx.Component:
    return el.tr(
        el.td(
            el.span(
                el.span("?", class_name="av av-q"),
                el.span(el.span(i.email, class_name="b"), el.br(), el.span(i.note, class_name="sm t2")),
                class_name="row g12",
            )
        ),
        el.td(el.span(i.role, style={"paddingLeft": "8px"})),
        el.td(class_name="hide-s"),
        el.td(
            rx.cond(i.expired, status("stale", "Expired"), status("waiting", "Invited")), class_name="hide-s", style={"paddingLeft": "28px"}
        ),
        el.td(
            el.span(
                button("New link", kind="sm gh", on_click=SettingsState.renew_invite(i.id)),
                button("Withdraw", kind="sm gh", on_click=SettingsState.revoke_invite(i.id)),
                class_name="row g4",
                style={"justifyContent": "flex-end"},
            ),
            class_name="r",
        ),
    )


_MAY = [
    ("See records, runs and the overview", 1),
    ("Connect systems, run syncs, replay, pause", 2),
    ("Delete connections, move addresses, invite people, API keys, audit log", 3),
    ("Give the role of owner, encryption keys", 4),
]


def roles() -> rx.Component:
    tick, dot = el.span(icon("check", "s t2"), style={"display": "inline-block"}), el.span("·", class_name="t3")
    return rx.fragment(
        el.div(el.h2("What a role may do"), class_name="sec mt"),
        el.div(
            el.table(
                head(el.span("What", class_name="vh"), *[(text, "c") for _, text in ROLES]),
                el.tbody(
                    *[
                        el.tr(
                            el.td(text, style={"whiteSpace": "normal"}),
                            *[el.td(tick if rank >= least else dot, class_name="c") for rank in (1, 2, 3, 4)],
                        )
                        for text, least in _MAY
                    ]
                ),
                class_name="tbl panel",
                style={"overflow": "hidden"},
            ),
            class_name="tbl-x",
        ),
    )


def members() -> rx.Component:
    s = SettingsState
    invite = rx.cond(
        SessionState.can_admin, button(icon("user-plus"), "Invite", kind="pri", on_click=SettingsState.show("invite")), rx.fragment()
    )
    return rx.fragment(
        page_head("Members", rx.fragment(s.members_text, " in ", SessionState.workspace), invite),
        el.div(
            el.table(
                head(
                    "Person",
                    "Role",
                    ("Sessions", "r hide-s"),
                    el.th("Last seen", class_name="hide-s", style={"paddingLeft": "28px"}),
                    (ACTIONS, "r"),
                ),
                el.tbody(rx.foreach(s.members, member), rx.foreach(s.invites, invite_row)),
                class_name="tbl flush tall",
            ),
            class_name="tbl-x",
        ),
        roles(),
        dialog(
            s.dialog == "invite",
            "Invite a person",
            "They get a link that works once. Orion sends no mail by itself.",
            el.form(
                field("E-mail", "email", kind="email", error=error_of("email"), focus=True),
                el.div(
                    el.label("Role", html_for="f-role"),
                    el.span(
                        el.select(
                            *[el.option(text, value=value) for value, text in ROLES], name="role", id="f-role", default_value="editor"
                        ),
                        icon("chevrons-up-down", "xs"),
                        class_name="in lg sel-in",
                    ),
                    el.span("They can be given another role later.", class_name="hint"),
                    class_name="fld",
                ),
                on_submit=SettingsState.invite,
                reset_on_submit=False,
                no_validate=True,
                id="invite-form",
                style={"display": "grid", "gap": "14px"},
            ),
            foot=[rx.dialog.close(button("Cancel")), button("Make invite link", kind="pri", type="submit", form="invite-form")],
            on_close=SettingsState.close,
        ),
    )


def once() -> rx.Component:
    """A link or a key that is shown this one time."""
    s = SettingsState
    return dialog(
        s.dialog == "once",
        s.link_title,
        s.link_text,
        el.div(el.span(s.link, class_name="ell sp"), copy_button(s.link, kind="sm"), class_name="in lg mono sunk-in"),
        foot=[rx.dialog.close(button("Done", kind="pri"))],
        on_close=SettingsState.close,
    )
