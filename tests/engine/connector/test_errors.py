"""Status and provider code → what to do; Retry-After; the provider's words without secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from orion_core.base import errors as tree
from orion_core.engine.connector.errors import error_from, rate_headers, retry_after
from orion_core.engine.connector.http import HttpRequest
from orion_core.engine.connector.spec import load_spec
from orion_core.engine.connector.testing import reply

NOW = datetime(2026, 5, 26, 12, 0, tzinfo=UTC)
SPEC = load_spec({
    "slug": "acme", "name": "Acme", "base_url": "https://api.acme.example", "streams": [{"name": "a", "path": "/a"}],
    "error_rules": [
        {"status": 403, "code": "REQUEST_LIMIT_EXCEEDED", "error": "RateLimited", "after_s": 60},
        {"contains": "cursor has EXPIRED", "error": "CursorExpired", "next_step": "Wait for the full read."},
    ],
})
REQUEST = HttpRequest("GET", "https://user:pw@api.acme.example/a?api_key=topsecret9")


@pytest.mark.parametrize(("value", "seconds"), [
    ("5", 5.0), ("0", 0.0), (" 1.5 ", 1.5), ("86400", 86400.0), ("-3", 0.0), ("1e99", 604800.0), ("nan", None), ("inf", 604800.0),
    ("Tue, 26 May 2026 12:01:40 GMT", 100.0), ("Tue, 26 May 2026 11:00:00 GMT", 0.0), ("soon", None), ("", None), (None, None), ("12:00", None),
])
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(("status", "kind"), [
    (400, tree.RemoteRejected), (401, tree.Reauthorize), (402, tree.RemoteRejected), (403, tree.PermissionMissing), (404, tree.RemoteNotFound),
    (409, tree.RemoteRejected), (410, tree.RemoteNotFound), (418, tree.GiveUp), (422, tree.RemoteRejected), (423, tree.RetryLater),
    (429, tree.RateLimited), (500, tree.ProviderUnavailable), (503, tree.ProviderUnavailable), (599, tree.ProviderUnavailable), (302, tree.BadResponse),
])
def test_status_table(status: int, kind: type[tree.ConnectorError]) -> None:
    error = error_from(SPEC, REQUEST, reply({"message": "Because."}, status), now=NOW)
    assert type(error) is kind
    assert "Because." in error.message and "Acme answered" in error.message and error.next_step
    assert error.detail["status"] == status


def test_rules_come_first_and_give_wait_and_next_step() -> None:
    limited = error_from(SPEC, REQUEST, reply([{"error": {}}], 403), now=NOW)
    assert isinstance(limited, tree.PermissionMissing)
    limited = error_from(SPEC, REQUEST, reply({"code": "REQUEST_LIMIT_EXCEEDED"}, 403), now=NOW)
    assert isinstance(limited, tree.RateLimited) and limited.after_s == 60
    limited = error_from(SPEC, REQUEST, reply({"code": "REQUEST_LIMIT_EXCEEDED"}, 403, {"retry-after": "7"}), now=NOW)
    assert isinstance(limited, tree.RateLimited) and limited.after_s == 7
    expired = error_from(SPEC, REQUEST, reply({"error": {"message": "Your cursor has expired"}}, 400), now=NOW)
    assert isinstance(expired, tree.CursorExpired) and expired.next_step == "Wait for the full read."


@pytest.mark.parametrize("body", [
    {"error": {"message": "Bad key sk_live_abcdefghijk", "code": "x"}}, {"message": "token canary-1234 is wrong"}, b"<html>canary-1234 Bearer abcdefgh</html>",
    {"error": "canary-1234"}, b"\xff\xfe canary-1234", b"", b"[1, 2",
])
def test_no_secret_gets_out(body: object) -> None:
    error = error_from(SPEC, REQUEST, reply(body, 400, {"request-id": "req_1"}), now=NOW, secrets=["canary-1234"])
    shown = json.dumps(error.as_dict()) + repr(error) + str(error)
    for secret in ("canary-1234", "abcdefghijk", "topsecret9", "user:pw", "abcdefgh<"):
        assert secret not in shown
    assert error.detail["request_id"] == "req_1"


def test_rate_headers() -> None:
    headers = {"x-hubspot-ratelimit-remaining": "9", "retry-after": "1", "sforce-limit-info": "api-usage=1/2", "content-type": "x"}
    assert set(rate_headers(headers)) == {"x-hubspot-ratelimit-remaining", "retry-after", "sforce-limit-info"}
