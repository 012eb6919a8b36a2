"""Rate limits that every process shares: at most so many calls in any minute.

Calls are counted in sixty slices of the window. The slice that began a whole window ago still counts, so that no window of that length,
wherever it begins, holds more than the limit.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from typing import Any, Protocol

from redis.exceptions import RedisError

from orion_core.base.errors import TooManyRequests

_MAX_KEYS = 20_000
_PATIENCE_S = 0.5

_SLICES = 60

# KEYS[1]: a hash from slice to count. ARGV: limit, window seconds, slices. Answers how long to wait, "0" = let through.
# Redis' own clock, so that processes with different clocks agree.
_SCRIPT = """
local limit, width, slices = tonumber(ARGV[1]), tonumber(ARGV[2]) / tonumber(ARGV[3]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local slice = math.floor(now / width)
local stored, kept, total = redis.call('HGETALL', KEYS[1]), {}, 0
for i = 1, #stored, 2 do
  local at, count = tonumber(stored[i]), tonumber(stored[i + 1])
  if at < slice - slices then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    total = total + count
    kept[#kept + 1] = {at, count}
  end
end
if total < limit then
  redis.call('HINCRBY', KEYS[1], string.format('%.0f', slice), 1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(width * (slices + 2) * 1000))
  return '0'
end
table.sort(kept, function(a, b) return a[1] < b[1] end)
local over = total + 1 - limit
for _, pair in ipairs(kept) do
  over = over - pair[2]
  if over <= 0 then return tostring((pair[1] + slices + 1) * width - now) end
end
return tostring(width * slices)
"""


class RateLimiter(Protocol):
    """Counts calls by key."""

    async def hit(self, key: str, limit: int, per_s: float = 60.0) -> None:
        """Count one call.

        Raises:
            TooManyRequests: it is one too many; `after_s` says when the next may come.
        """


class LocalRateLimiter:
    """Counts in this process alone."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, dict[int, int]] = OrderedDict()

    async def hit(self, key: str, limit: int, per_s: float = 60.0) -> None:
        width, moment = per_s / _SLICES, time.time()
        current = math.floor(moment / width)
        counts = {at: count for at, count in self._counts.pop(key, {}).items() if at >= current - _SLICES}
        self._counts[key] = counts
        if len(self._counts) > _MAX_KEYS:
            self._counts.popitem(last=False)
        over = sum(counts.values()) + 1 - limit
        if over <= 0:
            counts[current] = counts.get(current, 0) + 1
            return
        for at in sorted(counts):
            over -= counts[at]
            if over <= 0:
                raise _refusal(limit, per_s, (at + _SLICES + 1) * width - moment)
        raise _refusal(limit, per_s, per_s)


class RedisRateLimiter:
    """Counts in Redis; while Redis is away, in this process."""

    def __init__(self, redis: Any, *, prefix: str = "orion:rate:") -> None:
        self._prefix = prefix
        self._script = redis.register_script(_SCRIPT)
        self._local = LocalRateLimiter()

    async def hit(self, key: str, limit: int, per_s: float = 60.0) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                wait_s = float(await self._script(keys=[f"{self._prefix}{key}"], args=[limit, per_s, _SLICES]))
        except (RedisError, OSError, TimeoutError):  # a doorbell that is away must not close the door
            await self._local.hit(key, limit, per_s)
            return
        if wait_s > 0:
            raise _refusal(limit, per_s, wait_s)


def _refusal(limit: int, per_s: float, wait_s: float) -> TooManyRequests:
    after = max(1.0, math.ceil(wait_s))
    each = "minute" if per_s == 60 else f"{per_s:g} seconds"
    return TooManyRequests(f"More than {limit} calls in a {each}. The next one may come in {after:.0f} s.", after_s=after)
