"""What the settings know: people and invites, sessions, API keys, workspace. Audit and keys have states of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.pages.settings.rows import SCOPE_WORDS, InviteView, KeyView, MemberView, ScopeView, SessionView, key_view, member_view
from orion_app.shell.address import last_part
from orion_app.shell.guard import authorized, may, me
from orion_app.shell.services import services
from orion_core.base.errors import InvalidInput, OrionError
from orion_core.platform.accounts.principal import SCOPES

SECTIONS = {
    "members": "Members",
    "api-keys": "API keys",
    "workspace": "Workspace",
    "audit": "Audit log",
    "keys": "Keys and rotation",
    "sessions": "Sessions",
}


class SettingsState(rx.State):
    loaded: bool = False
    section: str = "members"
    title: str = "Members"
    denied: bool = False
    members: list[MemberView] = []
    invites: list[InviteView] = []
    members_text: str = ""
    sessions: list[SessionView] = []
    keys: list[KeyView] = []
    unused: KeyView = KeyView()
    scopes: list[ScopeView] = [ScopeView(name, SCOPE_WORDS.get(name, name)) for name in SCOPES]
    dialog: str = ""
    error_field: str = ""
    error_text: str = ""
    link: str = ""
    link_title: str = ""
    link_text: str = ""
    busy: bool = False

    @rx.event
    @authorized("viewer")
    async def load(self):
        from orion_app.pages.settings.audit_state import AuditState, KeysState

        wanted = last_part(self)
        if wanted not in SECTIONS:
            return rx.redirect("/settings/members", replace=True)
        self.section, self.title, self.dialog = wanted, SECTIONS[wanted], ""
        self.error_field = self.error_text = self.link = ""
        self.denied = not may(me(), {"api-keys": "admin", "audit": "admin", "keys": "owner"}.get(wanted, "viewer"))
        if not self.denied:
            await self._fill()
        self.loaded = True
        if self.denied:
            return None
        return {"audit": AuditState.load, "keys": KeysState.load}.get(wanted)

    async def _fill(self) -> None:
        who, accounts, now = me(), services().accounts, datetime.now(UTC)
        if self.section == "members":
            self.members = [member_view(m, who, now) for m in await accounts.members(who)]
            invites = await accounts.invites(who) if may(who, "admin") else []
            self.invites = [
                InviteView(
                    i.id,
                    i.email,
                    i.role.name.capitalize(),
                    f"invited by {i.invited_by}, link " + ("expired" if i.expired else f"expires {words.age(i.expires_at, now)}"),
                    i.expired,
                )
                for i in invites
            ]
            people = words.plural(len(self.members), "person", "people")
            self.members_text = people + (f" and {words.plural(len(invites), 'open invite')}" if invites else "")
        elif self.section == "sessions":
            self.sessions = [
                SessionView(s.id, s.device, s.address, words.day(s.created_at, now), words.ago(s.last_seen_at, now), s.current)
                for s in await accounts.sessions(who)
            ]
        elif self.section == "api-keys":
            rows = await accounts.api_keys(who)
            self.keys = [key_view(k, now) for k in rows if k.state != "revoked"]
            idle = [k for k in rows if k.state == "active" and (now - (k.last_used_at or k.created_at)).days >= 90]
            self.unused = key_view(idle[0], now) if idle else KeyView()

    @rx.event
    @authorized("viewer")
    async def show(self, dialog: str):
        self.dialog = dialog
        self.error_field = self.error_text = ""

    @rx.event
    @authorized("viewer")
    async def close(self, is_open: bool):
        """The one-time secret goes with the dialog."""
        if not is_open:
            self.dialog = self.link = self.link_title = self.link_text = ""

    # People -------------------------------------------------------------------------------------------------------

    @rx.event
    @authorized("admin")
    async def invite(self, form: dict[str, Any]):
        email = str(form.get("email") or "").strip()
        try:
            self.link = await services().accounts.invite(me(), email, str(form.get("role") or "viewer"))
        except OrionError as error:
            self._wrong(error, "email")
            return
        self._once(f"Invite for {email}", "Send this link to them. It works once, for 7 days; Orion keeps only its hash.")
        await self._fill()

    @rx.event
    @authorized("admin")
    async def renew_invite(self, invite_id: str):
        self.link = await services().accounts.renew_invite(me(), invite_id)
        self._once("New invite link", "The earlier link stopped working. This one works once, for 7 days.")
        await self._fill()

    @rx.event
    @authorized("admin")
    async def revoke_invite(self, invite_id: str):
        await services().accounts.revoke_invite(me(), invite_id)
        await self._fill()
        return rx.toast.info("Invite withdrawn")

    @rx.event
    @authorized("admin")
    async def change_role(self, user_id: str, role: str):
        try:
            await services().accounts.change_role(me(), user_id, role)
        finally:
            await self._fill()
        return rx.toast.success(f"Role is {role} now", description="It counts from their next click.")

    @rx.event
    @authorized("admin")
    async def reset_link(self, user_id: str):
        self.link = await services().accounts.reset_link(me(), user_id)
        self._once("Reset link", "Send this link to them. It works once, for one hour.")

    @rx.event
    @authorized("viewer")
    async def remove_member(self, user_id: str):
        """Out, or, with one's own id, leave; the service says who may."""
        await services().accounts.remove_member(me(), user_id)
        if user_id == me().id:
            return rx.call_script("location.assign('/')")
        await self._fill()
        return rx.toast.info("Removed", description="Their sessions ended and their API keys are revoked.")

    # Sessions and own account -------------------------------------------------------------------------------------

    @rx.event
    @authorized("viewer")
    async def revoke_session(self, session_id: str):
        await services().accounts.revoke_session(me(), session_id)
        await self._fill()
        return rx.toast.info("Session ended")

    @rx.event
    @authorized("viewer")
    async def revoke_others(self):
        count = await services().accounts.revoke_other_sessions(me())
        await self._fill()
        return rx.toast.info(f"{words.plural(count, 'session')} ended")

    @rx.event
    @authorized("viewer")
    async def change_password(self, form: dict[str, Any]):
        self.busy, self.error_field, self.error_text = True, "", ""
        yield
        try:
            count = await services().accounts.change_password(me(), str(form.get("current") or ""), str(form.get("password") or ""))
        except InvalidInput as error:
            self._wrong(error, "password")
            return
        finally:
            self.busy = False
        await self._fill()
        yield rx.toast.success("Password changed", description=f"{words.plural(count, 'other session')} ended.")

    @rx.event
    @authorized("viewer")
    async def rename_me(self, form: dict[str, Any]):
        from orion_app.shell.session import SessionState

        try:
            await services().accounts.rename_me(me(), str(form.get("name") or ""))
        except InvalidInput as error:
            self._wrong(error, "name")
            return None
        return [rx.toast.success("Name changed"), SessionState.enter]

    # API keys -----------------------------------------------------------------------------------------------------

    @rx.event
    @authorized("admin")
    async def create_key(self, form: dict[str, Any]):
        """The secret is shown once, in the dialog, and leaves the state with it."""
        name = str(form.get("name") or "").strip()
        days = str(form.get("days") or "")
        scopes = [s.name for s in self.scopes if form.get(f"scope:{s.name}")]
        if not name or not scopes:
            self.error_field, self.error_text = ("name", "Give the key a name.") if not name else ("scopes", "Choose what the key may do.")
            return
        try:
            row, self.link = await services().accounts.create_api_key(
                me(), name, scopes, expires_at=datetime.now(UTC) + timedelta(days=int(days)) if days.isdigit() and days != "0" else None
            )
        except InvalidInput as error:
            self._wrong(error, "name")
            return
        self._once(f"Key “{row.name}” created", "This is the only time you can see it. Orion keeps a hash.")
        await self._fill()

    @rx.event
    @authorized("admin")
    async def revoke_key(self, key_id: str):
        await services().accounts.revoke_api_key(me(), key_id)
        await self._fill()
        return rx.toast.info("Key revoked", description="Calls with it are refused from now on.")

    # Workspace ----------------------------------------------------------------------------------------------------

    @rx.event
    @authorized("admin")
    async def rename_workspace(self, form: dict[str, Any]):
        from orion_app.shell.session import SessionState

        try:
            await services().accounts.rename_workspace(me(), str(form.get("name") or ""))
        except InvalidInput as error:
            self._wrong(error, "workspace")
            return None
        return [rx.toast.success("Workspace renamed"), SessionState.enter]

    @rx.event
    @authorized("admin")
    async def create_workspace(self, form: dict[str, Any]):
        from orion_app.shell.session import SessionState

        try:
            made = await services().accounts.create_workspace(me(), str(form.get("name") or ""))
        except InvalidInput as error:
            self._wrong(error, "new")
            return None
        return SessionState.switch(made.id)

    def _once(self, title: str, text: str) -> None:
        self.dialog, self.link_title, self.link_text = "once", title, text
        self.error_field = self.error_text = ""

    def _wrong(self, error: OrionError, field: str) -> None:
        named = error.detail.get("fields", {})
        self.error_field = next(iter(named), field) if field == "password" else field
        self.error_text = next(iter(named.values()), error.message) if named else error.message
