"""The token bucket, in two places: this process (`LocalBucket`) and Redis (`RedisBucket`). Both restart empty when lost.

A 429 halves the rate (once a second, for the calls in flight get theirs together), which then recovers by one percent a second; all
processes learn it, as it lies in the bucket.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_FLOOR = 0.1
_RECOVERY = 0.01
_KEEP_MS = 86_400_000
_RETRY_REDIS_S = 2.0
_BLIND_SHARE = 0.25  # without Redis each process knows nothing of the others


@dataclass(frozen=True, slots=True)
class Grant:
    """`tokens` may be used now; 0: ask again in `wait_s`. `level` is what is left in the bucket."""

    tokens: int
    wait_s: float
    level: float = 0.0
    blocked: bool = False


class Bucket(Protocol):
    """Holds the tokens of accounts."""

    async def take(self, account: str, *, rate: float, burst: float, need: int, want: int, reserve: float) -> Grant:
        """Between `need` and `want` tokens, or none; `reserve` stays in the bucket."""
        ...

    async def block(self, account: str, seconds: float, *, slow_down: bool) -> None:
        """No tokens for so long, and none in the bucket afterwards."""
        ...

    async def cap(self, account: str, tokens: float, *, rate: float, burst: float) -> None:
        """There are at most so many tokens now: the provider said so."""
        ...

    async def aclose(self) -> None: ...


@dataclass(slots=True)
class _Level:
    tokens: float
    at: float
    blocked_until: float = 0.0
    factor: float = 1.0
    slowed_at: float = float("-inf")


class LocalBucket:
    """Buckets of this process alone: for the command line without Redis, and while Redis is away."""

    def __init__(self) -> None:
        self._levels: dict[str, _Level] = {}

    async def take(self, account: str, *, rate: float, burst: float, need: int, want: int, reserve: float) -> Grant:
        """See `Bucket`."""
        now = time.monotonic()
        level = self._refill(account, now, rate, burst)
        if level.blocked_until > now:
            return Grant(0, level.blocked_until - now, blocked=True)
        fits = min(need, max(1, int(burst - reserve)))
        free = level.tokens - reserve
        if free + 1e-9 < fits:
            return Grant(0, (fits - free) / (rate * level.factor), level.tokens)
        granted = max(need, min(want, int(free)))
        level.tokens -= granted
        return Grant(granted, 0.0, level.tokens)

    async def block(self, account: str, seconds: float, *, slow_down: bool) -> None:
        """See `Bucket`."""
        now = time.monotonic()
        level = self._levels.setdefault(account, _Level(0.0, now))
        level.tokens, level.blocked_until = 0.0, max(level.blocked_until, now + seconds)
        if slow_down and now - level.slowed_at > 1.0:
            level.slowed_at = now
            level.factor = max(_FLOOR, level.factor / 2)

    async def cap(self, account: str, tokens: float, *, rate: float, burst: float) -> None:
        """See `Bucket`."""
        level = self._refill(account, time.monotonic(), rate, burst)
        level.tokens = min(level.tokens, tokens)

    async def aclose(self) -> None:
        """Nothing is held."""

    def _refill(self, account: str, now: float, rate: float, burst: float) -> _Level:
        level = self._levels.setdefault(account, _Level(0.0, now))
        level.factor = min(1.0, level.factor + max(0.0, now - level.at) * _RECOVERY)
        passed = max(0.0, now - max(level.at, level.blocked_until))  # nothing is earned while blocked
        level.tokens = min(burst, level.tokens + passed * rate * level.factor)
        level.at = now
        return level


# Times are Redis' own, so that processes with different clocks agree. Numbers go back as text: Lua would cut them to integers.
_NOW = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
"""
_REFILL = _NOW + """
local rate, burst, recovery, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local h = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'blocked', 'factor')
local tokens, at, blocked, factor = tonumber(h[1] or '0'), tonumber(h[2] or now), tonumber(h[3] or '0'), tonumber(h[4] or '1')
factor = math.min(1, factor + math.max(0, now - at) * recovery)
tokens = math.min(burst, tokens + math.max(0, now - math.max(at, blocked)) * rate * factor)
"""
_STORE = """
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now),
  'factor', string.format('%.4f', factor))
redis.call('PEXPIRE', KEYS[1], keep)
"""
_TAKE = _REFILL + """
local need, want, reserve = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local granted, wait = 0, 0
if blocked > now then
  wait = blocked - now
else
  local fits = math.min(need, math.max(1, math.floor(burst - reserve)))
  local free = tokens - reserve
  if free + 0.000000001 < fits then
    wait = (fits - free) / (rate * factor)
  else
    granted = math.max(need, math.min(want, math.floor(free)))
    tokens = tokens - granted
  end
end
""" + _STORE + """
return {granted, tostring(wait), tostring(tokens), blocked > now and 1 or 0}
"""
_BLOCK = _NOW + """
local h = redis.call('HMGET', KEYS[1], 'blocked', 'factor', 'slowed')
local factor = tonumber(h[2] or '1')
if ARGV[2] == '1' and now - tonumber(h[3] or '0') > 1 then
  factor = math.max(tonumber(ARGV[3]), factor / 2)
  redis.call('HSET', KEYS[1], 'slowed', string.format('%.6f', now))
end
redis.call('HSET', KEYS[1], 'tokens', '0', 'at', string.format('%.6f', now), 'factor', string.format('%.4f', factor),
  'blocked', string.format('%.6f', math.max(tonumber(h[1] or '0'), now + tonumber(ARGV[1]))))
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[4]) + math.ceil(tonumber(ARGV[1]) * 1000))
return 1
"""
_CAP = _REFILL + """
tokens = math.min(tokens, tonumber(ARGV[5]))
""" + _STORE + """
return 1
"""


