"""One's own sessions, password and name; the workspace."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, section, working
from orion_app.components.dom import el
from orion_app.components.forms import field
from orion_app.components.icons import glyph
from orion_app.components.table import ACTIONS, head, table
from orion_app.pages.settings.rows import SessionView
from orion_app.pages.settings.state import SettingsState
from orion_app.pages.settings.views import error_of, page_head
from orion_app.shell.session import SessionState


def session(s: SessionView) -> rx.Component:
    return el.tr(
        el.td(glyph(rx.cond(s.current, "healthy", "none")), style={"width": "22px"}),
        el.td(s.device, " ", rx.cond(s.current, el.span("this one", class_name="tag acc"), rx.fragment()), class_name="b"),
        el.td(s.address, class_name="m t2 hide-s"),
        el.td(s.since, class_name="t2 hide-s"),
        el.td(s.seen, class_name="t2"),
        el.td(rx.cond(s.current, rx.fragment(), button("End", kind="sm", on_click=SettingsState.revoke_session(s.id))), class_name="r"),
    )


def sessions() -> rx.Component:
    s = SettingsState
    heads = head(
        el.th(el.span("State", class_name="vh"), style={"width": "22px"}),
        "Device",
        ("Address", "hide-s"),
        ("Signed in", "hide-s"),
        "Last seen",
        (ACTIONS, "r"),
    )
    password = el.form(
        section("Password"),
        el.div(
            field("Current password", "current", kind="password", auto="current-password", error=error_of("current")),
            field(
                "New password",
                "password",
                kind="password",
                auto="new-password",
                error=error_of("password"),
                hint="Twelve characters or a short sentence.",
            ),
            class_name="form-col",
        ),
        el.div(
            working("Change password", s.busy, type="submit"), el.span("Your other sessions end.", class_name="sm t2"), class_name="row mt1"
        ),
        on_submit=SettingsState.change_password,
        reset_on_submit=True,
        no_validate=True,
        class_name="mb",
    )
    name = el.form(
        section("Your name"),
        el.div(field("Name", "name", default=SessionState.name, error=error_of("name")), class_name="form-col"),
        el.div(button("Change name", type="submit"), class_name="mt1"),
        on_submit=SettingsState.rename_me,
        reset_on_submit=False,
        no_validate=True,
    )
    return rx.fragment(
        page_head(
            "Sessions",
            "Where you are signed in. A session ends after 30 days without use.",
            rx.cond(s.sessions.length() > 1, button("End all others", on_click=SettingsState.revoke_others), rx.fragment()),
        ),
        el.div(table(heads, s.sessions, session, label="Sessions"), class_name="tbl-x mb"),
        password,
        name,
    )


def workspace() -> rx.Component:
    locked = ~SessionState.can_admin
    return rx.fragment(
        page_head("Workspace", "Its name, and the workspaces you are a member of."),
        el.form(
            el.div(
                field("Name", "name", default=SessionState.workspace, error=error_of("workspace"), disabled=locked), class_name="form-col"
            ),
            rx.cond(
                SessionState.can_admin,
                el.div(button("Rename", type="submit"), class_name="mt1"),
                el.p("An admin can rename it.", class_name="sm t2 mt1"),
            ),
            on_submit=SettingsState.rename_workspace,
            reset_on_submit=False,
            no_validate=True,
            class_name="mb",
        ),
        section("Your workspaces"),
        el.div(
            rx.foreach(
                SessionState.workspaces,
                lambda w: el.div(
                    el.span(w.name, class_name="b"),
                    el.span(w.role, class_name="tag"),
                    el.span(class_name="sp"),
                    rx.cond(w.current, el.span("open", class_name="sm t2"), button("Open", kind="sm", on_click=SessionState.switch(w.id))),
                    class_name="row pick",
                ),
            ),
            class_name="panel picks mb",
        ),
        rx.cond(
            SessionState.can_admin,
            el.form(
                section("Another workspace", note="Its connections, records and people are apart from this one."),
                el.div(field("Name", "name", error=error_of("new"), placeholder="Larkfield Labs"), class_name="form-col"),
                el.div(button("Create workspace", type="submit"), class_name="mt1"),
                on_submit=SettingsState.create_workspace,
                no_validate=True,
                reset_on_submit=False,
            ),
            rx.fragment(),
        ),
    )
