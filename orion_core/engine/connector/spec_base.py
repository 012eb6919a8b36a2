"""The base of all spec parts: frozen, closed, and plain about what is wrong."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from orion_core.base.errors import InvalidInput


class SpecModel(BaseModel):
    """Frozen; an unknown key is an error that lists the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)

    @model_validator(mode="before")
    @classmethod
    def _name_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            known = {field.alias or name for name, field in cls.model_fields.items()}
            unknown = sorted(str(key) for key in data if key not in known)
            if unknown:
                raise PydanticCustomError(
                    "unknown_key",
                    "unknown key {unknown}; allowed: {allowed}",
                    {"unknown": ", ".join(map(repr, unknown)), "allowed": ", ".join(sorted(known))},
                )
        return data

    @model_serializer(mode="wrap")
    def _keep_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # `exclude_defaults` would drop the one default that tells the kinds of a union apart.
        kind = getattr(self, "kind", None)
        return {"kind": kind, **handler(self)} if kind is not None else handler(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, defaults left out; `model_validate` of it gives an equal spec."""
        return self.model_dump(mode="json", exclude_defaults=True, by_alias=True)


def explain(error: ValidationError) -> InvalidInput:
    """A validation error as `InvalidInput`: `detail["fields"]` maps a path such as `streams[0].pagination` to what is wrong."""
    fields: dict[str, str] = {}
    for item in error.errors(include_url=False, include_context=False):
        fields.setdefault(_path(item["loc"]), item["msg"])
    listed = "; ".join(f"{path}: {message}" for path, message in fields.items())
    return InvalidInput(
        f"The connector description is not valid. {listed}",
        detail={"fields": fields},
        next_step="Correct the named fields of the description.",
    )


def _path(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(top level)"
