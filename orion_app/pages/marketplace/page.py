"""/marketplace and /marketplace/[slug]"""

from __future__ import annotations

import reflex as rx

from orion_app.components.dom import el
from orion_app.components.panels import skeleton_rows
from orion_app.pages.marketplace import views
from orion_app.pages.marketplace.connector_state import ConnectorState
from orion_app.pages.marketplace.state import MarketplaceState
from orion_app.shell.frame import crumb, frame, title
from orion_app.shell.session import SessionState


def shelf() -> rx.Component:
    return frame("marketplace", title("Marketplace"), views.shelf())


def connector() -> rx.Component:
    waiting = el.div(skeleton_rows(["140px", "90px", "220px", "80px"]), class_name="page")
    return frame(
        "marketplace",
        crumb("Marketplace", "/marketplace", ConnectorState.name),
        rx.cond(ConnectorState.loaded, rx.cond(ConnectorState.missing, views.missing(), views.connector()), waiting),
    )


PAGES = [
    (shelf, "/marketplace", "Marketplace · Orion", [SessionState.enter, MarketplaceState.load]),
    (connector, "/marketplace/[slug]", "Connector · Orion", [SessionState.enter, ConnectorState.load]),
]
