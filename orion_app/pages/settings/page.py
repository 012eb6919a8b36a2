"""/settings/[section]"""

from __future__ import annotations

import reflex as rx

from orion_app.components.dom import el
from orion_app.components.panels import no_hits, skeleton_rows
from orion_app.pages.settings import keys_views, own_views, views
from orion_app.pages.settings.state import SettingsState
from orion_app.shell.frame import crumb, frame
from orion_app.shell.session import SessionState


def page() -> rx.Component:
    s = SettingsState
    body = rx.match(
        s.section,
        ("sessions", own_views.sessions()),
        ("workspace", own_views.workspace()),
        ("api-keys", keys_views.api_keys()),
        ("audit", keys_views.audit()),
        ("keys", keys_views.encryption()),
        views.members(),
    )
    denied = no_hits("Your role may not see this.", el.span("Ask an admin of the workspace.", class_name="t2"))
    content = el.div(
        rx.cond(s.loaded, rx.cond(s.denied, denied, body), skeleton_rows(["180px", "120px", "80px"], 6)),
        class_name="sp",
        style={"minWidth": "0"},
    )
    return frame(
        "settings",
        crumb("Settings", "/settings/members", s.title),
        el.div(el.div(views.sections(), content, class_name="set"), views.once(), class_name="page"),
    )


PAGES = [(page, "/settings/[section]", "Settings · Orion", [SessionState.enter, SettingsState.load])]
