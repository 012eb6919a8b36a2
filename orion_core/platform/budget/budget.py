"""One rate budget per account, shared by all workers, with lanes: person before event before incremental before backfill.

The fast path takes from a small lease of tokens held in this process and touches neither Redis nor the event loop. Whoever has to
wait stands in one queue per account, ordered by lane; one task serves it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from orion_core.base.errors import RateLimited
from orion_core.platform.budget.bucket import Bucket, Grant, LocalBucket, RedisBucket
from orion_core.platform.budget.limits import DAY_RESERVE, MAX_WAIT_S, Forecast, Limit, rank
from orion_core.platform.budget.signals import Signals, read_signals

_LEASE_S = 0.1  # a lease holds what the account may use in this time …
_LEASE_TTL_S = 0.5  # … and is void after this, so a block set by another process is obeyed within it
_DAY_PROBE_S = 900.0
_CAP_EVERY_S = 0.2
_DEFAULT_BLOCK_S = 2.0


@dataclass(slots=True)
class _Account:
    limit: Limit | None = None
    published: Limit | None = None
    lease: int = 0
    lease_until: float = 0.0
    blocked_until: float = 0.0
    level: float = 0.0
    daily_left: int | None = None
    daily_limit: int | None = None
    daily_at: float = 0.0
    capped_at: float = 0.0
    waiting: list[tuple[int, int, _Waiter]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Task[None] | None = None


@dataclass(slots=True, eq=False)
class _Waiter:
    lane: str
    cost: int
    deadline: float
    ready: asyncio.Future[None]


class RateBudget:
    """The budget of all accounts, over a bucket in Redis or in this process.

        budget = RateBudget.shared(redis_url)          # or RateBudget.local()
        budget.configure("conn_1", Limit(100, 10))
        await budget.acquire("conn_1", "incremental")  # then call
        await budget.observe("conn_1", 200, headers)   # then learn

    An account without a limit is not slowed down until answers name one or say 429.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._accounts: dict[str, _Account] = {}
        self._order = itertools.count()
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def shared(cls, redis_url: str) -> RateBudget:
        """Shared by every process that uses the same Redis."""
        return cls(RedisBucket(redis_url))

    @classmethod
    def local(cls) -> RateBudget:
        """Of this process alone."""
        return cls(LocalBucket())

    def configure(self, account: str, limit: Limit | None) -> None:
        """Set the published limit of an account; calling it again with the same limit keeps what was learned."""
        state = self._state(account)
        if state.published != limit:
            state.published = state.limit = limit
            state.lease = 0

    async def acquire(self, account: str, lane: str, cost: int = 1, *, max_wait_s: float | None = None) -> None:
        """Wait for a place among the account's calls.

        Raises:
            RateLimited: the wait would be longer than `max_wait_s` (by lane: 15 to 30 s); `after_s` says how long. Park the work.
        """
        state = self._accounts.get(account)
        if state is None:
            return
        now = time.monotonic()
        if state.lease >= cost and now < state.lease_until and not state.waiting:
            state.lease -= cost
            return
        if state.daily_left is not None:
            self._check_day(state, lane, now)
        if state.limit is None and state.blocked_until <= now:
            return
        await self._wait(account, state, lane, cost, MAX_WAIT_S.get(lane, 30.0) if max_wait_s is None else max_wait_s)

    async def observe(self, account: str, status: int, headers: Mapping[str, str]) -> None:
        """Learn from an answer: limits, what is left, and how long to wait."""
        signals = read_signals(headers)
        if signals is None:
            if status == 429:
                state = self._state(account)
                await self.penalize(account, max(_DEFAULT_BLOCK_S, state.limit.per_s if state.limit else 0.0))
            return
        state = self._state(account)
        self._learn(state, signals)
        if status == 429:
            wait = signals.retry_after_s
            if wait is None:
                wait = signals.reset_s if signals.reset_s is not None else state.limit.per_s if state.limit else _DEFAULT_BLOCK_S
            await self.penalize(account, max(wait, 0.1))
        elif status == 503 and signals.retry_after_s:
            await self.penalize(account, signals.retry_after_s, slow_down=False)
        elif signals.remaining is not None:
            await self._obey_remaining(account, state, signals.remaining)

    async def penalize(self, account: str, after_s: float, *, slow_down: bool = True) -> None:
        """No calls for `after_s`, and (a rate limit, not a failure) slower ones afterwards. For limits that only the body tells."""
        state = self._state(account)
        state.lease = 0
        state.blocked_until = max(state.blocked_until, time.monotonic() + after_s)
        await self._bucket.block(account, after_s, slow_down=slow_down)

    def forecast(self, account: str) -> Forecast:
        """What this process knows of the account, without asking anyone."""
        state = self._accounts.get(account) or _Account()
        left = state.daily_left if state.daily_left is not None else state.limit.daily if state.limit else None
        return Forecast(state.limit.rate if state.limit else None, state.level + state.lease,
                        max(0.0, state.blocked_until - time.monotonic()), left, len(state.waiting))

    async def aclose(self) -> None:
        """Stop serving and close the connections; whoever waits is cancelled."""
        for state in self._accounts.values():
            if state.server is not None:
                state.server.cancel()
        await self._bucket.aclose()

    def _state(self, account: str) -> _Account:
        state = self._accounts.get(account)
        if state is None:
            state = self._accounts[account] = _Account()
        return state

    def _check_day(self, state: _Account, lane: str, now: float) -> None:
        total = state.daily_limit or (state.limit.daily if state.limit else None)
        if not total or state.daily_left is None or now - state.daily_at > _DAY_PROBE_S:
            return
        if state.daily_left <= total * DAY_RESERVE.get(lane, 0.05):
            raise RateLimited(f"The account has used {total - state.daily_left} of its {total} calls of the day; "
                              "the rest is kept for what matters more.", after_s=_DAY_PROBE_S,
                              next_step="Nothing to do: Orion goes on when the provider counts anew.")

    async def _wait(self, account: str, state: _Account, lane: str, cost: int, max_wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a new loop (tests, CLI): whoever waited in the old one is gone
            self._loop = loop
            for other in self._accounts.values():
                other.waiting, other.server, other.news = [], None, asyncio.Event()
        waiter = _Waiter(lane, cost, time.monotonic() + max_wait_s, loop.create_future())
        heapq.heappush(state.waiting, (rank(lane), next(self._order), waiter))
        state.news.set()
        if state.server is None or state.server.done():
            state.server = loop.create_task(self._serve(account, state))
        try:
            await waiter.ready
        except asyncio.CancelledError:
            if waiter.ready.done() and not waiter.ready.cancelled() and waiter.ready.exception() is None:
                state.lease += cost  # served in the same moment: the tokens are free again
            raise

    async def _serve(self, account: str, state: _Account) -> None:
        """Serve the queue of an account until it is empty."""
        while state.waiting:
            _, _, waiter = state.waiting[0]
            if waiter.ready.done():
                heapq.heappop(state.waiting)
                continue
            grant = await self._grant(account, state, waiter)
            if grant.tokens:
                self._hand_out(state, grant.tokens)
                continue
            now = time.monotonic()
            self._turn_away(state, now + grant.wait_s, grant)
            state.news.clear()
            try:
                async with asyncio.timeout(min(max(grant.wait_s, 0.001), 1.0) if state.waiting else 0):
                    await state.news.wait()  # a lane before this one may be served sooner
            except TimeoutError:
                pass

    async def _grant(self, account: str, state: _Account, waiter: _Waiter) -> Grant:
        now = time.monotonic()
        if state.limit is None:
            wait = state.blocked_until - now
            return Grant(waiter.cost, 0.0) if wait <= 0 else Grant(0, wait, blocked=True)
        limit, extra = state.limit, 0
        if rank(waiter.lane) >= 2:
            extra = min(int(limit.rate * _LEASE_S), int(limit.burst / 4))
        try:
            grant = await self._bucket.take(account, rate=limit.rate, burst=limit.burst, need=waiter.cost, want=waiter.cost + extra,
                                            reserve=limit.reserve(waiter.lane))
        except Exception as error:  # whoever waits must hear of it
            for _, _, other in state.waiting:
                if not other.ready.done():
                    other.ready.set_exception(error)
            return Grant(0, 0.0)
        state.level = grant.level
        if grant.blocked:
            state.blocked_until = max(state.blocked_until, now + grant.wait_s)
        return grant

    def _hand_out(self, state: _Account, tokens: int) -> None:
        """Serve waiters in order from `tokens` and what is left of the lease; keep the rest as the new lease."""
        now = time.monotonic()
        tokens += state.lease if now < state.lease_until else 0
        while state.waiting and (state.waiting[0][2].ready.done() or state.waiting[0][2].cost <= tokens):
            waiter = heapq.heappop(state.waiting)[2]
            if not waiter.ready.done():
                tokens -= waiter.cost
                waiter.ready.set_result(None)
        state.lease, state.lease_until = (tokens, now + _LEASE_TTL_S) if state.limit is not None else (0, 0.0)

    def _turn_away(self, state: _Account, earliest: float, grant: Grant) -> None:
        """Tell those who cannot be served in time, now rather than when their time is up."""
        for entry in list(state.waiting):
            waiter = entry[2]
            if waiter.ready.done() or waiter.deadline >= earliest:
                continue
            wait = max(0.1, earliest - time.monotonic())
            cause = "asked us to wait" if grant.blocked else "allows no more calls right now"
            waiter.ready.set_exception(RateLimited(f"The provider {cause}; the next call is possible in {wait:.0f} s.", after_s=wait))
            state.waiting.remove(entry)
        heapq.heapify(state.waiting)

    def _learn(self, state: _Account, signals: Signals) -> None:
        if signals.daily_left is not None:
            state.daily_left, state.daily_limit, state.daily_at = signals.daily_left, signals.daily_limit, time.monotonic()
        known = state.limit
        if signals.limit and signals.per_s and (known is None or (signals.limit, signals.per_s) != (known.calls, known.per_s)):
            state.limit = replace(known, calls=signals.limit, per_s=signals.per_s) if known else Limit(signals.limit, signals.per_s)
            state.lease = 0

    async def _obey_remaining(self, account: str, state: _Account, remaining: int) -> None:
        """Where others use the same account, the provider's own count is lower than ours."""
        limit, now = state.limit, time.monotonic()
        if limit is None:
            return
        left = remaining - limit.calls * (1 - limit.share)
        if left < limit.burst and now - state.capped_at > _CAP_EVERY_S:
            state.capped_at = now
            state.lease = min(state.lease, max(0, int(left)))
            await self._bucket.cap(account, max(0.0, left), rate=limit.rate, burst=limit.burst)
