"""Rows on their way into a record table: what both databases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, Integer

from orion_core.base.db.tables.records import Micros, RecordRow
from orion_core.base.errors import RecordError

MAX_REMOTE_ID = 255
_MAX_INT = 2**63 - 1
_BASE = frozenset(RecordRow.model_fields)


@dataclass(slots=True)
class Known:
    """What is stored of one record."""

    id: int
    raw_hash: int
    mapping_version: int
    version: int
    deleted: bool
    remote_updated_at: int | None = None


@dataclass(slots=True)
class Incoming:
    """One record to store. `columns` are the values of `typed_columns(table)`, in that order, times as microseconds since 1970.

    `raw` are the provider's own bytes; `data` is the JSON of the unified fields without a column. `version` is the number a new record
    starts with; a changed one counts on from what is stored.
    """

    remote_id: str
    raw: bytes
    raw_hash: int
    columns: tuple[Any, ...]
    data: bytes | str
    custom: str | None = None
    flags: str | None = None
    remote_created_at: int | None = None
    remote_updated_at: int | None = None
    version: int = 1


@dataclass(slots=True, frozen=True)
class Upserted:
    """How a batch went; `unchanged` counts also what was older than the stored version."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(slots=True, frozen=True)
class Target:
    """One stream's rows in one table of one workspace."""

    table: type[RecordRow]
    workspace_id: str
    connection_id: str
    stream: str

    @property
    def name(self) -> str:
        return str(self.table.__tablename__)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.workspace_id, self.connection_id, self.stream)


@cache
def typed_columns(table: type[RecordRow]) -> tuple[str, ...]:
    """The columns that only this table has, in the order `Incoming.columns` gives them."""
    return tuple(column.name for column in _columns(table) if column.name not in _BASE and column.name != "id")


@cache
def time_columns(table: type[RecordRow]) -> frozenset[str]:
    """Those of `typed_columns` that hold times."""
    return frozenset(column.name for column in _columns(table) if isinstance(column.type, Micros))


@cache
def bool_columns(table: type[RecordRow]) -> frozenset[str]:
    """Those of `typed_columns` that hold yes or no."""
    return frozenset(column.name for column in _columns(table) if isinstance(column.type, Boolean))


@cache
def postgres_types(table: type[RecordRow]) -> dict[str, str]:
    """The PostgreSQL type of every column."""
    return {column.name: _postgres_type(column.type) for column in _columns(table)}


def _columns(table: type[RecordRow]) -> list[Any]:
    return list(table.__table__.columns)  # type: ignore[attr-defined]


def _postgres_type(kind: Any) -> str:
    if isinstance(kind, Boolean):
        return "bool"
    if isinstance(kind, (BigInteger, Micros)):
        return "int8"
    if isinstance(kind, Float):
        return "float8"
    return "int4" if isinstance(kind, Integer) else "text"


def prepare(target: Target, rows: Sequence[Incoming], existing: Mapping[str, Known], mapping_version: int) -> list[Incoming]:
    """The rows worth looking at: one per remote id, those that `existing` shows to be unchanged left out, their text storable.

    Raises:
        RecordError: a row that neither database can hold.
    """
    wanted: dict[str, Incoming] = {}
    for row in rows:
        before, earlier = existing.get(row.remote_id), wanted.get(row.remote_id)
        if earlier is not None and is_older(row.remote_updated_at, earlier.remote_updated_at):
            continue
        if before is not None and before.raw_hash == row.raw_hash and before.mapping_version == mapping_version and not before.deleted:
            # Listed twice, first changed, then as it is stored: the stored one is what the provider said last.
            wanted.pop(row.remote_id, None)
            continue
        make_storable(target, row)
        wanted[row.remote_id] = row
    return list(wanted.values())


def is_older(incoming: int | None, stored: int | None) -> bool:
    """Whether both versions carry a time and the incoming one is from before."""
    return incoming is not None and stored is not None and incoming < stored


def make_storable(target: Target, row: Incoming) -> None:
    """Clean what a text column cannot hold.

    Raises:
        RecordError: the id, or a number, fits neither database.
    """
    remote_id = row.remote_id
    if not remote_id or len(remote_id) > MAX_REMOTE_ID or not _is_clean(remote_id):
        too_long = len(remote_id) > MAX_REMOTE_ID
        why = "empty" if not remote_id else f"longer than {MAX_REMOTE_ID} characters" if too_long else "not plain text"
        raise RecordError(f"The record's id is {why}, so it cannot be stored.", detail={"remote_id": _clean(remote_id[:MAX_REMOTE_ID])})
    dirty = False
    for value in row.columns:
        if type(value) is str:
            if not _is_clean(value):
                dirty = True
        elif type(value) is int and not -_MAX_INT <= value <= _MAX_INT:
            name = typed_columns(target.table)[row.columns.index(value)]
            raise RecordError(
                f"The number in {name} has more than 64 bits, so it cannot be stored.", detail={"remote_id": remote_id, "field": name}
            )
    if dirty:
        row.columns = tuple(_clean(value) if type(value) is str else value for value in row.columns)


def _is_clean(text: str) -> bool:
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    """`text` without what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates become U+FFFD. `raw` keeps the provider's escapes."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def raw_text(raw: bytes) -> str:
    """The provider's bytes as text both databases take."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    return text.replace("\0", "\\u0000") if "\0" in text else text


def as_text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


# The order in which both writers give the values of a row; the typed columns follow.
HEAD = (
    "workspace_id",
    "connection_id",
    "stream",
    "remote_id",
    "version",
    "raw_hash",
    "mapping_version",
    "schema_version",
    "run_id",
    "remote_created_at",
    "remote_updated_at",
    "synced_at",
    "changed_tx",
    "custom",
    "flags",
    "data",
    "raw",
)
# What a changed row takes over from the incoming one (beside the typed columns).
CHANGING = (
    "raw_hash",
    "mapping_version",
    "schema_version",
    "run_id",
    "remote_created_at",
    "remote_updated_at",
    "synced_at",
    "changed_tx",
    "custom",
    "flags",
    "data",
    "raw",
)
# What the history takes over from the superseded row as it is.
KEPT = ("version", "raw", "data", "custom", "flags", "mapping_version", "schema_version", "run_id", "deleted_at")


def values(
    target: Target, rows: Sequence[Incoming], *, run_id: str, mapping_version: int, schema_version: str, tx: int, synced_at: int
) -> list[tuple[Any, ...]]:
    """Rows in the order of `HEAD` and the typed columns."""
    workspace_id, connection_id, stream = target.key
    return [
        (
            workspace_id,
            connection_id,
            stream,
            row.remote_id,
            row.version,
            row.raw_hash,
            mapping_version,
            schema_version,
            run_id,
            row.remote_created_at,
            row.remote_updated_at,
            synced_at,
            tx,
            row.custom,
            row.flags,
            as_text(row.data),
            raw_text(row.raw),
            *row.columns,
        )
        for row in rows
    ]


def flatten(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    return list(chain.from_iterable(rows))
