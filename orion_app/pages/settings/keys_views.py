"""API keys, audit log, encryption keys."""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import button, section, working
from orion_app.components.dom import el
from orion_app.components.forms import checkbox, field, search_box
from orion_app.components.icons import avatar, glyph, icon
from orion_app.components.panels import banner, confirm, dialog, no_hits, skeleton_rows
from orion_app.components.table import ACTIONS, head, pager, table
from orion_app.pages.settings.audit_state import AuditState, KeysState, LineView, RootKeyView
from orion_app.pages.settings.rows import KeyView
from orion_app.pages.settings.state import SettingsState
from orion_app.pages.settings.views import error_of, page_head


def key_row(k: KeyView) -> rx.Component:
    return el.tr(
        el.td(el.span(k.name, class_name="b"), el.br(), el.span(k.hint, class_name="mono t2")),
        el.td(
            el.span(rx.foreach(k.scopes, lambda s: el.span(s, class_name="tag")), class_name="row g4 wrap"), style={"whiteSpace": "normal"}
        ),
        el.td(el.span(avatar(k.initials, k.hue, "s"), k.owner, class_name="row g6")),
        el.td(k.used, class_name="r t2"),
        el.td(k.limit, class_name="r t2"),
        el.td(k.expires, class_name=rx.cond(k.soon, "r wn-fg", "r")),
        el.td(revoke(k), class_name="r"),
    )


def revoke(k: KeyView) -> rx.Component:
    return confirm(
        button("Revoke", kind="sm gh"),
        "Revoke this key?",
        rx.fragment("Calls with “", k.name, "” are refused from then on. This cannot be undone."),
        button("Revoke key", kind="bad", on_click=SettingsState.revoke_key(k.id)),
    )


def key_line(k: KeyView) -> rx.Component:
    """A key on a phone."""
    return el.div(
        el.div(
            el.div(k.name, " ", el.span(k.hint, class_name="mono t2 reg")),
            el.div(rx.foreach(k.scopes, lambda s: el.span(s, class_name="tag")), class_name="row g4 wrap"),
            el.div(k.owner, " · used ", k.used, " · expires ", k.expires, class_name="sm t2"),
            class_name="sp",
        ),
        revoke(k),
        class_name="li",
    )


def key_dialog() -> rx.Component:
    s = SettingsState
    lives = [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("0", "never")]
    return dialog(
        s.dialog == "key",
        "Create an API key",
        "For a service that calls /api/v1. It is shown once, then kept as a hash.",
        el.form(
            field("Name", "name", placeholder="Warehouse loader", error=error_of("name"), focus=True),
            el.div(
                el.span("May", class_name="lb"),
                el.div(
                    rx.foreach(
                        s.scopes, lambda x: checkbox(el.span(x.text, " ", el.span(x.name, class_name="mono t3")), name="scope:" + x.name)
                    )
                ),
                rx.cond(s.error_field == "scopes", el.span(glyph("failed"), s.error_text, class_name="hint bad"), rx.fragment()),
                class_name="fld",
            ),
            el.div(
                el.label("Expires", html_for="f-days"),
                el.span(
                    el.select(*[el.option(text, value=value) for value, text in lives], name="days", id="f-days", default_value="90"),
                    icon("chevrons-up-down", "xs"),
                    class_name="in lg sel-in",
                ),
                class_name="fld",
            ),
            on_submit=SettingsState.create_key,
            reset_on_submit=False,
            no_validate=True,
            id="key-form",
            style={"display": "grid", "gap": "14px"},
        ),
        foot=[rx.dialog.close(button("Cancel")), button("Create key", kind="pri", type="submit", form="key-form")],
        on_close=SettingsState.close,
    )


def api_keys() -> rx.Component:
    s = SettingsState
    heads = head("Key", "May", "Owner", ("Last used", "r"), ("Limit", "r"), ("Expires", "r"), (ACTIONS, "r"))
    warn = rx.cond(
        s.unused.id != "",
        banner(
            "stale",
            rx.fragment("“", s.unused.name, "” was not used for 90 days or more"),
            "Revoking breaks nothing that ran in that time.",
            button("Revoke", kind="bad", on_click=SettingsState.revoke_key(s.unused.id)),
        ),
        rx.fragment(),
    )
    return rx.fragment(
        page_head(
            "API keys",
            "For services that call /api/v1. Shown once, kept as a hash.",
            button(icon("plus"), "Create key", kind="pri", on_click=SettingsState.show("key")),
        ),
        rx.cond(
            s.keys.length() > 0,
            el.div(
                table(heads, s.keys, key_row, kind="flush tall", label="API keys"),
                el.div(rx.foreach(s.keys, key_line), class_name="lst"),
                class_name="cards-s mb",
            ),
            no_hits("No API key yet.", el.span("A key lets a program read records and start syncs.", class_name="t2")),
        ),
        warn,
        key_dialog(),
    )


