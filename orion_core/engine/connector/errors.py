"""From a provider's answer to an error that says what to do.

A table decides: the connector's own rules first, then the status. The provider's words are kept, redacted.
Retry-After: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from orion_core.base import errors as tree
from orion_core.base.errors import BadResponse, ConnectorError, OrionError, RetryLater
from orion_core.base.kit import json
from orion_core.base.kit.clock import as_utc
from orion_core.base.kit.redact import redact_text, redact_url
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.spec import ConnectorSpec, ErrorRule

STATUS_TABLE: dict[int, type[ConnectorError]] = {
    400: tree.RemoteRejected,
    401: tree.Reauthorize,
    402: tree.RemoteRejected,
    403: tree.PermissionMissing,
    404: tree.RemoteNotFound,
    405: tree.GiveUp,
    408: tree.ProviderUnavailable,
    409: tree.RemoteRejected,
    410: tree.RemoteNotFound,
    412: tree.RemoteRejected,
    413: tree.RemoteRejected,
    422: tree.RemoteRejected,
    423: tree.RetryLater,
    425: tree.RetryLater,
    429: tree.RateLimited,
}
REQUEST_ID_HEADERS = ("request-id", "x-request-id", "x-hubspot-correlation-id", "x-amzn-requestid", "intuit_tid", "x-slack-req-id")
RATE_WORDS = ("ratelimit", "rate-limit", "retry-after", "limit-info", "call-limit")
EXCERPT = 300
LONGEST_WAIT_S = 7 * 86_400.0


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header: seconds or an HTTP date; None for anything else."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (as_utc(parsedate_to_datetime(text)) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    if seconds != seconds:  # NaN
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


def rate_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those headers that speak of limits, for the request log and the budget."""
    return {name: value for name, value in headers.items() if any(word in name for word in RATE_WORDS)}


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id under which the provider's support finds this call."""
    return next((headers[name] for name in REQUEST_ID_HEADERS if name in headers), None)


def error_from(
    spec: ConnectorSpec, request: HttpRequest, response: HttpResponse, *, now: datetime | None = None, secrets: Iterable[str] = ()
) -> ConnectorError:
    """The error for an answer that is not a success."""
    secrets = tuple(secrets)
    body = _body(response.body)
    message, code = _text(body, spec.error_message_paths), _text(body, spec.error_code_paths)
    codes = {_text(body, (path,)) for path in spec.error_code_paths} - {None}
    rule = next((rule for rule in spec.error_rules if _holds(rule, response.status, codes, message)), None)
    said = redact_text(message, secrets)[:EXCERPT] if message else ""
    detail: dict[str, Any] = {"method": request.method, "url": redact_text(redact_url(request.url), secrets), "status": response.status}
    if code:
        detail["provider_code"] = redact_text(code, secrets)[:80]
    if (found := request_id(response.headers)) is not None:
        detail["request_id"] = found[:80]
    if not said and response.body:
        detail["excerpt"] = redact_text(response.body[:EXCERPT].decode("utf-8", "replace"), secrets)
    wait = retry_after(response.headers.get("retry-after"), now or datetime.now(UTC))
    if rule is not None:
        wait = wait if wait is not None else rule.after_s
    kind = error_class(rule.error) if rule is not None else _by_status(response.status)
    text = f"{spec.name} answered {response.status} to {request.method} {_path(request.url)}{': ' + said if said else '.'}"
    return make_error(kind, text, after_s=wait, next_step=rule.next_step if rule else None, detail=detail)


def make_error(
    kind: type[ConnectorError],
    message: str,
    *,
    after_s: float | None = None,
    next_step: str | None = None,
    detail: dict[str, Any] | None = None,
) -> ConnectorError:
    """An error of that class; `after_s` is used by those that have it."""
    if issubclass(kind, RetryLater):
        return kind(message, after_s=after_s, next_step=next_step, detail=detail)
    return kind(message, next_step=next_step, detail=detail)


def error_class(name: str) -> type[ConnectorError]:
    """The class of that name in the error tree."""
    found = getattr(tree, name, None)
    if not (isinstance(found, type) and issubclass(found, ConnectorError)):
        raise ValueError(f"{name} is not a connector error")
    return found


def web_page(spec: ConnectorSpec, request: HttpRequest) -> BadResponse:
    """The error for HTML where JSON was promised."""
    return BadResponse(
        f"The base URL answers with a web page instead of {spec.name}'s API ({request.method} {_path(request.url)}).",
        next_step="Correct the base URL of the connection: it must point to the API, not to a web site or a sign-in page.",
        detail={"method": request.method, "url": redact_url(request.url)},
    )


def is_web_page(response: HttpResponse) -> bool:
    """Whether the answer is HTML, by its first bytes or by what it says it is (an empty one is not)."""
    start = response.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"{", b"[")):
        return False
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        bool(start) and "text/html" in response.headers.get("content-type", "").lower()
    )


def _by_status(status: int) -> type[ConnectorError]:
    if status in STATUS_TABLE:
        return STATUS_TABLE[status]
    if status >= 500:
        return tree.ProviderUnavailable
    return tree.GiveUp if status >= 400 else tree.BadResponse


def _holds(rule: ErrorRule, status: int, codes: set[str | None], message: str | None) -> bool:
    return (
        (rule.status is None or rule.status == status)
        and (rule.code is None or rule.code in codes)
        and (rule.contains is None or rule.contains.lower() in (message or "").lower())
    )


def _body(data: bytes) -> Any:
    try:
        return json.loads(data[:1_000_000])
    except OrionError:
        return None


def _text(body: Any, paths: Iterable[str]) -> str | None:
    for path in paths:
        value = dig(body, path)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return None


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
