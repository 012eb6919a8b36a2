"""The Reflex app: pages on one side, REST and webhooks on the other, one process and one port."""

import reflex as rx

from orion_app.api import api
from orion_app.pages.register import register
from orion_app.shell import theme
from orion_app.shell.failures import unforeseen

app = rx.App(
    api_transformer=api,
    stylesheets=theme.STYLES,
    head_components=theme.head(),
    extra_app_wraps={(1, "OrionRoot"): theme.root_parts},
    toaster=theme.toaster(),
    html_lang="en",
    backend_exception_handler=unforeseen,
)
register(app)