class RedisBucket:
    """Buckets all processes share. While Redis is away each process goes on alone at a quarter of the rate."""

    def __init__(self, url: str, *, prefix: str = "orion:budget:") -> None:
        self._url = url
        self._prefix = prefix
        self._alone = LocalBucket()
        self._away_until = 0.0
        self._client: Redis | None = None
        self._scripts: dict[str, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def take(self, account: str, *, rate: float, burst: float, need: int, want: int, reserve: float) -> Grant:
        """See `Bucket`."""
        answer = await self._run(_TAKE, account, rate, burst, _RECOVERY, _KEEP_MS, need, want, reserve)
        if answer is None:
            burst = max(1.0, burst * _BLIND_SHARE)
            return await self._alone.take(account, rate=rate * _BLIND_SHARE, burst=burst, need=need, want=need,
                                          reserve=min(reserve, burst - 1.0))
        return Grant(int(answer[0]), float(answer[1]), float(answer[2]), bool(answer[3]))

    async def block(self, account: str, seconds: float, *, slow_down: bool) -> None:
        """See `Bucket`; remembered here too, in case Redis goes away."""
        await self._alone.block(account, seconds, slow_down=False)
        await self._run(_BLOCK, account, seconds, int(slow_down), _FLOOR, _KEEP_MS)

    async def cap(self, account: str, tokens: float, *, rate: float, burst: float) -> None:
        """See `Bucket`."""
        await self._run(_CAP, account, rate, burst, _RECOVERY, _KEEP_MS, tokens)

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    async def _run(self, script: str, account: str, *arguments: float) -> Any:
        now = time.monotonic()
        if now < self._away_until:
            return None
        try:
            answer = await self._script(script)(keys=[self._prefix + account], args=list(arguments))
        except (RedisError, OSError, TimeoutError) as error:
            if self._away_until == 0.0:
                log.warning("the rate budget cannot reach Redis (%s); each process goes on alone, slower", type(error).__name__)
            self._away_until = now + _RETRY_REDIS_S
            return None
        self._away_until = 0.0
        return answer

    def _script(self, text: str) -> Any:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = Redis.from_url(self._url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))
            self._scripts = {}
        found = self._scripts.get(text)
        if found is None:
            found = self._scripts[text] = self._client.register_script(text)
        return found
