"""What goes through the door and what it asks of its neighbours. The engine's own types fit by shape; neither imports the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, quote_plus

from orion_core.base.kit.redact import MASK, Secret, redact_text, redact_url

_QUOTED_MASK = quote(MASK)


def shown_url(url: str, secrets: Iterable[Secret] = ()) -> str:
    """`url` fit to be shown: no user info, sensitive parameters and known secrets masked."""
    try:
        clean = redact_url(url)
    except ValueError:
        return "(not a web address)"
    # The longest first, so that a secret inside another one does not leave its rest behind.
    plain = sorted((secret.reveal() for secret in secrets), key=len, reverse=True)
    forms = [form for value in plain for form in (value, quote(value, safe=""), quote_plus(value))]
    return redact_text(clean, forms).replace(_QUOTED_MASK, MASK)


class OutgoingRequest(Protocol):
    """A call to make. `lane` is its place in the rate budget (`person`, `event`, `incremental`, `backfill`)."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def params(self) -> Sequence[tuple[str, str]]: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes | None: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def lane(self) -> str: ...
    @property
    def idempotent(self) -> bool: ...


@dataclass(slots=True)
class EgressRequest:
    """A call made by Orion itself (Vault, OAuth, Slack alerts)."""

    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    timeout_s: float = 60.0
    lane: str = "person"
    idempotent: bool = True

    def __repr__(self) -> str:
        return f"EgressRequest({self.method} {shown_url(self.url).partition('?')[0]})"


@dataclass(slots=True)
class EgressResponse:
    """An answer: decoded body, header names in lower case (`set-cookie` left out), `url` as finally asked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_ms: float
    url: str = field(repr=False)


class Budget(Protocol):
    """The rate budget of an account (`platform/budget`)."""

    async def acquire(self, account: str, lane: str, cost: int = 1) -> None:
        """Wait for a place. Raises RateLimited when the wait would be long."""

    async def observe(self, account: str, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer."""
