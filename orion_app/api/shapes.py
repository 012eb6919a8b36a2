"""What the API takes and gives. Nothing is taken that is not named here."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from orion_app.cli.output import plain
from orion_core.base.kit import json


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewConnectionBody(Body):
    """An account to connect. `credential` holds the fields of one of the connector's ways to sign in."""

    connector: str = Field(max_length=64)
    name: str = Field("", max_length=120)
    credential: dict[str, str] = Field(default_factory=dict, repr=False)
    auth: str | None = None
    base_url: str = ""
    auth_url: str = ""
    token_url: str = ""
    streams: list[str] | None = None
    exclude: dict[str, list[str]] = Field(default_factory=dict)
    backfill_start: str = ""


class ChangeBody(Body):
    """What to change on a connection; a field left out stays."""

    name: str | None = Field(None, max_length=120)
    base_url: str | None = None
    auth_url: str | None = None
    token_url: str | None = None
    streams: list[str] | None = None
    exclude: dict[str, list[str]] | None = None
    backfill_start: str | None = None


class CredentialBody(Body):
    """A new credential."""

    credential: dict[str, str] = Field(repr=False)
    auth: str | None = None


class SyncBody(Body):
    """What to sync."""

    full: bool = False
    models: list[str] | None = None
    allow_deletes: bool = False


class ScheduleBody(Body):
    """When to sync: manual, interval (seconds) or cron (five fields, UTC)."""

    kind: str
    value: str = ""


class PassthroughBody(Body):
    """A call to the provider with the connection's credential; `path` is relative to its base URL."""

    method: str = "GET"
    path: str
    params: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)


class IdsBody(Body):
    """Ids of things."""

    ids: list[str] = Field(max_length=500)


def answer(value: Any, status: int = 200) -> Response:
    """`value` (dataclasses and all) as JSON."""
    return Response(json.dumps(plain(value)), status_code=status, media_type="application/json")


def page(rows: Any, following: str | None) -> Response:
    """One page of a list: `{"data": [...], "next": "…" | null}`."""
    return answer({"data": rows, "next": following})


__all__ = ["ChangeBody", "CredentialBody", "IdsBody", "NewConnectionBody", "PassthroughBody", "ScheduleBody", "SyncBody", "answer", "page"]
