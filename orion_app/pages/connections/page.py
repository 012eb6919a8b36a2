"""/connections"""

from __future__ import annotations

import reflex as rx

from orion_app.pages.connections import views
from orion_app.pages.connections.state import ConnectionsState
from orion_app.shell.frame import frame, title
from orion_app.shell.session import SessionState


def page() -> rx.Component:
    return frame(
        "connections", title("Connections"), rx.cond(ConnectionsState.empty, views.first_visit(), views.listing()), actions=views.actions()
    )


PAGES = [(page, "/connections", "Connections · Orion", [SessionState.enter, ConnectionsState.load])]
