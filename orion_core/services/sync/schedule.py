"""When a connection syncs by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from croniter import CroniterBadCronError, croniter

from orion_core.base.errors import InvalidInput

SHORTEST_S = 30


def next_time(kind: str, value: str, after: datetime) -> datetime | None:
    """The next time after `after`; None for a manual schedule. Cron fields are UTC.

    Raises:
        InvalidInput: unknown kind, an interval under 30 seconds, or cron fields that cannot be read.
    """
    if kind == "manual":
        return None
    if kind == "interval":
        if not value.isdigit() or int(value) < SHORTEST_S:
            raise InvalidInput(
                f"An interval is a number of seconds, {SHORTEST_S} at least; {value!r} is not.", detail={"fields": {"value": "too short"}}
            )
        return after + timedelta(seconds=int(value))
    if kind == "cron":
        if len(value.split()) != 5:
            raise InvalidInput(
                "Cron has five fields: minute, hour, day, month, weekday, such as 0 6 * * 1-5.", detail={"fields": {"value": "five fields"}}
            )
        try:
            return croniter(value, after).get_next(datetime)  # type: ignore[no-any-return]
        except (CroniterBadCronError, ValueError) as error:
            raise InvalidInput(f"The cron fields cannot be read: {error}.", detail={"fields": {"value": str(error)}}) from error
    raise InvalidInput(f"A schedule is manual, interval or cron, not {kind!r}.", detail={"fields": {"kind": "unknown"}})
