"""What the connect form knows. A secret passes through a handler once; it is never a var of the state."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.shell.address import last_part, params
from orion_app.shell.forms import FieldView, check, field_view
from orion_app.shell.guard import authorized, me
from orion_app.shell.services import services
from orion_core.base.errors import InvalidInput, NotFound, OrionError
from orion_core.services.connections.types import NewConnection


@dataclasses.dataclass
class PickView:
    name: str = ""
    title: str = ""
    note: str = ""
    default: bool = True


@dataclasses.dataclass
class ChoiceView:
    title: str = ""
    href: str = ""
    on: bool = False


@dataclasses.dataclass
class TestView:
    state: str = ""  # "", healthy, failed
    title: str = ""
    text: str = ""


class ConnectState(rx.State):
    loaded: bool = False
    missing: bool = False
    slug: str = ""
    name: str = ""
    monogram: str = ""
    hue: str = ""
    auth: str = ""
    choices: list[ChoiceView] = []
    help_url: str = ""
    fields: list[FieldView] = []
    streams: list[PickView] = []
    hosts: str = ""
    base_url: str = ""
    lab: bool = False
    busy: str = ""
    name_error: str = ""
    url_error: str = ""
    test: TestView = TestView()
    _auth: list[Any] = []

    @rx.event
    @authorized("viewer")
    async def load(self):
        slug = last_part(self)
        try:
            c = await services().marketplace.connector(me(), slug)
        except NotFound:
            self.missing, self.loaded, self.slug = True, True, slug
            return
        self.missing, self.busy, self.test = False, "", TestView()
        self.name_error = self.url_error = ""
        self.slug, self.name, self.lab = c.card.slug, c.card.name, c.card.in_lab
        self.monogram, self.hue = words.monogram(slug, self.name), words.hue(slug)
        self._auth = [a for a in c.auth if not a.browser]
        self._pick(params(self).get("auth", ""))
        self.streams = [
            PickView(s.name, s.title, (s.model or "generic") + (" · incremental" if s.incremental else " · full"), s.selected)
            for s in c.streams
        ]
        self.hosts, self.base_url = ", ".join(c.hosts), c.base_url
        self.loaded = True

    def _pick(self, kind: str) -> None:
        """The fields of one way to sign in."""
        chosen = next((a for a in self._auth if a.kind == kind), self._auth[0] if self._auth else None)
        self.auth = chosen.kind if chosen else ""
        self.choices = [ChoiceView(a.title, f"/connect/{self.slug}?auth={a.kind}", a.kind == self.auth) for a in self._auth]
        self.fields = [field_view(f) for f in chosen.fields] if chosen else []
        self.help_url = chosen.help_url if chosen else ""

    @rx.event
    @authorized("editor")
    async def submit(self, form: dict[str, Any]):
        """Test, and with `intent=save` also store and start the first sync."""
        save = form.get("intent") != "test"
        if not self._checked(form, save):
            return
        self.busy, self.test = "save" if save else "test", TestView()
        yield
        new = self._new(form)
        try:
            if save:
                yield await self._store(form, new)
                return
            result = await services().connections.test(me(), new)
            if result.ok:
                took = f"{self.name} answered in {words.number(result.elapsed_ms)} ms."
                self.test = TestView("healthy", f"Works: {result.account}" if result.account else "Works", took)
            else:
                problem = result.error or {}
                self.test = TestView("failed", problem.get("message", ""), problem.get("next_step", ""))
        except InvalidInput as error:
            self._show_errors(error.detail.get("fields", {}))
            self.test = TestView("failed", error.message, error.next_step)
        except OrionError as error:
            self.test = TestView("failed", error.message, error.next_step)
        finally:
            self.busy = ""

    @rx.event
    @authorized("editor")
    async def use_lab(self):
        """The lab's account of this provider: no key, nothing leaves this machine."""
        self.busy = "lab"
        yield
        try:
            connection_id = await services().connections.connect_lab(me(), self.slug)
            await services().sync.start(me(), connection_id, full=True)
        finally:
            self.busy = ""
        yield rx.redirect(f"/connections/{connection_id}")

    def _new(self, form: dict[str, Any]) -> NewConnection:
        return NewConnection(
            self.slug,
            str(form.get("name") or "").strip(),
            {f.name: str(form.get(f.name) or "").strip() for f in self.fields},
            auth_kind=self.auth or None,
            base_url=str(form.get("base_url") or "").strip(),
            streams=[s.name for s in self.streams if form.get("stream:" + s.name)],
            backfill_start=str(form.get("backfill_start") or ""),
        )

    async def _store(self, form: dict[str, Any], new: NewConnection) -> Any:
        """Tested, saved, and where wanted started."""
        connection_id = await services().connections.connect(me(), new)
        if form.get("start"):
            await services().sync.start(me(), connection_id, full=True)
        return rx.redirect(f"/connections/{connection_id}")

    def _checked(self, form: dict[str, Any], save: bool) -> bool:
        wrong = check(self.fields, form)
        self._show_errors(wrong)
        url = str(form.get("base_url") or "").strip()
        self.name_error = "Give the connection a name." if save and not str(form.get("name") or "").strip() else ""
        self.url_error = "" if not url or re.match(r"https?://[^\s/]+", url) else "Start with https:// and a host."
        return not (wrong or self.name_error or self.url_error)

    def _show_errors(self, wrong: dict[str, str]) -> None:
        self.fields = [dataclasses.replace(f, error=wrong.get(f.name, "")) for f in self.fields]
        self.name_error, self.url_error = wrong.get("name", self.name_error), wrong.get("base_url", self.url_error)
