"""Signatures: the providers' own vectors pass, one changed byte does not."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orion_core.base.errors import Unauthenticated
from orion_core.engine.connector.spec_auth import SignatureSpec
from orion_core.engine.connector.webhooks import SCHEMES, Message, sign, verify

FILE = Path(os.environ.get("ORION_EVIDENCE", Path(__file__).parents[4] / "shared" / "evidence")) / "webhooks" / "vectors_dev.json"
NAMES = {"slack": "slack_v0", "quickbooks": "intuit", "standardwebhooks": "standard"}
NOW = datetime(2026, 5, 26, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
URL = "https://orion.example/webhooks/hubspot/k?a=b%2Fc"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TIMED = {
    "stripe": lambda signature, stamp: {"stripe-signature": f"t={stamp},v1=00,v1={signature},v0=x"},
    "slack_v0": lambda signature, stamp: {"x-slack-signature": f"v0={signature}", "x-slack-request-timestamp": stamp},
    "hubspot_v3": lambda signature, stamp: {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp + "000"},
    "standard": lambda signature, stamp: {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1a,zz v1,{signature}"},
}
PLAIN = {
    "hubspot_v1": lambda signature: {"x-hubspot-signature": signature, "x-hubspot-signature-version": "v1"},
    "hubspot_v2": lambda signature: {"x-hubspot-signature": signature, "x-hubspot-signature-version": "v2"},
    "shopify": lambda signature: {"x-shopify-hmac-sha256": signature},
    "github": lambda signature: {"x-hub-signature-256": f"sha256={signature}"},
    "intuit": lambda signature: {"intuit-signature": signature},
    "hmac_sha256_hex": lambda signature: {"x-signature": signature},
    "hmac_sha256_base64": lambda signature: {"x-signature": signature},
}


def signed(scheme: str, body: bytes = b'{"a": 1}', at: datetime = NOW, secret: str = SECRET) -> Message:
    stamp = str(int(at.timestamp()))
    draft = Message(body, {"webhook-id": "msg_1"}, "POST", URL)
    signature = sign(SignatureSpec(scheme=scheme), draft, secret, stamp + "000" if scheme == "hubspot_v3" else stamp)
    headers = TIMED[scheme](signature, stamp) if scheme in TIMED else PLAIN[scheme](signature)
    return Message(body, headers, "POST", URL)


def test_every_scheme_is_tested() -> None:
    assert set(TIMED) | set(PLAIN) == set(SCHEMES)
    assert {name for name, scheme in SCHEMES.items() if scheme.timed} == set(TIMED)


@pytest.mark.skipif(not FILE.exists(), reason=f"no recorded vectors at {FILE}")
def test_recorded_vectors() -> None:
    for vector in json.loads(FILE.read_text()):
        scheme = NAMES.get(vector["provider"]) or (f"hubspot_{vector['scheme']}" if vector["provider"] == "hubspot" else vector["provider"])
        message = Message(vector["body"].encode(), {name.lower(): value for name, value in vector["headers"].items()},
                          vector.get("method", "POST"), vector.get("url") or "")
        now = datetime.fromtimestamp(vector.get("now", 0), UTC)
        check: Any = lambda m=message, s=scheme, v=vector, n=now: verify(SignatureSpec(scheme=s), m, [v["secret"]], n)  # noqa: E731
        if vector["valid"]:
            check()
        else:
            with pytest.raises(Unauthenticated):
                check()


@pytest.mark.parametrize(("scheme", "secret", "headers", "body", "url", "now"), [
    ("github", "It's a Secret to Everybody", {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}, b"Hello, World!", "", 0),
    ("hubspot_v3", "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
     {"x-hubspot-signature-v3": "tpCufWLOupRpVXpoJy1Cdw0BOVgWjilpkfjxyo2w2OQ=", "x-hubspot-request-timestamp": "1614265330000"},
     b'{"example_field":"example_value"}', "https://www.example.com/webhook_uri", 1614265330),
    ("shopify", "hush", {"x-shopify-hmac-sha256": "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="}, b'{"id":1}', "", 0),
    ("intuit", "verifier-token-1", {"intuit-signature": "cZUE/eZI48Z8RPAHNDupIsivYUkev0WdvMcYUQFQBmo="}, b'{"eventNotifications":[]}', "", 0),
])
def test_published_vectors(scheme: str, secret: str, headers: dict[str, str], body: bytes, url: str, now: int) -> None:
    verify(SignatureSpec(scheme=scheme), Message(body, headers, "POST", url), [secret], datetime.fromtimestamp(now, UTC))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_good_passes_old_and_new_secret(scheme: str) -> None:
    other = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    at = verify(SignatureSpec(scheme=scheme), signed(scheme), ["", other, SECRET], NOW)
    assert at == (NOW if scheme in TIMED else None)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_anything_changed_fails(scheme: str) -> None:
    spec, good = SignatureSpec(scheme=scheme), signed(scheme)
    bad = [
        (Message(good.body + b" ", good.headers, "POST", URL), [SECRET]),
        (Message(good.body, {}, "POST", URL), [SECRET]),
        (Message(good.body, dict.fromkeys(good.headers, "garbage"), "POST", URL), [SECRET]),
        (Message(good.body, dict.fromkeys(good.headers, "é"), "POST", URL), [SECRET]),
        (good, []), (good, [""]), (good, ["whsec_d3Jvbmc="]),
    ]
    for index in range(len(good.body)):
        flipped = bytearray(good.body)
        flipped[index] ^= 1
        bad.append((Message(bytes(flipped), good.headers, "POST", URL), [SECRET]))
    for message, secrets in bad:
        with pytest.raises(Unauthenticated):
            verify(spec, message, secrets, NOW)


@pytest.mark.parametrize("scheme", TIMED)
@pytest.mark.parametrize(("off_s", "good"), [(0, True), (299, True), (-299, True), (301, False), (-301, False), (86400, False)])
def test_time(scheme: str, off_s: int, good: bool) -> None:
    message = signed(scheme, at=NOW + timedelta(seconds=off_s))
    if good:
        verify(SignatureSpec(scheme=scheme), message, [SECRET], NOW)
    else:
        with pytest.raises(Unauthenticated, match="300 s"):
            verify(SignatureSpec(scheme=scheme), message, [SECRET], NOW)


def test_unknown_scheme_lists_the_known() -> None:
    with pytest.raises(Unauthenticated) as caught:
        verify(SignatureSpec(scheme="rot13"), Message(b"", {}), ["s"], NOW)
    assert "stripe" in caught.value.next_step


def test_the_stamp_of_another_message_does_not_help() -> None:
    good = signed("stripe")
    stolen = dict(good.headers) | {"stripe-signature": good.headers["stripe-signature"].replace(f"t={STAMP}", f"t={int(STAMP) + 1}")}
    with pytest.raises(Unauthenticated):
        verify(SignatureSpec(scheme="stripe"), Message(good.body, stolen), [SECRET], NOW)
