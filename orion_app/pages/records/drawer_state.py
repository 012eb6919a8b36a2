"""One record in the drawer: unified, raw, why this value, history. The address names the record and the pane."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from orion_app.components import format as words
from orion_app.components.records import CodeLine, highlight
from orion_app.pages.records import cells as looks
from orion_app.pages.records.cells import flag_words
from orion_app.pages.records.rows import (
    DEFAULT_SORT,
    ChangeView,
    FieldGroup,
    FieldOption,
    FieldRow,
    RelatedView,
    VersionView,
    WhyView,
)
from orion_app.pages.records.state import NOT_FILTERS, RecordsState
from orion_app.shell.address import last_part, params, with_params
from orion_app.shell.guard import authorized, me
from orion_app.shell.services import services
from orion_core.base.errors import NotFound

PANES = ("unified", "raw", "why", "history")


class DrawerState(rx.State):
    open: bool = False
    missing: bool = False
    id: str = ""
    pane: str = "unified"
    title: str = ""
    initials: str = ""
    hue: str = "250"
    sub: str = ""
    monogram: str = ""
    source: str = ""
    source_hue: str = ""
    flags: list[str] = []
    groups: list[FieldGroup] = []
    related: list[RelatedView] = []
    raw: list[CodeLine] = []
    raw_text: str = ""
    raw_note: str = ""
    why: list[WhyView] = []
    field: str = ""
    field_value: str = ""
    field_names: list[FieldOption] = []
    as_of: str = ""
    as_of_text: str = ""
    as_of_off: str = ""
    today: str = ""
    versions: list[VersionView] = []
    versions_text: str = ""
    version: str = ""
    close_href: str = ""
    prev_href: str = ""
    next_href: str = ""
    unified_href: str = ""
    raw_href: str = ""
    why_href: str = ""
    history_href: str = ""

    @rx.event
    @authorized("viewer")
    async def load(self):
        path, query = self.router.url.path.rstrip("/"), params(self)
        wanted = query.get("open", "")
        if not wanted:
            self.open, self.id = False, ""
            return
        self.pane = query.get("pane") if query.get("pane") in PANES else "unified"
        model = last_part(self)
        try:
            await self._addresses(path, query, wanted)
            record = await services().records.get(me(), model, wanted)
        except NotFound:
            self.open, self.missing, self.id, self.title = True, True, wanted, "No such record"
            return
        self.missing = False
        self._head(record, wanted)
        record = await self._as_of(record, model, wanted, path, query)
        self._unified(record, path, query)
        found = await services().records.related(me(), model, wanted) if self.pane == "unified" and not self.as_of else []
        self.related = [
            RelatedView(r.title, words.number(r.count) + ("+" if r.more else ""), f"/records/{r.model}?{urlencode(r.filters)}")
            for r in found
        ]
        if self.pane == "raw":
            self.raw, self.raw_text = highlight(record.raw), record.raw
            self.raw_note = (
                f"As received {words.stamp(record.synced_at)}, run {record.run_id[-6:]}. Read by mapping version {record.mapping_version}; "
                "what has no unified home is kept in custom fields."
            )
        elif self.pane == "why":
            await self._why(model, wanted, query)
        elif self.pane == "history":
            await self._history(model, wanted)
        self.open = True

    @rx.event
    @authorized("viewer")
    async def ask(self, field: str):
        """Why this value? for another field."""
        return rx.redirect(
            with_params(self.router.url.path, params(self), cursor=params(self).get("cursor"), pane="why", field=field), replace=True
        )

    @rx.event
    @authorized("viewer")
    async def look_back(self, day: str):
        """The record as it was stored at the end of a day; "" is now."""
        query = params(self)
        return rx.redirect(with_params(self.router.url.path, query, cursor=query.get("cursor"), as_of=day or None, pane=None), replace=True)

    async def _as_of(self, record: Any, model: str, wanted: str, path: str, query: dict[str, str]) -> Any:
        """The record at the end of the day that the address names, or as it is."""
        self.today, self.as_of, self.as_of_text = datetime.now(UTC).date().isoformat(), "", ""
        self.as_of_off = with_params(path, query, cursor=query.get("cursor"), as_of=None)
        try:
            day = date.fromisoformat(query.get("as_of", ""))
        except ValueError:
            return record
        self.as_of = day.isoformat()
        end = datetime.combine(day, time.max, UTC)
        try:
            then = await services().records.as_of(me(), model, wanted, end)
        except NotFound:
            self.as_of_text = f"Not stored yet on {words.day(end)}. This is the record as it is now."
            return record
        old = then.version != record.version
        self.as_of_text = f"As it was stored at the end of {words.day(end)}, version {then.version}" + (
            f" of {record.version}." if old else ": the same as now."
        )
        return then

    async def _addresses(self, path: str, query: dict[str, str], wanted: str) -> None:
        listing = await self.get_state(RecordsState)
        ids = [r.id for r in listing.rows]
        at = ids.index(wanted) if wanted in ids else -1

        def to(**changes: str | None) -> str:
            return with_params(path, query, cursor=query.get("cursor"), **changes)

        self.close_href = to(open=None, pane=None, field=None, as_of=None)
        before, after = (ids[at - 1] if at > 0 else None), (ids[at + 1] if 0 <= at < len(ids) - 1 else None)
        if before is None or after is None:  # the edge of the page, or a record that came by its address
            found = await services().records.neighbours(
                me(),
                last_part(self),
                wanted,
                q=query.get("q", ""),
                filters={k: v for k, v in query.items() if k not in NOT_FILTERS},
                sort=query.get("sort") or DEFAULT_SORT,
            )
            before, after = before or found[0], after or found[1]
        self.prev_href = to(open=before, field=None, as_of=None) if before else ""
        self.next_href = to(open=after, field=None, as_of=None) if after else ""
        self.unified_href, self.raw_href = to(pane=None, field=None), to(pane="raw", field=None)
        self.why_href, self.history_href = to(pane="why", as_of=None), to(pane="history", field=None)

    def _head(self, record: Any, wanted: str) -> None:
        source = record.source
        self.id, self.title = wanted, record.label or record.remote_id
        self.initials, self.hue = words.initials(self.title), words.hue(self.title)
        self.monogram, self.source = words.monogram(source.connector), source.name
        self.source_hue = words.hue(source.connector)
        self.version = str(record.version) if record.version > 1 else ""
        self.sub = f"{source.name} · {record.remote_id} · version {record.version}"
        deleted = (
            [f"deleted {words.day(record.deleted_at)}, proof: {record.delete_proof or 'the provider said so'}"] if record.deleted_at else []
        )
        self.flags = [*deleted, *[flag_words(f) for f in record.flags]]

    def _unified(self, record: Any, path: str, query: dict[str, str]) -> None:
        now = datetime.now(UTC)
        groups: dict[str, list[FieldRow]] = {}
        for f in record.fields:
            groups.setdefault(f.group, []).append(self._field(f, record, path, query, now))
        for f in record.custom:
            groups.setdefault("Custom fields", []).append(self._field(f, record, path, query, now))
        self.groups = [FieldGroup(title, rows) for title, rows in groups.items()]
        self.field_names = [
            FieldOption(f.path, f.name if "." not in f.path or g.title == "Custom fields" else f"{g.title}: {f.name}")
            for g in self.groups
            for f in g.fields
        ]

    def _field(self, f: Any, record: Any, path: str, query: dict[str, str], now: datetime) -> FieldRow:
        source = f.source.source if f.source else record.source
        at = f.source.synced_at if f.source else record.synced_at
        transform = f.source.transform or "" if f.source else ""
        tag = flag_words(f.flags[0]) if f.flags else "" if transform in looks.QUIET else transform
        return FieldRow(
            f.title if f.group == "Custom fields" else looks.title(f.name, f.title),
            looks.field(f),
            f.hint in ("id", "json", "object"),
            tag,
            "tag bd" if f.flags else "tag",
            words.monogram(source.connector),
            words.hue(source.connector),
            source.name,
            words.age(at, now),
            with_params(path, query, cursor=query.get("cursor"), pane="why", field=f.name),
            f.name,
        )

    async def _why(self, model: str, wanted: str, query: dict[str, str]) -> None:
        names = [o.path for o in self.field_names]
        self.field = query.get("field") or next((n for n in names if n == "email"), names[0] if names else "")
        self.field_value = next((f.value for g in self.groups for f in g.fields if f.path == self.field), "")
        if not self.field:
            self.why = []
            return
        steps = await services().records.why(me(), model, wanted, self.field)
        self.why = [_step(s, i == len(steps) - 1) for i, s in enumerate(steps)]

    async def _history(self, model: str, wanted: str) -> None:
        now = datetime.now(UTC)
        versions = await services().records.history(me(), model, wanted)
        self.versions = [
            VersionView(
                _version_title(v),
                f"{self.source} · run {v.run_id[-6:]}" + (f" · mapping version {v.mapping_version}" if v.kind == "remapped" else ""),
                words.age(v.valid_from, now),
                words.stamp(v.valid_from),
                [ChangeView(c.field, c.old_display, c.new_display) for c in v.changes[:40]] if v.kind != "created" else [],
            )
            for v in versions
        ]
        since = f" since {words.day(versions[-1].valid_from, now)}" if versions else ""
        self.versions_text = words.plural(len(versions), "version") + since


def _version_title(v: Any) -> str:
    names = [c.field for c in v.changes]
    what = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    plain = {"created": "first seen", "deleted": "deleted", "restored": "restored", "remapped": f"mapped anew{': ' + what if what else ''}"}
    return f"Version {v.version}: {plain.get(v.kind, what or 'changed')}"


def _step(s: Any, last: bool) -> WhyView:
    """One step of the chain. The rule shows what it made of what; the rest shows the value as it stood."""
    changed = s.kind == "rule" and s.before != s.after
    code = ""
    if s.transform:
        args = ", ".join(f"{k} = {_json(v)}" for k, v in s.args.items())
        code = f"{s.transform}({args})"
    elif s.path:
        code = f"{s.path} = {_json(s.after if s.after is not None else s.before)}" if s.kind in ("sent", "default") else s.path
    at = f"received {words.stamp(s.at)}" if s.at and s.kind == "sent" else words.stamp(s.at) if s.at else ""
    note = " · ".join(x for x in (s.note, at, f"run {s.run_id[-6:]}" if s.run_id else "") if x)
    source = s.source
    return WhyView(
        s.title,
        words.monogram(source.connector) if source else "",
        words.hue(source.connector) if source else "",
        code,
        _plain(s.before) if changed else "",
        _plain(s.after) if changed else "",
        changed,
        note,
        last,
    )


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:297] + "…"


def _plain(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else _json(value)
