"""What callers of the connections service see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream of a connection: chosen or not, its counts, freshness and last error."""

    name: str
    title: str
    description: str
    model: str
    selected: bool
    exclude: tuple[str, ...]
    records: int
    deleted: int
    set_aside: int
    cursor: Any
    last_success_at: datetime | None
    last_full_at: datetime | None
    last_changed_at: datetime | None
    error: dict[str, Any] | None
    deletes: str | None
    incremental: bool
    docs_url: str


@dataclass(frozen=True, slots=True)
class OpenRun:
    """The run that is under way."""

    id: str
    status: str
    read: int
    expected: int | None
    stream: str


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as a list shows it. `state`: healthy, running, waiting, failed, degraded, paused, reauth, never."""

    id: str
    name: str
    connector: str
    connector_name: str
    account: str
    state: str
    status: str
    records: int
    streams: int
    set_aside: int
    last_sync_at: datetime | None
    next_due_at: datetime | None
    schedule_kind: str
    schedule_value: str
    error: dict[str, Any] | None
    run: OpenRun | None


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A stored secret: its name, dots with the last four characters, its age and end."""

    name: str
    title: str
    hint: str
    created_at: datetime
    rotated_at: datetime | None
    expires_at: datetime | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionDetail:
    """A connection with its streams and credentials."""

    row: ConnectionRow
    base_url: str
    default_base_url: str
    auth_url: str
    token_url: str
    auth_kind: str
    account_id: str
    backfill_start: str
    created_at: datetime
    last_used_at: datetime | None
    capabilities: tuple[str, ...]
    streams: tuple[StreamView, ...]
    credentials: tuple[CredentialView, ...]


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """What a person sets on a connection. None leaves a thing as it is."""

    name: str | None = None
    base_url: str | None = None
    auth_url: str | None = None
    token_url: str | None = None
    streams: list[str] | None = None
    exclude: Mapping[str, list[str]] | None = None
    backfill_start: str | None = None


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What it takes to connect. `credential` maps field names of the chosen way to sign in to plain values."""

    connector: str
    name: str
    credential: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth_kind: str | None = None
    base_url: str = ""
    auth_url: str = ""
    token_url: str = ""
    streams: list[str] | None = None
    exclude: Mapping[str, list[str]] = field(default_factory=dict)
    backfill_start: str = ""


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether the provider answered, and as whom. `error` is `OrionError.as_dict()`."""

    __test__ = False  # not a test class

    ok: bool
    account: str = ""
    account_id: str = ""
    elapsed_ms: int = 0
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What deleting a connection did: whether the provider was told, and why not."""

    revoked: bool
    note: str = ""
