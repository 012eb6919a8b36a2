"""Times as providers write them in filters and cursors."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from orion_core.base.errors import InvalidInput
from orion_core.base.kit.clock import as_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(value: Any, form: str) -> datetime:
    """The aware UTC time a provider's value means.

    Raises:
        InvalidInput: it is not a time in that form.
    """
    try:
        if isinstance(value, datetime):
            return as_utc(value)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if form in ("epoch", "epoch_ms"):
            number = float(value)
            return EPOCH + timedelta(seconds=number / 1000 if form == "epoch_ms" else number)
        text = str(value).strip()
        if text.isdigit() and len(text) >= 12:  # a provider of ISO times that stores milliseconds
            return EPOCH + timedelta(milliseconds=int(text))
        return as_utc(datetime.fromisoformat(text))
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidInput(f"{value!r} is not a time in the form {form}.") from error


def render_time(moment: datetime, form: str) -> str:
    """`moment` as the provider writes it."""
    moment = as_utc(moment)
    if form == "epoch":
        return str(int((moment - EPOCH).total_seconds() // 1))
    if form == "epoch_ms":
        return str((moment - EPOCH) // timedelta(milliseconds=1))
    if form == "date":
        return moment.date().isoformat()
    return moment.isoformat(timespec="milliseconds" if form == "iso_ms" else "seconds").replace("+00:00", "Z")


def native_time(moment: datetime, form: str) -> int | str:
    """`moment` as a saved cursor: a number for the epochs, text else."""
    text = render_time(moment, form)
    return int(text) if form in ("epoch", "epoch_ms") else text


def is_time(form: str) -> bool:
    """Whether values of this form are times (as against numbers and texts that only grow)."""
    return form not in ("int", "text")


def http_date(value: str | None) -> datetime | None:
    """The time of a `Date` header: the provider's own clock."""
    try:
        return as_utc(parsedate_to_datetime(value)) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
