"""Ids are text: a prefix that tells what it is, and 26 characters that sort by time (ULID)."""

from __future__ import annotations

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u


def new_id(prefix: str) -> str:
    """A new id such as `conn_01k9…`: 48 bits of milliseconds, then 80 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    chars = [_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(chars)}"


def new_secret(nbytes: int = 32) -> str:
    """A random URL-safe secret of `nbytes` bytes."""
    return secrets.token_urlsafe(nbytes)


def short_id(prefix: str) -> str:
    """A new id of 60 random bits such as `ws_7k2m…`: for the few things whose id stands in every index entry of every record."""
    value = secrets.randbits(60)
    return f"{prefix}_{''.join(_ALPHABET[(value >> shift) & 31] for shift in range(55, -1, -5))}"
