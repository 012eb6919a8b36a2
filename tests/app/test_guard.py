"""Every event handler Reflex knows passes the guard; nothing else is callable."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
import reflex as rx

import orion_app.orion_app  # noqa: F401  (registers all pages and states)
from orion_app.shell import guard

# Mutating handlers and the least role they may ask for; the services check again.
AT_LEAST_EDITOR = {
    "overview": {"sync_all", "connect_lab"},
    "connections": {"sync_chosen", "pause_chosen", "connect_lab"},
    "connection": {
        "sync_now",
        "sync_stream",
        "stop",
        "toggle_pause",
        "allow_deletes",
        "replay",
        "save_schedule",
        "save_streams",
        "rename",
        "move",
        "replace",
        "delete",
    },
    "connect": {"load", "submit", "use_lab"},
    "marketplace": {"connect_lab"},
    "settings": {
        "invite",
        "renew_invite",
        "revoke_invite",
        "change_role",
        "reset_link",
        "create_key",
        "revoke_key",
        "rename_workspace",
        "create_workspace",
        "rotate",
        "export",
    },
}


def states(cls: type[rx.State] = rx.State) -> Iterator[type[rx.State]]:
    for sub in cls.get_substates():
        yield sub
        yield from states(sub)


def own() -> list[type[rx.State]]:
    found = {s for s in states() if s.__module__.startswith("orion_app.")}
    return sorted(found, key=lambda s: (s.__module__, s.__name__))  # Reflex keeps them in a set: test workers must agree on the order


def handlers() -> list[tuple[type[rx.State], str]]:
    return [(s, name) for s in own() for name in sorted(s.event_handlers) if name != "setvar"]


def full_name(state: type[rx.State], name: str) -> str:
    return f"{state.__module__}.{state.__name__}.{name}"


def test_there_are_handlers() -> None:
    assert len(handlers()) > 60


@pytest.mark.parametrize(("state", "name"), handlers(), ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_every_handler_is_guarded_or_public_with_a_reason(state: type[rx.State], name: str) -> None:
    key = full_name(state, name)
    assert (key in guard.HANDLERS) != (key in guard.PUBLIC), f"{key} is open to anyone with a socket"
    assert guard.PUBLIC.get(key, "reason")


def test_public_is_the_entry_pages_alone() -> None:
    assert all(key.startswith("orion_app.pages.entry.") for key in guard.PUBLIC)


@pytest.mark.parametrize(("page", "names"), AT_LEAST_EDITOR.items())
def test_what_changes_something_is_not_for_viewers(page: str, names: set[str]) -> None:
    mine = {
        key.rsplit(".", 1)[-1]: role
        for key, role in guard.HANDLERS.items()
        if key.startswith(f"orion_app.pages.{page}.") and key.rsplit(".", 1)[-1] in names
    }
    assert set(mine) == names
    loose = {
        key
        for key in guard.HANDLERS
        if key.startswith(f"orion_app.pages.{page}.") and key.rsplit(".", 1)[-1] in names - {"load"} and guard.HANDLERS[key] == "viewer"
    }
    assert not loose


def test_no_setter_can_be_called() -> None:
    """Reflex's `setvar` calls `set_<var>`: without automatic setters no such method may exist, except the handler of the set-up page."""
    for state in own():
        reached = {name for name in dir(state) if name.startswith("set_") and name.removeprefix("set_") in state.vars}
        assert reached <= {"set_is_hydrated"}, f"{state.__name__}: {reached}"


def test_a_secret_never_has_a_var() -> None:
    """Credentials pass through handlers as arguments; no state may hold one."""
    suspicious = ("password", "secret", "credential_value", "api_key", "token_value")
    for state in own():
        held = [name for name in state.base_vars if any(word in name for word in suspicious)]
        assert not held, f"{state.__name__} holds {held}"


def test_guarded_handlers_keep_their_signature() -> None:
    """Reflex reads the arguments of an event off the handler; the guard must not hide them."""
    for state, name in handlers():
        fn = state.event_handlers[name].fn
        assert "args" not in inspect.signature(fn).parameters, full_name(state, name)
