"""`ConnectorSpec`: a connector as data. Frozen, JSON in and out; one engine runs any of them.

    spec = load_spec({"slug": "acme", "name": "Acme", "base_url": "https://api.acme.example", "auth": [{"kind": "bearer"}],
                      "streams": [{"name": "people", "path": "/people", "records_path": "items"}]})
    assert load_spec(spec.to_json()) == spec

The short form (`api_base_url`, `auth_type`, `endpoints`, `field_mappings`) is read too and becomes the long one.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from orion_core.base.errors import InvalidInput
from orion_core.engine.connector.spec_auth import AuthSpec, NoAuth, WebhookSpec
from orion_core.engine.connector.spec_base import SpecModel, explain
from orion_core.engine.connector.spec_short import SHORT_KEYS, from_short_form
from orion_core.engine.connector.spec_streams import StreamSpec
from orion_core.engine.connector.types import AdapterCapability

SLUG = re.compile(r"[a-z][a-z0-9-]{1,62}")
ErrorName = Literal[
    "RetryLater",
    "RateLimited",
    "ProviderUnavailable",
    "Reauthorize",
    "GiveUp",
    "PermissionMissing",
    "RemoteNotFound",
    "RemoteRejected",
    "CursorExpired",
    "BadResponse",
    "RecordError",
]


class ErrorRule(SpecModel):
    """What the provider says, and what that means: the first rule whose conditions all hold decides.

    `code` is compared with the values at `error_code_paths`; `contains` is looked for in the message, without case.
    """

    status: int | None = None
    code: str | None = None
    contains: str | None = None
    error: ErrorName
    after_s: float | None = None
    next_step: str | None = None


class RateLimitSpec(SpecModel):
    """The published limit of one account, and where answers tell what is left. Header names are lower-case."""

    requests: int = 10
    per_s: float = 1.0
    daily: int | None = None
    limit_header: str | None = None
    remaining_header: str | None = None
    interval_ms_header: str | None = None
    lanes: dict[str, float] = Field(default_factory=dict)
    docs_url: str = ""


class ConnectorSpec(SpecModel):
    """Everything the engine, the marketplace and the connect form know about a connector."""

    slug: str
    name: str
    description: str = ""
    category: str = "other"
    base_url: str
    docs_url: str = ""
    auth: tuple[AuthSpec, ...] = (NoAuth(),)
    headers: dict[str, str] = Field(default_factory=dict)
    streams: tuple[StreamSpec, ...]
    webhooks: WebhookSpec | None = None
    rate_limit: RateLimitSpec = RateLimitSpec()
    error_rules: tuple[ErrorRule, ...] = ()
    error_message_paths: tuple[str, ...] = ("error.message", "error_description", "message", "error", "detail", "title", "errors.0.message")
    error_code_paths: tuple[str, ...] = ("error.code", "code", "error.type", "category", "errorType", "error")
    capabilities: tuple[AdapterCapability, ...] = (AdapterCapability.READ,)
    test_stream: str | None = None
    version: str = "1.0.0"

    @model_validator(mode="before")
    @classmethod
    def _accept_short_form(cls, data: Any) -> Any:
        return from_short_form(data) if isinstance(data, dict) and SHORT_KEYS & data.keys() else data

    @field_validator("slug")
    @classmethod
    def _slug(cls, value: str) -> str:
        if not SLUG.fullmatch(value):
            raise ValueError("2 to 63 characters: lower-case letters, digits and hyphens, a letter first")
        return value

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s?#@]+", value):
            raise ValueError("an http(s) address without user, query or fragment")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _consistent(self) -> ConnectorSpec:
        names = [stream.name for stream in self.streams]
        if not names:
            raise ValueError("streams: at least one is needed")
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            raise ValueError(f"streams: {', '.join(doubles)} given twice")
        if self.test_stream is not None and self.test_stream not in names:
            raise ValueError(f"test_stream: {self.test_stream!r} is not one of {', '.join(names)}")
        if not self.auth:
            raise ValueError("auth: at least one way to sign in is needed (kind none where the API is open)")
        return self

    @property
    def api_base_url(self) -> str:
        """The short form's name of `base_url`."""
        return self.base_url

    @property
    def auth_type(self) -> str:
        """The kind of the first way to sign in."""
        return self.auth[0].kind

    def stream(self, name: str) -> StreamSpec:
        """The stream of that name.

        Raises:
            InvalidInput: there is none; the message lists those there are.
        """
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise unknown_stream(self.name, name, [stream.name for stream in self.streams])

    def auth_of(self, kind: str | None) -> AuthSpec:
        """The way to sign in of that kind; None: the first."""
        return next((auth for auth in self.auth if kind is None or auth.kind == kind), self.auth[0])


def unknown_stream(connector: str, name: str, known: list[str]) -> InvalidInput:
    """`InvalidInput` that lists the streams there are."""
    return InvalidInput(f"{connector} has no stream {name!r}. It has: {', '.join(known)}.", detail={"fields": {"stream": "unknown"}})


def load_spec(data: Any) -> ConnectorSpec:
    """Read a description from JSON values or JSON text.

    Raises:
        InvalidInput: `detail["fields"]` names each wrong path and what is allowed there.
    """
    try:
        return ConnectorSpec.model_validate_json(data) if isinstance(data, (str, bytes)) else ConnectorSpec.model_validate(data)
    except ValidationError as error:
        raise explain(error) from error
