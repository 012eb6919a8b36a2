"""The search endpoint: https://developers.hubspot.com/docs/api/crm/search

Filters on ids, creation and modification narrow the range of records looked at, so that
an incremental sync is quick even over a million of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

import orjson

from lab.hubspot.crm import Crm
from lab.hubspot.errors import input_json, invalid
from lab.hubspot.people import MODIFIED_WITHIN_MS
from lab.hubspot.schema import ObjectType
from lab.hubspot.times import milliseconds
from lab.store import Record

CAP = 10_000
OPERATORS = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY",
                       "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"})  # fmt: skip
Filter = dict[str, Any]
Test = Callable[[int], bool]
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_PATTERN_WORD = re.compile(r"[\w*@.\-+]+", re.UNICODE)


class Search:
    """Searches of one portal; the last few are kept, since clients page through them."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._kept: OrderedDict[bytes, tuple[int, list[int]]] = OrderedDict()

    def page(self, obj: ObjectType, body: Record, hidden_after_ms: int | None) -> Record:
        """One page of results; records modified later than ``hidden_after_ms`` are not indexed yet."""
        limit, after = self._paging(body)
        total, indexes = self._matches(obj, body, hidden_after_ms)
        properties = body.get("properties") or None
        chosen = indexes[after : after + limit]
        answer: Record = {
            "total": total,
            "results": [self._crm.view(obj, index, properties) for index in chosen],
        }
        if after + limit < total:
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return answer

    @staticmethod
    def _paging(body: Record) -> tuple[int, int]:
        try:
            limit, after = int(body.get("limit") or 10), int(body.get("after") or 0)
        except (TypeError, ValueError):
            raise input_json("after and limit must be integers") from None
        if not 1 <= limit <= 200:
            raise invalid(f"The requested limit {limit} is not valid: it must be between 1 and 200")
        if after + limit > CAP:
            # the total stays what it is: only paging stops here
            raise invalid("There was a problem with the request.")
        return limit, after

    def _matches(self, obj: ObjectType, body: Record, hidden_after_ms: int | None) -> tuple[int, list[int]]:
        groups = self._groups(obj, body)
        sorts = self._sorts(obj, body)
        words = str(body.get("query") or "").lower()
        revision = self._crm.collections[obj.name].revision
        key = orjson.dumps([obj.name, revision, groups, sorts, words, hidden_after_ms])
        kept = self._kept.get(key)
        if kept is None:
            kept = self._run(obj, groups, sorts, words, hidden_after_ms)
            self._kept[key] = kept
            if len(self._kept) > 16:
                self._kept.popitem(last=False)
        return kept

    def _run(
        self, obj: ObjectType, groups: list[list[Filter]], sorts: list[tuple[str, bool]], words: str,
        hidden_after_ms: int | None,
    ) -> tuple[int, list[int]]:  # fmt: skip
        collection = self._crm.collections[obj.name]
        tests: list[Test] = []
        if words:
            tests.append(self._text_test(obj, words))
        if hidden_after_ms is not None:
            tests.append(lambda index: self._crm.modified_ms(obj.name, index) <= hidden_after_ms)
        by_index = not sorts or sorts[0][0] in ("hs_object_id", obj.created)
        backwards = bool(sorts) and sorts[0][1] and by_index
        if len(groups) <= 1:
            low, high, residual, pinned = self._plan(obj, groups[0] if groups else [])
            if not residual and not tests and pinned is None and by_index:
                span = collection.live(low, high, -1 if backwards else 1)
                return collection.live_between(low, high), list(islice(span, CAP))
        matching: set[int] = set()
        for group in groups or [[]]:
            low, high, residual, pinned = self._plan(obj, group)
            source: Iterable[int] = collection.live(low, high)
            if pinned is not None:
                source = [index for index in pinned if low <= index < high and collection.has(index)]
            checks = [*tests, *(self._test(obj, item) for item in residual)]
            matching.update(index for index in source if all(check(index) for check in checks))
        ordered = sorted(matching, reverse=backwards)
        if not by_index:
            # stable: ties stay in the order of ids
            for name, descending in reversed(sorts):
                ordered.sort(key=self._sort_key(obj, name), reverse=descending)
        return len(ordered), ordered[:CAP]

    def _groups(self, obj: ObjectType, body: Record) -> list[list[Filter]]:
        groups = body.get("filterGroups") or ([{"filters": body["filters"]}] if body.get("filters") else [])
        if len(groups) > 5:
            raise invalid("The maximum number of filterGroups is 5")
        out = []
        for group in groups:
            filters = group.get("filters") or []
            if len(filters) > 10:
                raise invalid("The maximum number of filters in a filterGroup is 10")
            for item in filters:
                name, operator = item.get("propertyName"), item.get("operator")
                if operator not in OPERATORS:
                    raise input_json(f"Unknown operator: {operator}")
                if name not in obj.properties:
                    raise invalid(f"There was a problem with the request. Property '{name}' does not exist")
                if operator in ("IN", "NOT_IN") and not isinstance(item.get("values"), list):
                    raise invalid(f"operator {operator} requires values")
                if operator == "BETWEEN" and (item.get("value") is None or item.get("highValue") is None):
                    raise invalid("operator BETWEEN requires value and highValue")
            out.append(list(filters))
        if sum(len(group) for group in out) > 25:
            raise invalid("The maximum number of filters is 25")
        return [group for group in out if group] if any(out) else []

    @staticmethod
    def _sorts(obj: ObjectType, body: Record) -> list[tuple[str, bool]]:
        out = []
        for item in body.get("sorts") or []:
            if isinstance(item, str):
                name, descending = item.lstrip("-"), item.startswith("-")
            else:
                name, descending = str(item.get("propertyName")), item.get("direction") == "DESCENDING"
            if name not in obj.properties:
                raise invalid(f"There was a problem with the request. Property '{name}' does not exist")
            out.append((name, descending))
        return out[:1]

    def _plan(self, obj: ObjectType, group: list[Filter]) -> tuple[int, int, list[Filter], list[int] | None]:
        """Range of indexes, filters still to be tested, and the few records it can only be."""
        collection = self._crm.collections[obj.name]
        low, high = 0, collection.top
        pinned: list[int] | None = None
        soft_low = 0
        residual: list[Filter] = []
        for item in group:
            name, operator = item["propertyName"], item["operator"]
            bounds = _bounds(item)
            if name == "hs_object_id" and operator in ("EQ", "IN"):
                values = item["values"] if operator == "IN" else [item.get("value")]
                found = [collection.index(str(value)) for value in values]
                pinned = sorted({index for index in found if index is not None})
            elif name in ("hs_object_id", obj.created) and bounds is not None:
                above, below = bounds
                low = max(low, self._first(obj, name, above))
                high = min(high, self._first(obj, name, below))
            else:
                residual.append(item)
                if name == obj.modified and bounds is not None and bounds[0] is not None:
                    soft_low = max(soft_low, self._first(obj, obj.created, bounds[0] - MODIFIED_WITHIN_MS))
                if name == "email" and operator == "EQ" and obj.name == "contacts":
                    found_index = self._crm.by_email(str(item.get("value")))
                    pinned = [] if found_index is None else [found_index]
        if soft_low > low and pinned is None:
            # what somebody changed may have been modified long after it was created
            pinned = sorted({*range(soft_low, high), *(i for i in collection.changed if low <= i < high)})
        return low, high, residual, pinned

    def _first(self, obj: ObjectType, name: str, edge: int | None) -> int:
        """The lowest index whose id or creation is at or above an edge; the end for none."""
        collection = self._crm.collections[obj.name]
        if edge is None:
            return collection.top
        if edge <= 0:
            return 0
        if name == "hs_object_id":
            return bisect_left(range(collection.top), edge, key=lambda index: int(collection.id(index)))
        return bisect_left(range(collection.top), edge, key=lambda index: self._crm.created_ms(obj.name, index))

    def _value(self, obj: ObjectType, name: str, index: int) -> str | None:
        value: str | None = self._crm.collections[obj.name].get(index)["properties"].get(name)
        return value

    def _sort_key(self, obj: ObjectType, name: str) -> Callable[[int], Any]:
        if name == obj.modified:
            return lambda index: self._crm.modified_ms(obj.name, index)
        if obj.properties[name]["type"] in ("number", "datetime", "date"):
            return lambda index: _number(self._value(obj, name, index), Decimal("-Infinity"))
        return lambda index: (self._value(obj, name, index) or "").lower()

    def _text_test(self, obj: ObjectType, words: str) -> Test:
        wanted = words.split()

        def test(index: int) -> bool:
            held = self._crm.collections[obj.name].get(index)["properties"]
            text = " ".join(str(held[name]).lower() for name in obj.searched if held.get(name))
            return all(word in text for word in wanted)

        return test

    def _test(self, obj: ObjectType, item: Filter) -> Test:
        name, operator = item["propertyName"], item["operator"]
        typed = obj.properties[name]["type"]
        if name == obj.modified and operator in ("GT", "GTE", "LT", "LTE", "BETWEEN"):
            above, below = _bounds(item) or (None, None)
            low = above if above is not None else -(1 << 62)
            high = below if below is not None else 1 << 62
            return lambda index: low <= self._crm.modified_ms(obj.name, index) < high
        compare = _comparison(operator, typed, item)
        return lambda index: compare(self._value(obj, name, index))


