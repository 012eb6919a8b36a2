"""Finding records: any order, any filter, any word, over a million rows, complete.

Pages read narrow twins of the record tables (see `search_rows`), which an indexer fills outside the sync's hot path: `catch_up` follows the
change feed with a saved position per workspace and model. Records that changed after that position are read from the record table itself
and merged in, so a page shows what is stored. Only when more than `_TAIL` changes wait may some be missing, and the page says how many.

How a page is found: walk the index of its order for a short stretch; where that does not fill the page, what is asked for is rare, and an
index of words or of a filter names the few candidates; only if none can (a rare letter, a rare pair of common filters) the order is
walked on, or all is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from orion_core.base.db import search_write
from orion_core.base.db.bulk_rows import bool_columns
from orion_core.base.db.scope import ScopedSession
from orion_core.base.db.search_rows import Found, Key, Pair, Place, Query, arranged, fold, is_time, spec_of, tail_reader, words_of
from orion_core.base.db.search_sql import Sheet
from orion_core.base.db.tables.records import RECORD_TABLES, RecordRow, from_micros
from orion_core.base.work import Work

__all__ = ["Found", "Key", "Place", "Query", "Search", "behind", "catch_up", "fold", "forget", "rows_of", "spec_of", "words_in", "words_of"]

_SAMPLE = 2_000
_FEW = 3_000
_COMMON = 0.005
_CANDIDATES = 100_000
_TAIL = 50_000
_SPARE = 200
_BATCH = 2_500


class Search:
    """One query in one reading session."""

    def __init__(self, session: ScopedSession, query: Query) -> None:
        self.query = query
        self._sheet = Sheet(session)
        self._tail: dict[int, tuple[Key] | None] | None = None
        self._behind = 0
        self._candidates: list[int] | None = None
        self._probed = False

    async def page(self, place: Place | None = None, *, backwards: bool = False, limit: int = 50) -> Found:
        """Up to `limit` records after `place` (before it, going backwards), in the query's order."""
        tail = await self._changed()
        pairs: list[Pair] = [(key[0], record_id) for record_id, key in tail.items() if key is not None]
        pairs += [(key, record_id) for record_id, key in await self._indexed(place, backwards, limit + 1)]
        found = [Place(*pair) for pair in arranged(self.query, pairs, place, backwards, limit + 1)]
        more = len(found) > limit
        return Found((found[1:] if backwards else found[:limit]) if more else found, more, self._behind)

    async def count(self, everything: int) -> tuple[int, bool]:
        """How many records fit, and whether that is exact. `everything`: how many live ones the counters know."""
        if self.query.is_plain:
            return everything, True
        tail = await self._changed()
        fresh = sum(1 for key in tail.values() if key is not None)
        stretches = self._sheet.ordered(self.query, None, False)
        sampled = [row for stretch in stretches for row in await self._sheet.sample(self.query, stretch, _SAMPLE)]
        hits = sum(row[2] for row in sampled if row[0] not in tail)
        if len(sampled) < _SAMPLE:
            return fresh + hits, True
        ids = await self._probe() if hits < len(sampled) * _COMMON else None
        if ids is None:
            return max(fresh + hits, round(everything * hits / len(sampled))), False
        some = ids if len(ids) <= _FEW else ids[:: len(ids) // _SAMPLE]
        matches = await self._sheet.among(self.query, some)
        hits = sum(1 for record_id, _ in matches if record_id not in tail)
        return fresh + hits * len(ids) // max(1, len(some)), some is ids

    async def place_of(self, record_id: int) -> Place | None:
        """Where a record stands in the query's order, whether it fits or not; None when there is no such record."""
        spec = self.query.spec
        rows = await self._sheet.rows(spec.table, spec.source, [record_id])
        return Place(spec.entry(rows[0])[spec.place(self.query.sort)], record_id) if rows else None

    async def some(self, limit: int) -> list[int]:
        """Ids of up to `limit` records that fit, in no order: for a list of suggestions, where speed counts."""
        tail = await self._changed()
        found = [record_id for record_id, key in tail.items() if key is not None][:limit]
        ids = await self._sheet.candidates(self.query, limit * 4, partly=True)
        if ids is None:
            sampled = await self._sheet.sample(self.query, self._sheet.ordered(self.query, None, False)[0], _SAMPLE)
            return (found + [row[0] for row in sampled if row[2] and row[0] not in tail])[:limit]
        return (found + [record_id for record_id, _ in await self._sheet.among(self.query, ids) if record_id not in tail])[:limit]

    # -- the parts ---------------------------------------------------------------------------------------------------

    async def _changed(self) -> dict[int, tuple[Key] | None]:
        """What the indexer has not seen yet: for each id its key, or None where it does not fit."""
        if self._tail is None:
            spec = self.query.spec
            columns, read = tail_reader(self.query)
            rows = await self._sheet.changed(spec, columns, await self._sheet.position(spec) or (-1, 0), _TAIL + 1)
            self._behind = max(0, len(rows) - _TAIL)
            self._tail = {row[0]: read(row) for row in rows[:_TAIL]}
        return self._tail

    async def _indexed(self, place: Place | None, backwards: bool, wanted: int) -> list[tuple[int, Any]]:
        """At least `wanted` rows beyond `place` from the index, or all there are; rows that changed since are left to the tail."""
        tail, query, sheet = await self._changed(), self.query, self._sheet
        hits: list[tuple[int, Any]] = []
        if not query.is_plain:
            looked_at = 0
            for stretch in sheet.ordered(query, place, backwards):
                rows = await sheet.sample(query, stretch, _SAMPLE)
                hits += [(row[0], row[1]) for row in rows if row[2] and row[0] not in tail]
                looked_at += len(rows)
                if len(hits) >= wanted or len(rows) >= _SAMPLE:
                    break
            if len(hits) >= wanted or looked_at < _SAMPLE:
                return hits
            ids = await self._probe()
            if ids is not None:
                return await self._walk(place, backwards, wanted, ids=[each for each in ids if each not in tail], rare=True)
        return await self._walk(place, backwards, wanted, rare=not query.is_plain and not hits)

    async def _walk(
        self, place: Place | None, backwards: bool, wanted: int, *, ids: Sequence[int] | None = None, rare: bool = False
    ) -> list[tuple[int, Any]]:
        tail = await self._changed()
        hits: list[tuple[int, Any]] = []
        stretches, spare = self._sheet.ordered(self.query, place, backwards), _SPARE
        while stretches and len(hits) < wanted:
            # Rows that changed since are left to the tail: read some more, and where that is not enough, many more.
            limit = wanted - len(hits) + min(len(tail), spare)
            rows = await self._sheet.scan(self.query, stretches[0], limit, ids=ids, rare=rare)
            hits += [row for row in rows if row[0] not in tail]
            if len(rows) < limit:
                stretches = stretches[1:]
            else:
                stretches, spare = self._sheet.ordered(self.query, Place(rows[-1][1], rows[-1][0]), backwards), spare * 4
        return hits

    async def _probe(self) -> list[int] | None:
        if not self._probed:
            # PostgreSQL reads all rows faster than many by their ids: it has several processes to do it.
            self._candidates = await self._sheet.candidates(self.query, _CANDIDATES if self._sheet.sqlite else _FEW)
            self._probed = True
        return self._candidates


async def catch_up(work: Work, workspace_id: str, model: str | None = None, max_rows: int = 20_000) -> int:
    """Index up to `max_rows` changed records of one model (None: of all), in short transactions; how many were.

    Fewer than `max_rows` means: all there were, or another process is at it.
    """
    wanted = list(RECORD_TABLES.values()) if model is None else [RECORD_TABLES[model]]
    async with work.read(workspace_id) as session:  # mostly there is nothing to do, and nobody should wait for the lock to learn that
        tables = [table for table in wanted if await behind(session, table, 1)]
    done = 0
    for table in tables:
        while done < max_rows:
            limit = min(_BATCH, max_rows - done)
            async with work.write(workspace_id) as tx:
                indexed = await search_write.index_batch(tx.session, spec_of(table), limit)
            done += indexed
            if indexed < limit:
                break
    return done


async def words_in(session: ScopedSession, table: type[RecordRow], column: str, most: int = 30) -> list[Any]:
    """The values that occur in a filter's column, at most `most`, by hopping along its index."""
    return await Sheet(session).values(spec_of(table), column, most)


async def rows_of(session: ScopedSession, table: type[RecordRow], columns: Sequence[str], ids: Sequence[int]) -> dict[int, SimpleNamespace]:
    """Columns of many records at once, by id, as attributes with the values that the ORM would give."""
    found = await Sheet(session).rows(table, columns, ids) if ids else []
    times = [place for place, name in enumerate(columns) if is_time(table, name)]
    flags = [place for place, name in enumerate(columns) if name in bool_columns(table)]
    rows: dict[int, SimpleNamespace] = {}
    for values in map(list, found):
        for place in times:
            values[place] = None if values[place] is None else from_micros(values[place])
        for place in flags:
            values[place] = None if values[place] is None else bool(values[place])
        row = SimpleNamespace(**dict(zip(columns, values, strict=True)))
        rows[row.id] = row
    return rows


async def behind(session: ScopedSession, table: type[RecordRow], most: int = 1_000) -> int:
    """How many changed records wait for the indexer, counted up to `most`."""
    sheet, spec = Sheet(session), spec_of(table)
    return len(await sheet.changed(spec, ("id",), await sheet.position(spec) or (-1, 0), most))


async def forget(session: ScopedSession) -> None:
    """Empty the index of the session's workspace: it is being erased, or built anew by the next `catch_up`."""
    for table in RECORD_TABLES.values():
        await search_write.forget(session, spec_of(table))
