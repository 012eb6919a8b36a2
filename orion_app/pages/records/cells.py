"""What stands in a cell or a field: which columns at first, under which title, and the value in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from orion_app.components import format as words
from orion_core.engine.schema.money import exponent, is_known

# The columns of a list at first: those that are filled at most providers, few enough for a laptop.
FIRST = {
    "customer": ("name", "email", "phone", "company", "country", "balance_minor"),
    "company": ("name", "domain", "industry", "country", "employees", "annual_revenue_minor"),
    "invoice": ("number", "customer_name", "status", "total_minor", "balance_minor", "issued_at", "due_at"),
    "payment": ("number", "customer_name", "status", "amount_minor", "method", "paid_at"),
    "product": ("name", "sku", "type", "unit_price", "is_active"),
    "deal": ("name", "stage", "status", "amount_minor", "probability", "close_on"),
}
_TITLES = {
    "email": "E-mail",
    "sku": "SKU",
    "url": "URL",
    "customer_name": "Customer",
    "customer_email": "E-mail",
    "close_on": "Closes",
    "is_active": "Active",
    "is_test": "Test data",
    "line1": "Line 1",
    "line2": "Line 2",
    "remote_id": "Id at the source",
    "remote_created_at": "Created",
    "remote_updated_at": "Updated",
}
_FLAG_ENDS = {
    "malformed": "malformed",
    "unknown": "unknown",
    "missing": "missing",
    "inexact": "not exact",
    "unparsed": "not understood",
    "overflow": "out of range",
}
# Transforms that only change how a value is written; the others are named beside the value.
QUIET = {
    "boolean",
    "minor_money",
    "currency_upper",
    "upper",
    "lower",
    "trim",
    "epoch",
    "number",
    "integer",
    "decimal",
    "iso_date",
    "iso_time",
}
# HubSpot's own stages of a deal are written in one word.
_STAGES = {
    "appointmentscheduled": "appointment scheduled",
    "qualifiedtobuy": "qualified to buy",
    "presentationscheduled": "presentation scheduled",
    "decisionmakerboughtin": "decision maker bought in",
    "contractsent": "contract sent",
    "closedwon": "closed won",
    "closedlost": "closed lost",
}
_SHOUTED = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)+")


def first_columns(model: str, columns: Sequence[Any]) -> frozenset[str]:
    """The names of the columns that are shown without being asked for."""
    first = FIRST.get(model)
    return frozenset((*first, "remote_updated_at")) if first else frozenset(c.name for c in columns if c.shown)


def title(name: str, given: str) -> str:
    """The title of a column or field."""
    return _TITLES.get(name.rpartition(".")[2], given)


def flag_words(flag: str) -> str:
    """amount_minor_inexact → amount not exact; what is not known is told as it is, in words."""
    name, _, end = flag.rpartition("_")
    said = _FLAG_ENDS.get(end)
    if not name or said is None:
        return flag.replace("_", " ").replace(":", ": ")
    what = name.removesuffix("_minor").removesuffix("_at").replace("_", " ").replace("email", "e-mail")
    return f"{what} {said}"


def cell(row: Any, column: Any, now: datetime) -> str:
    """A value in a list."""
    value, shown = row.values.get(column.name), row.display.get(column.name) or ""
    if column.name == "probability" and value is not None:
        return f"{float(value) * 100:.0f} %"
    if column.name in ("unit_price", "cost") and shown:
        return _price(shown, row.values.get("currency"))
    if column.hint == "time" and isinstance(value, datetime):
        return words.age(value, now)
    if column.hint in ("time", "date") and shown:
        return _day(value, now) or shown
    if column.name == "stage":
        return _STAGES.get(shown, shown) or "–"
    if _SHOUTED.fullmatch(shown) or (column.name == "industry" and shown.isupper()):
        return shown.replace("_", " ").capitalize()
    return shown or "–"


def field(view: Any) -> str:
    """A value in the drawer: lists of plain values with commas, times to the second in UTC."""
    value = view.value
    if isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value):
        return ", ".join(map(str, value))
    if isinstance(value, datetime):
        return words.stamp(value)
    return str(view.display)


def dim(column: Any, value: Mapping[str, Any]) -> bool:
    """An amount of nothing is not worth a look."""
    return column.hint == "money" and value.get(column.name) == 0


def _price(text: str, currency: Any) -> str:
    known = str(currency) if currency and is_known(str(currency)) else None
    whole, _, part = text.partition(".")
    places = exponent(known) if known else 0
    grouped = f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole
    part = part.rstrip("0").ljust(places, "0")
    return " ".join(x for x in (grouped + (f".{part}" if part else ""), str(currency or "").upper()) if x)


def _day(value: Any, now: datetime) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return ""
    if isinstance(value, datetime):
        value = value.date()
    return words.day(datetime(value.year, value.month, value.day, tzinfo=UTC), now) if isinstance(value, date) else ""
