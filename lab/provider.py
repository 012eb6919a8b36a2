"""What every fake provider is, and what they share."""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lab.faults import Fault
from lab.http import Request, Response
from lab.journal import Journal
from lab.limits import Limit
from lab.store import Collection
from lab.webhooks import Dispatcher
from lab.world import World


@dataclass(slots=True)
class Options:
    """How a lab was started; ``limits`` is ``real`` (as published) or ``off``."""

    size: int = 500
    seed: int = 7
    providers: tuple[str, ...] = ("stripe", "hubspot")
    latency_ms: float = 0.0
    prerendered: bool = False
    limits: str = "real"


@dataclass
class Context:
    """What the providers of one lab share."""

    options: Options
    world: World
    journal: Journal = field(default_factory=Journal)
    skew: float = 0.0
    webhooks: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.webhooks = Dispatcher(clock=self.now)

    def now(self) -> float:
        """The lab's clock, which control can set wrong."""
        return time.time() + self.skew


class Provider(ABC):
    """One fake provider, mounted under ``/{slug}``."""

    slug: ClassVar[str]

    def __init__(self, context: Context) -> None:
        self.context = context
        self.revoked: set[str] = set()
        self.limits: dict[str, Limit] = {}
        self.settings: dict[str, Any] = {}

    @property
    @abstractmethod
    def collections(self) -> Mapping[str, Collection]:
        """Its record collections by the name control and users know them by."""

    @abstractmethod
    def handle(self, request: Request) -> Response:
        """Answer a request; its path has no provider prefix."""

    @abstractmethod
    def failure(self, request: Request, fault: Fault, status: int) -> Response:
        """The provider's own error for a switched-on status fault."""

    @abstractmethod
    def mutate(self, obj: str, rng: random.Random, updates: int, deletes: int, creates: int) -> dict[str, list[str]]:
        """Change random records as users of the provider would; returns ids by operation."""

    @abstractmethod
    def hello(self) -> dict[str, Any]:
        """What the index page tells people about the provider: keys and paths to try."""

    def remember(self, request: Request, response: Response) -> None:  # noqa: B027 - most providers keep nothing
        """Keep an answer for replays of its idempotency key, where the provider does that."""

    def configure_limits(self, limits: dict[str, Any]) -> None:
        """Set rate limits by name: ``{"rate": {"most": 100, "seconds": 1}}``; 0 = none."""
        for name, values in limits.items():
            if name not in self.limits:
                raise ValueError(f"{self.slug} has no limit {name!r}; it has {', '.join(self.limits)}")
            limit = self.limits[name]
            limit.most = int(values.get("most", limit.most))
            limit.seconds = float(values.get("seconds", limit.seconds))
            limit.reset()

    def choose(self, collection: Collection, rng: random.Random, count: int) -> list[int]:
        """``count`` different live records, the same for the same random state."""
        count = min(count, len(collection))
        chosen: dict[int, None] = {}
        while len(chosen) < count:
            index = rng.randrange(collection.top)
            if collection.has(index):
                chosen[index] = None
        return list(chosen)
