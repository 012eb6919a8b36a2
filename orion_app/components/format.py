"""How Orion writes numbers, ages, durations, names. Pure functions: raw values in, words out."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

_HUES = {"stripe": 282, "hubspot": 42, "salesforce": 232, "quickbooks": 150, "slack": 330, "orion": 216}
_MONOGRAMS = {"stripe": "St", "hubspot": "Hs", "salesforce": "Sf", "quickbooks": "Qb", "slack": "Sk", "orion": "Or"}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def number(value: int | float | None) -> str:
    """1,840; a dash for nothing."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if isinstance(value, int) or value >= 10 or value == int(value) else f"{value:,.1f}"


def signed(value: int | None) -> str:
    """+2,118, 0, –."""
    if value is None:
        return "–"
    return f"+{value:,}" if value > 0 else f"{value:,}"


def percent(share: float | None) -> str:
    """0.62 → 62 %; full only when it is full."""
    if share is None:
        return "–"
    return f"{min(int(share * 100), 99) if share < 1 else 100} %"


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 stream, 7 streams."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float | None) -> str:
    """0.6 s, 48 s, 1 min 21 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 and whole < 600 else "")
    if whole < 86400:
        return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 >= 60 else "")
    return plural(whole // 86400, "day")


def age(at: datetime | None, now: datetime | None = None) -> str:
    """6 min; from 24 h on a date; a dash for never."""
    if at is None:
        return "–"
    now = now or datetime.now(UTC)
    seconds = (now - at).total_seconds()
    if seconds < -1:
        return "in " + _span(-seconds) if -seconds < 86400 else day(at, now)
    if seconds < 1:
        return "now"
    return _span(seconds) if seconds < 86400 else day(at, now)


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """2 min ago, now, 12 November, never."""
    if at is None:
        return "never"
    words = age(at, now)
    return words if words == "now" or not words.endswith((" s", " min", " h")) or words.startswith("in ") else words + " ago"


def schedule(kind: str, value: str) -> str:
    """every 15 min, cron 0 3 * * 0, by hand."""
    if kind == "interval" and value.isdigit():
        return "every " + duration(float(value))
    return f"cron {value}" if kind == "cron" else "by hand"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    return f"{int(seconds // 3600)} h"


def day(at: datetime, now: datetime | None = None) -> str:
    """19 November; with the year when it is another one."""
    now = now or datetime.now(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]}" + (f" {at.year}" if at.year != now.year else "")


def stamp(at: datetime | None) -> str:
    """The absolute time, as a tooltip: 2026-11-19 14:31:58 UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def clock(at: datetime | None, millis: bool = False) -> str:
    """14:32:02, or with milliseconds as in a log."""
    if at is None:
        return "–"
    at = at.astimezone(UTC)
    return at.strftime("%H:%M:%S") + (f".{at.microsecond // 1000:03d}" if millis else "")


def hue(text: str) -> str:
    """A stable hue per connector or person; the five first connectors have their own."""
    known = _HUES.get(text)
    return str(known if known is not None else int(hashlib.sha256(text.encode()).hexdigest()[:4], 16) % 360)


def monogram(slug: str, name: str = "") -> str:
    """Two letters for a tile."""
    if slug in _MONOGRAMS:
        return _MONOGRAMS[slug]
    words = (name or slug).replace("-", " ").replace("_", " ").split()
    letters = words[0][0] + (words[1][0] if len(words) > 1 else words[0][1:2]) if words else "?"
    return letters[0].upper() + letters[1:].lower()


def initials(name: str) -> str:
    """Maren Holt → MH."""
    words = "".join(c if c.isalnum() else " " for c in name).split()
    return "".join(w[0] for w in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def spark(points: list[float], width: float, height: float, top: float = 2.0) -> tuple[str, str]:
    """Two SVG paths for a series: the line, and the area beneath it."""
    if len(points) < 2:
        return "", ""
    peak = max(points) or 1.0
    step = width / (len(points) - 1)
    at = [(round(i * step, 1), round(height - 2 - (p / peak) * (height - 2 - top), 1)) for i, p in enumerate(points)]
    line = "M" + " L".join(f"{x} {y}" for x, y in at)
    return line, f"{line} L{at[-1][0]} {height} L{at[0][0]} {height}Z"
