"""What a page filters, sorts and searches, per record table: a narrow row beside each wide one.

Record tables are written fast and read by id. Their narrow twins (`search_customers` beside `customers`, …) carry every order and every
filter of a page, and the text people search in: folded (case, accents), cut, so that one very long name breaks no index, and compared by
code point, so that SQLite, PostgreSQL and Python agree on every order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
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
        words = " ".join([str(by_name[name]) for name in self.table.searched if by_name[name]] + [remote_id])
        return (
            record_id,
            workspace_id,
            connection_id,
            stream,
            int(deleted_at is not None),
            int(flags is not None and flags != "[]"),
            updated if updated is not None else synced,
            *typed,
            f" {' '.join(fold(words[:_TEXT_LENGTH]).replace(chr(0), ' ').split())}",
        )

    def normal(self, name: str, value: Any) -> Key:
        """A value as the narrow row holds it; an empty text counts as none."""
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return value[:_KEY_LENGTH] if name.endswith("_id") else fold(value)[:_KEY_LENGTH].replace("\0", " ")
        return int(value) if isinstance(value, bool) else value


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

    def fits(self, entry: Sequence[Any]) -> bool:
        """Whether a narrow row is one of those asked for."""
        spec = self.spec
        if self.deleted is not None and entry[4] != int(self.deleted):
            return False
        if self.flagged is not None and entry[5] != int(self.flagged):
            return False
        if self.updated_since is not None and entry[6] < self.updated_since:
            return False
        if any(entry[spec.place(name)] != value for name, value in self.equal):
            return False
        return all(word in entry[-1] for word in self.words)


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


def rank(query: Query, key: Key, record_id: int) -> tuple[Any, ...]:
    """Sorts places as the query asks, those without a value last. Only for keys of one column."""
    if key is None:
        return (1, 0, _Turned(record_id) if query.descending else record_id)
    return (0, _Turned(key), _Turned(record_id)) if query.descending else (0, key, record_id)


@dataclass(frozen=True, slots=True, eq=True)
class _Turned:
    """Sorts the other way round."""

    value: Any

    def __lt__(self, other: _Turned) -> bool:
        return bool(other.value < self.value)
