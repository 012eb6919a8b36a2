"""From the bytes of a page to rows: hash, compare, decode, map. Pure but for the look-up of what is stored.

Each record is decoded only when its hash changed; what cannot be mapped becomes a dead letter, the rest passes.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import orjson

from orion_core.base.db.bulk import Incoming, Known, typed_columns
from orion_core.base.db.tables import RecordRow
from orion_core.base.db.tables.records import to_micros
from orion_core.base.errors import OrionError, RecordError
from orion_core.base.kit import json
from orion_core.engine.connector.pages import leave_out
from orion_core.engine.mapping import CompiledMapping
from orion_core.engine.schema.registry import COLUMNS, Column

_MAX_ID = 255


def record_hash(raw: bytes) -> int:
    """64 bits of BLAKE2b over a record's bytes, as a signed integer."""
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big", signed=True)


def id_hash(remote_id: str) -> int:
    """64 bits that stand for a remote id in the proof of a complete listing."""
    return int.from_bytes(blake2b(remote_id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), sys.byteorder, signed=True)


def pack_ids(remote_ids: Iterable[str]) -> bytes:
    """The hashes of remote ids, 8 bytes each."""
    # As `id_hash`, in the byte order of this machine: what `unpack_ids` reads.
    return b"".join([blake2b(remote_id.encode("utf-8", "surrogatepass"), digest_size=8).digest() for remote_id in remote_ids])


def unpack_ids(chunks: Iterable[bytes]) -> array[int]:
    """All hashes of several packs."""
    found = array("q")
    for chunk in chunks:
        found.frombytes(chunk)
    return found


@dataclass(slots=True)
class Dead:
    """A record to set aside."""

    key: str
    remote_id: str
    raw: bytes
    cause: dict[str, Any]


@dataclass(slots=True)
class Batch:
    """What a few pages of one stream become."""

    rows: list[Incoming] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    read: int = 0
    unchanged: int = 0


class Shaper:
    """Turns records of one stream into rows of its table."""

    def __init__(
        self, table: type[RecordRow], mapping: CompiledMapping | None, *, mapping_version: int, exclude: Iterable[str] = ()
    ) -> None:
        self.table = table
        self.mapping = mapping
        self.mapping_version = mapping_version
        self.exclude = frozenset(exclude)
        self.taken, self.read, self.order = _sources(table)

    def shape(self, ids: Iterable[str], records: Iterable[bytes], known: Mapping[str, Known]) -> Batch:
        """Rows for the records that are new or changed; of a repeated id the last wins."""
        batch = Batch()
        self.add(batch, dict(zip(ids, records, strict=True)).items(), known)
        return batch

    def add(self, batch: Batch, records: Iterable[tuple[str, bytes]], known: Mapping[str, Known]) -> None:
        """Shape records, each id once, into a batch."""
        for remote_id, sent in records:
            batch.read += 1
            raw = leave_out(sent, self.exclude) if self.exclude else sent
            digest = record_hash(raw)
            old = known.get(remote_id)
            if old is not None and old.raw_hash == digest and old.mapping_version == self.mapping_version and not old.deleted:
                batch.unchanged += 1
                continue
            try:
                batch.rows.append(self._row(remote_id, raw, digest, 1 if old is None else old.version + 1))
            except OrionError as error:
                batch.dead.append(Dead(dead_key(remote_id, raw), remote_id[:_MAX_ID], raw, error.as_dict()))

    def _row(self, remote_id: str, raw: bytes, digest: int, version: int) -> Incoming:
        if len(remote_id) > _MAX_ID:
            raise RecordError(f"The record's id has {len(remote_id)} characters; at most {_MAX_ID} can be stored.")
        try:
            decoded = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            decoded, _ = json.loads_lenient(raw, error)
        if self.mapping is None:
            name = decoded.get("name") if isinstance(decoded, dict) else None
            return Incoming(remote_id, raw, digest, (name if isinstance(name, str) else None,), b"{}", None, None, None, None, version)
        mapped = self.mapping.to_unified(decoded)
        fields = mapped.fields
        take = fields.pop
        values = [read(fields) for read in self.read]
        values += [take(name, None) for name in self.taken]
        created, updated = take("remote_created_at", None), take("remote_updated_at", None)
        return Incoming(
            remote_id,
            raw,
            digest,
            self.order(values),
            json.dumps(fields),
            json.dumps_text(mapped.custom) if mapped.custom else None,
            json.dumps_text(mapped.flags) if mapped.flags else None,
            _micros(created),
            _micros(updated),
            version,
        )


def dead_key(remote_id: str, raw: bytes) -> str:
    """What makes a dead letter the same one when it comes again: its id, or its bytes where it has none."""
    return remote_id[:_MAX_ID] if remote_id else f"#{record_hash(raw) & (2**64 - 1):016x}"


_Read = Callable[[dict[str, Any]], Any]


def _sources(table: type[RecordRow]) -> tuple[tuple[str, ...], tuple[_Read, ...], Callable[[list[Any]], tuple[Any, ...]]]:
    """How the typed columns get their values: the fields that are taken out of the rest as they are, the readers of all others, and the
    order of the columns in what the readers, then the taken fields give.

    A derived column (first of several paths, a date, a decimal kept exact in `data`) leaves its field in the rest.
    """
    columns = {column.name: column for column in COLUMNS.get(table.model, ())}
    names = [name for name in typed_columns(table) if name in columns]
    taken = tuple(name for name in names if not columns[name].paths and columns[name].kind in ("text", "int", "bool"))
    others = [name for name in names if name not in taken]
    places = [(*others, *taken).index(name) for name in names]
    order = itemgetter(*places) if len(places) > 1 else lambda values: tuple(values)
    return taken, tuple(_reader(columns[name]) for name in others), order


def _reader(column: Column) -> _Read:
    name = column.name
    if not column.paths and column.kind == "time":
        return lambda fields: _micros(fields.pop(name, None))
    paths = tuple(tuple(path.split(".")) for path in column.sources())
    convert: Callable[[Any], Any] = _micros if column.kind in ("time", "date") else _number if column.kind == "decimal" else _same

    def read(fields: dict[str, Any]) -> Any:
        for path in paths:
            value: Any = fields
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                return convert(value)
        return None

    return read


def _same(value: Any) -> Any:
    return value


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _micros(value: Any) -> int | None:
    if isinstance(value, datetime):
        return to_micros(value)
    if isinstance(value, date):
        return to_micros(datetime.fromisoformat(f"{value.isoformat()}T00:00:00+00:00"))
    return None
