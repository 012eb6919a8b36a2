"""Records that exist without being stored, and the few that were changed.

A collection computes record ``i`` when it is asked for; only what somebody wrote is
kept. Indexes ascend with creation, new records continue where the generated end.
"""

from __future__ import annotations

import copy
import hashlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import orjson

from lab.poison import spoil
from lab.timeline import Timeline

Record = dict[str, Any]


class Codec(Protocol):
    """Turns indexes into a provider's identifiers and back."""

    def encode(self, index: int) -> str: ...

    def decode(self, identifier: str) -> int | None: ...


def _always(index: int) -> bool:
    return True


class Collection:
    """All records of one object at one provider."""

    def __init__(
        self,
        name: str,
        codec: Codec,
        count: int,
        make: Callable[[int], Record],
        *,
        timeline: Timeline | None = None,
        present: Callable[[int], bool] = _always,
        holes: int = 0,
    ) -> None:
        self.name = name
        self.codec = codec
        self.base = count
        self.top = count
        self.timeline = timeline or Timeline(count)
        self.changed: dict[int, Record] = {}
        self.gone: dict[int, float] = {}
        self.versions: dict[int, int] = {}
        self.poisoned: dict[int, str] = {}
        self.touched: list[int] = []
        self.revision = 0
        self._make = make
        self._present = present
        self._holes = holes
        self._added_at: list[int] = []

    def __len__(self) -> int:
        return self.top - self._holes - len(self.gone)

    def id(self, index: int) -> str:
        """The provider's identifier of a record."""
        return self.codec.encode(index)

    def index(self, identifier: str) -> int | None:
        """The record an identifier stands for, deleted ones included."""
        index = self.codec.decode(identifier)
        return index if index is not None and 0 <= index < self.top and self._known(index) else None

    def _known(self, index: int) -> bool:
        return index >= self.base or self._present(index)

    def has(self, index: int) -> bool:
        """Whether a live record has this index."""
        return 0 <= index < self.top and index not in self.gone and self._known(index)

    def get(self, index: int) -> Record:
        """The record; the caller must not change it (see ``edit``)."""
        found = self.changed.get(index)
        return self._make(index) if found is None else found

    def edit(self, index: int) -> Record:
        """A copy of the record that may be changed and handed to ``put``."""
        return copy.deepcopy(self.get(index))

    def created_at(self, index: int) -> int:
        """Unix seconds of creation."""
        return self.timeline.at(index) if index < self.base else self._added_at[index - self.base]

    def first_from(self, moment: int) -> int:
        """The lowest index created at or after a moment (``top`` when there is none)."""
        index = min(self.timeline.first_from(moment), self.base)
        if index < self.base:
            return index
        return self.base + bisect_left(self._added_at, moment)

    def put(self, index: int, record: Record) -> None:
        """Store a changed record."""
        self.changed[index] = record
        self._touch(index)

    def add(self, build: Callable[[int, str], Record], moment: int) -> Record:
        """Create a record; ``build`` gets its index and identifier."""
        index = self.top
        record = build(index, self.id(index))
        self.top += 1
        # the clock can be set back by control; the order of indexes may not
        self._added_at.append(max(moment, self._added_at[-1]) if self._added_at else moment)
        self.put(index, record)
        return record

    def remove(self, index: int, moment: float) -> None:
        """Delete a record (a provider may still show that it was there)."""
        self.gone[index] = moment
        self._touch(index)

    def restore(self, index: int) -> None:
        """Bring a removed record back."""
        if self.gone.pop(index, None) is not None:
            self._touch(index)

    def poison(self, index: int, kind: str) -> None:
        """Make one record come out bad in every answer that shows it."""
        self.poisoned[index] = kind
        self._touch(index)

    def heal(self) -> None:
        """Undo every poison."""
        for index in list(self.poisoned):
            del self.poisoned[index]
            self._touch(index)

    def _touch(self, index: int) -> None:
        if index not in self.versions:
            insort(self.touched, index)
        self.versions[index] = self.versions.get(index, 0) + 1
        self.revision += 1

    def render(self, index: int, record: Record | None = None) -> bytes:
        """The record as JSON, spoiled if control asked for that."""
        shown = self.get(index) if record is None else record
        kind = self.poisoned.get(index) if self.poisoned else None
        if kind is None:
            return orjson.dumps(shown)
        return spoil(shown, kind, self.id(max(0, index - 1)))

    def live(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[int]:
        """Indexes of live records in [start, stop), backwards when ``step`` is -1."""
        stop = self.top if stop is None else min(stop, self.top)
        span = range(start, stop)
        for index in span if step > 0 else reversed(span):
            if index not in self.gone and self._known(index):
                yield index

    def live_between(self, start: int, stop: int) -> int:
        """How many live records lie in [start, stop), exact without generating any."""
        if self._holes:
            return sum(1 for _ in self.live(start, stop))
        stop = min(stop, self.top)
        return max(0, stop - start) - sum(1 for index in self.gone if start <= index < stop)

    def truth(self, *, hashes: bool = True) -> Iterator[bytes]:
        """Every live record as a line of NDJSON: id, version, hash of its content."""
        batch: list[bytes] = []
        for index in self.live():
            line: Record = {"id": self.id(index), "version": self.versions.get(index, 0)}
            if hashes:
                line["hash"] = digest(self.get(index))
            batch.append(orjson.dumps(line))
            if len(batch) == 500:
                yield b"\n".join(batch) + b"\n"
                batch = []
        if batch:
            yield b"\n".join(batch) + b"\n"


def digest(record: Record) -> str:
    """Sixteen hex digits of the SHA-256 of a record with its keys sorted."""
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
