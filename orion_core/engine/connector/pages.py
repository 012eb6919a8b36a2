"""Cut a page into its records without decoding them: each keeps the bytes the provider sent.

Two typed passes of msgspec over the body: one takes the records as slices and what paging needs, one peeks at ids. A body they do
not accept (NaN, lone surrogates, a record without id) goes the slow way: decoded leniently, judged record by record.
"""

from __future__ import annotations

import json as stdlib_json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from orion_core.base.errors import BadResponse
from orion_core.base.kit import json
from orion_core.engine.connector.lenient import TOO_DEEP, clean_body, has_path, judge, parse_lenient, shape, too_deep
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.peek import getter, struct_of
from orion_core.engine.connector.types import Poison


@dataclass(slots=True)
class Split:
    """A page taken apart. `count` and `last_id` speak of the page as sent, `records` and `ids` leave doubles and poison out."""

    records: list[bytes]
    ids: list[str]
    cursors: list[Any]
    values: dict[str, Any]
    count: int
    last_id: str | None
    poison: list[Poison] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class PageDecoder:
    """Splits the pages of one stream; thread-safe, cheap to keep, costly to make (`decoder_for` keeps it)."""

    def __init__(self, records_path: str, id_path: str, cursor_path: str | None, value_paths: tuple[str, ...]) -> None:
        self.records_path, self.id_path, self.cursor_path, self.value_paths = records_path, id_path, cursor_path, value_paths
        peek = struct_of({id_path: str | int, **({cursor_path: Any} if cursor_path and cursor_path != id_path else {})}, required={id_path})
        leaves = dict.fromkeys(value_paths, Any)
        if records_path:
            self._slices = msgspec.json.Decoder(struct_of({**leaves, records_path: list[Raw] | None}, required={records_path}))
            self._peeks = msgspec.json.Decoder(struct_of({records_path: list[peek] | None}, required={records_path}))  # type: ignore[valid-type]
        else:
            self._slices = msgspec.json.Decoder(list[Raw])
            self._peeks = msgspec.json.Decoder(list[peek])  # type: ignore[valid-type]
        self._id = getter(id_path, required=True)
        self._cursor = getter(cursor_path) if cursor_path else None
        self._records = getter(records_path, required=True)
        self._values = [(path, getter(path)) for path in value_paths]

    def split(self, body: bytes, charset: str | None = None) -> Split:
        """The page in `body`.

        Raises:
            BadResponse: not JSON, or no list of records where one was promised.
            ProviderUnavailable: the body was cut short.
        """
        body, warnings = clean_body(body, charset)
        try:
            envelope = self._slices.decode(body)
            peeks = self._records(self._peeks.decode(body)) or []
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            return self._slow(body, warnings, error)
        # A struct that leaves a value out holds UNSET there; paging reads that as "nothing".
        values = (
            {path: None if (value := get(envelope)) is msgspec.UNSET else value for path, get in self._values} if self.records_path else {}
        )
        slices = self._records(envelope) or []
        ids = [value if isinstance(value, str) else str(value) for value in map(self._id, peeks)]
        cursors = list(map(self._cursor, peeks)) if self._cursor else []
        # Stripe indents its answers, a list deeper than a single record: without the white space equal records have equal bytes.
        records = [msgspec.json.format(bytes(item), indent=-1) for item in slices] if b"\n" in body else [bytes(item) for item in slices]
        split = Split(records, ids, cursors, values, len(ids), ids[-1] if ids else None, warnings=warnings)
        if len(set(ids)) != len(ids) or "" in ids:
            _drop_doubles(split)
        for index in range(len(split.records) - 1, -1, -1):
            if too_deep(split.records[index]):
                _banish(split, index, TOO_DEEP)
        return split

    def _slow(self, body: bytes, warnings: list[str], cause: Exception) -> Split:
        document = parse_lenient(body, cause)
        found = dig(document, self.records_path)
        if found is None and self.records_path and has_path(document, self.records_path):
            found = []
        if not isinstance(found, list):
            raise BadResponse(
                f"The answer has no list {self.records_path or '(the whole answer)'!r}: {shape(document)}.",
                next_step="Check the base URL and the stream's records_path.",
            )
        values = {path: dig(document, path) for path in self.value_paths}
        split = Split([], [], [], values, len(found), None, warnings=warnings)
        for item in found:
            reason, identity = judge(item, self.id_path)
            data = stdlib_json.dumps(item).encode()
            if reason is None and too_deep(data):
                reason = TOO_DEEP
            split.last_id = identity
            if reason is not None or identity is None:
                split.poison.append(Poison(data, reason or "It has no id."))
                continue
            split.records.append(data)
            split.ids.append(identity)
            if self._cursor:
                split.cursors.append(dig(item, self.cursor_path or ""))
        _drop_doubles(split)
        return split


def compact(data: bytes) -> bytes:
    """A record's bytes without white space between values, as `split` gives them."""
    try:
        return msgspec.json.format(data, indent=-1) if b"\n" in data else data
    except msgspec.MsgspecError:
        return data


def leave_out(record: bytes, paths: AbstractSet[str]) -> bytes:
    """`record` without what stands at these dotted paths; encoded anew."""
    document = json.loads(record)
    for path in paths:
        *parents, last = path.split(".")
        holder = dig(document, ".".join(parents))
        if isinstance(holder, dict):
            holder.pop(last, None)
    return json.dumps(document)


@lru_cache(maxsize=512)
def decoder_for(records_path: str, id_path: str, cursor_path: str | None, value_paths: tuple[str, ...]) -> PageDecoder:
    """The decoder for these paths, made once."""
    return PageDecoder(records_path, id_path, cursor_path, value_paths)


def _drop_doubles(split: Split) -> None:
    """Keep one record per id, the one with the newest cursor (the later of equals); a record with an empty id is poison."""
    chosen: dict[str, int] = {}
    cursors = split.cursors or [None] * len(split.ids)
    for index, identity in enumerate(split.ids):
        other = chosen.get(identity)
        if other is None or not _older(cursors[index], cursors[other]):
            chosen[identity] = index
    doubles = len(split.ids) - len(chosen)
    nameless = chosen.pop("", None)
    if nameless is not None:
        split.poison.append(Poison(split.records[nameless], "Its id is empty."))
    if doubles:
        split.warnings.append(f"{doubles} record(s) came twice within a page; the newer one was kept.")
    keep = sorted(chosen.values())
    split.records = [split.records[index] for index in keep]
    split.ids = [split.ids[index] for index in keep]
    split.cursors = [split.cursors[index] for index in keep] if split.cursors else []


def _older(left: Any, right: Any) -> bool:
    try:
        return bool(left < right)
    except TypeError:
        return False


def _banish(split: Split, index: int, reason: str) -> None:
    split.poison.append(Poison(split.records.pop(index), reason))
    split.ids.pop(index)
    if split.cursors:
        split.cursors.pop(index)
