"""Who is here: name, role, workspace, and the small numbers in the frame."""

from __future__ import annotations

import dataclasses
import json

import reflex as rx

from orion_app.components import format as words
from orion_app.shell.guard import authorized, may, me
from orion_app.shell.services import services
from orion_core.platform.accounts.principal import Principal


@dataclasses.dataclass
class WorkspaceChoice:
    id: str = ""
    name: str = ""
    role: str = ""
    current: bool = False


class SessionState(rx.State):
    """Small on purpose: every hydrate carries it."""

    ready: bool = False
    name: str = ""
    email: str = ""
    initials: str = ""
    hue: str = "250"
    role: str = "viewer"
    workspace: str = ""
    workspaces: list[WorkspaceChoice] = []
    connections: str = ""
    live: str = ""
    live_href: str = "/connections"
    can_edit: bool = False
    can_admin: bool = False
    is_owner: bool = False

    @rx.event
    @authorized("viewer")
    async def enter(self):
        """Runs before every page."""
        who = me()
        self.name, self.email, self.role = who.name, who.email, who.role.name
        self.initials, self.hue = words.initials(who.name or who.email), words.hue(who.name or who.email)
        self.workspace = who.workspace_name
        self.can_edit, self.can_admin, self.is_owner = may(who, "editor"), may(who, "admin"), may(who, "owner")
        self.workspaces = [WorkspaceChoice(w.id, w.name, w.role.name, w.current) for w in await services().accounts.workspaces(who)]
        await self._feel(who)
        self.ready = True

    async def _feel(self, who: Principal) -> None:
        """The small numbers; pages that stay fresh call it too."""
        pulse = await services().analytics.pulse(who)
        self.connections = words.number(pulse.connections) if pulse.connections else ""
        self.live = live_text(pulse.running, pulse.rate)
        self.live_href = f"/connections/{pulse.connection_id}" if pulse.running == 1 else "/connections"

    @rx.event
    @authorized("viewer")
    async def switch(self, workspace_id: str):
        """Another workspace: the cookie is set by the server, then everything loads anew."""
        return rx.call_script(
            "fetch('/auth/workspace',{method:'POST',headers:{'Content-Type':'application/json'},"
            f"body:JSON.stringify({{workspace_id:{json.dumps(workspace_id)}}})}}).then(()=>location.assign('/'))"
        )


def live_text(running: int, rate: float) -> str:
    """2 syncs · 1,840 records/s, or nothing."""
    if not running:
        return ""
    return words.plural(running, "sync") + (f" · {words.number(rate)} records/s" if rate >= 1 else "")
