"""Cutting a full read into windows of creation time, so that its parts can be read side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise

from orion_core.engine.connector.spec_streams import StreamSpec
from orion_core.engine.connector.times import parse_time
from orion_core.engine.connector.types import OPEN_END, OPEN_START, Window

AnyIn = Callable[[Window], Awaitable[bool]]
ROUNDS = 4


def earliest(stream: StreamSpec) -> datetime:
    """The provider's own beginning."""
    return parse_time(stream.windows.earliest if stream.windows else "1970-01-01", "date")


def equal(stream: StreamSpec, since: datetime | None, until: datetime, n: int) -> list[Window]:
    """`n` windows of equal length, open outwards."""
    start = min(since or earliest(stream), until - timedelta(seconds=n))
    return _open([edge for edge, _ in _parts((start, until), n)])


async def cut(stream: StreamSpec, any_in: AnyIn, since: datetime | None, until: datetime, n: int) -> list[Window]:
    """Windows that begin where records are: empty stretches are found and left to their neighbours, full ones cut finer."""
    cells = [(min(since or earliest(stream), until - timedelta(seconds=n)), until)]
    for _ in range(ROUNDS):
        finer = [part for cell in cells for part in _parts(cell, -(-2 * n // len(cells)))]
        finer[0], finer[-1] = (finer[0][0] if since else OPEN_START, finer[0][1]), (finer[-1][0], OPEN_END)
        held = await asyncio.gather(*(any_in(part) for part in finer))
        cells = [(max(start, cells[0][0]), min(end, until)) for (start, end), full in zip(finer, held, strict=True) if full]
        if not cells:
            return [(since or OPEN_START, OPEN_END)]
        if len(cells) >= n:
            break
    windows = _open([start for start, _ in cells])
    return [(since, windows[0][1]), *windows[1:]] if since else windows


async def find_start(stream: StreamSpec, any_in: AnyIn, until: datetime, probes: int, rounds: int) -> datetime | None:
    """About where the oldest record is; None: there is none."""
    low, high = earliest(stream), until
    if not await any_in((OPEN_START, high)):
        return None
    for _ in range(rounds):
        edges = [start for start, _ in _parts((low, high), probes)][1:]
        found = [*await asyncio.gather(*(any_in((OPEN_START, edge)) for edge in edges)), True]
        first = found.index(True)
        low, high = [low, *edges][first], [*edges, high][first]
    return low


def _parts(window: Window, n: int) -> list[Window]:
    """`window` in `n` equal parts, on whole seconds."""
    start, end = window
    edges = [start, *((start + (end - start) * index / n).replace(microsecond=0) for index in range(1, n)), end]
    return [(one, other) for one, other in pairwise(edges) if one < other] or [window]


def _open(starts: list[datetime]) -> list[Window]:
    """Windows beginning at these times, the first and the last open outwards."""
    return list(pairwise([OPEN_START, *(start.replace(microsecond=0) for start in starts[1:]), OPEN_END]))
