"""Bad records on demand: what providers send on a bad day, one record at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

Record = dict[str, Any]

# stand-ins for what a JSON encoder refuses to write; replaced in the encoded bytes
_LONE_SURROGATE = "\ue000\ue001"
_HUGE_INTEGER = "\ue000\ue002"
_NAN = "\ue000\ue003"
_AFTER = (
    (_LONE_SURROGATE.encode(), b"\\ud83d"),
    (b'"' + _HUGE_INTEGER.encode() + b'"', b"1" + b"0" * 40),
    (b'"' + _NAN.encode() + b'"', b"NaN"),
)


def _fields(record: Record) -> Record:
    """Where the values are: HubSpot keeps them one level down."""
    inner = record.get("properties")
    return inner if isinstance(inner, dict) else record


def _set_first(record: Record, names: tuple[str, ...], value: Any) -> None:
    fields = _fields(record)
    for name in names:
        if name in fields:
            fields[name] = value
            return
    fields[names[0]] = value


_NAME = ("name", "firstname", "dealname", "subject", "description", "hs_number")
_AMOUNT = ("balance", "amount", "total", "unit_amount", "hs_amount_billed", "price")
_STATUS = ("status", "tax_exempt", "lifecyclestage", "dealstage", "hs_invoice_status")
_CURRENCY = ("currency", "hs_currency", "deal_currency_code")
_CREATED = ("created", "createdate", "hs_createdate")


def _missing_id(record: Record, neighbour: str) -> None:
    record.pop("id", None)


def _null_id(record: Record, neighbour: str) -> None:
    record["id"] = None


def _duplicate_id(record: Record, neighbour: str) -> None:
    record["id"] = neighbour


def _setter(names: tuple[str, ...], value: Any) -> Callable[[Record, str], None]:
    def change(record: Record, neighbour: str) -> None:
        _set_first(record, names, value)

    return change


def _nested(record: Record, neighbour: str) -> None:
    deep: Any = "bottom"
    for _ in range(200):
        deep = {"d": deep}
    _fields(record)["metadata"] = {"deep": deep}


KINDS: dict[str, Callable[[Record, str], None]] = {
    "missing_id": _missing_id,
    "null_id": _null_id,
    "duplicate_id": _duplicate_id,
    "nul": _setter(_NAME, "Nul\x00Byte"),
    "surrogate": _setter(_NAME, f"Half an emoji {_LONE_SURROGATE} here"),
    "bad_email": _setter(("email", "customer_email"), "not an@@address"),
    "unknown_enum": _setter(_STATUS, "quantum_superposition"),
    "weird_currency": _setter(_CURRENCY, "xqz"),
    "string_amount": _setter(_AMOUNT, "12.50"),
    "float_amount": _setter(_AMOUNT, 19.99),
    "huge_integer": _setter(_AMOUNT, _HUGE_INTEGER),
    "nan": _setter(_AMOUNT, _NAN),
    "bad_date": _setter(_CREATED, "the day before yesterday"),
    "future_date": _setter(_CREATED, 4102444800),
    "number_name": _setter(_NAME, 42),
    "object_name": _setter(_NAME, {"first": "A", "last": "B"}),
    "long_text": _setter(_NAME, "x" * 1_000_000),
    "nested": _nested,
}
WHOLE: dict[str, bytes] = {"null_record": b"null", "array_record": b"[]", "string_record": b'"record"'}


def spoil(record: Record, kind: str, neighbour: str) -> bytes:
    """The record as JSON with one thing wrong with it."""
    whole = WHOLE.get(kind)
    if whole is not None:
        return whole
    copied: Record = orjson.loads(orjson.dumps(record))
    KINDS[kind](copied, neighbour)
    body = orjson.dumps(copied)
    for stand_in, wanted in _AFTER:
        body = body.replace(stand_in, wanted)
    return body
