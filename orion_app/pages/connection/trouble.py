"""What went wrong, what was asked of the provider, what was set aside: in words."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from orion_app.components import format as words


@dataclasses.dataclass
class ProblemView:
    title: str = ""
    cause: str = ""
    todo: str = ""
    safe: str = ""
    next_try: str = ""
    detail: str = ""
    step: str = ""  # credential, deletes, retry


@dataclasses.dataclass
class RequestView:
    id: str = ""
    time: str = ""
    method: str = ""
    path: str = ""
    status: str = ""
    status_css: str = "g"
    ms: str = ""
    budget: str = ""
    curl: str = ""
    body: str = ""


@dataclasses.dataclass
class LetterView:
    id: str = ""
    stream: str = ""
    remote_id: str = ""
    cause: str = ""
    next_step: str = ""
    age: str = ""
    at: str = ""
    attempts: str = ""
    excerpt: str = ""


def problem_view(
    error: dict[str, Any] | None, *, name: str, state: str, records: int, next_at: datetime | None, now: datetime
) -> ProblemView:
    """An error of a service (`OrionError.as_dict()`) in the user's world."""
    if not error:
        return ProblemView()
    code, detail = error.get("code", ""), error.get("detail") or {}
    step = (
        "credential"
        if state == "reauth" or code in ("reauthorize", "permission_missing")
        else "deletes"
        if code == "mass_delete_held"
        else "retry"
    )
    titles = {
        "reauthorize": f"{name} no longer accepts the credential",
        "permission_missing": f"The credential of {name} lacks a right",
        "rate_limited": f"{name} asked to wait",
        "provider_unavailable": f"{name} does not answer",
        "bad_response": f"{name} answered with something else",
        "egress_refused": "This address is not allowed",
        "mass_delete_held": "Many deletes are held back",
        "cursor_expired": "The saved position is too old",
    }
    next_try = (
        words.age(next_at, now)
        if next_at and step == "retry"
        else "none until you decide"
        if step == "deletes"
        else "none until you enter one"
        if step == "credential"
        else "when you press Try again"
    )
    lines = [f"{detail['method']} {detail.get('url', '')}  {detail.get('status', '')}".strip()] if detail.get("method") else []
    lines += [f"{k}: {v}" for k, v in detail.items() if k not in ("method", "url", "status", "excerpt") and v not in ("", None)]
    lines += [str(detail["excerpt"])] if detail.get("excerpt") else []
    return ProblemView(
        titles.get(code, "The last run failed"),
        error.get("message", ""),
        error.get("next_step", ""),
        f"{words.number(records)} records and all cursors",
        next_try,
        "\n".join([*lines, f"error {code}"]),
        step,
    )


def request_view(r: Any) -> RequestView:
    parts = urlsplit(r.url)
    bad = not r.status or r.status >= 400
    return RequestView(
        r.id,
        words.clock(r.at, millis=True),
        r.method,
        unquote((parts.path or "/") + (f"?{parts.query}" if parts.query else "")),
        str(r.status) if r.status else "no answer",
        "y" if r.status == 429 else "dn" if bad else "g",
        f"{r.elapsed_ms:,.0f}",
        budget(r.headers),
        r.curl,
        "\n\n".join(x for x in (r.error, r.body) if x),
    )


def budget(headers: dict[str, Any]) -> str:
    """What the provider says is left of its limit."""
    low = {str(k).lower(): str(v) for k, v in headers.items()}
    if low.get("retry-after"):
        return f"wait {low['retry-after']} s"
    left = next((v for k, v in low.items() if k.endswith("remaining")), "")
    limit = next((v for k, v in low.items() if k.endswith(("limit", "max"))), "")
    return f"{left}/{limit}" if left and limit else f"{left} left" if left else "–"


def letter_view(d: Any) -> LetterView:
    now = datetime.now(UTC)
    return LetterView(
        d.id,
        d.stream,
        d.remote_id or "no id",
        d.cause.get("message", ""),
        d.cause.get("next_step", ""),
        words.ago(d.last_at, now),
        words.stamp(d.last_at),
        words.plural(d.attempts, "try", "tries"),
        d.raw if len(d.raw) <= 4000 else d.raw[:4000] + " …",
    )
