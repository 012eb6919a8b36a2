"""What the entry pages know. Public: nothing here tells anything about the data of a workspace."""

from __future__ import annotations

import dataclasses

import reflex as rx

from orion_app.components import format as words
from orion_app.components.states import shape
from orion_app.shell.address import last_part, params
from orion_app.shell.guard import forget_unless, principal_of, public
from orion_app.shell.services import services

# What the form handlers answer with (`?error=`): which field it concerns, and what to write under it.
ERRORS: dict[str, tuple[str, str]] = {
    "credentials": ("password", "E-mail and password do not belong together. Check both, or ask an owner for a reset link."),
    "throttled": ("password", "Too many tries. Wait a minute, then try again."),
    "email": ("email", "This is not an e-mail address. It needs a name, an @ and a domain."),
    "name": ("name", "Enter the name colleagues will see."),
    "workspace": ("workspace", "Give the workspace a name, for example your company's."),
    "password_short": ("password", "Too short. Twelve characters or a short sentence is best."),
    "password_common": ("password", "This password is in every list of stolen ones. A short sentence is best."),
    "password_contains": ("password", "Contains your name, e-mail or workspace. Twelve characters or a short sentence is best."),
    "password_long": ("password", "Longer than 256 characters. A short sentence is best."),
    "password_mismatch": ("password", "The current password is not right."),
    "link": ("", "This link is used, expired or not complete."),
    "origin": ("", "The form came from another address. Open Orion under its own address and try again."),
}


@dataclasses.dataclass
class CheckView:
    title: str = ""
    state: str = "healthy"
    text: str = ""


class EntryState(rx.State):
    loaded: bool = False
    valid: bool = True
    token: str = ""
    next: str = "/"
    host: str = ""
    expires: str = ""
    email: str = ""
    workspace: str = ""
    role: str = ""
    invited_by: str = ""
    has_account: bool = False
    error_field: str = ""
    error_text: str = ""
    checks: list[CheckView] = []

    async def _begin(self) -> dict[str, str]:
        query = params(self)
        await forget_unless(self, "")
        self.host = self.router.url.netloc
        wanted = query.get("next", "/")
        self.next = wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/"
        self.error_field, self.error_text = ERRORS.get(query.get("error", ""), ("", ""))
        self.email = query.get("email", "")[:254]
        return query

    @rx.event
    @public("The form itself; answers only where to go when the visitor is signed in already.")
    async def sign_in(self):
        if await principal_of(self) is not None:
            return rx.redirect(self.next or "/")
        await self._begin()
        checks = await services().health.machine(brief=True)
        fine = all(c.state == "healthy" for c in checks)
        self.checks = (
            [CheckView("", "healthy", "Database and queue answer")]
            if fine
            else [CheckView("", shape(c.state), f"{c.title}: {c.text}") for c in checks if c.state != "healthy"][:1]
        )
        self.loaded = True
        return None

    @rx.event
    @public("Says whether the one-time link is good; machine checks are shown only with a good one.")
    async def set_up(self):
        query = await self._begin()
        self.token = query.get("token", "")[:200]
        expires_at = await services().accounts.setup_info(self.token)
        self.valid, self.expires = expires_at is not None, words.age(expires_at).removeprefix("in ")
        self.checks = [CheckView(c.title, shape(c.state), c.text) for c in await services().health.machine()] if self.valid else []
        self.loaded = True

    @rx.event
    @public("Tells the holder of an invite link what it is for.")
    async def invite(self):
        await self._begin()
        self.token = last_part(self)[:200]
        info = await services().accounts.invite_info(self.token)
        self.valid = info is not None
        if info is not None:
            self.email, self.workspace, self.role = info.email, info.workspace, info.role.name
            self.invited_by, self.expires = info.invited_by, words.age(info.expires_at)
            self.has_account = info.has_account
        self.loaded = True

    @rx.event
    @public("Tells the holder of a reset link whose password it sets.")
    async def reset_password(self):
        await self._begin()
        self.token = last_part(self)[:200]
        email = await services().accounts.reset_info(self.token)
        self.valid, self.email = email is not None, email or ""
        self.loaded = True
