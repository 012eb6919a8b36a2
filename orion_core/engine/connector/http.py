"""What the engine asks of the network: one protocol. `base/egress` implements it, a test passes a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from orion_core.base.kit.redact import redact_text, redact_url


@dataclass(slots=True)
class HttpRequest:
    """One call. `lane` orders it in the account's rate budget; `idempotent` says whether the client may repeat it by itself."""

    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    timeout_s: float = 60.0
    lane: str = "incremental"
    idempotent: bool = True

    def full_url(self) -> str:
        """The address with its query."""
        if not self.params:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(list(self.params))}"

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {redact_url(self.full_url())}, headers: {', '.join(self.headers)})"


@dataclass(slots=True)
class HttpResponse:
    """One answer; header names are lower-case, `body` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: float = 0.0
    url: str = ""

    def __repr__(self) -> str:
        excerpt = redact_text(self.body[:80].decode("utf-8", "replace"))
        return f"HttpResponse({self.status}, {len(self.body)} bytes, {excerpt!r})"


class HttpClient(Protocol):
    """The way out."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send `request`; any status is an answer, not an error.

        Raises:
            ProviderUnavailable: reset, time-out, TLS failure, body cut short.
            EgressRefused: the address is not allowed.
            BadResponse: the body is larger than allowed.
        """
        ...
