"""What a page filters, sorts and searches, per record table: a narrow row beside each wide one.

Record tables are written fast and read by id. Their narrow twins (`search_customers` beside `customers`, …) carry every order and every
filter of a page, and the text people search in: folded (case, accents), cut, so that one very long name breaks no index, and compared by
code point, so that SQLite, PostgreSQL and Python agree on every order.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from orion_core.base.db.tables.records import Micros, RecordRow

Key = str | int | float | None
SHORTEST = 3  # a trigram
_KEY_LENGTH = 100
_TEXT_LENGTH = 1_000

# Columns a page may filter by, beyond those every record has. Those named *_id are references: never folded.
FILTERS: dict[str, tuple[str, ...]] = {
    "customer": ("currency", "country", "lifecycle_stage", "is_active", "company_id", "owner_id"),
    "company": ("currency", "country", "lifecycle_stage", "is_active", "industry", "owner_id"),
    "invoice": ("status", "type", "currency", "customer_id"),
    "payment": ("status", "type", "method", "currency", "customer_id", "invoice_id"),
    "product": ("status", "type", "category", "billing_interval", "currency", "is_active"),
    "deal": ("status", "stage", "pipeline", "currency", "owner_id", "company_id", "customer_id"),
    "event": ("type", "action", "object_type", "object_id", "status", "channel", "customer_id"),
    "": (),
}
_SOURCE = ("id", "workspace_id", "connection_id", "stream", "deleted_at", "flags", "remote_updated_at", "synced_at", "remote_id")
COMMON = ("id", "workspace_id", "connection_id", "stream", "deleted", "flagged", "remote_updated_at")


def fold(text: str) -> str:
    """`text` without case and accents: what is searched, and what sorts."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


