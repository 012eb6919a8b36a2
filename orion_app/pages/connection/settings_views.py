"""Streams and fields, schedule, settings of a connection."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, section, working
from orion_app.components.dom import el
from orion_app.components.forms import checkbox, field, spec_field
from orion_app.components.icons import glyph, icon
from orion_app.components.panels import banner, dialog
from orion_app.pages.connection.rows import StreamView
from orion_app.pages.connection.settings_state import ConnectionSettingsState
from orion_app.pages.connection.state import ConnectionState
from orion_app.shell.session import SessionState


def only_look() -> rx.Component:
    """Why there is no button."""
    return el.p("Your role may look, not change. Ask an admin of the workspace.", class_name="t2 mt1")


def delete_dialog() -> rx.Component:
    """The name, typed: this is the one step here that cannot be undone."""
    s = ConnectionSettingsState
    return dialog(
        s.deleting,
        "Delete this connection?",
        rx.fragment(
            "“",
            ConnectionState.name,
            "” stops syncing at once and its credential is revoked. Its records and runs stay readable. To come back, connect again.",
        ),
        el.form(
            field(
                rx.fragment("Type ", el.b(ConnectionState.name), " to go on"),
                "confirm",
                error=rx.cond(s.error_field == "confirm", s.error_text, ""),
                focus=True,
            ),
            on_submit=ConnectionSettingsState.delete,
            reset_on_submit=False,
            no_validate=True,
            id="delete-form",
        ),
        foot=[
            rx.dialog.close(button("Cancel")),
            working("Delete connection", s.busy == "delete", kind="bad", type="submit", form="delete-form"),
        ],
        on_close=ConnectionSettingsState.ask_delete,
    )


def stream_pick(s: StreamView) -> rx.Component:
    """One stream: read it or not, from when, without which fields."""
    return el.div(
        el.div(
            checkbox(el.span(s.title, class_name="b"), name="stream:" + s.name, default=s.enabled, disabled=~SessionState.can_edit),
            el.span(s.model, " · ", s.mode, class_name="sm t2"),
            el.span(class_name="sp"),
            el.span(s.records, " records", class_name="sm t2 num hide-s"),
            class_name="row pick wrap",
            style={"gap": "10px", "minHeight": "46px"},
        ),
        rx.cond(
            s.fields.length() > 0,
            el.details(
                el.summary(s.fields_text),
                el.div(
                    rx.foreach(
                        s.fields,
                        lambda f: checkbox(
                            el.span(f.name, class_name="mono ell", title=f.name),
                            name=f.key,
                            default=f.kept,
                            disabled=~SessionState.can_edit,
                        ),
                    ),
                    class_name="field-grid",
                ),
                class_name="more fields-of",
            ),
            rx.fragment(),
        ),
        class_name="stream-pick",
    )


def streams() -> rx.Component:
    return el.form(
        section("Streams and fields", note="A field left out is not stored, also not in the raw record."),
        el.div(rx.foreach(ConnectionState.streams, stream_pick), class_name="panel"),
        el.div(
            el.label("From", html_for="f-backfill"),
            el.div(
                el.input(
                    type="date",
                    name="backfill_start",
                    id="f-backfill",
                    default_value=ConnectionState.backfill,
                    disabled=~SessionState.can_edit,
                ),
                class_name="in lg",
                style={"maxWidth": "200px"},
            ),
            el.span("Records created before are not read. Empty: everything the provider has.", class_name="hint"),
            class_name="fld",
            style={"margin": "14px 0"},
        ),
        rx.cond(
            SessionState.can_edit,
            el.div(
                button("Save streams", kind="pri", type="submit"),
                el.span("Nothing stored is removed by this.", class_name="sm t2"),
                class_name="row mt1",
            ),
            only_look(),
        ),
        on_submit=ConnectionSettingsState.save_streams,
        reset_on_submit=False,
        key=ConnectionState.id,
        style={"maxWidth": "820px"},
    )


def schedule() -> rx.Component:
    s = ConnectionSettingsState

    def kind(value: str, title: str, text: str, *more: rx.Component) -> rx.Component:
        return el.div(
            el.input(
                type="radio",
                name="kind",
                value=value,
                checked=s.kind == value,
                on_change=ConnectionSettingsState.pick_kind(value),
                class_name="rdb",
                id="k-" + value,
                disabled=~SessionState.can_edit,
            ),
            el.div(el.label(el.span(title, class_name="b"), html_for="k-" + value), el.p(text, class_name="sm t2"), *more, class_name="sp"),
            class_name=rx.cond(s.kind == value, "choice on", "choice"),
        )

    every = rx.cond(
        s.kind == "interval",
        el.div(
            "every ",
            el.span(
                el.select(
                    rx.foreach(s.choices, lambda c: el.option(c.text, value=c.value)),
                    name="every",
                    aria_label="Interval",
                    default_value=s.every,
                    key=s.every,
                ),
                icon("chevrons-up-down", "xs"),
                class_name="in sel-in",
            ),
            class_name="row mt1",
        ),
        rx.fragment(),
    )
    cron = rx.cond(
        s.kind == "cron",
        el.div(
            field(
                "Cron",
                "cron",
                default=s.cron,
                mono=True,
                error=rx.cond(s.error_field == "cron", s.error_text, ""),
                hint="Minute, hour, day, month, weekday, in UTC. 0 3 * * 0 is Sunday at 03:00.",
            ),
            class_name="mt1",
            style={"maxWidth": "320px"},
        ),
        rx.fragment(),
    )
    return el.form(
        section("Schedule", note=rx.fragment("Next run: ", ConnectionState.next_run)),
        el.div(
            kind("manual", "By hand", "Only when somebody presses Sync, or a script calls the API."),
            kind("interval", "Every so often", "Reads what changed since the last run.", every),
            kind("cron", "At set times", "For systems that should be left alone during the day.", cron),
            class_name="choices",
        ),
        rx.cond(SessionState.can_edit, el.div(button("Save schedule", kind="pri", type="submit"), class_name="mt1"), only_look()),
        on_submit=ConnectionSettingsState.save_schedule,
        reset_on_submit=False,
        style={"maxWidth": "560px"},
    )


def settings() -> rx.Component:
    s = ConnectionSettingsState

    def error_of(name: str) -> rx.Var:
        return rx.cond(s.error_field == name, s.error_text, "")

    rename = el.form(
        section("Name"),
        el.div(el.div(field("Name", "name", default=s.name, error=error_of("name")), class_name="sp"), class_name="form-col"),
        el.div(button("Rename", type="submit"), class_name="mt1"),
        on_submit=ConnectionSettingsState.rename,
        reset_on_submit=False,
        class_name="mb",
    )
    credential = el.form(
        section("Credential", note=ConnectionState.credential),
        el.div(rx.foreach(s.fields, spec_field), class_name="form-col"),
        rx.cond(s.message != "", el.div(banner("failed", s.message), style={"marginTop": "12px", "maxWidth": "520px"}), rx.fragment()),
        el.div(
            working("Test and replace", s.busy == "credential", kind="pri", type="submit"),
            el.span("The old one works until the new one is tested.", class_name="sm t2"),
            class_name="row mt1 wrap",
        ),
        on_submit=ConnectionSettingsState.replace,
        no_validate=True,
        reset_on_submit=True,
        auto_complete="off",
        class_name="mb",
    )
    address = el.form(
        section("Address"),
        el.div(
            field(
                "Base URL",
                "base_url",
                default=s.base_url,
                mono=True,
                error=error_of("base_url"),
                hint="A change clears the credential, so that it is never sent to a host nobody confirmed.",
            ),
            class_name="form-col",
        ),
        el.div(button("Change address", type="submit"), class_name="mt1"),
        on_submit=ConnectionSettingsState.move,
        reset_on_submit=False,
        class_name="mb",
    )
    end = el.section(
        section("End"),
        el.div(
            el.div(
                glyph("paused"),
                el.div(
                    el.span(rx.cond(ConnectionState.paused, "Paused", "Pause"), class_name="b"),
                    el.p("No run starts until you resume. Records and cursors stay.", class_name="sm t2"),
                    class_name="sp",
                ),
                button(rx.cond(ConnectionState.paused, "Resume", "Pause"), on_click=ConnectionState.toggle_pause),
                class_name="row pick end-row",
            ),
            rx.cond(
                SessionState.can_admin,
                el.div(
                    glyph("failed"),
                    el.div(
                        el.span("Delete", class_name="b"),
                        el.p(
                            "Revokes the credential at the provider where it allows that. Its records and runs stay readable.",
                            class_name="sm t2",
                        ),
                        class_name="sp",
                    ),
                    button(icon("trash-2"), "Delete", kind="bad", on_click=ConnectionSettingsState.ask_delete(True)),
                    delete_dialog(),
                    class_name="row pick end-row",
                ),
                rx.fragment(),
            ),
            class_name="panel",
        ),
    )
    return rx.cond(
        SessionState.can_edit,
        el.div(rename, credential, rx.cond(SessionState.can_admin, address, rx.fragment()), end, style={"maxWidth": "620px"}),
        only_look(),
    )
