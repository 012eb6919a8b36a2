"""/connect/[slug]"""

from __future__ import annotations

import reflex as rx

from orion_app.components.dom import el
from orion_app.components.panels import skeleton_rows
from orion_app.pages.connect import views
from orion_app.pages.connect.state import ConnectState
from orion_app.shell.frame import crumb, frame
from orion_app.shell.session import SessionState


def page() -> rx.Component:
    return frame(
        "marketplace",
        crumb("Marketplace", "/marketplace", rx.fragment("Connect ", ConnectState.name)),
        rx.cond(
            ConnectState.loaded | (SessionState.ready & ~SessionState.can_edit),
            rx.cond(SessionState.can_edit, rx.cond(ConnectState.missing, views.missing(), views.form()), views.denied()),
            el.div(skeleton_rows(["120px", "320px"], 6), class_name="page"),
        ),
    )


PAGES = [(page, "/connect/[slug]", "Connect · Orion", [SessionState.enter, ConnectState.load])]
