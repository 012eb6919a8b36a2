"""Records for the command palette: a few of each model, the best first, fast."""

from __future__ import annotations

from orion_core.base.db import ScopedSession
from orion_core.base.db.search import Query, Search, fold, words_of
from orion_core.base.db.tables.records import RECORD_TABLES
from orion_core.services.records import repository, views
from orion_core.services.records.types import RecordHit, RecordRowView

_NOTES = ("email", "domain", "company", "customer_name", "number", "status", "sku", "stage")
_LOOKED_AT = 20
_LONGEST = 200


async def find_hits(session: ScopedSession, q: str, limit: int) -> list[RecordHit]:
    """Up to `limit` records whose text holds every word of `q`."""
    words = words_of(q[:_LONGEST].encode("utf-8", "replace").decode())
    if not words:
        return []
    connections = await repository.connections(session)
    found: list[tuple[tuple[int, float], RecordHit]] = []
    for table in RECORD_TABLES.values():
        ids = await Search(session, Query(table, words)).some(_LOOKED_AT)
        for row in (await repository.listed(session, table, ids)).values() if ids else ():
            view = views.row_view(table, row, connections)
            note = next((str(view.values[name]) for name in _NOTES if view.values.get(name) and str(view.values[name]) != view.label), "")
            hit = RecordHit(table.model, views.titles(table.model)[0], view.id, view.label, note, view.source)
            found.append((_rank(view, words, q), hit))
    return [hit for _, hit in sorted(found, key=lambda pair: pair[0])[:limit]]


def _rank(view: RecordRowView, words: tuple[str, ...], q: str) -> tuple[int, float]:
    label, asked = fold(view.label), fold(q.strip())
    if asked in (label, fold(view.remote_id)):
        place = 0
    elif label.startswith(asked):
        place = 1
    else:
        place = 2 if all(f" {word.strip()}" in f" {label}" for word in words) else 3
    return place, -view.updated_at.timestamp()
