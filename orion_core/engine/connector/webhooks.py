"""Webhook signatures: each scheme a row of `SCHEMES`, one pure function checks them all.

    verify(SignatureSpec(scheme="stripe"), body=raw, headers=headers, secrets=["whsec_…"], now=clock.now())

Raw bytes go in, before any parsing. Every secret is tried (rotation), every comparison takes constant time, a time may be off by the
tolerance in either direction. Provider docs:

- https://docs.stripe.com/webhooks#verify-manually
- https://docs.slack.dev/authentication/verifying-requests-from-slack
- https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
- https://shopify.dev/docs/apps/build/webhooks/subscribe/https
- https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
- https://www.standardwebhooks.com
- https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

from orion_core.base.errors import Unauthenticated
from orion_core.engine.connector.spec_auth import SignatureSpec

Encoding = Literal["hex", "base64"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came in; header names are lower-case."""

    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers claim: the signatures and, where the scheme has one, the time in seconds as text and its value."""

    signatures: tuple[str, ...]
    stamp: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """`read`: headers → claim (None: not there, or malformed). `content`: the signed bytes. `keyed` False: SHA-256 of secret + content."""

    read: Callable[[Mapping[str, str], str], Signed | None]
    content: Callable[[Message, Signed], bytes]
    header: str
    encoding: Encoding = "hex"
    keyed: bool = True
    key: Callable[[str], bytes | None] = str.encode
    timed: bool = False


def verify(spec: SignatureSpec, message: Message, secrets: Sequence[str], now: datetime) -> datetime | None:
    """Check a message; gives the time it was signed, where the scheme has one.

    Raises:
        Unauthenticated: no, malformed or wrong signature, a time outside the tolerance, or no secret to check with.
    """
    scheme = SCHEMES.get(spec.scheme)
    if scheme is None:
        raise Unauthenticated(f"There is no signature scheme {spec.scheme!r}.", next_step=f"Use one of {', '.join(SCHEMES)}.")
    if not any(secrets):
        raise Unauthenticated("No secret is stored to check this webhook with.", next_step="Enter the provider's signing secret.")
    claim = scheme.read(message.headers, spec.header or scheme.header)
    if claim is None or not claim.signatures:
        raise Unauthenticated("The webhook carries no readable signature.", next_step="Check that the provider signs its webhooks.")
    if scheme.timed and (claim.at is None or abs(now.timestamp() - claim.at) > spec.tolerance_s):
        raise Unauthenticated(
            f"The webhook was signed more than {spec.tolerance_s} s from now.", next_step="Check the clock of this server."
        )
    content = scheme.content(message, claim)
    good = False
    for secret in secrets:
        key = scheme.key(secret) if secret else None
        if key:
            expected = _digest(scheme, key, content)
            for signature in claim.signatures:
                good |= hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    if not good:
        raise Unauthenticated("The signature of the webhook is wrong.", next_step="Compare the signing secret with the provider's.")
    return datetime.fromtimestamp(claim.at, now.tzinfo) if claim.at is not None else None


def sign(spec: SignatureSpec, message: Message, secret: str, stamp: str = "") -> str:
    """The bare signature of a message, for tests and the lab's opposite number."""
    scheme = SCHEMES[spec.scheme]
    return _digest(scheme, scheme.key(secret) or b"", scheme.content(message, Signed((), stamp)))


def _digest(scheme: Scheme, key: bytes, content: bytes) -> str:
    raw = hmac.new(key, content, hashlib.sha256).digest() if scheme.keyed else hashlib.sha256(key + content).digest()
    return raw.hex() if scheme.encoding == "hex" else b64encode(raw).decode()


# How the headers are read ------------------------------------------------------------------------------------------------------------


def _plain(headers: Mapping[str, str], name: str) -> Signed | None:
    value = headers.get(name, "").strip()
    return Signed((value,)) if value else None