def line(r: LineView) -> rx.Component:
    return el.tr(
        el.td(r.time, class_name="m t2", title=r.at),
        el.td(rx.cond(r.person, el.span(avatar(r.initials, r.hue, "s"), r.who, class_name="row g6"), el.span(r.who, class_name="t3"))),
        el.td(r.action, class_name=rx.cond(r.failed, "dn", "")),
        el.td(el.span(r.target, class_name="ell", style={"maxWidth": "280px"}), class_name="b", title=r.target),
        el.td(el.span(r.detail, class_name="ell", style={"maxWidth": "220px"}), class_name="t2 c-opt", title=r.detail),
        el.td(r.origin, class_name="m t3 c-opt"),
        el.td(r.hash, class_name="r m t3"),
    )


def audit_line(r: LineView) -> rx.Component:
    """A line of the log on a phone."""
    return el.div(
        el.div(
            el.div(r.who, " ", el.span(r.action, class_name=rx.cond(r.failed, "reg dn", "reg t2")), " ", r.target, class_name="ell"),
            el.div(r.time, rx.cond(r.detail != "", rx.fragment(" · ", r.detail), ""), class_name="sm t2 ell"),
            class_name="sp",
        ),
        el.span(r.hash, class_name="mono sm t3"),
        class_name="li",
    )


def audit() -> rx.Component:
    s = AuditState
    chain = el.div(
        glyph(rx.cond(s.intact, "healthy", "failed")),
        el.div(
            el.b(rx.cond(s.verdict != "", s.verdict, "Verifying the chain")),
            " ",
            el.span("· ", s.verdict_text, class_name="t2"),
            class_name="sp",
        ),
        working("Verify now", s.busy, on_click=AuditState.verify),
        class_name=rx.cond(s.intact, "banner healthy mid", "banner failed mid"),
        role="status",
    )
    heads = head("Time", "Who", "Did", "What", ("Detail", "c-opt"), ("From", "c-opt"), ("Hash", "r"))
    return rx.fragment(
        page_head(
            "Audit log",
            "Append-only and chained: each line holds the hash of the one before.",
            button(icon("download"), "Export", on_click=AuditState.export),
        ),
        chain,
        el.div(
            search_box(s, "Person, action or target", AuditState.search.debounce(180), style={"width": "240px"}),
            el.span(class_name="sp"),
            el.span(s.count, class_name="sm t2 num"),
            class_name="row wrap mb1 g6",
        ),
        rx.cond(
            s.loaded,
            rx.cond(
                s.rows.length() > 0,
                rx.fragment(
                    el.div(
                        table(heads, s.rows, line, label="Audit log"),
                        el.div(rx.foreach(s.rows, audit_line), class_name="lst"),
                        class_name="cards-s",
                    ),
                    pager("", s.prev_href, s.next_href),
                ),
                no_hits("No line matches this search.", el.span("", class_name="t2")),
            ),
            skeleton_rows(["80px", "110px", "80px", "220px"], 10),
        ),
    )


def root_key(k: RootKeyView) -> rx.Component:
    return el.tr(
        el.td(glyph(k.state), style={"width": "34px"}),
        el.td(k.name, class_name="b mono"),
        el.td(k.note, class_name="t2", style={"whiteSpace": "normal"}),
        el.td(k.warning, class_name="wn-fg", style={"whiteSpace": "normal"}),
        el.td(k.age, class_name="r t2 hide-s"),
    )


def encryption() -> rx.Component:
    s = KeysState
    rotate = rx.cond(
        s.may_rotate,
        confirm(
            button("Rotate", disabled=s.busy),
            "Rotate the encryption keys?",
            rx.cond(
                s.can_make,
                "A new key is made and every workspace's key is wrapped by it, while everything runs. Nothing stops.",
                "Every workspace's key is wrapped by the first key of ORION_SECRET_KEYS. Put the new key in front first.",
            ),
            button("Rotate keys", kind="pri", on_click=KeysState.rotate),
        ),
        rx.fragment(),
    )
    live = rx.cond(
        s.done != "",
        el.div(
            el.div(
                glyph(rx.cond(s.busy, "running", "healthy")),
                el.span(rx.cond(s.busy, "Rotating", "Rotated"), class_name="b"),
                el.span(class_name="sp"),
                el.span(s.done, class_name="num t2"),
                class_name="row",
            ),
            el.div(el.i(style={"width": s.share}), class_name="bar-t", style={"marginTop": "10px"}),
            style={"padding": "14px 16px", "borderBottom": "1px solid var(--o-line)"},
            role="status",
        ),
        rx.fragment(),
    )
    return rx.fragment(
        page_head(
            "Keys and rotation",
            rx.fragment("Secret keys wrap the key of each workspace, which encrypts its credentials. They are kept ", s.provider, "."),
            rotate,
        ),
        el.div(live, el.div(el.table(el.tbody(rx.foreach(s.rows, root_key)), class_name="tbl"), class_name="scroll-x"), class_name="panel"),
        el.div(
            section("How it works"),
            el.p(
                "Rotation is re-wrapping: each workspace key is wrapped by the newest secret key; reads go on with either. "
                "A key that wraps nothing can be removed from its place.",
                class_name="t2 lead",
            ),
            class_name="mt",
        ),
    )
