"""Time. Everything is aware UTC; one function so that tests can turn the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware UTC."""
    return datetime.now(UTC)


def from_epoch(seconds: float) -> datetime:
    """Aware UTC time of a Unix time in seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def as_utc(value: datetime) -> datetime:
    """`value` as aware UTC; a naive time is taken to be UTC (SQLite hands them out so)."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
