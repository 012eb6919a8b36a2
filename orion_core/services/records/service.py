"""Records: the unified rows of a workspace, found, shown, explained, followed and exported.

Everything here reads. Records are written by the sync alone; `index` keeps the search index up with it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from orion_core.base.db import search
from orion_core.base.db.search import Place, Query, Search
from orion_core.base.db.search_rows import FILTERS
from orion_core.base.db.tables import Workspace
from orion_core.base.db.tables.records import RECORD_TABLES, RecordRow
from orion_core.base.errors import InvalidInput, NotFound
from orion_core.base.kit.clock import as_utc, now
from orion_core.base.work import Work
from orion_core.engine.schema import MODELS, UnifiedBase
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.services.records import export, history, reading, repository, views
from orion_core.services.records.cursor import page_cursor, read_page_cursor
from orion_core.services.records.feed import read_changes
from orion_core.services.records.palette import find_hits
from orion_core.services.records.query import DEFAULT_SORT, query_of, table_of
from orion_core.services.records.reading import State
from orion_core.services.records.related import RelatedRecords
from orion_core.services.records.types import (
    ChangePage,
    FilterView,
    MappingSource,
    ModelCount,
    RecordDetail,
    RecordHit,
    RecordPage,
    Step,
    VersionRow,
)
from orion_core.services.records.why import why

_MAX_PAGE = 500
_REST_S = 15.0
_NO_FILTERS: Mapping[str, str] = {}


class Records(RelatedRecords):
    """What people and programs do with records. Every method asks for the role viewer and, of an API key, the scope records:read."""

    def __init__(self, work: Work, mappings: MappingSource) -> None:
        self.work = work
        self.mappings = mappings
        self._quiet_until: dict[str, float] = {}

    async def models(self, p: Principal) -> list[ModelCount]:
        """Every model with its number of live records."""
        _allow(p)
        async with self.work.read(p.workspace_id) as session:
            counts = await repository.counts(session)
        return [ModelCount(model, *views.titles(model), counts.get(model, 0)) for model in RECORD_TABLES]

    async def page(
        self,
        p: Principal,
        model: str,
        *,
        q: str = "",
        filters: Mapping[str, str] = _NO_FILTERS,
        sort: str = DEFAULT_SORT,
        cursor: str | None = None,
        limit: int = 50,
    ) -> RecordPage:
        """A page of a model's records.

        Raises:
            NotFound: no such model. InvalidInput: an unknown filter, order or cursor; the message lists what there is.
        """
        _allow(p)
        table = table_of(model)
        query = query_of(table, q, filters, sort or DEFAULT_SORT, now())
        if not 1 <= limit <= _MAX_PAGE:
            raise InvalidInput(f"A page has 1 to {_MAX_PAGE} records.", detail={"fields": {"limit": f"1 to {_MAX_PAGE}"}})
        place, backwards = read_page_cursor(cursor, query) if cursor else (None, False)
        async with self.work.read(p.workspace_id) as session:
            finder = Search(session, query)
            found = await finder.page(place, backwards=backwards, limit=limit)
            everything = await repository.count_of(session, table.model)
            total, exact = await _total(session, finder, query, everything)
            rows = await repository.listed(session, table, [each.id for each in found.places])
            connections = await repository.connections(session)
        shown = [each for each in found.places if each.id in rows]
        after, before = (place is not None or found.more, found.more) if backwards else (found.more, place is not None)
        return RecordPage(
            columns=views.columns(table),
            rows=[views.row_view(table, rows[each.id], connections) for each in shown],
            next=page_cursor(query, found.places[-1], backwards=False) if after and found.places else None,
            previous=page_cursor(query, found.places[0], backwards=True) if before and found.places else None,
            total=total,
            total_exact=exact,
            behind=found.behind,
        )

    async def filters(self, p: Principal, model: str) -> list[FilterView]:
        """What a model's page may be filtered by, with the values that occur."""
        _allow(p)
        table = table_of(model)
        async with self.work.read(p.workspace_id) as session:
            names = ["stream", *(name for name in FILTERS[table.model] if not name.endswith("_id") and name != "is_active")]
            words = {name: await search.words_in(session, table, name) for name in names}
            return views.filters(table, await repository.connections(session), words)

    async def get(self, p: Principal, model: str, record_id: str) -> RecordDetail:
        """One record with everything in it.

        Raises:
            NotFound: no such model, or no such record in this workspace.
        """
        _allow(p)
        table, row = await self._row(p, model, record_id)
        return await self._detail(p, table, row, reading.current(table, row))

    async def neighbours(
        self, p: Principal, model: str, record_id: str, *, q: str = "", filters: Mapping[str, str] = _NO_FILTERS, sort: str = DEFAULT_SORT
    ) -> tuple[str | None, str | None]:
        """The ids before and after a record in the order of a page."""
        _allow(p)
        table, row = await self._row(p, model, record_id)
        async with self.work.read(p.workspace_id) as session:
            finder = Search(session, query_of(table, q, filters, sort or DEFAULT_SORT, now()))
            place: Place | None = await finder.place_of(row.id)
            if place is None:
                return None, None
            before = (await finder.page(place, backwards=True, limit=1)).places
            after = (await finder.page(place, limit=1)).places
        return (str(before[0].id) if before else None), (str(after[0].id) if after else None)

    async def unified(self, p: Principal, model: str, record_id: str) -> UnifiedBase:
        """The record as its pydantic model, lifted to today's schema version.

        Raises:
            NotFound: no such record, or its stream has no unified model.
        """
        _allow(p)
        table, row = await self._row(p, model, record_id)
        if table.model not in MODELS:
            raise NotFound("Records of this stream have no unified model.", next_step="Read the record itself: it is kept as it came.")
        return views.to_model(table, row)

    async def why(self, p: Principal, model: str, record_id: str, field: str) -> list[Step]:
        """Why the value of a field is what it is (`email`, `billing_address.city`, `line_items[0].quantity`, `custom_fields.plan`)."""
        _allow(p)
        table, row = await self._row(p, model, record_id)
        state = reading.current(table, row)
        async with self.work.read(p.workspace_id) as session:
            connections = await repository.connections(session)
        compiled = await self.mappings.mapping(p.workspace_id, row.connection_id, row.stream, row.mapping_version)
        return why(state, field[:200], views.source_view(connections, row.connection_id, row.stream), compiled)

    async def history(self, p: Principal, model: str, record_id: str, *, limit: int = 100) -> list[VersionRow]:
        """The versions of a record, newest first, each with what it changed."""
        _allow(p)
        table, row = await self._row(p, model, record_id)
        async with self.work.read(p.workspace_id) as session:
            older = await repository.versions(session, history.name_of(table), row.id, limit)
        return history.rows(table, row, older)

    async def as_of(self, p: Principal, model: str, record_id: str, at: datetime) -> RecordDetail:
        """One record as it was stored at a time.

        Raises:
            NotFound: it was not stored yet.
        """
        _allow(p)
        table, row = await self._row(p, model, record_id)
        moment = as_utc(at)
        if row.synced_at <= moment:
            return await self._detail(p, table, row, reading.current(table, row))
        async with self.work.read(p.workspace_id) as session:
            version = await repository.version_at(session, history.name_of(table), row.id, moment)
        if version is None:
            raise NotFound("The record was not stored yet at that time.", next_step="Ask for a later time; the history lists them.")
        return await self._detail(
            p, table, row, reading.superseded(table, version), deleted_at=version.deleted_at, valid_to=version.valid_to
        )

    async def changes(self, p: Principal, model: str, cursor: str | None = None, limit: int = 100) -> ChangePage:
        """What changed since a cursor, oldest first; nothing is missed and nothing comes twice unless it changes again.

        Without a cursor from the beginning; with the cursor "now" only what changes from here on.
        """
        _allow(p)
        if not 1 <= limit <= _MAX_PAGE:
            raise InvalidInput(f"A page has 1 to {_MAX_PAGE} changes.", detail={"fields": {"limit": f"1 to {_MAX_PAGE}"}})
        async with self.work.read(p.workspace_id) as session:
            return await read_changes(session, table_of(model), cursor, limit)

    def export(
        self,
        p: Principal,
        model: str,
        *,
        q: str = "",
        filters: Mapping[str, str] = _NO_FILTERS,
        sort: str = DEFAULT_SORT,
        format: str = "csv",
    ) -> AsyncIterator[bytes]:
        """Everything a page would list, as CSV or JSON lines, piece by piece.

        Raises:
            NotFound: no such model. InvalidInput: an unknown filter, order or format. Both before the first piece.
        """
        _allow(p)
        query = query_of(table_of(model), q, filters, sort or DEFAULT_SORT, now())
        return export.stream(self.work, p.workspace_id, query, format)

    async def search(self, p: Principal, q: str, limit: int = 8) -> list[RecordHit]:
        """Records of all models for the command palette, the best first."""
        _allow(p)
        async with self.work.read(p.workspace_id) as session:
            return await find_hits(session, q, max(1, min(limit, 50)))

    async def index(self, workspace_id: str, model: str | None = None, max_rows: int = 50_000) -> int:
        """Bring the search index up with what changed, at most `max_rows` records; how many there were.

        Pages are slower the further it is behind, and incomplete (`behind`) past 50,000 changes. The sync calls it, and the sweeper.
        """
        return await search.catch_up(self.work, workspace_id, None if model is None else table_of(model).model, max_rows)

    async def index_all(self) -> int:
        """`index` for every workspace; how many records there were. For the sweeper, which asks all the time: quiet ones have a rest."""
        async with self.work.directory() as directory:
            workspaces = await directory.all(Workspace)
        done = 0
        for workspace in workspaces:
            if self._quiet_until.get(workspace.id, 0.0) <= time.monotonic():
                indexed = await self.index(workspace.id)
                done += indexed
                self._quiet_until[workspace.id] = 0.0 if indexed else time.monotonic() + _REST_S
        return done

    # -- the parts -------------------------------------------------------------------------------------------------------------

    async def _row(self, p: Principal, model: str, record_id: str) -> tuple[type[RecordRow], Any]:
        table = table_of(model)
        async with self.work.read(p.workspace_id) as session:
            return table, await repository.record(session, table, record_id)

    async def _detail(
        self,
        p: Principal,
        table: type[RecordRow],
        row: Any,
        state: State,
        *,
        deleted_at: datetime | None = None,
        valid_to: datetime | None = None,
    ) -> RecordDetail:
        async with self.work.read(p.workspace_id) as session:
            connections = await repository.connections(session)
            verified = await repository.verified_at(session, row.connection_id, row.stream)
        compiled = await self.mappings.mapping(p.workspace_id, row.connection_id, row.stream, state.mapping_version)
        source = views.source_view(connections, row.connection_id, row.stream)
        is_current = valid_to is None
        return RecordDetail(
            id=str(row.id),
            model=table.model,
            label=views.label_of(table.model, state.fields, row.remote_id),
            remote_id=row.remote_id,
            source=source,
            version=state.version,
            fields=views.fields(state, table.model, source, compiled),
            custom=views.custom_fields(state, source, compiled),
            flags=state.flags,
            raw=reading.pretty(state.raw),
            run_id=state.run_id,
            mapping_version=state.mapping_version,
            schema_version=state.schema_version,
            remote_created_at=row.remote_created_at,
            remote_updated_at=row.remote_updated_at if is_current else None,
            synced_at=state.valid_from,
            verified_at=as_utc(verified) if verified and is_current else None,
            deleted_at=row.deleted_at if is_current else deleted_at,
            delete_proof=row.delete_proof if is_current else None,
            valid_to=valid_to,
        )


async def _total(session: Any, finder: Search, query: Query, everything: int) -> tuple[int | None, bool]:
    """How many records fit; of one connection the counters know it exactly."""
    only = dict(query.equal)
    if set(only) == {"connection_id"} and query == Query(query.table, equal=query.equal, sort=query.sort, descending=query.descending):
        return await repository.count_of(session, query.table.model, str(only["connection_id"])), True
    return await finder.count(everything)


def _allow(p: Principal) -> None:
    p.require(Role.viewer, "records:read")
