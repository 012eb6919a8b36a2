"""What the fields of a model are: kind, meaning, words. Derived from the models, used by mapping, pages and docs."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from orion_core.engine.schema.base import UnifiedBase

Kind = Literal["text", "int", "bool", "decimal", "time", "date", "list", "object", "json"]
_SCALARS: dict[Any, Kind] = {str: "text", int: "int", bool: "bool", Decimal: "decimal", datetime: "time", date: "date"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a unified model. A list of pieces has `kind="list"`, its `item` and, below it, fields with `[]` in their path."""

    path: str
    kind: Kind
    description: str
    item: Kind | None = None
    vocabulary: tuple[str, ...] = ()
    format: str | None = None


@cache
def fields_of(model: type[UnifiedBase]) -> dict[str, FieldSpec]:
    """Every field by path, with those of its pieces: `email`, `billing_address.city`, `line_items[]`, `line_items[].quantity`."""
    found: dict[str, FieldSpec] = {}
    _collect(model, "", found)
    return found


def field_of(model: type[UnifiedBase], path: str) -> FieldSpec | None:
    """The field at `path`; `custom_fields.anything` is JSON. None when the model has no such field."""
    if path.startswith("custom_fields."):
        return FieldSpec(path, "json", "A custom field.")
    return fields_of(model).get(path)


def _collect(model: type[BaseModel], prefix: str, found: dict[str, FieldSpec]) -> None:
    for name, info in model.model_fields.items():
        kind, item, part = _kind_of(info.annotation)
        path = f"{prefix}{name}[]" if kind == "list" else f"{prefix}{name}"
        found[path] = _spec(path, kind, item, info)
        if part is not None:
            _collect(part, f"{path}.", found)


def _spec(path: str, kind: Kind, item: Kind | None, info: FieldInfo) -> FieldSpec:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    words = extra.get("vocabulary", [])
    form = extra.get("format")
    return FieldSpec(
        path,
        kind,
        info.description or "",
        item,
        tuple(str(word) for word in words) if isinstance(words, list) else (),
        form if isinstance(form, str) else None,
    )


def _kind_of(annotation: Any) -> tuple[Kind, Kind | None, type[BaseModel] | None]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _kind_of(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is list:
        item, _, part = _kind_of(get_args(annotation)[0])
        return "list", item, part
    if origin is dict or annotation is dict:
        return "json", None, None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "object", None, annotation
    return _SCALARS[annotation], None, None
