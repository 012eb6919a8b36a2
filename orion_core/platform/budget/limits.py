"""How fast an account may be called, and who goes first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LANES: tuple[str, ...] = ("person", "event", "incremental", "backfill")
# A lane leaves this part of the bucket to the lanes before it, so that a person never waits behind a backfill.
_RESERVE: Mapping[str, float] = {"person": 0.0, "event": 0.1, "incremental": 0.25, "backfill": 0.4}
# Past this part of the day's calls a lane stops: the rest is for those before it.
DAY_RESERVE: Mapping[str, float] = {"person": 0.0, "event": 0.02, "incremental": 0.05, "backfill": 0.1}
MAX_WAIT_S: Mapping[str, float] = {"person": 15.0, "event": 20.0, "incremental": 30.0, "backfill": 30.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """A published limit: `calls` in any `per_s` seconds, of which we use `share` at most (other apps and people call too).

    `lanes` maps a lane to the part of the bucket it may use (the rest is kept for the lanes before it). `daily` is for the forecast
    until answers tell what is left.
    """

    calls: int
    per_s: float = 1.0
    share: float = 0.8
    daily: int | None = None
    lanes: Mapping[str, float] = field(default_factory=dict)

    @property
    def burst(self) -> float:
        """The size of the bucket: a tenth of what may be used in one window."""
        return max(1.0, self.calls * self.share * 0.1)

    @property
    def rate(self) -> float:
        """Tokens a second, such that bucket and refill together stay within `calls * share` in any window."""
        return max(self.calls * self.share - self.burst, self.calls * self.share * 0.5, 0.001) / self.per_s

    def reserve(self, lane: str) -> float:
        """Tokens `lane` must leave in the bucket; always few enough that one call fits."""
        part = 1.0 - self.lanes[lane] if lane in self.lanes else _RESERVE.get(lane, _RESERVE["incremental"])
        return max(0.0, min(part * self.burst, self.burst - 1.0))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What can be said about the coming calls of an account."""

    rate_per_s: float | None
    tokens: float
    blocked_s: float
    daily_left: int | None
    waiting: int

    def eta_s(self, calls: int) -> float:
        """Seconds until `calls` more calls are made, nobody else calling."""
        if self.rate_per_s is None:
            return self.blocked_s
        return self.blocked_s + max(0.0, calls - self.tokens) / self.rate_per_s


def rank(lane: str) -> int:
    """The place of `lane` in the queue; unknown ones count as incremental."""
    return LANES.index(lane) if lane in LANES else LANES.index("incremental")
