"""One stream of a run: readers fetch ahead of one writer, through a queue of a few pages.

    reader (a part each) ─┐
    reader                ├─▶ queue ─▶ writer: hash, compare, map ─▶ one transaction: rows, dead letters, counts, resume place
    reader               ─┘

A reader goes on from the last page it handed over, so the queue's order makes a crash, a retry or a new worker resume without a gap.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from orion_core.base.db.tables import RunStream
from orion_core.base.errors import CursorExpired, OrionError, ProviderUnavailable, RetryLater
from orion_core.engine.connector import BaseAdapter, Page

T = TypeVar("T")
# A batch, and as much again in the queue: large ones spread what a commit costs; the bytes keep the memory flat whatever the pages weigh.
BATCH_ROWS = 3_000
BATCH_BYTES = 16_000_000
# Parts of a stream that are read at the same time.
AT_ONCE = 8
# A wait no longer than this is waited out with the lease held; a longer one parks the run.
WAIT_IN_PLACE_S = 20.0
TRIES_IN_PLACE = 4


@dataclass(slots=True)
class Arrived:
    """What a reader hands over: a page of its part, or its end (`page` None) with the error that ended it, if any."""

    part: RunStream
    page: Page | None = None
    error: OrionError | None = None


class Handover(asyncio.Queue[Arrived]):
    """What readers have for the writer: full with a batch of rows, or of bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = self.bytes = 0

    def full(self) -> bool:
        """Whether readers must wait."""
        return self.rows >= BATCH_ROWS or self.bytes >= BATCH_BYTES

    def _put(self, item: Arrived) -> None:
        super()._put(item)
        rows, size = _weight(item)
        self.rows, self.bytes = self.rows + rows, self.bytes + size

    def _get(self) -> Arrived:
        item: Arrived = super()._get()
        rows, size = _weight(item)
        self.rows, self.bytes = self.rows - rows, self.bytes - size
        return item


@dataclass(slots=True)
class Readers:
    """The readers of a stream's open parts."""

    adapter: BaseAdapter[Any]
    parts: list[RunStream]
    exclude: tuple[str, ...]
    lane: str
    queue: Handover = field(default_factory=Handover)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    open: int = 0

    def start(self) -> None:
        """Begin reading every part."""
        self.open = len(self.parts)
        self._tasks = [asyncio.create_task(self._read(part), name=f"read {part.stream}/{part.part}") for part in self.parts]

    async def close(self) -> None:
        """Stop reading; what was not handed over is read again later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def batch(self, *, patience_s: float) -> list[Arrived]:
        """What has arrived, up to a batch of rows or bytes; nothing where nothing came for `patience_s` seconds."""
        try:
            arrived = [await asyncio.wait_for(self.queue.get(), patience_s)]
        except TimeoutError:
            return []
        rows, size = _weight(arrived[0])
        while rows < BATCH_ROWS and size < BATCH_BYTES:
            if self.queue.empty() and self.open and rows:
                # The readers may be a hair behind: let them run once before closing the batch, so that commits stay large.
                await asyncio.sleep(0)
            if self.queue.empty():
                break
            arrived.append(self.queue.get_nowait())
            more, weight = _weight(arrived[-1])
            rows, size = rows + more, size + weight
        self.open -= sum(1 for item in arrived if item.page is None)
        return arrived

    async def _read(self, part: RunStream) -> None:
        async with self._slots:
            await self._read_part(part)

    async def _read_part(self, part: RunStream) -> None:
        resume, tries = part.resume, 0
        since = None if part.since is None else part.since.get("value")
        window = (part.window_start, part.window_end) if part.window_start is not None and part.window_end is not None else None
        while True:
            try:
                async for page in self.adapter.fetch(
                    part.stream, since=since, window=window, resume=resume, exclude=self.exclude, lane=self.lane
                ):
                    tries, resume = 0, page.resume
                    await self.queue.put(Arrived(part, page))
                break
            except RetryLater as error:
                tries += 1
                wait = _wait(error, tries)
                if tries > TRIES_IN_PLACE or wait > WAIT_IN_PLACE_S:
                    await self.queue.put(Arrived(part, error=error))
                    return
                await asyncio.sleep(wait)
            except CursorExpired as error:
                await self.queue.put(Arrived(part, error=error))
                return
            except OrionError as error:
                await self.queue.put(Arrived(part, error=error))
                return
            except (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
                # A fault of ours or of an adapter must end this stream with a cause, not the worker with a traceback.
                failure = OrionError(
                    f"Reading {part.stream} failed inside the adapter: {type(error).__name__}: {error}.",
                    next_step="Report this with the run's request log; the other streams go on.",
                )
                failure.__cause__ = error
                await self.queue.put(Arrived(part, error=failure))
                return
        await self.queue.put(Arrived(part))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call with the same patience a reader has.

    Raises:
        RetryLater: it still fails, or must wait too long to hold the lease.
    """
    tries = 0
    while True:
        try:
            return await call()
        except RetryLater as error:
            tries += 1
            wait = _wait(error, tries)
            if tries > TRIES_IN_PLACE or wait > WAIT_IN_PLACE_S:
                raise
            await asyncio.sleep(wait)


def _wait(error: RetryLater, tries: int) -> float:
    """Seconds until the next try: what the provider asks for, else exponential back-off with full jitter."""
    if error.after_s is not None:
        return max(0.0, error.after_s) + random.uniform(0.05, 0.3)
    ceiling = min(60.0, 0.5 * 2**tries)
    return random.uniform(ceiling / 2 if isinstance(error, ProviderUnavailable) else ceiling, ceiling)


def _weight(arrived: Arrived) -> tuple[int, int]:
    """Rows and bytes of what arrived."""
    if arrived.page is None:
        return 0, 0
    return len(arrived.page.records), sum(map(len, arrived.page.records))


def last_places(arrived: list[Arrived]) -> dict[str, tuple[RunStream, list[Page], OrionError | None, bool]]:
    """Per part id: its part, its pages in order, the error that ended it, and whether it ended."""
    found: dict[str, tuple[RunStream, list[Page], OrionError | None, bool]] = {}
    for item in arrived:
        _, pages, error, ended = found.get(item.part.id, (item.part, [], None, False))
        if item.page is not None:
            pages.append(item.page)
        found[item.part.id] = (item.part, pages, item.error or error, ended or item.page is None)
    return found


def later(left: Any, right: Any) -> Any:
    """The later of two cursor values; None is before everything, values of different kinds keep the right one."""
    if left is None or right is None:
        return right if left is None else left
    try:
        return max(left, right)
    except TypeError:
        return right


def earlier(left: Any, right: Any) -> Any:
    """The earlier of two cursor values; None does not count."""
    if left is None or right is None:
        return right if left is None else left
    try:
        return min(left, right)
    except TypeError:
        return left
