"""Secrets never reach a log, an error, a repr or the page.

`Secret` holds a value that does not print; `redact_url`, `redact_headers` and `redact_text` clean what we show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MASK = "••••"
_SENSITIVE = re.compile(
    r"(authorization|cookie|token|secret|api[-_]?key|password|passwd|credential|signature|client[-_]?assertion|hapikey|code_verifier|session)",
    re.IGNORECASE,
)
# The shapes in which providers hand out keys: Stripe, HubSpot, Slack, Orion, JSON Web Token, Fernet.
_TOKEN_SHAPE = re.compile(
    r"\b(?:(?:sk|rk|pk)_(?:test|live)_[A-Za-z0-9_]{4,}|whsec_[A-Za-z0-9+/=_]{8,}|pat-[a-z0-9]+-[A-Za-z0-9-]{8,}"
    r"|xox[abprs]-[A-Za-z0-9-]{8,}|ok_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|gAAAA[A-Za-z0-9_-]{20,})"
)
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE)


class Secret:
    """A value that does not show itself. `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The plain value; call it as late as possible."""
        return self._value

    def hint(self) -> str:
        """Dots and the last four characters: enough for a person to recognise a key."""
        return f"{MASK}{self._value[-4:]}" if len(self._value) >= 12 else MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> Any:
        raise TypeError("a Secret is not pickled")


def is_sensitive(name: str) -> bool:
    """Whether a header, parameter or field of this name holds a secret."""
    return bool(_SENSITIVE.search(name))


def redact_url(url: str) -> str:
    """`url` without user info and with the values of sensitive parameters masked; an address that cannot be read is not shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    host = parts.netloc.rpartition("@")[2]
    pairs = [(key, MASK if is_sensitive(key) or key == "code" else value) for key, value in parse_qsl(parts.query, keep_blank_values=True)]
    return redact_text(urlunsplit((parts.scheme, host, parts.path, urlencode(pairs, safe=MASK), "")))


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """`headers` with sensitive values masked."""
    return {key: MASK if is_sensitive(key) else redact_text(value) for key, value in headers.items()}


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with known secrets and anything shaped like a token masked."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    return _BEARER.sub(rf"\1 {MASK}", _TOKEN_SHAPE.sub(MASK, text))


def redact_json(value: Any) -> Any:
    """`value` (parsed JSON) with the values of sensitive keys masked."""
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(key, str) and is_sensitive(key) and not isinstance(item, (dict, list)) else redact_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [redact_json(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value