@dataclass(frozen=True, slots=True)
class Spec:
    """The narrow twin of one record table. `columns` are all of it, in order; `typed` those that come from the record's typed columns."""

    table: type[RecordRow]
    name: str
    columns: tuple[str, ...]
    typed: tuple[str, ...]
    sorts: tuple[str, ...]
    filters: tuple[str, ...]
    source: tuple[str, ...]

    def place(self, column: str) -> int:
        return self.columns.index(column)

    def entry(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """The narrow row of a wide one given as `source`."""
        record_id, workspace_id, connection_id, stream, deleted_at, flags, updated, synced, remote_id, *values = row
        by_name = dict(zip(self.source[len(_SOURCE) :], values, strict=True))
        typed = [self.normal(name, by_name[name]) for name in self.typed]
        searched = [by_name[name] for name in self.table.searched]
        return (
            record_id,
            workspace_id,
            connection_id,
            stream,
            int(deleted_at is not None),
            int(flags is not None and flags != "[]"),
            updated if updated is not None else synced,
            *typed,
            text_of([*searched, remote_id]),
        )

    def normal(self, name: str, value: Any) -> Key:
        """A value as the narrow row holds it; an empty text counts as none."""
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return value[:_KEY_LENGTH] if name.endswith("_id") else fold(value)[:_KEY_LENGTH].replace("\0", " ")
        return int(value) if isinstance(value, bool) else value


def text_of(values: Sequence[Any]) -> str:
    """What is searched of a record, as one text in which every word has a space before it."""
    words = " ".join([str(value) for value in values if value])
    return f" {' '.join(fold(words[:_TEXT_LENGTH]).replace(chr(0), ' ').split())}"


@cache
def spec_of(table: type[RecordRow]) -> Spec:
    """The narrow twin of `table`."""
    filters = FILTERS[table.model]
    typed = tuple(dict.fromkeys([name for name in table.sortable if name != "remote_updated_at"] + list(filters)))
    wanted = tuple(dict.fromkeys([*typed, *table.searched]))
    return Spec(
        table=table,
        name=f"search_{table.__tablename__}",
        columns=(*COMMON, *typed, "text"),
        typed=typed,
        sorts=tuple(dict.fromkeys([*table.sortable, "remote_updated_at"])),
        filters=("connection_id", "stream", *filters),
        source=(*_SOURCE, *wanted),
    )


def is_time(table: type[RecordRow], column: str) -> bool:
    """Whether a column holds a time (and so its key microseconds)."""
    return isinstance(table.__table__.columns[column].type, Micros)  # type: ignore[attr-defined]


def words_of(q: str) -> tuple[str, ...]:
    """What a person typed, as pieces that must all occur, at most eight.

    A piece of one or two letters counts at the start of a word alone (its space in front makes it long enough for an index of trigrams,
    and every other place would be noise).
    """
    words = dict.fromkeys(fold(q.replace("\0", " ")).split())
    return tuple(word if len(word) >= SHORTEST else f" {word}" for word in words)[:8]


@dataclass(frozen=True, slots=True)
class Query:
    """What a page asks for: every word occurs, every filter fits, in one order. `deleted`: only live, only deleted, or (None) both."""

    table: type[RecordRow]
    words: tuple[str, ...] = ()
    equal: tuple[tuple[str, Key], ...] = ()
    updated_since: int | None = None
    flagged: bool | None = None
    deleted: bool | None = False
    sort: str = "remote_updated_at"
    descending: bool = True

    @property
    def spec(self) -> Spec:
        return spec_of(self.table)

    @property
    def is_plain(self) -> bool:
        """Whether it asks for every live record."""
        return not (self.words or self.equal or self.updated_since is not None or self.flagged is not None or self.deleted is not False)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an order: just after (or, going back, before) this record."""

    key: Key
    id: int


@dataclass(frozen=True, slots=True)
class Found:
    """Records in order. `more`: there are others beyond.

    `behind` is not 0 when the indexer is so far behind that not all changed records could be looked through: some may be missing.
    """

    places: list[Place]
    more: bool
    behind: int


Pair = tuple[Key, int]
"""A value of the column sorted by, and the record's id."""


def arranged(query: Query, pairs: Iterable[Pair], place: Place | None, backwards: bool, limit: int) -> list[Pair]:
    """The first `limit` pairs beyond `place` (before it, going backwards, nearest last), those without a value after all others."""
    turned = query.descending
    valued: list[Any] = []
    empty: list[Any] = []
    for pair in pairs:
        (empty if pair[0] is None else valued).append(pair)
    if place is not None and place.key is not None:
        here: Any = (place.key, place.id)
        valued = [pair for pair in valued if (pair < here if backwards != turned else pair > here)]
        empty = [] if backwards else empty
    elif place is not None:
        valued = valued if backwards else []
        empty = [pair for pair in empty if (pair[1] < place.id if backwards != turned else pair[1] > place.id)]
    most = heapq.nlargest if turned != backwards else heapq.nsmallest
    if backwards:
        near = most(limit, empty, key=_id)
        near += most(limit - len(near), valued)
        return near[::-1]
    first = most(limit, valued)
    return first + most(limit - len(first), empty, key=_id)


def _id(pair: Pair) -> int:
    return pair[1]


def tail_reader(query: Query) -> tuple[tuple[str, ...], Callable[[Sequence[Any]], tuple[Key] | None]]:
    """How to judge rows of the record table itself: the columns to read, and a function that gives a row's key, or None if it does not fit.

    Only what the query asks about is read: there may be many such rows.
    """
    spec = query.spec
    columns: list[str] = ["id"]

    def at(name: str) -> int:
        if name not in columns:
            columns.append(name)
        return columns.index(name)

    checks: list[Callable[[Sequence[Any]], bool]] = []
    if query.deleted is not None:
        checks.append(lambda row, i=at("deleted_at"), wanted=query.deleted: (row[i] is not None) == wanted)  # type: ignore[misc]
    if query.flagged is not None:
        checks.append(lambda row, i=at("flags"), wanted=query.flagged: (row[i] is not None and row[i] != "[]") == wanted)  # type: ignore[misc]
    for name, value in query.equal:
        plain = name in ("connection_id", "stream")
        checks.append(lambda row, i=at(name), n=name, v=value, p=plain: (row[i] if p else spec.normal(n, row[i])) == v)  # type: ignore[misc]
    if query.words:
        places = [at(name) for name in (*query.table.searched, "remote_id")]
        checks.append(lambda row: _has_all(text_of([row[i] for i in places]), query.words))
    updated, synced = (at("remote_updated_at"), at("synced_at")) if _needs_time(query) else (0, 0)
    if query.updated_since is not None:
        since = query.updated_since
        checks.append(lambda row: (row[synced] if row[updated] is None else row[updated]) >= since)
    place = 0 if query.sort == "remote_updated_at" else at(query.sort)

    def read(row: Sequence[Any]) -> tuple[Key] | None:
        for check in checks:
            if not check(row):
                return None
        if place:
            return (spec.normal(query.sort, row[place]),)
        return (row[synced] if row[updated] is None else row[updated],)

    return tuple(columns), read


def _needs_time(query: Query) -> bool:
    return query.sort == "remote_updated_at" or query.updated_since is not None


def _has_all(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)