def _prefixed(prefix: str, stamp_header: str | None = None) -> Callable[[Mapping[str, str], str], Signed | None]:
    def read(headers: Mapping[str, str], name: str) -> Signed | None:
        value = headers.get(name, "").strip()
        if not value.startswith(prefix) or len(value) == len(prefix):
            return None
        stamp = headers.get(stamp_header, "").strip() if stamp_header else ""
        return Signed((value[len(prefix) :],), stamp, _seconds(stamp))

    return read


def _stripe(headers: Mapping[str, str], name: str) -> Signed | None:
    pairs = [part.strip().partition("=") for part in headers.get(name, "").split(",")]
    stamps = [value for key, _, value in pairs if key == "t"]
    signatures = tuple(value for key, _, value in pairs if key == "v1" and value)  # v0 is for tests of Stripe's own
    return Signed(signatures, stamps[0], _seconds(stamps[0])) if len(stamps) == 1 else None


def _hubspot_old(version: str) -> Callable[[Mapping[str, str], str], Signed | None]:
    def read(headers: Mapping[str, str], name: str) -> Signed | None:
        return _plain(headers, name) if headers.get("x-hubspot-signature-version", "v1").lower() == version else None

    return read


def _hubspot_v3(headers: Mapping[str, str], name: str) -> Signed | None:
    value, stamp = headers.get(name, "").strip(), headers.get("x-hubspot-request-timestamp", "").strip()
    milliseconds = _seconds(stamp)
    return Signed((value,), stamp, milliseconds / 1000 if milliseconds is not None else None) if value else None


def _standard(headers: Mapping[str, str], name: str) -> Signed | None:
    stamp = headers.get("webhook-timestamp", "").strip()
    parts = [part.partition(",") for part in headers.get(name, "").split()]
    signatures = tuple(value for version, _, value in parts if version == "v1" and value)
    return Signed(signatures, stamp, _seconds(stamp)) if signatures and headers.get("webhook-id") else None


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


# What is signed ----------------------------------------------------------------------------------------------------------------------


def _body(message: Message, claim: Signed) -> bytes:
    return message.body


def _dotted(message: Message, claim: Signed) -> bytes:
    return claim.stamp.encode() + b"." + message.body


def _slack(message: Message, claim: Signed) -> bytes:
    return b"v0:" + claim.stamp.encode() + b":" + message.body


def _hubspot_v2_content(message: Message, claim: Signed) -> bytes:
    return message.method.upper().encode() + message.url.encode() + message.body


# HubSpot signs the address with these characters, and no others, decoded.
_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def _hubspot_v3_content(message: Message, claim: Signed) -> bytes:
    url = _DECODED.sub(lambda match: unquote(match.group()), message.url)
    return message.method.upper().encode() + url.encode() + message.body + claim.stamp.encode()


def _standard_content(message: Message, claim: Signed) -> bytes:
    return message.headers.get("webhook-id", "").encode() + b"." + claim.stamp.encode() + b"." + message.body


def _standard_key(secret: str) -> bytes | None:
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except (Base64Error, ValueError):
        return None


SCHEMES: dict[str, Scheme] = {
    "stripe": Scheme(_stripe, _dotted, "stripe-signature", timed=True),
    "slack_v0": Scheme(_prefixed("v0=", "x-slack-request-timestamp"), _slack, "x-slack-signature", timed=True),
    "hubspot_v1": Scheme(_hubspot_old("v1"), _body, "x-hubspot-signature", keyed=False),
    "hubspot_v2": Scheme(_hubspot_old("v2"), _hubspot_v2_content, "x-hubspot-signature", keyed=False),
    "hubspot_v3": Scheme(_hubspot_v3, _hubspot_v3_content, "x-hubspot-signature-v3", "base64", timed=True),
    "shopify": Scheme(_plain, _body, "x-shopify-hmac-sha256", "base64"),
    "github": Scheme(_prefixed("sha256="), _body, "x-hub-signature-256"),
    "intuit": Scheme(_plain, _body, "intuit-signature", "base64"),
    "standard": Scheme(_standard, _standard_content, "webhook-signature", "base64", key=_standard_key, timed=True),
    "hmac_sha256_hex": Scheme(_plain, _body, "x-signature"),
    "hmac_sha256_base64": Scheme(_plain, _body, "x-signature", "base64"),
}
