"""The rows of the connection page, in words."""

from __future__ import annotations

import dataclasses
import json
from collections import deque
from datetime import UTC, datetime
from typing import Any

from orion_app.components import format as words
from orion_app.components.states import shape, word


@dataclasses.dataclass
class FieldPick:
    name: str = ""
    kept: bool = True
    key: str = ""


@dataclasses.dataclass
class StreamView:
    name: str = ""
    title: str = ""
    model: str = ""
    href: str = ""
    mode: str = ""
    state: str = "none"
    word: str = ""
    enabled: bool = True
    records: str = ""
    changed: str = ""
    changed_css: str = "r t3"
    cursor: str = ""
    progress: str = ""
    share: str = "0%"
    backfill: str = ""
    fields: list[FieldPick] = dataclasses.field(default_factory=list)
    fields_text: str = ""


@dataclasses.dataclass
class SegmentView:
    title: str = ""
    weight: str = "1"
    share: str = "0%"
    state: str = ""
    known: bool = True
    label: str = ""


@dataclasses.dataclass
class ProgressView:
    run_id: str = ""
    kind: str = ""
    sub: str = ""
    done: str = ""
    of: str = ""
    percent: int = 0
    percent_text: str = ""
    known: bool = False
    rate: str = ""
    rate_line: str = ""
    eta: str = ""
    changed: str = ""
    set_aside: str = ""
    stopping: bool = False
    note: str = ""


def stream_view(s: Any, live: dict[str, Any], paths: list[str]) -> StreamView:
    """A stream; `live` holds the progress of the open run by stream name, and wins over what is stored."""
    now = live.get(s.name)
    state = "failed" if s.error else "healthy" if s.last_success_at else "never"
    share, progress = None, "off" if not s.selected else _fresh(s)
    if now is not None:
        state = now.state if now.state in ("running", "failed", "done") else "pending"
        share = min(1.0, now.read / now.expected) if now.expected else None
        progress = {"running": words.percent(share) if share is not None else f"{now.read:,} read", "done": "done", "failed": "failed"}.get(
            now.state, "queued"
        )
    left_out = set(s.exclude)
    changed = now.changed + now.deleted if now is not None else None
    return StreamView(
        s.name,
        s.title,
        s.model.capitalize() if s.model else "generic",
        f"/records/{s.model}" if s.model else "",
        "Incremental" if s.incremental else "Full",
        shape(state) if s.selected else "paused",
        word(state) if s.selected else "Off",
        s.selected,
        words.number(s.records),
        words.signed(changed),
        "r up" if changed else "r t3",
        cursor_text(s),
        progress,
        f"{round((share or 0) * 100)}%",
        (s.error or {}).get("message", ""),
        [FieldPick(n, n not in left_out, f"field:{s.name}:{n}") for n in dict.fromkeys([*paths, *s.exclude])],
        (words.plural(len(paths), "field") + (f", {len(left_out)} left out" if left_out else "")) if paths or left_out else "",
    )


def _fresh(s: Any) -> str:
    return words.ago(s.last_success_at, datetime.now(UTC)) if s.last_success_at else "never run"


def cursor_text(s: Any) -> str:
    """Where the stream stands, in few characters."""
    if s.cursor is None:
        return "whole list" if s.last_success_at else "–"
    value = s.cursor.get("value", s.cursor) if isinstance(s.cursor, dict) else s.cursor
    if isinstance(value, (int, float)) and value > 1_000_000_000:
        return datetime.fromtimestamp(value / 1000 if value > 10_000_000_000 else value, UTC).strftime("%Y-%m-%d %H:%M:%S")
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def segments(streams: Any) -> list[SegmentView]:
    """Width by expected records, with a floor so that a small stream can be seen."""
    sizes = [s.expected or s.read or 0 for s in streams]
    total = sum(sizes) or 1
    out = []
    for s, size in zip(streams, sizes, strict=True):
        share = 1.0 if s.state == "done" else min(1.0, s.read / s.expected) if s.expected else 0.0
        weight = max(2.0, 100 * size / total)
        out.append(
            SegmentView(
                s.title if weight >= 6 or len(sizes) <= 4 else "",
                f"{weight:.1f}",
                f"{share * 100:.1f}%",
                s.state,
                bool(s.expected) or s.state == "done",
                f"{s.title}: {s.read:,}" + (f" of about {s.expected:,}" if s.expected else " read"),
            )
        )
    return out


_KINDS = {"full": "Full sync", "incremental": "Incremental sync"}
_STARTED = {
    "schedule": "started by schedule",
    "manual": "started by hand",
    "approved": "started by hand, deletes allowed",
    "event": "started by an event",
}


def progress_view(p: Any, rates: deque[float] | list[float]) -> ProgressView:
    run = p.run
    known = p.expected is not None and p.expected > 0
    share = min(1.0, run.read / p.expected) if known else 0.0
    note = ""
    if run.status == "waiting":
        until = words.age(run.next_try_at, p.at) if run.next_try_at else ""
        note = f"{(run.error or {}).get('message', 'The provider asked to wait.')} Goes on {until}.".replace("Goes on .", "")
    elif run.status == "queued":
        note = "Waiting for a worker."
    return ProgressView(
        run.id,
        _KINDS.get(run.kind, run.kind.capitalize()),
        f"{_STARTED.get(run.trigger, run.trigger)} at {words.clock(run.started_at or run.created_at)}",
        f"{run.read:,}",
        f"of about {p.expected:,}" if known else "",
        int(share * 100),
        words.percent(share) if known else "–",
        known,
        f"{words.number(p.rate)}/s",
        words.spark(list(rates), 48, 18, 2)[0],
        words.duration(p.eta_s) if p.eta_s is not None else "–",
        words.number(run.changed),
        words.number(run.set_aside),
        p.cancel_requested,
        note,
    )
