"""Every event handler is an open door to anyone with a socket; this is the lock.

    @rx.event
    @authorized("editor")
    async def pause(self): ...

The decorator reads the session cookie, asks the accounts service who that is, on every call, and refuses before
the handler's first line runs. `me()` then gives the principal. `HANDLERS` lists every guarded handler, so that a
test can compare it with all handlers Reflex knows; `public` marks those a stranger may call, with the reason.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from typing import Any, Literal
from urllib.parse import quote

import reflex as rx
from reflex.istate.proxy import StateProxy

from orion_app.shell.services import services
from orion_core.base.errors import Forbidden, OrionError
from orion_core.platform.accounts.principal import Principal
from orion_core.platform.accounts.principal import Role as RoleOf

Role = Literal["viewer", "editor", "admin", "owner"]
COOKIE = "orion_session"
WORKSPACE_COOKIE = "orion_workspace"
HANDLERS: dict[str, str] = {}
PUBLIC: dict[str, str] = {}
_current: ContextVar[Principal | None] = ContextVar("orion_principal", default=None)


def me() -> Principal:
    """The principal of the handler that is running."""
    principal = _current.get()
    if principal is None:
        raise Forbidden("This handler has no principal.")
    return principal


def cookies(state: rx.State) -> dict[str, str]:
    """The cookies of the websocket's handshake."""
    try:
        jar = SimpleCookie(state.router.headers.cookie or "")
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


async def principal_of(state: rx.State) -> Principal | None:
    """Who holds this socket, asked of the database; None for a stranger or a revoked session."""
    jar = cookies(state)
    token = jar.get(COOKIE, "")
    return await services().accounts.principal(token, jar.get(WORKSPACE_COOKIE) or None) if token else None


def may(principal: Principal, role: Role) -> bool:
    """Whether this principal's role is at least `role`."""
    return principal.role >= RoleOf[role]


def toast_error(error: OrionError) -> Any:
    """A failure as a toast: what happened, and the next step. It stays until it is closed."""
    return rx.toast.error(error.message, description=error.next_step, duration=600_000, close_button=True)


def sign_in_again(state: rx.State) -> Any:
    """To the sign-in page, which returns to where the person was."""
    path = state.router.url.path or "/"
    return rx.redirect("/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='')}")


class HolderState(rx.State):
    """Whose data this browser tab holds; never sent to the browser."""

    _holder: str = ""


async def forget_unless(state: rx.State, holder: str) -> None:
    """Empty every state of the tab when somebody else signed in, or nobody is: nothing of the one before stays."""
    kept = await state.get_state(HolderState)
    if kept._holder == holder:
        return
    if kept._holder:
        for own in (c for c in rx.State.get_substates() if c.__module__.startswith("orion_app.")):
            (await state.get_state(own)).reset()
    kept._holder = holder


def authorized(role: Role = "viewer") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Lets a handler run only for a member of the workspace whose role is at least `role`."""

    def lock(fn: Callable[..., Any]) -> Callable[..., Any]:
        HANDLERS[_name(fn)] = role

        async def admit(state: rx.State) -> tuple[bool, Any]:
            principal = await principal_of(state)
            if not isinstance(state, StateProxy):  # a background handler was started by one that has asked already
                await forget_unless(state, f"{principal.id}:{principal.workspace_id}" if principal else "")
            if principal is None:
                return False, sign_in_again(state)
            if not may(principal, role):
                return False, rx.toast.error(
                    f"This needs the role {role}; yours is {principal.role.name}.",
                    description="Ask an admin of the workspace.",
                    duration=600_000,
                    close_button=True,
                )
            _current.set(principal)
            return True, None

        if inspect.isasyncgenfunction(fn) or inspect.isgeneratorfunction(fn):

            @functools.wraps(fn)
            async def guarded_steps(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
                ok, refusal = await admit(self)
                if not ok:
                    yield refusal
                    return
                try:
                    made = fn(self, *args, **kwargs)
                    if inspect.isasyncgen(made):
                        async for step in made:
                            yield step
                    else:
                        for step in made:
                            yield step
                except OrionError as error:
                    yield toast_error(error)

            return guarded_steps

        @functools.wraps(fn)
        async def guarded(self: rx.State, *args: Any, **kwargs: Any) -> Any:
            ok, refusal = await admit(self)
            if not ok:
                return refusal
            try:
                made = fn(self, *args, **kwargs)
                return await made if inspect.isawaitable(made) else made
            except OrionError as error:
                return toast_error(error)

        return guarded

    return lock


def public(reason: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a handler that a stranger may call, and says why that is safe."""

    def mark(fn: Callable[..., Any]) -> Callable[..., Any]:
        PUBLIC[_name(fn)] = reason
        return fn

    return mark


def _name(fn: Callable[..., Any]) -> str:
    return f"{fn.__module__}.{fn.__qualname__}"
