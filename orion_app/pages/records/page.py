"""/records and /records/[model]"""

from __future__ import annotations

import reflex as rx

from orion_app.pages.records import views
from orion_app.pages.records.drawer_state import DrawerState
from orion_app.pages.records.drawer_views import drawer
from orion_app.pages.records.state import RecordsState
from orion_app.shell.frame import frame, title
from orion_app.shell.session import SessionState


def page() -> rx.Component:
    return frame(
        "records",
        title("Records"),
        rx.cond(RecordsState.empty, views.first_visit(), views.listing()),
        actions=views.actions(),
        busy=RecordsState.busy,
        beside=drawer(),
        css=rx.cond(DrawerState.open, "app with-drawer", "app"),
    )


_LOAD = [SessionState.enter, RecordsState.load, DrawerState.load]
PAGES = [(page, "/records", "Records · Orion", _LOAD), (page, "/records/[model]", "Records · Orion", _LOAD)]
