"""The request log: what was asked, what came back, with every secret masked, and the same call as curl.

An entry keeps short pieces of the two bodies and cleans them when they are read, so that the hot path pays for two slices only.
"""

from __future__ import annotations

import re
import shlex
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from orion_core.base.egress.types import shown_url
from orion_core.base.errors import BadResponse
from orion_core.base.kit import json
from orion_core.base.kit.redact import MASK, Secret, is_sensitive, redact_headers, redact_json, redact_text

EXCERPT = 2048
_WINDOW = 2 * EXCERPT
_RATE = re.compile(r"rate-?limit|retry-after|limit-info|request-id|should-retry|correlation-id", re.IGNORECASE)
_JSON_PAIR = re.compile(r'("(?P<name>[^"\\]{1,64})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?$)|-?[0-9][0-9.eE+-]*)')
_FORM_PAIR = re.compile(r"(?P<head>(?:^|[&\n])(?P<name>[A-Za-z0-9_.\[\]-]{1,64})=)(?P<value>[^&\s]*)")


@dataclass(slots=True)
class LogEntry:
    """One HTTP call of a run. Read its properties, not its raw fields: those are not cleaned."""

    at: datetime
    method: str
    status: int | None
    elapsed_ms: float
    size: int
    error: str | None = None
    _url: str = field(default="", repr=False)
    _headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    _answered: Mapping[str, str] = field(default_factory=dict, repr=False)
    _sent: bytes | None = field(default=None, repr=False)
    _received: bytes | None = field(default=None, repr=False)
    _secrets: tuple[Secret, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The address, masked."""
        return shown_url(self._url, self._secrets)

    @property
    def path(self) -> str:
        """The path without query, masked."""
        return "/" + self.url.partition("?")[0].partition("://")[2].partition("/")[2]

    @property
    def request_headers(self) -> dict[str, str]:
        """What was sent, masked."""
        return {name: redact_text(value, self._plain()) for name, value in redact_headers(self._headers).items()}

    @property
    def rate_headers(self) -> dict[str, str]:
        """What came back about limits, and the request's id at the provider."""
        return {name: redact_text(value[:200], self._plain()) for name, value in self._answered.items() if _RATE.search(name)}

    @property
    def request_body(self) -> str | None:
        """The start of what was sent, masked."""
        return redact_body(self._sent, self._plain()) if self._sent else None

    @property
    def response_body(self) -> str | None:
        """The start of what came back, masked."""
        return redact_body(self._received, self._plain()) if self._received else None

    def as_dict(self) -> dict[str, Any]:
        """Everything worth storing, masked, JSON-able."""
        return {"at": self.at.isoformat(), "method": self.method, "url": self.url, "path": self.path, "status": self.status,
                "elapsed_ms": round(self.elapsed_ms, 1), "size": self.size, "error": self.error, "rate_headers": self.rate_headers,
                "request_body": self.request_body, "response_body": self.response_body, "curl": as_curl(self)}

    def _plain(self) -> list[str]:
        # The longest first, so that a secret inside another one does not leave its rest behind.
        return sorted((secret.reveal() for secret in self._secrets), key=len, reverse=True)


class RequestLog(Protocol):
    """Where entries go; called on the hot path, so it must return at once and never raise."""

    def add(self, entry: LogEntry) -> None: ...


class MemoryRequestLog:
    """The last `limit` calls, and every failed one within the same bound: what a run keeps until it is stored."""

    def __init__(self, limit: int = 200) -> None:
        self.entries: deque[LogEntry] = deque(maxlen=limit)
        self.failed: deque[LogEntry] = deque(maxlen=limit)
        self.count = 0

    def add(self, entry: LogEntry) -> None:
        """Keep `entry`; the oldest goes."""
        self.count += 1
        (self.failed if entry.error or (entry.status or 0) >= 400 else self.entries).append(entry)

    def merged(self) -> Sequence[LogEntry]:
        """All kept entries in the order of time."""
        return sorted([*self.entries, *self.failed], key=lambda entry: entry.at)


def as_curl(entry: LogEntry) -> str:
    """The call as a curl command for a POSIX shell; secrets are masked, a cut body says so."""
    parts = ["curl", "-X", entry.method, shlex.quote(entry.url)]
    for name, value in entry.request_headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if entry.request_body is not None:
        parts += ["--data-raw", shlex.quote(entry.request_body)]
    return " ".join(parts)


def redact_body(body: bytes, secrets: Iterable[str] = ()) -> str:
    """The first 2 kB of `body` as text: known secrets, token shapes and the values of sensitive keys masked."""
    text = body[:_WINDOW].decode("utf-8", "replace")
    if len(body) <= _WINDOW and text[:1] in "{[":
        try:
            text = json.dumps_text(redact_json(json.loads(body)))
        except BadResponse:
            pass
    text = redact_text(text, secrets)
    text = _FORM_PAIR.sub(_mask_form, _JSON_PAIR.sub(_mask_json, text)).replace("\x00", "\ufffd")
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"


def _mask_json(match: re.Match[str]) -> str:
    return f'{match[1]}"{MASK}"' if is_sensitive(match["name"]) else match[0]


def _mask_form(match: re.Match[str]) -> str:
    return f"{match['head']}{MASK}" if is_sensitive(match["name"]) or match["name"] == "code" else match[0]
