"""What the records page knows: one page of rows. The drawer has a state of its own."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from orion_app.components import format as words
from orion_app.pages.records.rows import (
    DEFAULT_SORT,
    ChipView,
    ColumnView,
    FilterView,
    ModelTab,
    OptionView,
    RowView,
    column_views,
    row_view,
)
from orion_app.shell.address import last_part, params, with_params
from orion_app.shell.guard import authorized, me
from orion_app.shell.search import SearchMixin
from orion_app.shell.services import services

PAGE_SIZE = 50
_DRAWER = ("open", "pane", "field", "source", "as_of")
NOT_FILTERS = {"q", "sort", "cursor", "at", "cols", *_DRAWER}


class RecordsState(SearchMixin, rx.State):
    loaded: bool = False
    busy: bool = False
    empty: bool = False
    model: str = ""
    title: str = ""
    tabs: list[ModelTab] = []
    columns: list[ColumnView] = []
    filters: list[FilterView] = []
    chips: list[ChipView] = []
    rows: list[RowView] = []
    query: str = ""
    matches: str = ""
    behind: str = ""
    placeholder: str = ""
    range_text: str = ""
    prev_href: str = ""
    next_href: str = ""
    clear_href: str = ""
    export_csv: str = ""
    export_jsonl: str = ""
    _key: str = ""
    _seen: str = ""

    @rx.event
    @authorized("viewer")
    async def load(self):
        """The rows; when only the drawer changed, they stay as they are."""
        path, query = self.router.url.path.rstrip("/"), params(self)
        model = "" if path == "/records" else last_part(self)
        key = f"{path}?{urlencode({k: v for k, v in query.items() if k not in _DRAWER})}"
        drawer_only = self.loaded and key == self._key and (bool(query.get("open")) or "open=" in self._seen)
        self._seen = str(self.router.url)
        if drawer_only:
            self._select(query)
            return
        self.busy = self.loaded
        yield
        counts = await services().records.models(me())
        self.empty = not any(c.total for c in counts)
        if not model or not any((c.model or "other") == model for c in counts):
            self.loaded, self.busy = True, False
            if counts and not self.empty:
                first = next(c.model or "other" for c in counts if c.total)
                yield rx.redirect(f"/records/{first}", replace=True)
            return
        try:
            await self._fetch(model, path, query, counts)
            self._key = key
        finally:
            self.busy = False

    async def _fetch(self, model: str, path: str, query: dict[str, str], counts: Any) -> None:
        wanted = {k: v for k, v in query.items() if k not in NOT_FILTERS}
        page = await services().records.page(
            me(),
            model,
            q=query.get("q", ""),
            filters=wanted,
            sort=query.get("sort") or DEFAULT_SORT,
            cursor=query.get("cursor"),
            limit=PAGE_SIZE,
        )
        now = datetime.now(UTC)
        self.tabs = [
            ModelTab(c.title_plural, words.number(c.total), f"/records/{c.model or 'other'}", (c.model or "other") == model)
            for c in counts
            if c.total or (c.model or "other") == model
        ]
        here = next(c for c in counts if (c.model or "other") == model)
        self.model, self.title = model, here.title_plural
        self.columns = column_views(page.columns, path, query, model)
        self.rows = [row_view(r, page.columns, self.columns, path, query, now) for r in page.rows]
        self._filters(await services().records.filters(me(), model), path, query, wanted)
        self._pages(page, path, query)
        self.query = query.get("q", "")
        self._follow(self.query)
        self.placeholder = f"Search {words.number(here.total)} {here.title_plural.lower()}"
        self.behind = f"{words.number(page.behind)} changed records are still being indexed" if page.behind else ""
        about = "" if page.total_exact else "about "
        self.matches = f"{about}{words.number(page.total)} match" if (wanted or self.query) and page.total is not None else ""
        self.clear_href = with_params(path, {"cols": query["cols"]} if query.get("cols") else {})
        asked = {"q": self.query, "sort": query.get("sort", ""), **wanted}
        self.export_csv = with_params(f"/api/v1/records/{model}/export", {"format": "csv", **{k: v for k, v in asked.items() if v}})
        self.export_jsonl = self.export_csv.replace("format=csv", "format=jsonl")
        self.loaded = True

    def _filters(self, filters: Any, path: str, query: dict[str, str], wanted: dict[str, str]) -> None:
        self.filters = [
            FilterView(
                f.title,
                [
                    OptionView(
                        text,
                        with_params(path, query, **{f.name: None if wanted.get(f.name) == value else value, "open": None}),
                        wanted.get(f.name) == value,
                    )
                    for value, text in f.options
                ],
            )
            for f in filters
            if f.options
        ]
        titles = {f.name: (f.title, dict(f.options)) for f in filters}
        self.chips = [
            ChipView(
                titles[k][0] if k in titles else k.removesuffix("_id").replace("_", " ").capitalize(),
                titles[k][1].get(v, v) if k in titles else v,
                with_params(path, query, **{k: None}),
            )
            for k, v in wanted.items()
        ]

    def _pages(self, page: Any, path: str, query: dict[str, str]) -> None:
        at = max(1, int(query["at"])) if query.get("at", "").isdigit() and query.get("cursor") else 1
        last = at + len(page.rows) - 1
        about = "" if page.total_exact else "about "
        self.range_text = (
            f"{at:,}–{last:,}" + (f" of {about}{words.number(page.total)}" if page.total is not None else "") if page.rows else ""
        )
        plain = {k: v for k, v in query.items() if k not in _DRAWER}
        back = max(1, at - PAGE_SIZE)
        self.next_href = with_params(path, plain, cursor=page.next, at=str(last + 1)) if page.next else ""
        self.prev_href = with_params(path, plain, cursor=page.previous, at=str(back)) if page.previous else ""

    def _select(self, query: dict[str, str]) -> None:
        chosen = query.get("open", "")
        self.rows = [dataclasses.replace(r, selected=r.id == chosen) if r.selected != (r.id == chosen) else r for r in self.rows]

    @rx.event
    @authorized("viewer")
    async def search(self, text: str):
        self._typed = text.strip()[:200]
        return rx.redirect(with_params(self.router.url.path, params(self), q=self._typed, open=None, at=None), replace=True)
