"""Times and dates. Everything becomes aware UTC; a date stays a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STYLE = {"type": "string", "enum": ["iso", "epoch", "epoch_ms"], "description": "What is written: text, seconds or milliseconds."}


def _number(value: Any) -> int | None:
    """An integer sent as such or as digits; None for an empty text."""
    if value.__class__ is int:
        return int(value)
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if text.lstrip("-").isdecimal() and text.isascii():
            return int(text)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Unfit(f"{type(value).__name__} is not a whole number")


def _moment(seconds: int, microseconds: int = 0) -> datetime:
    try:
        # Not fromtimestamp: it takes floats, which blur microseconds, and its range depends on the platform.
        return _EPOCH + timedelta(seconds=seconds, microseconds=microseconds)
    except OverflowError as cause:
        raise Unfit("the time lies outside the years 1 to 9999") from cause


def _micros(value: Any) -> int:
    """Microseconds since 1970, exact."""
    if not isinstance(value, datetime):
        raise Unfit(f"{type(value).__name__} is not a time")
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


@transform("epoch", accepts=("int", "text"), gives="time", exact=True, examples=((0, {}, _EPOCH),))
def epoch(args: Args) -> Bound:
    """Seconds since 1970 (UTC) ↔ a time."""

    def forward(value: Any, ctx: Context) -> datetime | None:
        if value.__class__ is int and -62135596800 <= value < 253402300800:
            return datetime.fromtimestamp(value, UTC)
        number = _number(value)
        return None if number is None else _moment(number)

    def inverse(value: Any, ctx: Context) -> int:
        return _micros(value) // 1_000_000

    return Bound(forward, inverse)


@transform("epoch_ms", accepts=("int", "text"), gives="time", exact=True, examples=((1500, {}, _EPOCH + timedelta(milliseconds=1500)),))
def epoch_ms(args: Args) -> Bound:
    """Milliseconds since 1970 (UTC) ↔ a time."""

    def forward(value: Any, ctx: Context) -> datetime | None:
        number = _number(value)
        if number is None:
            return None
        return _moment(number // 1000, number % 1000 * 1000)

    def inverse(value: Any, ctx: Context) -> int:
        return _micros(value) // 1000

    return Bound(forward, inverse)


def iso_text(value: datetime) -> str:
    """RFC 3339 in UTC with Z, as few decimals as are needed."""
    utc = value.astimezone(UTC) if value.tzinfo is not None else value
    spec = "seconds" if not utc.microsecond else "milliseconds" if utc.microsecond % 1000 == 0 else "microseconds"
    return f"{utc.replace(tzinfo=None).isoformat(timespec=spec)}Z"


@transform(
    "iso_datetime",
    accepts=("text", "int"),
    gives="time",
    params={
        "zone": {"type": "string", "description": "IANA zone of times without an offset; UTC when absent."},
        "style": _STYLE,
    },
    examples=(("1970-01-01T02:00:00+02:00", {}, _EPOCH),),
)
def iso_datetime(args: Args) -> Bound:
    """ISO 8601 text (any offset) ↔ a time. Digits alone are read as milliseconds since 1970, as HubSpot sends them at times."""
    zone = ZoneInfo(args["zone"]) if "zone" in args else UTC

    def forward(value: Any, ctx: Context) -> datetime | None:
        if value.__class__ is str:
            if len(value) >= 19:
                try:
                    found = datetime.fromisoformat(value)
                except ValueError:
                    found = None
                if found is not None:
                    if found.tzinfo is UTC:
                        return found
                    try:
                        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
                    except OverflowError as cause:
                        raise Unfit("the time lies outside the years 1 to 9999") from cause
            return _lenient(value.strip(), zone)
        number = _number(value)
        return None if number is None else _moment(number // 1000, number % 1000 * 1000)

    style = args.get("style", "iso")

    def inverse(value: Any, ctx: Context) -> str | int:
        micros = _micros(value)
        return iso_text(value) if style == "iso" else micros // (1_000_000 if style == "epoch" else 1000)

    return Bound(forward, inverse)


def _lenient(text: str, zone: Any) -> datetime | None:
    if not text:
        return None
    if text.isascii() and text.lstrip("-").isdecimal() and len(text) >= 11:
        number = int(text) if len(text) < 25 else 10**24
        return _moment(number // 1000, number % 1000 * 1000)
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise Unfit("not an ISO 8601 time") from cause


@transform("date", accepts=("text", "int"), gives="date", params={"style": _STYLE}, examples=(("2024-02-29", {}, date(2024, 2, 29)),))
def date_(args: Args) -> Bound:
    """A day: ISO text (of a date-time the day as written) or seconds or milliseconds at midnight UTC ↔ a date."""
    style = args.get("style", "iso")
    milliseconds = style != "epoch"

    def forward(value: Any, ctx: Context) -> date | None:
        if value.__class__ is str:
            text = value.strip()
            if not text:
                return None
            if not text.lstrip("-").isdecimal() or (len(text) == 8 and style == "iso"):
                try:
                    return date.fromisoformat(text[:10] if len(text) > 10 and text[4:5] == "-" else text)
                except ValueError as cause:
                    raise Unfit("not an ISO 8601 date") from cause
        number = _number(value)
        if number is None:
            return None
        return _moment(number // 1000 if milliseconds else number).date()

    def inverse(value: Any, ctx: Context) -> str | int:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise Unfit(f"{type(value).__name__} is not a date")
        if style == "iso":
            return value.isoformat()
        seconds = (datetime(value.year, value.month, value.day, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
        return seconds * 1000 if milliseconds else seconds

    return Bound(forward, inverse)
