"""Tokens: 256 random bits for the bearer, their SHA-256 for the database."""

from __future__ import annotations

import hashlib

from orion_core.base.kit.ids import new_secret

KEY_PREFIX = "ok_"


def new_token() -> str:
    """A session's or a link's token."""
    return new_secret(32)


def new_api_key() -> tuple[str, str]:
    """An API key and the hint by which people recognise it."""
    body = new_secret(32)
    return f"{KEY_PREFIX}{body}", f"{KEY_PREFIX}{body[:4]}…{body[-4:]}"


def fingerprint(token: str) -> str:
    """What the database keeps. No salt: there is nothing to guess in 256 random bits, and the look-up needs an index."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
