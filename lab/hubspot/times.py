"""HubSpot's times: ISO text with milliseconds, or milliseconds as a number."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(ms: int) -> str:
    """``2026-03-12T07:33:46.615Z``"""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def milliseconds(value: str) -> int | None:
    """Milliseconds of any form HubSpot takes; None when it is no time."""
    text = value.strip()
    if text.lstrip("-").isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)
