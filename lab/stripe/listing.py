"""Lists as Stripe pages them: https://docs.stripe.com/api/pagination

Newest first, ``limit`` 1 to 100, ``starting_after`` and ``ending_before`` name a record,
``created`` bounds the time. Everything is a range of indexes, so page one thousand costs
what page one does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from lab.prerender import Prerendered
from lab.store import Record
from lab.stripe.errors import StripeError, no_such
from lab.stripe.forms import Form, integer


class Listable(Protocol):
    """What can be listed: records by ascending index, see :class:`lab.store.Collection`."""

    touched: list[int]

    @property
    def top(self) -> int: ...

    def index(self, identifier: str) -> int | None: ...

    def get(self, index: int) -> Record: ...

    def has(self, index: int) -> bool: ...

    def live(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[int]: ...

    def first_from(self, moment: int) -> int: ...

    def render(self, index: int, record: Record | None = None) -> bytes: ...


Filter = Callable[[Record], bool]
Render = Callable[[int], bytes]


def limit_of(form: Form) -> int:
    """The page size asked for."""
    limit = integer("limit", form.get("limit", 10))
    if limit < 1:
        raise StripeError(400, "This value must be greater than or equal to 1.", code="parameter_invalid_integer",
                          param="limit")  # fmt: skip
    if limit > 100:
        raise StripeError(
            400, f"This value must be less than or equal to 100 (it currently is '{limit}').",
            code="parameter_invalid_integer", param="limit",
        )  # fmt: skip
    return limit


def window(source: Listable, created: Any) -> tuple[int, int]:
    """The index range of a ``created`` parameter: a number, or gt, gte, lt, lte."""
    low, high = 0, source.top
    if created is None:
        return low, high
    if not isinstance(created, dict):
        moment = integer("created", created)
        return source.first_from(moment), source.first_from(moment + 1)
    for name, value in created.items():
        if name not in ("gt", "gte", "lt", "lte"):
            raise StripeError(400, f"Received unknown parameter: created[{name}]", code="parameter_unknown",
                              param=f"created[{name}]")  # fmt: skip
        moment = integer(f"created[{name}]", value)
        edge = source.first_from(moment + 1 if name in ("gt", "lte") else moment)
        if name in ("gt", "gte"):
            low = max(low, edge)
        else:
            high = min(high, edge)
    return low, high


def _cursor(source: Listable, form: Form, name: str, noun: str) -> int | None:
    value = form.get(name)
    if value is None:
        return None
    index = source.index(str(value))
    if index is None:
        raise no_such(noun, str(value), param=name, status=400)
    return index


def page(
    source: Listable,
    form: Form,
    url: str,
    noun: str,
    *,
    candidates: Iterable[int] | None = None,
    accepts: Filter | None = None,
    render: Render | None = None,
    prerendered: Prerendered | None = None,
) -> bytes:
    """One page as JSON bytes.

    ``candidates`` narrows the records to look at, ``accepts`` filters what is left and
    ``render`` writes one record (for expansion).
    """
    limit = limit_of(form)
    low, high = window(source, form.get("created"))
    after = _cursor(source, form, "starting_after", noun)
    before = _cursor(source, form, "ending_before", noun)
    if after is not None and before is not None:
        raise StripeError(400, "You cannot parameterize both starting_after and ending_before.", param="ending_before")
    if after is not None:
        high = min(high, after)
    if before is not None:
        low = max(low, before + 1)
    if prerendered is not None and candidates is None and accepts is None and render is None and before is None:
        start = max(low, high - limit)
        if prerendered.covers(start, high) and _clean(source.touched, start, high):
            return _envelope(prerendered.slice(start, high), start > low, url)
    backwards = before is not None
    found = _matching(source, low, high, candidates, accepts, ascending=backwards)
    chosen = list(islice(found, limit + 1))
    more = len(chosen) > limit
    chosen = chosen[:limit]
    if backwards:
        chosen.reverse()
    write = render or source.render
    return _envelope(b",".join(write(index) for index in chosen), more, url)


def _clean(touched: list[int], start: int, stop: int) -> bool:
    return bisect_left(touched, start) == bisect_left(touched, stop)


def _matching(
    source: Listable,
    low: int,
    high: int,
    candidates: Iterable[int] | None,
    accepts: Filter | None,
    *,
    ascending: bool,
) -> Iterator[int]:
    indexes: Iterable[int]
    if candidates is None:
        indexes = source.live(low, high, 1 if ascending else -1)
    else:
        inside = {index for index in candidates if low <= index < high and source.has(index)}
        indexes = sorted(inside, reverse=not ascending)
    if accepts is None:
        yield from indexes
        return
    for index in indexes:
        if accepts(source.get(index)):
            yield index


def _envelope(data: bytes, more: bool, url: str) -> bytes:
    flag = b"true" if more else b"false"
    return b'{"object":"list","data":[' + data + b'],"has_more":' + flag + b',"url":"' + url.encode() + b'"}'
