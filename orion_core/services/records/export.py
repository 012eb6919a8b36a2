"""Export of what a page lists: CSV or JSON lines, read in batches, so that memory stays flat whatever the number of records."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from orion_core.base.db.bulk import typed_columns
from orion_core.base.db.search import Place, Query, Search
from orion_core.base.errors import InvalidInput
from orion_core.base.kit import json
from orion_core.base.work import Work
from orion_core.services.records import feed, reading, repository

FORMATS = ("csv", "jsonl")
_BATCH = 1_000
# What spreadsheets take for the start of a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEAD = ("id", "connection_id", "stream", "remote_id")
_TAIL = ("remote_created_at", "remote_updated_at", "synced_at", "deleted_at", "flags")


def stream(work: Work, workspace_id: str, query: Query, format: str) -> AsyncIterator[bytes]:
    """The export's bytes.

    Raises:
        InvalidInput: not a format there is.
    """
    if format not in FORMATS:
        raise InvalidInput(
            f"There is no format {format!r}. There are: {', '.join(FORMATS)}.",
            detail={"fields": {"format": f"one of {', '.join(FORMATS)}"}},
        )
    return _csv(work, workspace_id, query) if format == "csv" else _jsonl(work, workspace_id, query)


async def _batches(work: Work, workspace_id: str, query: Query, *, whole: bool) -> AsyncIterator[list[Any]]:
    """The records in order, batch by batch, each batch in a transaction of its own: an export never holds a writer up."""
    place: Place | None = None
    more = True
    while more:
        async with work.read(workspace_id) as session:
            found = await Search(session, query).page(place, limit=_BATCH)
            ids = [each.id for each in found.places]
            rows = await (repository.whole if whole else repository.listed)(session, query.table, ids)
        yield [rows[record_id] for record_id in ids if record_id in rows]
        more = found.more
        place = found.places[-1] if found.places else None


async def _csv(work: Work, workspace_id: str, query: Query) -> AsyncIterator[bytes]:
    names = (*_HEAD, *typed_columns(query.table), *_TAIL)
    yield _lines([names])
    async for batch in _batches(work, workspace_id, query, whole=False):
        if batch:
            yield _lines([_cell(row, name) for name in names] for row in batch)


async def _jsonl(work: Work, workspace_id: str, query: Query) -> AsyncIterator[bytes]:
    async for batch in _batches(work, workspace_id, query, whole=True):
        if batch:
            yield b"".join(json.dumps(feed.as_json(query.table, row)) + b"\n" for row in batch)


def _cell(row: Any, name: str) -> Any:
    value = getattr(row, name)
    if name == "flags":
        return " ".join(reading.flags_of(value))
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else reading.display(value, "text")


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
