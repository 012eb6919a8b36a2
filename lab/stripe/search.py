"""The search query language: https://docs.stripe.com/search#search-query-language

Unlike Stripe's, this search sees a write at once.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from lab.store import Record
from lab.stripe.errors import StripeError, missing
from lab.stripe.forms import Form
from lab.stripe.invoice_shape import shown
from lab.stripe.listing import limit_of
from lab.stripe.resources import Resources

_CLAUSE = re.compile(
    r"""\s*(?P<not>-)?(?P<field>[a-z_.]+)(?:\[(?P<q>["'])(?P<key>.*?)(?P=q)\])?\s*(?P<op>[:~]|[<>]=?)\s*"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s"']+))\s*"""
)
_JOIN = re.compile(r"(and|or)\b", re.IGNORECASE)
Test = Callable[[Record], bool]


def _clause(found: re.Match[str]) -> Test:
    field, key, operator = found["field"], found["key"], found["op"]
    quoted = found["double"] if found["double"] is not None else found["single"]
    wanted = found["bare"] if quoted is None else quoted.replace("\\'", "'").replace('\\"', '"')

    def value(record: Record) -> Any:
        held = record.get(field)
        return held.get(key) if key is not None and isinstance(held, dict) else held

    def test(record: Record) -> bool:
        held = value(record)
        if wanted == "null" and quoted is None:
            hit = held is None
        elif held is None:
            hit = False
        elif operator == "~":
            hit = wanted.lower() in str(held).lower()
        elif operator == ":":
            hit = str(held).lower() == wanted.lower()
        else:
            a, b = float(held), float(wanted)
            hit = a > b if operator == ">" else a < b if operator == "<" else a >= b if operator == ">=" else a <= b
        return hit != bool(found["not"])

    return test


def parse(query: str) -> tuple[Test, str | None]:
    """A test for records, and the e-mail address every match must have, if one is given."""
    tests: list[Test] = []
    joins: set[str] = set()
    email = None
    place = 0
    while place < len(query):
        found = _CLAUSE.match(query, place)
        if found is None:
            raise StripeError(400, f"We were unable to parse your search query: {query}", param="query")
        tests.append(_clause(found))
        if found["field"] == "email" and found["op"] == ":" and not found["not"]:
            email = found["double"] or found["single"]
        place = found.end()
        joined = _JOIN.match(query, place)
        if joined:
            joins.add(joined[1].lower())
            place = joined.end()
    if len(joins) > 1:
        raise StripeError(400, "You cannot combine AND and OR in a search query.", param="query")
    if joins == {"or"}:
        return lambda record: any(test(record) for test in tests), None
    return lambda record: all(test(record) for test in tests), email


def search(resources: Resources, name: str, form: Form) -> bytes:
    """One page of results."""
    if "query" not in form:
        raise missing("query")
    test, email = parse(str(form["query"]))
    limit = limit_of(form)
    start = 0
    if "page" in form:
        try:
            start = int(base64.urlsafe_b64decode(str(form["page"])))
        except ValueError:
            raise StripeError(400, "Invalid page token.", param="page") from None
    collection = resources.all[name]
    indexes: Iterable[int] = collection.live(step=-1)
    if name == "customers" and email:
        narrowed = {*resources.world.candidates(email), *collection.changed}
        indexes = sorted((index for index in narrowed if collection.has(index)), reverse=True)
    matches: list[int] = []
    for index in indexes:
        if test(collection.get(index)):
            matches.append(index)
            if len(matches) > start + limit:
                break
    more = len(matches) > start + limit
    paths = [str(path).removeprefix("data.") for path in form.get("expand", [])]
    chosen = []
    for index in matches[start : start + limit]:
        record = collection.get(index)
        record = shown(record) if name == "invoices" else record
        chosen.append(collection.render(index, resources.expand(record, paths) if paths else record))
    following = base64.urlsafe_b64encode(str(start + limit).encode()).decode() if more else None
    rest = orjson.dumps({"has_more": more, "next_page": following, "url": f"/v1/{name}/search"})
    return b'{"object":"search_result","data":[' + b",".join(chosen) + b"]," + rest[1:]
