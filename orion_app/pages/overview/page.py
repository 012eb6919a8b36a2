"""/ : the overview."""

from __future__ import annotations

import reflex as rx

from orion_app.pages.overview import views
from orion_app.pages.overview.state import OverviewState
from orion_app.shell.frame import frame, title
from orion_app.shell.session import SessionState

ROUTE = "/"
TITLE = "Overview · Orion"
ON_LOAD = [SessionState.enter, OverviewState.load]


def page() -> rx.Component:
    return frame(
        "overview",
        title("Overview", OverviewState.today),
        rx.cond(OverviewState.loaded, rx.cond(OverviewState.empty, views.first_visit(), views.body()), views.waiting()),
        actions=views.actions(),
    )
