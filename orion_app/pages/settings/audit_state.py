"""The audit log, and the keys that protect the credentials."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from orion_app.components import format as words
from orion_app.shell.address import params, with_params
from orion_app.shell.guard import authorized, me
from orion_app.shell.pages_of_list import step_hrefs, trail_of
from orion_app.shell.search import SearchMixin
from orion_app.shell.services import services
from orion_core.base.errors import Forbidden
from orion_core.platform.audit.types import AuditQuery


@dataclasses.dataclass
class LineView:
    time: str = ""
    at: str = ""
    who: str = ""
    initials: str = ""
    hue: str = ""
    person: bool = False
    action: str = ""
    target: str = ""
    detail: str = ""
    origin: str = ""
    hash: str = ""
    failed: bool = False


class AuditState(SearchMixin, rx.State):
    loaded: bool = False
    rows: list[LineView] = []
    count: str = ""
    intact: bool = True
    verdict: str = ""
    verdict_text: str = ""
    prev_href: str = ""
    next_href: str = ""
    busy: bool = False
    _trail: list[str] = []

    @rx.event
    @authorized("admin")
    async def load(self):
        path, query = self.router.url.path, params(self)
        self._follow(query.get("q", ""))
        cursor = query.get("cursor", "")
        self._trail = trail_of(self._trail if cursor else [], cursor)
        page = await services().audit.page(me(), AuditQuery(text=query.get("q", "").strip()), cursor or None)
        today = datetime.now(UTC).date()
        self.rows = [_line(r, today) for r in page.rows]
        self.count = words.plural(page.total, "line")
        self.prev_href, self.next_href = step_hrefs(path, query, self._trail, page.next)
        self.loaded = True
        return AuditState.verify if not self.verdict else None

    @rx.event
    @authorized("admin")
    async def search(self, text: str):
        self._typed = text.strip()[:200]
        return rx.redirect(with_params(self.router.url.path, params(self), q=self._typed), replace=True)

    @rx.event
    @authorized("admin")
    async def export(self):
        """What the search shows, as CSV."""
        text = params(self).get("q", "").strip()
        data = b"".join([chunk async for chunk in services().audit.export(me(), "csv", AuditQuery(text=text))])
        return rx.download(data=data, filename="audit.csv")

    @rx.event
    @authorized("admin")
    async def verify(self):
        """Walk the whole chain."""
        self.busy = True
        yield
        try:
            report = await services().audit.verify(me())
        finally:
            self.busy = False
        self.intact = report.intact
        self.verdict = (
            "Chain intact"
            if report.intact
            else f"Chain broken at line {report.first_bad_seq:,}"
            if report.first_bad_seq
            else "Chain broken"
        )
        self.verdict_text = (
            f"{words.plural(report.entries, 'line')} verified at {words.clock(datetime.now(UTC))[:5]} UTC"
            if report.intact
            else report.reason
        )


def _line(r: Any, today: Any) -> LineView:
    verb = r.action.split(".", 1)[-1].replace("_", " ")
    kind = (r.object_kind or r.action.split(".", 1)[0]).replace("_", " ")
    target = f"{kind} {r.object_name}".strip() if r.object_name else kind
    detail = "; ".join(f"{k.replace('_', ' ')} {_short(v)}" for k, v in r.detail.items() if k != "from" and v not in ("", None, [], {}))
    time = words.clock(r.at) if r.at.date() == today else f"{words.day(r.at)}, {words.clock(r.at)[:5]}"
    person = r.actor_kind == "user"
    name = r.actor_name or ("Orion" if r.actor_kind == "system" else r.actor_kind)
    return LineView(
        time,
        words.stamp(r.at),
        name,
        words.initials(name),
        words.hue(name),
        person,
        verb,
        target,
        detail[:160],
        str(r.detail.get("from") or r.origin or "–"),
        r.short_hash,
        "fail" in r.action or "refused" in r.action,
    )


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_short(v)}" for k, v in value.items() if v not in ("", None))[:80]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))[:80]
    return str(value)[:80]


@dataclasses.dataclass
class RootKeyView:
    name: str = ""
    state: str = ""
    note: str = ""
    age: str = ""
    warning: str = ""


class KeysState(rx.State):
    loaded: bool = False
    rows: list[RootKeyView] = []
    provider: str = ""
    busy: bool = False
    done: str = ""
    share: str = "0%"
    may_rotate: bool = False
    can_make: bool = False

    @rx.event
    @authorized("owner")
    async def load(self):
        self.may_rotate = me().is_operator
        await self._fill()
        self.loaded, self.busy, self.done = True, False, ""

    @rx.event(background=True)
    @authorized("owner")
    async def rotate(self):
        """A new newest key, then every workspace's key wrapped by it while all of them are in use."""
        if not me().is_operator:
            raise Forbidden("Only the operator of this instance rotates its keys.")
        if self.busy:
            return
        async with self:
            self.busy, self.done, self.share = True, "Starting", "0%"
        try:
            safe = services().safe
            provider = await safe.provider()
            if provider.kind != "env":
                await provider.new_root()

            async def progress(report: Any) -> None:
                async with self:
                    self.done = f"{report.rewrapped:,} of {report.total:,} keys"
                    self.share = f"{100 * report.rewrapped / max(1, report.total):.0f}%"

            report = await safe.rotate(progress)
            async with self:
                self.done = f"{words.plural(report.rewrapped, 'key')} wrapped anew in {words.duration(report.seconds)}" + (
                    f", {len(report.failed)} left behind: put their key back, then rotate again" if report.failed else "; no read failed"
                )
                self.share = "100%"
                await self._fill()
        finally:
            async with self:
                self.busy = False

    async def _fill(self) -> None:
        safe, now = services().safe, datetime.now(UTC)
        kind = (await safe.provider()).kind
        kind = (await safe.provider()).kind
        self.provider = {"env": "from ORION_SECRET_KEYS", "file": "in a file with mode 0600", "vault": "in Vault transit"}.get(kind, kind)
        self.can_make = kind != "env"
        self.rows = [
            RootKeyView(
                k.name,
                "failed" if not k.at_hand else "healthy" if k.newest else "degraded" if k.workspaces else "paused",
                ("newest, " if k.newest else "")
                + (
                    f"wraps {words.plural(k.workspaces, 'workspace')}"
                    if k.workspaces
                    else "wraps nothing, safe to remove"
                    if not k.newest
                    else "wraps nothing yet"
                ),
                words.day(k.created_at, now) if k.created_at else "–",
                k.warning or "",
            )
            for k in await safe.status()
        ]
