"""Faults that control switches on: bad statuses, bad bodies and bad connections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from lab.http import Response, Wire

STATUS_KINDS = {"400": 400, "401": 401, "403": 403, "404": 404, "409": 409, "429": 429, "500": 500, "502": 502,
                "503": 503, "504": 504, "expired_token": 401}  # fmt: skip
BODY_KINDS = ("html", "bad_json", "nan", "deep", "huge", "empty")
WIRE_KINDS = ("reset", "truncate", "slow", "hang")

_NUMBER = re.compile(rb":\s?-?\d+(?=[,}])")
_RECORD = re.compile(rb"\[\s?\{|^\{")


@dataclass(slots=True)
class Fault:
    """One switched-on fault; ``times`` below zero means until it is switched off.

    ``after`` lets that many matching requests pass first. ``when`` says whether a write
    takes effect before the fault hides its answer: statuses come ``before`` the work by
    default, everything else ``after`` it. A ``sticky`` status is stored under the
    request's idempotency key and replayed, as Stripe does with a 500.
    """

    number: int
    kind: str
    provider: str = "*"
    method: str = ""
    path: str = ""
    times: int = 1
    after: int = 0
    seconds: float = 1.0
    retry_after: str = ""
    reason: str = ""
    when: str = ""
    sticky: bool = False
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in STATUS_KINDS and self.kind not in BODY_KINDS and self.kind not in WIRE_KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}")
        if not self.when:
            self.when = "before" if self.kind in STATUS_KINDS else "after"

    def matches(self, provider: str, method: str, path: str) -> bool:
        """Whether a request is one this fault is about."""
        return (
            self.provider in ("*", provider)
            and (not self.method or self.method.upper() == method)
            and path.startswith(self.path)
        )


@dataclass(slots=True)
class FaultBoard:
    """The faults in force, oldest first; the first that fits takes the request."""

    faults: list[Fault] = field(default_factory=list)
    _number: int = 0

    def add(self, spec: dict[str, Any]) -> Fault:
        """Switch a fault on; ``spec`` holds the fields of :class:`Fault`."""
        allowed = {"kind", "provider", "method", "path", "times", "after", "seconds", "retry_after", "reason", "when",
                   "sticky"}  # fmt: skip
        unknown = set(spec) - allowed
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        self._number += 1
        values = dict(spec, kind=str(spec.get("kind", "")), retry_after=str(spec.get("retry_after", "")))
        fault = Fault(self._number, **values)
        self.faults.append(fault)
        return fault

    def clear(self) -> int:
        """Switch all faults off."""
        count = len(self.faults)
        self.faults.clear()
        return count

    def take(self, provider: str, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        for fault in self.faults:
            if not fault.matches(provider, method, path):
                continue
            fault.seen += 1
            if fault.seen <= fault.after or (fault.times >= 0 and fault.fired >= fault.times):
                continue
            fault.fired += 1
            return fault
        return None


def distort(fault: Fault, response: Response) -> Response:
    """What a fault makes of a finished answer."""
    if fault.kind in WIRE_KINDS:
        cut = "" if fault.kind == "slow" else fault.kind
        return replace(response, wire=Wire(cut, fault.seconds if fault.kind in ("slow", "hang") else 0.0))
    if fault.kind == "html":
        page = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
        return Response(200, page, "text/html; charset=utf-8")
    if fault.kind == "empty":
        return replace(response, body=b"")
    if fault.kind == "bad_json":
        return replace(response, body=response.body[: max(1, len(response.body) * 2 // 3)])
    if fault.kind == "nan":
        body, count = _NUMBER.subn(b":NaN", response.body, count=1)
        return replace(response, body=body if count else _insert(response.body, b'"not_a_number":NaN,'))
    if fault.kind == "deep":
        return replace(response, body=_insert(response.body, b'"deep":' + b"[" * 50_000 + b"]" * 50_000 + b","))
    padding = b"x" * (12 * 1024 * 1024)
    return replace(response, body=_insert(response.body, b'"padding":"' + padding + b'",'))


def _insert(body: bytes, member: bytes) -> bytes:
    """Put a member into the first record of a list, or into the object itself."""
    place = _RECORD.search(body)
    return body if place is None else body[: place.end()] + member + body[place.end() :]
