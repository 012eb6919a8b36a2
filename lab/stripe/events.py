"""The event log: https://docs.stripe.com/api/events — thirty days, newest first.

Every write to a record appends an event with the record as it then was. So that a new
lab is not silent, two events of each of the last thirty days are there from the start;
they follow from the date, so that a restarted lab shows the same ones.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from lab.ids import IdCodec, mix
from lab.store import Record

EVENTS = IdCodec("evt_1", 12, salt=51, suffix="LabOrionXk1")
DAY = 86_400
KEPT = 30 * DAY


class EventLog:
    """Events in order of time; rendered once, when they happen."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._created: list[int] = []
        self._types: list[str] = []
        self._bodies: list[bytes] = []
        self._numbers: list[int] = []
        self._by_number: dict[int, int] = {}
        # ids must not come again after a restart: clients remember the events they have seen
        self._next = int(time.time() * 100)
        self.touched: list[int] = []

    @property
    def top(self) -> int:
        """One past the newest event."""
        return len(self._bodies)

    def seed(self, now: int, subject: Callable[[int], tuple[str, Record]]) -> None:
        """Fill in the last thirty days; ``subject`` picks a type and record for a number."""
        today = now // DAY
        for day in range(today - 29, today + 1):
            for half in (0, 1):
                number = day * 2 + half
                moment = day * DAY + half * DAY // 2 + mix(number) % (DAY // 2)
                if moment < now:
                    kind, record = subject(mix(number * 31))
                    self._append(number, kind, record, {}, moment, None, None, 0)

    def emit(
        self,
        kind: str,
        record: Record,
        previous: dict[str, Any] | None,
        moment: int,
        request_id: str | None,
        idempotency_key: str | None,
        pending: int,
    ) -> bytes:
        """Append an event and return it as it is sent to webhooks."""
        self._next += 1
        return self._append(self._next, kind, record, previous, moment, request_id, idempotency_key, pending)

    def _append(
        self,
        number: int,
        kind: str,
        record: Record,
        previous: dict[str, Any] | None,
        moment: int,
        request_id: str | None,
        idempotency_key: str | None,
        pending: int,
    ) -> bytes:
        data: Record = {"object": record}
        if previous:
            data["previous_attributes"] = previous
        moment = max(moment, self._created[-1]) if self._created else moment
        body = orjson.dumps(
            {
                "id": EVENTS.encode(number),
                "object": "event",
                "api_version": self._version,
                "created": moment,
                "data": data,
                "livemode": False,
                "pending_webhooks": pending,
                "request": {"id": request_id, "idempotency_key": idempotency_key},
                "type": kind,
            }
        )
        self._by_number[number] = len(self._bodies)
        self._numbers.append(number)
        self._created.append(moment)
        self._types.append(kind)
        self._bodies.append(body)
        return body

    def index(self, identifier: str) -> int | None:
        """Where an event is, by its id."""
        number = EVENTS.decode(identifier)
        return None if number is None else self._by_number.get(number)

    def id(self, index: int) -> str:
        """The id of the event at a place."""
        return EVENTS.encode(self._numbers[index])

    def type(self, index: int) -> str:
        """The type of the event at a place."""
        return self._types[index]

    def get(self, index: int) -> Record:
        """The event as a record."""
        found: Record = orjson.loads(self._bodies[index])
        return found

    def has(self, index: int) -> bool:
        """Whether there is an event at a place."""
        return 0 <= index < len(self._bodies)

    def live(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[int]:
        """Places of events, backwards when ``step`` is -1."""
        span = range(start, self.top if stop is None else min(stop, self.top))
        yield from span if step > 0 else reversed(span)

    def first_from(self, moment: int) -> int:
        """The first event at or after a moment."""
        return bisect_left(self._created, moment)

    def render(self, index: int, record: Record | None = None) -> bytes:
        """The event as JSON."""
        return self._bodies[index]

    def of_types(self, patterns: list[str], start: int = 0) -> list[int]:
        """Places of events of these types; ``customer.*`` matches a family."""
        exact = {pattern for pattern in patterns if not pattern.endswith("*")}
        families = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
        return [
            place
            for place in range(start, self.top)
            if self._types[place] in exact or (families and self._types[place].startswith(families))
        ]
