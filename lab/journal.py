"""What the lab saw: recent requests, and every write with its idempotency key.

Tests use the ledger of writes as the oracle: a client that retried correctly leaves
exactly one applied write per intent.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Seen:
    """One request as the lab saw it; the token is shortened to its last characters."""

    number: int
    at: float
    provider: str
    method: str
    path: str
    query: str
    status: int
    ms: float
    token: str
    idempotency_key: str | None
    fault: str | None
    size: int


@dataclass(slots=True)
class Write:
    """One write that took effect, or a replay of one (``replayed``) that did not."""

    number: int
    at: float
    provider: str
    object: str
    id: str
    operation: str
    idempotency_key: str | None
    replayed: bool


class Journal:
    """Bounded memory of requests, complete memory of writes up to ``keep_writes``."""

    def __init__(self, keep: int = 5_000, keep_writes: int = 200_000) -> None:
        self.requests: deque[Seen] = deque(maxlen=keep)
        self.writes: deque[Write] = deque(maxlen=keep_writes)
        self.by_provider: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.total = 0
        self._written = 0

    def saw(self, seen: Seen) -> None:
        """Note a request."""
        self.total += 1
        self.requests.append(seen)
        self.by_provider[seen.provider] += 1
        self.by_status[f"{seen.provider} {seen.status}"] += 1

    def wrote(
        self, at: float, provider: str, obj: str, identifier: str, operation: str, key: str | None, *,
        replayed: bool = False,
    ) -> None:  # fmt: skip
        """Note a write."""
        self._written += 1
        self.writes.append(Write(self._written, at, provider, obj, identifier, operation, key, replayed))

    def recent(self, provider: str | None, limit: int) -> list[dict[str, Any]]:
        """The latest requests, newest last."""
        chosen = [seen for seen in self.requests if provider in (None, seen.provider)]
        return [asdict(seen) for seen in chosen[-limit:]]

    def ledger(self, provider: str | None = None) -> list[dict[str, Any]]:
        """Every write, oldest first."""
        return [asdict(write) for write in self.writes if provider in (None, write.provider)]
