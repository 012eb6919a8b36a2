"""A run in words: the overview and the connection page show the same row."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from orion_app.components import format as words
from orion_app.components.states import shape, word

_TRIGGERS = {
    "manual": "By hand",
    "schedule": "Schedule",
    "approved": "By hand, deletes allowed",
    "event": "Event",
    "api": "API",
    "retry": "Retry",
    "webhook": "Event",
}


@dataclasses.dataclass
class RunView:
    id: str = ""
    short: str = ""
    state: str = "none"
    word: str = ""
    name: str = ""
    monogram: str = ""
    hue: str = ""
    kind: str = ""
    trigger: str = ""
    read: str = ""
    changed: str = ""
    changed_css: str = "r"
    deleted: str = ""
    set_aside: str = ""
    requests: str = ""
    took: str = ""
    started: str = ""
    started_at: str = ""
    error: str = ""
    notes: list[str] = dataclasses.field(default_factory=list)
    href: str = ""


def run_view(run: Any, now: datetime) -> RunView:
    """A run in words."""
    started = run.started_at or run.created_at
    kind = ("Full" if run.kind == "full" else run.kind.capitalize()) + (f" · {', '.join(run.streams)}" if run.streams else "")
    return RunView(
        run.id,
        run.id[-6:],
        shape(run.status),
        word(run.status),
        run.connection_name or "Deleted connection",
        words.monogram(run.connector),
        words.hue(run.connector),
        kind,
        _TRIGGERS.get(run.trigger, run.trigger.capitalize()),
        words.number(run.read),
        words.signed(run.changed),
        "r up" if run.changed else "r t3",
        words.number(run.deleted),
        words.number(run.set_aside),
        words.number(run.requests),
        words.duration(run.duration_s),
        "now" if run.open else words.ago(started, now),
        words.stamp(started),
        (run.error or {}).get("message", ""),
        [n if isinstance(n, str) else str(n) for n in run.notes],
        f"/connections/{run.connection_id}?tab=runs&run={run.id}",
    )
