"""What callers of the analytics service see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Pulse:
    """The small numbers of the frame: runs under way, their records a second, connections."""

    running: int
    rate: float
    connection_id: str | None
    connections: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A connection × model. `state`: healthy, running, degraded, failed, stale, paused, never. `share` 0..1 while its total is known."""

    model: str
    state: str
    records: int
    set_aside: int
    fresh_at: datetime | None
    share: float | None
    read: int | None
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A connection of the sync matrix. `hours`: the last 24 hours, oldest first: ok, degraded, failed, none."""

    connection_id: str
    name: str
    connector: str
    state: str
    text: str
    cells: dict[str, Cell]
    hours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that needs a person. `kind` tells the page which actions to offer on `connection_id`."""

    kind: str
    state: str
    title: str
    text: str
    connection_id: str
    count: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview. `points`: records a second in 48 steps of half an hour, oldest first."""

    pulse: Pulse
    points: tuple[float, ...]
    peak: float
    peak_at: datetime | None
    records: int
    changed_today: int
    deleted_today: int
    runs_24h: int
    runs_ok_24h: int
    runs_failed_24h: int
    models: tuple[tuple[str, str], ...]
    rows: tuple[MatrixRow, ...]
    attention: tuple[Attention, ...]
    at: datetime
