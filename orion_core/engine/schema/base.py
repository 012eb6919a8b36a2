"""What every unified model has: identity, origin, history, and whatever had no home."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orion_core.base.kit.clock import as_utc
from orion_core.engine.schema import versions

UTCTime = Annotated[datetime, AfterValidator(as_utc)]
"""An aware UTC time; a naive one is taken to be UTC."""

UNKNOWN = "unknown"
"""What a status becomes that no rule knows. The provider's own word stays in `status_raw`."""


def vocabulary(*words: str) -> dict[str, Any]:
    """`json_schema_extra` of a field whose values are a closed list of words, read tolerantly."""
    return {"vocabulary": [*words, UNKNOWN] if UNKNOWN not in words else list(words)}


class _Tolerant(BaseModel):
    """Null where a list or a truth value is expected means that nothing was said."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        never_null = _never_null(cls)
        if any(data[name] is None for name in data.keys() & never_null):
            return {name: value for name, value in data.items() if value is not None or name not in never_null}
        return data


@cache
def _never_null(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, info in model.model_fields.items() if info.get_default(call_default_factory=True) is not None)


class UnifiedPart(_Tolerant):
    """A piece of a record without an identity at Orion: an address, a line, an e-mail address."""

    custom_fields: dict[str, Any] = Field(
        default_factory=dict, description="What the provider sends in this piece that has no unified home."
    )


class TransformationMixin:
    """Ways between a model, plain fields (what a mapping gives and takes) and stored JSON."""

    __model__: ClassVar[str]
    __schema_version__: ClassVar[str]

    @classmethod
    def from_fields(
        cls, fields: dict[str, Any], *, custom: dict[str, Any] | None = None, flags: list[str] | None = None, **identity: Any
    ) -> Self:
        """The model of mapped fields. `identity`: `id`, `connection_id`, `raw`, … ."""
        data = {**fields, **identity}
        if custom:
            data["custom_fields"] = {**data.get("custom_fields", {}), **custom}
        if flags:
            data["flags"] = [*data.get("flags", []), *flags]
        return cls.model_validate(data)  # type: ignore[attr-defined, no-any-return]

    def as_fields(self, *, only: set[str] | None = None) -> dict[str, Any]:
        """Plain values of the fields that were set: what `CompiledMapping.from_unified` takes. Nothing is filled in."""
        return self.model_dump(mode="python", exclude_unset=True, include=only)  # type: ignore[attr-defined, no-any-return]

    def changed_from(self, other: Self) -> dict[str, Any]:
        """The fields set here whose value differs from `other`'s: the smallest write that turns `other` into this."""
        mine, theirs = self.as_fields(), other.as_fields()
        return {name: value for name, value in mine.items() if name not in theirs or theirs[name] != value}

    def to_stored(self) -> dict[str, Any]:
        """JSON-able form with its `schema_version`; the inverse of `from_stored`."""
        return {"schema_version": self.__schema_version__, **self.model_dump(mode="json", exclude_unset=True)}  # type: ignore[attr-defined]

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Self:
        """The model of JSON stored by this or any older version (see `upcast`).

        A field that only a newer minor version knows moves to `custom_fields` and raises the flag `schema_newer`.
        """
        version = str(stored.get("schema_version", cls.__schema_version__))
        data = cls.upcast({key: value for key, value in stored.items() if key != "schema_version"}, version)
        extra = data.keys() - cls.model_fields.keys()  # type: ignore[attr-defined]
        if extra and versions.is_newer(version, cls.__schema_version__):
            custom = {**data.get("custom_fields", {}), **{key: data[key] for key in sorted(extra)}}
            flags = [*data.get("flags", []), "schema_newer"]
            data = {**{key: value for key, value in data.items() if key not in extra}, "custom_fields": custom, "flags": flags}
        return cls.model_validate(data)  # type: ignore[attr-defined, no-any-return]

    @classmethod
    def upcast(cls, stored: dict[str, Any], from_version: str) -> dict[str, Any]:
        """`stored` in today's shape, through the registered upcasters; unchanged when it is already today's."""
        return versions.upcast(cls.__model__, stored, from_version, cls.__schema_version__)


class UnifiedBase(TransformationMixin, _Tolerant):
    """The common part of all unified models."""

    __model__: ClassVar[str] = "base"
    __schema_version__: ClassVar[str] = "1.0.0"

    id: str | None = Field(None, description="Orion's own id of the record; absent until it is stored.")
    remote_id: str | None = Field(None, description="Id of the record at the provider, as text.")
    connection_id: str | None = Field(None, description="The connection the record came through.")
    remote_url: str | None = Field(None, description="Page of the record in the provider's own interface.")
    status_raw: str | None = Field(None, description="The provider's own word for the status, as sent.")
    row_version: str | None = Field(None, description="The provider's version mark for safe updates (SyncToken, ETag, revision).")
    is_test: bool | None = Field(None, description="Whether the record lives in the provider's test mode or sandbox.")
    remote_created_at: UTCTime | None = Field(None, description="When the provider says it was created.")
    remote_updated_at: UTCTime | None = Field(None, description="When the provider says it was last changed.")
    remote_deleted_at: UTCTime | None = Field(None, description="When the provider says it was deleted or archived.")
    custom_fields: dict[str, Any] = Field(default_factory=dict, description="Everything the provider sends that has no unified home.")
    flags: list[str] = Field(default_factory=list, description="What is odd about the record, e.g. `email_malformed`, `currency_unknown`.")
    raw: dict[str, Any] | None = Field(None, description="The provider's record, as sent.")

    @model_validator(mode="before")
    @classmethod
    def _tolerate_unknown_words(cls, data: Any) -> Any:
        """Turn a word outside a field's vocabulary into `unknown`, keep the word, raise a flag."""
        if not isinstance(data, dict):
            return data
        for name, words in cls.vocabularies().items():
            value = data.get(name)
            if isinstance(value, str) and value not in words:
                kept: dict[str, Any] = {name: UNKNOWN, "flags": [*data.get("flags", []), f"{name}_unknown"]}
                if name == "status":
                    kept["status_raw"] = data.get("status_raw") or value
                else:
                    kept["custom_fields"] = {f"{name}_raw": value, **data.get("custom_fields", {})}
                data = {**data, **kept}
        return data

    @classmethod
    def vocabularies(cls) -> dict[str, frozenset[str]]:
        """Field name → the words it may hold, for fields with a closed list."""
        return _vocabularies(cls)


@cache
def _vocabularies(model: type[UnifiedBase]) -> dict[str, frozenset[str]]:
    found = {}
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and isinstance(words := extra.get("vocabulary"), list):
            found[name] = frozenset(str(word) for word in words)
    return found
