"""What callers of the sync service see, and the words for states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from orion_core.base.db.tables import SyncRun
from orion_core.base.egress import RequestLog
from orion_core.engine.connector import BaseAdapter

T = TypeVar("T")

OPEN = ("queued", "running", "waiting")
DONE = ("succeeded", "partial", "failed", "cancelled")


class Adapters(Protocol):
    """How the sync service gets an adapter for a connection (the connections service gives it)."""

    async def adapter(self, workspace_id: str, connection_id: str, *, log: RequestLog | None = None) -> BaseAdapter[Any]: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A run this worker holds until another claims it: every write names the fence."""

    workspace_id: str
    run_id: str
    connection_id: str
    fence: int
    owner: str
    kind: str


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """One stream of a run: `expected` is what the last complete reading held, None when never read before."""

    name: str
    title: str
    model: str
    state: str
    read: int
    changed: int
    deleted: int
    set_aside: int
    expected: int | None
    parts: int
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as a list shows it. `duration_s` counts until now while it is open."""

    id: str
    connection_id: str
    connection_name: str
    connector: str
    kind: str
    trigger: str
    status: str
    read: int
    changed: int
    deleted: int
    set_aside: int
    requests: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    next_try_at: datetime | None
    duration_s: float | None
    error: dict[str, Any] | None
    notes: tuple[str, ...]
    streams: tuple[str, ...]

    @property
    def open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run with its streams. `rate` is records a second so far, `eta_s` None when the total is not known."""

    run: RunView
    streams: tuple[StreamProgress, ...]
    rate: float
    expected: int | None
    eta_s: float | None
    cancel_requested: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestView:
    """One call to the provider, redacted."""

    id: str
    at: datetime
    stream: str
    method: str
    url: str
    status: int
    elapsed_ms: float
    size: int
    headers: dict[str, Any]
    request_body: str
    body: str
    error: str
    curl: str


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """A record set aside, with its cause."""

    id: str
    connection_id: str
    run_id: str
    stream: str
    remote_id: str
    raw: str
    cause: dict[str, Any]
    state: str
    attempts: int
    created_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list; `next` is None at the end."""

    rows: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """A record as the provider stored it after our write."""

    model: str
    connection_id: str
    remote_id: str
    record: dict[str, Any] | None
    created: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON stores it."""
        return {
            "model": self.model,
            "connection_id": self.connection_id,
            "remote_id": self.remote_id,
            "record": self.record,
            "created": self.created,
        }


@dataclass(slots=True)
class Replayed:
    """What became of replayed dead letters."""

    stored: int = 0
    still_failing: int = 0
    causes: list[str] = field(default_factory=list)


def duration(run: SyncRun, now: datetime) -> float | None:
    """Seconds a run took, or takes so far."""
    if run.started_at is None:
        return None
    return max(0.0, ((run.finished_at or now) - run.started_at).total_seconds())