def _bounds(item: Filter) -> tuple[int | None, int | None] | None:
    """A filter as a half-open range of integers (milliseconds for times), if it is one."""
    operator = item["operator"]
    if operator not in ("GT", "GTE", "LT", "LTE", "BETWEEN"):
        return None
    value = milliseconds(str(item.get("value")))
    if value is None:
        raise invalid(f"There was a problem with the request. Invalid value for {item['propertyName']}")
    if operator == "BETWEEN":
        top = milliseconds(str(item.get("highValue")))
        return (value, None if top is None else top + 1)
    if operator in ("GT", "GTE"):
        return (value + (operator == "GT"), None)
    return (0, value + (operator == "LTE"))


def _number(value: str | None, default: Decimal) -> Decimal:
    if value is None:
        return default
    try:
        return Decimal(value)
    except InvalidOperation:
        moment = milliseconds(value)
        return default if moment is None else Decimal(moment)


def _tokens(text: str) -> Iterator[str]:
    yield from _WORD.findall(text.lower())
    yield from text.lower().split()


def _comparison(operator: str, typed: str, item: Filter) -> Callable[[str | None], bool]:
    if operator == "HAS_PROPERTY":
        return lambda held: held is not None
    if operator == "NOT_HAS_PROPERTY":
        return lambda held: held is None
    numeric = typed in ("number", "datetime", "date")

    def key(value: Any) -> Any:
        return _number(str(value), Decimal("NaN")) if numeric else str(value).lower()

    wanted = key(item.get("value"))
    if operator in ("IN", "NOT_IN"):
        among = {key(value) for value in item["values"]}
        return lambda held: held is not None and (key(held) in among) == (operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        patterns = _PATTERN_WORD.findall(str(item.get("value")).lower())
        inside = operator == "CONTAINS_TOKEN"
        return lambda held: (
            held is not None and all(any(fnmatchcase(t, p) for t in _tokens(held)) for p in patterns) == inside
        )
    top = key(item.get("highValue"))
    tests: dict[str, Callable[[Any], bool]] = {
        "EQ": lambda held: bool(held == wanted),
        "NEQ": lambda held: bool(held != wanted),
        "GT": lambda held: bool(held > wanted),
        "GTE": lambda held: bool(held >= wanted),
        "LT": lambda held: bool(held < wanted),
        "LTE": lambda held: bool(held <= wanted),
        "BETWEEN": lambda held: bool(wanted <= held <= top),
    }
    return lambda held: held is not None and tests[operator](key(held))
