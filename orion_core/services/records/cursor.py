"""Cursors of pages and of the change feed: opaque to callers, checked when they come back."""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import Any

import orjson

from orion_core.base.db.bulk import postgres_types
from orion_core.base.db.search import Place, Query
from orion_core.base.errors import InvalidInput


def page_cursor(query: Query, place: Place, *, backwards: bool) -> str:
    """A place in the order of a query, for the page after it or (backwards) before it."""
    return _pack(["p" if backwards else "n", _mark(query), place.key, place.id])


def read_page_cursor(cursor: str, query: Query) -> tuple[Place, bool]:
    """`(place, backwards)`.

    Raises:
        InvalidInput: it was not made by `page_cursor` for this query.
    """
    parts = _unpack(cursor, 4)
    way, mark, key, record_id = parts
    if way not in ("n", "p") or not isinstance(mark, str) or not _is_id(record_id):
        raise _invalid()
    if mark != _mark(query):
        raise InvalidInput(
            "The cursor belongs to another list: the search, the filters or the order are not those it was made with.",
            next_step="Leave the cursor out to begin with the first page.",
            detail={"fields": {"cursor": "another list"}},
        )
    if not _is_key(query, key):
        raise _invalid()
    return Place(key, record_id), way == "p"


def feed_cursor(tx: int, record_id: int) -> str:
    """A place in a change feed."""
    return _pack(["f", tx, record_id])


def read_feed_cursor(cursor: str) -> tuple[int, int]:
    """The number of the transaction and the id a feed was read to.

    Raises:
        InvalidInput: it was not made by `feed_cursor`.
    """
    way, tx, record_id = _unpack(cursor, 3)
    if way != "f" or not _is_id(tx + 1 if type(tx) is int else tx) or not _is_id(record_id):
        raise _invalid()
    return tx, record_id


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_key(query: Query, key: Any) -> bool:
    """Whether `key` can be a value of the column the query sorts by."""
    if key is None:
        return query.sort != "remote_updated_at"
    if postgres_types(query.table)[query.sort] == "text":
        return isinstance(key, str) and "\0" not in key
    return (type(key) is int and -(2**63) <= key < 2**63) or isinstance(key, float)


def _mark(query: Query) -> str:
    asked = [
        query.table.model,
        query.words,
        query.equal,
        query.updated_since is not None,
        query.flagged,
        query.deleted,
        query.sort,
        query.descending,
    ]
    return blake2b(orjson.dumps(asked), digest_size=6).hexdigest()


def _pack(parts: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _unpack(cursor: str, length: int) -> list[Any]:
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise _invalid() from None
    if not isinstance(parts, list) or len(parts) != length:
        raise _invalid()
    return parts


def _invalid() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one that this list gave out.",
        next_step="Leave it out to begin with the first page.",
        detail={"fields": {"cursor": "not a cursor of this list"}},
    )
