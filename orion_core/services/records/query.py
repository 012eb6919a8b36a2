"""From what a page's address says to a query: each model's filters and orders, and a refusal that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orion_core.base.db.search import Query, spec_of, words_of
from orion_core.base.db.search_rows import FILTERS, Key
from orion_core.base.db.tables.records import RECORD_TABLES, RecordRow, to_micros
from orion_core.base.errors import InvalidInput, NotFound

DEFAULT_SORT = "-remote_updated_at"
PERIODS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_LONGEST = 200


def table_of(model: str) -> type[RecordRow]:
    """The table of a model ("other" or "" for records without one).

    Raises:
        NotFound: no such model.
    """
    table = RECORD_TABLES.get("" if model == "other" else model)
    if table is None:
        known = ", ".join(name or "other" for name in RECORD_TABLES)
        raise NotFound(f"There is no model {model!r}. There are: {known}.", next_step="Use one of these names.")
    return table


def filter_names(table: type[RecordRow]) -> tuple[str, ...]:
    """What a page of this model may be filtered by."""
    return ("connection", "stream", "updated_within", "flagged", "deleted", *FILTERS[table.model])


def query_of(table: type[RecordRow], q: str, filters: Mapping[str, str], sort: str, at: datetime) -> Query:
    """The query of a page.

    Raises:
        InvalidInput: an unknown filter, value or order; the message lists those there are.
    """
    spec = spec_of(table)
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in spec.sorts:
        orders = ", ".join(spec.sorts)
        raise InvalidInput(
            f"{table.model or 'other'} records cannot be sorted by {name!r}. Orders: {orders}; - in front turns them.",
            detail={"fields": {"sort": f"one of {orders}"}},
        )
    equal: list[tuple[str, Key]] = []
    special: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for key, given in filters.items():
        value = _plain(given)
        if key not in filter_names(table):
            problems[key] = f"not a filter of this model; there are {', '.join(filter_names(table))}"
        elif key in ("flagged", "deleted"):
            _yes_or_no(key, value, special, problems)
        elif key == "updated_within":
            if value not in PERIODS:
                problems[key] = f"one of {', '.join(PERIODS)}"
            else:
                special["updated_since"] = to_micros(at - PERIODS[value])
        elif key in ("connection", "stream"):
            equal.append(("connection_id" if key == "connection" else key, value))
        elif key == "is_active":
            if value.lower() not in _YES + _NO:
                problems[key] = "yes or no"
            equal.append((key, int(value.lower() in _YES)))
        else:
            equal.append((key, spec.normal(key, value)))
    if problems:
        listed = "; ".join(f"{key}: {what}" for key, what in problems.items())
        raise InvalidInput(f"The filters are not understood: {listed}.", detail={"fields": problems})
    words = words_of(_plain(q[:_LONGEST]))
    return Query(table, words, tuple(sorted(equal, key=lambda pair: pair[0])), sort=name, descending=descending, **special)


def _plain(text: str) -> str:
    """`text` without what no database holds, so that it finds nothing instead of failing."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def _yes_or_no(key: str, value: str, special: dict[str, Any], problems: dict[str, str]) -> None:
    word = value.lower()
    if word in _YES + _NO:
        special[key] = word in _YES
    elif word == "any":
        special[key] = None
    else:
        problems[key] = "yes, no or any"
