"""/connections/[conn_id]?tab="""

from __future__ import annotations

import reflex as rx

from orion_app.components.controls import link
from orion_app.components.dom import el
from orion_app.components.panels import no_hits, skeleton_rows
from orion_app.pages.connection import runs_views, settings_views, views
from orion_app.pages.connection.state import ConnectionState
from orion_app.shell.frame import crumb, frame
from orion_app.shell.session import SessionState


def missing() -> rx.Component:
    return el.div(
        no_hits(
            "No connection has this address. It may be deleted, or belong to another workspace.",
            link("To the connections", to="/connections", class_name="btn"),
        ),
        class_name="page",
    )


def page() -> rx.Component:
    s = ConnectionState
    tab = rx.match(
        s.tab,
        ("streams", settings_views.streams()),
        ("schedule", settings_views.schedule()),
        ("runs", runs_views.runs()),
        ("dead-letters", runs_views.letters()),
        ("settings", settings_views.settings()),
        views.overview(),
    )
    body = el.div(views.top(), views.tab_bar(), tab, class_name="page")
    waiting = el.div(skeleton_rows(["40px", "180px", "240px"], 9), class_name="page")
    return frame(
        "connections", crumb("Connections", "/connections", s.name), rx.cond(s.loaded, rx.cond(s.missing, missing(), body), waiting)
    )


PAGES = [(page, "/connections/[conn_id]", "Connection · Orion", [SessionState.enter, ConnectionState.load])]
