"""From stored rows to values: the unified fields of a record, how they are shown, and how two versions differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from orion_core.base.db.bulk import typed_columns
from orion_core.base.db.search_rows import is_time
from orion_core.base.db.tables import RecordVersion
from orion_core.base.db.tables.records import RecordRow, from_micros
from orion_core.base.errors import BadResponse
from orion_core.base.kit import json
from orion_core.engine.schema import COLUMNS, MODELS, FieldSpec, fields_of
from orion_core.engine.schema.money import format_money
from orion_core.services.records.types import Hint

MAX_RAW = 1_000_000


@dataclass(frozen=True, slots=True)
class State:
    """One version of a record, current or superseded, as values."""

    fields: dict[str, Any]
    custom: dict[str, Any]
    flags: tuple[str, ...]
    raw: str
    version: int
    run_id: str
    mapping_version: int
    schema_version: str
    valid_from: datetime
    deleted: bool


def current(table: type[RecordRow], row: Any) -> State:
    """The state that a record's row holds."""
    typed = {name: getattr(row, name) for name in typed_columns(table)}
    fields = _fields(table, row.data, typed)
    for name in ("remote_created_at", "remote_updated_at"):
        if (at := getattr(row, name)) is not None:
            fields[name] = at
    return State(
        fields,
        _object(row.custom),
        flags_of(row.flags),
        row.raw,
        row.version,
        row.run_id,
        row.mapping_version,
        row.schema_version,
        row.synced_at,
        row.deleted_at is not None,
    )


def superseded(table: type[RecordRow], version: RecordVersion) -> State:
    """The state that a version in the history holds."""
    stored = orjson.loads(version.columns)
    typed = {name: _typed(table, name, stored.get(name)) for name in typed_columns(table)}
    return State(
        _fields(table, version.data, typed),
        _object(version.custom),
        flags_of(version.flags),
        version.raw,
        version.version,
        version.run_id,
        version.mapping_version,
        version.schema_version,
        version.valid_from,
        version.deleted_at is not None,
    )


def _typed(table: type[RecordRow], name: str, value: Any) -> Any:
    if value is None:
        return None
    if is_time(table, name):
        return from_micros(value)
    return bool(value) if _kind(table.model, name) == "bool" else value  # SQLite's JSON has 1 for true


def _fields(table: type[RecordRow], data: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The unified fields: those with a plain column of their own from there, all others from the JSON."""
    fields: dict[str, Any] = {name: value for name, value in typed.items() if value is not None and name in _plain_columns(table.model)}
    fields.update(_object(data))
    return fields


@cache
def _plain_columns(model: str) -> frozenset[str]:
    """Columns that hold a field itself. Derived ones (a date, a decimal, the first of several) only repeat what the JSON keeps exactly."""
    return (
        frozenset(column.name for column in COLUMNS.get(model, ()) if not column.paths and column.kind in ("text", "int", "bool", "time"))
        if model
        else frozenset({"name"})
    )


def _kind(model: str, name: str) -> str:
    return next((column.kind for column in COLUMNS.get(model, ()) if column.name == name), "text")


def _object(text: str | None) -> dict[str, Any]:
    value = orjson.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def flags_of(text: str | None) -> tuple[str, ...]:
    """The flags a row holds as JSON."""
    return tuple(orjson.loads(text)) if text else ()


def raw_of(state: State) -> Any:
    """The provider's record as values, None where its bytes are not JSON that can be read."""
    try:
        return json.loads(state.raw)
    except BadResponse:
        return None


def pretty(raw: str) -> str:
    """JSON, indented; as it is where it cannot be read or is very long (the numbers stay as sent: no value passes through a float)."""
    if len(raw) > MAX_RAW:
        return raw
    try:
        # orjson turns 1.10 into 1.1: indent the text itself.
        return "".join(_indented(raw)) if orjson.loads(raw) is not None else raw
    except orjson.JSONDecodeError:
        return raw


def _indented(text: str) -> Iterator[str]:
    depth, position, length = 0, 0, len(text)
    while position < length:
        char = text[position]
        if char == '"':
            end = position + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            yield text[position : end + 1]
            position = end
        elif char in "{[":
            closing = _next_sign(text, position + 1)
            if text[closing] in "}]":
                yield char + text[closing]
                position = closing
            else:
                depth += 1
                yield f"{char}\n{'  ' * depth}"
        elif char in "}]":
            depth -= 1
            yield f"\n{'  ' * depth}{char}"
        elif char == ",":
            yield f",\n{'  ' * depth}"
        elif char == ":":
            yield ": "
        elif char not in " \t\r\n":
            yield char
        position += 1


def _next_sign(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def flat(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`(path, value)` of every field that has a value; objects are opened, lists are not."""
    for name, value in fields.items():
        if value is None or value == [] or value == {}:
            continue
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def spec_for(model: str, path: str) -> FieldSpec | None:
    """What the schema says about a field."""
    if model not in MODELS:
        return None
    specs = fields_of(MODELS[model])
    return specs.get(path) or specs.get(f"{path}[]")


def hint_for(model: str, path: str, value: Any) -> Hint:
    """How a value is best shown."""
    last = path.rpartition(".")[2]
    if last.endswith("_minor"):
        return "money"
    spec = spec_for(model, path)
    form = spec.format if spec else None
    if form in ("email", "phone") or last in ("email", "phone"):
        return "email" if "email" in (form, last) else "phone"
    if form in ("uri", "url") or last.endswith("url") or last in ("website", "domain"):
        return "url"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float, Decimal)) or (spec and spec.kind == "decimal"):
        return "number"
    if spec and spec.kind in ("time", "date", "list"):
        return "time" if spec.kind == "time" else "date" if spec.kind == "date" else "list"
    if isinstance(value, datetime):
        return "time"
    if isinstance(value, (list, dict)):
        return "list" if isinstance(value, list) else "object"
    if spec and spec.vocabulary:
        return "tag"
    return "id" if last.endswith("_id") or last == "id" else "text"


def display(value: Any, hint: Hint, currency: str | None = None) -> str:
    """A value for people."""
    if value is None:
        return ""
    if hint == "money" and isinstance(value, int):
        return format_money(value, currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, (list, dict)):
        return json.dumps_text(value)
    return str(value)


def title_of(path: str) -> str:
    """`billing_address.postal_code` → `Postal code`."""
    words = path.rpartition(".")[2].removesuffix("_minor").removesuffix("_at").replace("_", " ")
    return words[:1].upper() + words[1:]


def group_of(path: str, hint: Hint) -> str:
    """The heading a field stands under."""
    head, dot, _ = path.partition(".")
    if dot:
        return title_of(head)
    if hint == "money" or path in ("currency", "tax_id", "tax_ids", "tax_status"):
        return "Money"
    return "Times" if hint in ("time", "date") else "Details" if hint in ("id", "list") else "Main"


def differences(old: State, new: State) -> list[tuple[str, Any, Any]]:
    """`(field, old, new)` of every field, custom ones too, whose value differs."""
    before, after = dict(_everything(old)), dict(_everything(new))
    return [(path, before.get(path), after.get(path)) for path in {**before, **after} if before.get(path) != after.get(path)]


def _everything(state: State) -> Iterator[tuple[str, Any]]:
    # When a provider says it changed a record is not a change of the record itself.
    yield from ((path, value) for path, value in flat(state.fields) if path not in ("remote_updated_at", "remote_created_at"))
    yield from flat(state.custom, "custom_fields.")
