"""Pages that stay fresh: a background handler asks the services again while its page is open."""

from __future__ import annotations

from typing import Any


def connected(state: Any) -> bool:
    """Whether the browser of this state still holds its socket."""
    from orion_app.orion_app import app

    namespace = app.event_namespace
    return namespace is None or state.router.session.client_token in namespace.token_to_sid


def still_on(state: Any, path: str) -> bool:
    """Whether the browser is there and still on the page at `path`."""
    return connected(state) and state.router.url.path.rstrip("/") == path.rstrip("/")
