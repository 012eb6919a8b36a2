"""What a person is told when a handler failed in a way nobody foresaw. The cause is for the log, never for the page."""

import logging
from datetime import UTC, datetime

import reflex as rx
from reflex.event import EventSpec

log = logging.getLogger("orion.pages")


def unforeseen(exception: Exception) -> EventSpec:
    """Logs the cause with the time that the toast names. (Reflex reads these annotations: they stay plain.)"""
    at = datetime.now(UTC)
    log.error("A page handler failed at %s", at.isoformat(timespec="milliseconds"), exc_info=exception)
    return rx.toast.error(
        "This step failed inside Orion",
        description=f"Load the page again. If it stays, look for {at:%H:%M:%S} UTC in the log of the web process.",
        duration=600_000,
        close_button=True,
    )
