"""What goes in and out of an adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from orion_core.base.errors import ConnectorError
from orion_core.base.kit.redact import Secret

Credential = Mapping[str, Secret]
Window = tuple[datetime, datetime]

# The open ends of a window: no filter is sent for them, so that a record with an odd time is not lost.
OPEN_START = datetime(1970, 1, 1, tzinfo=UTC)
OPEN_END = datetime(9999, 1, 1, tzinfo=UTC)


class AdapterCapability(StrEnum):
    """What a connector can do."""

    READ = "read"
    WRITE = "write"
    WEBHOOK = "webhook"
    BATCH = "batch"
    STREAMING = "streaming"


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """One connection, as its adapter needs it. Holds secrets, shows none.

    `auth_kind` picks one of the connector's ways to sign in (None: the first). `mappings` replaces the mapping of a stream.
    `renew` is asked for a fresh credential when the present one is about to end (or was refused with 401); it owns the lease.
    """

    connection_id: str = ""
    base_url: str | None = None
    auth_url: str | None = None
    token_url: str | None = None
    credential: Credential = field(default_factory=dict)
    auth_kind: str | None = None
    expires_at: datetime | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    renew: Callable[[Credential], Awaitable[RenewedCredential]] | None = None


class RenewedCredential(NamedTuple):
    """What `AdapterConfig.renew` gives back."""

    credential: Credential
    expires_at: datetime | None


class Poison(NamedTuple):
    """A record of a page that cannot be stored, as sent, and why."""

    data: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One call for the run's request log; holds no secret."""

    method: str
    url: str
    status: int
    elapsed_ms: float
    rate: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None

    @property
    def path(self) -> str:
        """The address without scheme, host and query."""
        rest = self.url.partition("://")[2]
        return "/" + rest.partition("/")[2].partition("?")[0]


@dataclass(slots=True)
class Page:
    """One page of a stream.

    `records[i]` are the bytes of record `ids[i]` as the provider sent them (a slice, not re-encoded); ids are unique within the page.
    `resume`: give it to `fetch` to go on after this page; None on the last page. `cursor`: the value for `since` of the next
    incremental read once this read is complete; it only grows from page to page. Where `StreamSpec.order` is "asc" it may be saved
    with each page. `deleted`: ids the provider says are gone. `complete`: the last page of a read that had no gap.
    """

    records: list[bytes]
    ids: list[str]
    resume: dict[str, Any] | None = None
    cursor: Any = None
    deleted: list[str] = field(default_factory=list)
    complete: bool = False
    poison: list[Poison] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    requests: list[RequestInfo] = field(default_factory=list)

    @property
    def request(self) -> RequestInfo | None:
        """The call that gave this page (the first, where it took several)."""
        return self.requests[0] if self.requests else None


@dataclass(frozen=True, slots=True)
class Query:
    """What `fetch` was asked for. `since` and `window` are as given: overlap and formats are the reader's affair."""

    since: Any = None
    window: Window | None = None
    resume: Mapping[str, Any] | None = None
    exclude: frozenset[str] = frozenset()
    deletes: bool = True
    lane: str = "incremental"


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Who a credential belongs to, as far as the provider says. `settings` are facts mappings need (the home currency)."""

    id: str | None = None
    label: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What the provider stored: its id and its record, as sent."""

    remote_id: str
    record: bytes | None = None
    created: bool | None = None


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The fate of row `index` of a batch. `error.after_s`, where there is one, says when to send that row again."""

    index: int
    ok: bool
    remote_id: str | None = None
    error: ConnectorError | None = None
    record: bytes | None = None
