"""What an answer says about limits, whoever sent it. Pure.

Known: `Retry-After` (RFC 9110); `RateLimit-*` and `X-RateLimit-*` (reset in seconds or as a Unix time);
HubSpot `X-HubSpot-RateLimit-*` (https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines);
Salesforce `Sforce-Limit-Info: api-usage=a/b`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from orion_core.base.kit import clock
from orion_core.engine.connector.errors import retry_after

_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
_LONGEST_S = 7 * 86_400.0


@dataclass(slots=True)
class Signals:
    """Numbers found; None where the answer says nothing."""

    limit: int | None = None
    per_s: float | None = None
    remaining: int | None = None
    reset_s: float | None = None
    retry_after_s: float | None = None
    daily_limit: int | None = None
    daily_left: int | None = None


def read_signals(headers: Mapping[str, str]) -> Signals | None:
    """The signals in `headers` (names in lower case), or None when there are none: most answers."""
    hubspot, generic, classic = "x-hubspot-ratelimit-max" in headers, "ratelimit-remaining" in headers, "x-ratelimit-remaining" in headers
    daily = "x-hubspot-ratelimit-daily-remaining" in headers
    if not (hubspot or generic or classic or daily or "retry-after" in headers or "sforce-limit-info" in headers):
        return None
    found = Signals()
    if hubspot or daily:
        found.limit = _whole(headers.get("x-hubspot-ratelimit-max"))
        found.remaining = _whole(headers.get("x-hubspot-ratelimit-remaining"))
        milliseconds = _whole(headers.get("x-hubspot-ratelimit-interval-milliseconds"))
        found.per_s = milliseconds / 1000 if milliseconds else None
        found.daily_limit = _whole(headers.get("x-hubspot-ratelimit-daily"))
        found.daily_left = _whole(headers.get("x-hubspot-ratelimit-daily-remaining"))
    elif generic or classic:
        prefix = "ratelimit-" if generic else "x-ratelimit-"
        found.remaining = _whole(headers.get(f"{prefix}remaining"))
        found.reset_s = _until(_whole(headers.get(f"{prefix}reset")))
    if "sforce-limit-info" in headers and (usage := _USAGE.search(headers["sforce-limit-info"])):
        found.daily_limit = int(usage[2])
        found.daily_left = max(0, found.daily_limit - int(usage[1]))
    if "retry-after" in headers:
        wait = retry_after(headers["retry-after"], clock.now())
        found.retry_after_s = None if wait is None else min(max(wait, 0.0), _LONGEST_S)
    return found


def _whole(text: str | None) -> int | None:
    """A whole number from a header that may be garbage, or a list of which the first counts."""
    head = (text or "").split(",")[0].split(";")[0].strip()
    return int(head) if head.isascii() and head.isdigit() and len(head) < 16 else None


def _until(value: int | None) -> float | None:
    if value is None:
        return None
    seconds = float(value) if value < 1_000_000_000 else value - time.time()
    return min(max(seconds, 0.0), _LONGEST_S)
