"""Schedule, streams and fields, name, address, credential, end of a connection."""

from __future__ import annotations

import dataclasses
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.shell.address import last_part
from orion_app.shell.forms import FieldView, check, field_view
from orion_app.shell.guard import authorized, me
from orion_app.shell.services import services
from orion_core.base.errors import InvalidInput
from orion_core.services.connections.types import ConnectionChange


@dataclasses.dataclass
class Every:
    value: str = ""
    text: str = ""


EVERY = [("300", "5 minutes"), ("900", "15 minutes"), ("1800", "30 minutes"), ("3600", "hour"), ("21600", "6 hours"), ("86400", "day")]


EVERY_CHOICES = [Every(value, text) for value, text in EVERY]


class ConnectionSettingsState(rx.State):
    loaded: bool = False
    name: str = ""
    base_url: str = ""
    fields: list[FieldView] = []
    kind: str = "manual"
    every: str = "900"
    choices: list[Every] = EVERY_CHOICES
    cron: str = ""
    busy: str = ""
    error_field: str = ""
    error_text: str = ""
    message: str = ""
    deleting: bool = False

    @rx.event
    @authorized("viewer")
    async def load(self):
        c = await services().connections.get(me(), last_part(self))
        row = c.row
        self.name, self.base_url = row.name, c.base_url or c.default_base_url
        self.kind = row.schedule_kind
        self.every = row.schedule_value if row.schedule_kind == "interval" else "900"
        self.cron = row.schedule_value if row.schedule_kind == "cron" else "0 3 * * 0"
        self.choices = (
            EVERY_CHOICES if self.every in dict(EVERY) else [*EVERY_CHOICES, Every(self.every, words.duration(float(self.every)))]
        )
        choice = next((a for a in (await services().marketplace.connector(me(), row.connector)).auth if a.kind == c.auth_kind), None)
        self.fields = [field_view(f) for f in choice.fields] if choice else []
        self.busy = self.error_field = self.error_text = self.message = ""
        self.deleting = False
        self.loaded = True

    @rx.event
    @authorized("editor")
    async def pick_kind(self, kind: str):
        self.kind = kind if kind in ("manual", "interval", "cron") else "manual"

    @rx.event
    @authorized("editor")
    async def save_schedule(self, form: dict[str, Any]):
        from orion_app.pages.connection.state import ConnectionState

        self.error_field = self.error_text = ""
        try:
            value = {"interval": str(form.get("every") or "900"), "cron": str(form.get("cron") or "").strip()}.get(self.kind, "")
            await services().sync.set_schedule(me(), last_part(self), self.kind, value)
        except InvalidInput as error:
            self.error_field, self.error_text = "cron", error.message
            return None
        return [rx.toast.success("Schedule saved"), ConnectionState.load]

    @rx.event
    @authorized("editor")
    async def save_streams(self, form: dict[str, Any]):
        """Which streams, without which fields, from when."""
        from orion_app.pages.connection.state import ConnectionState

        page = await self.get_state(ConnectionState)
        change = ConnectionChange(
            streams=[s.name for s in page.streams if form.get(f"stream:{s.name}")],
            exclude={s.name: [f.name for f in s.fields if not form.get(f.key)] for s in page.streams},
            backfill_start=str(form.get("backfill_start") or ""),
        )
        await services().connections.update(me(), last_part(self), change)
        return [rx.toast.success("Streams saved", description="The next run reads them."), ConnectionState.load]

    @rx.event
    @authorized("editor")
    async def rename(self, form: dict[str, Any]):
        from orion_app.pages.connection.state import ConnectionState

        name = str(form.get("name") or "").strip()
        if not name:
            self.error_field, self.error_text = "name", "Give the connection a name."
            return None
        await services().connections.update(me(), last_part(self), ConnectionChange(name=name))
        return [rx.toast.success("Renamed"), ConnectionState.load]

    @rx.event
    @authorized("admin")
    async def move(self, form: dict[str, Any]):
        """Another base URL clears the credential: it must not be sent to a host nobody confirmed."""
        from orion_app.pages.connection.state import ConnectionState

        try:
            await services().connections.update(me(), last_part(self), ConnectionChange(base_url=str(form.get("base_url") or "").strip()))
        except InvalidInput as error:
            self.error_field, self.error_text = "base_url", error.message
            return None
        return [rx.toast.warning("Address saved", description="The credential was cleared. Enter it again below."), ConnectionState.load]

    @rx.event
    @authorized("editor")
    async def replace(self, form: dict[str, Any]):
        """Tested before it takes the place of the old one."""
        from orion_app.pages.connection.state import ConnectionState

        wrong = check(self.fields, form)
        self._show(wrong)
        if wrong:
            return
        self.busy = "credential"
        yield
        try:
            result = await services().connections.replace_credential(
                me(), last_part(self), {f.name: str(form.get(f.name) or "").strip() for f in self.fields}
            )
        except InvalidInput as error:
            self._show(error.detail.get("fields", {}))
            self.message = f"{error.message} {error.next_step}"
            return
        finally:
            self.busy = ""
        if result.ok:
            yield [rx.toast.success("Credential replaced", description=result.account), ConnectionState.load]
        else:
            problem = result.error or {}
            self.message = f"{problem.get('message', '')} {problem.get('next_step', '')}".strip()

    @rx.event
    @authorized("viewer")
    async def ask_delete(self, is_open: bool):
        """Open or close the question."""
        self.deleting = is_open
        self.error_field = self.error_text = ""

    @rx.event
    @authorized("admin")
    async def delete(self, form: dict[str, Any]):
        """Ends the connection and revokes the credential at the provider where that is possible."""
        if str(form.get("confirm") or "").strip() != self.name:
            self.error_field, self.error_text = "confirm", f"Type {self.name}, as it is written."
            return
        self.busy = "delete"
        yield
        try:
            done = await services().connections.delete(me(), last_part(self))
        finally:
            self.busy = ""
        self.deleting = False
        note = "Its credential was revoked at the provider." if done.revoked else f"{done.note} Its credential was erased here.".strip()
        yield [rx.toast.success("Connection deleted", description=note), rx.redirect("/connections")]

    def _show(self, wrong: dict[str, str]) -> None:
        self.message = ""
        self.fields = [dataclasses.replace(f, error=wrong.get(f.name, "")) for f in self.fields]
