"""The composition root: builds every service once, from settings, for the web process, a worker or a command.

    async with Runtime.open(Settings.load()) as rt:
        await rt.sync.start(principal, connection_id)

Nothing connects at import: processes that fork after the import make their own (`runtime()` is per process).
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from orion_core.base.db import Database
from orion_core.base.egress import EgressClient, EgressPolicy
from orion_core.base.queue import Queue
from orion_core.base.settings import Settings
from orion_core.base.work import Bell, Work
from orion_core.platform.accounts import Accounts, LocalRateLimiter, RedisRateLimiter
from orion_core.platform.audit import Audit
from orion_core.platform.budget import RateBudget
from orion_core.platform.catalog import AdapterFactory, ConnectorRegistry
from orion_core.platform.credentials import Safe, open_safe
from orion_core.services.analytics import Analytics, Health
from orion_core.services.connections import Connections
from orion_core.services.marketplace import Marketplace
from orion_core.services.records.mappings import CatalogMappings
from orion_core.services.records.service import Records
from orion_core.services.sync import Sync, Writes


class Silent:
    """The bell where there is no queue: whoever starts a run also executes it (the command line with nothing running)."""

    async def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> bool:
        """Do nothing."""
        return False


class Runtime:
    """All services of this process."""

    def __init__(self, settings: Settings, *, bell: Bell | None = None) -> None:
        self.settings = settings
        self.db = Database(settings.db_url)
        self.queue = Queue(settings.redis_url) if settings.redis_url and bell is None else None
        self.work = Work(self.db, bell or self.queue or Silent())
        self.audit = Audit(self.work)
        self._redis = Redis.from_url(settings.redis_url) if settings.redis_url else None
        limiter = RedisRateLimiter(self._redis) if self._redis is not None else LocalRateLimiter()
        self.accounts = Accounts(self.work, self.audit, settings, limiter=limiter)
        self.registry = ConnectorRegistry()
        self.budget = RateBudget.shared(settings.redis_url) if settings.redis_url else RateBudget.local()
        policy = EgressPolicy.for_mode(
            production=settings.production, allow_private=settings.private_egress, allowed_hosts=settings.lab_hosts
        )
        for noisy in ("httpx", "httpcore", "httpx2", "httpcore2", "aiosqlite"):
            logging.getLogger(noisy).setLevel(logging.WARNING)  # they log addresses with their queries, or statements with their values
        self.client = EgressClient(policy, budget=self.budget)
        self.factory = AdapterFactory(self.registry, self.client, self.budget)
        self.safe: Safe = open_safe(settings, self.work, self.client)
        self.connections = Connections(self.work, self.factory, self.safe, self.audit, lab_url=settings.lab_url)
        self.records = Records(self.work, CatalogMappings(self.work, self.registry))
        self.sync = Sync(
            self.work, self.connections.opener, self.registry, self.audit, lease_s=settings.lease_s, after_stream=self.records.index
        )
        self.writes = Writes(self.work, self.connections.opener, self.audit)
        self.marketplace = Marketplace(self.work, self.registry, lab=self.connections.lab_providers())
        self.analytics = Analytics(self.work, self.registry)
        self.health = Health(self.work, self.queue, settings, self.safe, self.registry)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, bell: Bell | None = None) -> AsyncIterator[Runtime]:
        """A runtime that is checked at the start and closed at the end."""
        runtime = cls(settings, bell=bell)
        try:
            await runtime.db.check()
            if settings.production:
                await runtime.safe.provider()
            yield runtime
        finally:
            await runtime.close()

    async def close(self) -> None:
        """Give back connections to database, queue and network."""
        await self.accounts.close()
        await self.client.aclose()
        await self.budget.aclose()
        if self.queue is not None:
            await self.queue.aclose()
        if self._redis is not None:
            await self._redis.aclose()
        await self.db.close()


_current: tuple[int, Runtime] | None = None


def runtime() -> Runtime:
    """This process's runtime, made on first use and made anew after a fork."""
    global _current
    if _current is None or _current[0] != os.getpid():
        _current = (os.getpid(), Runtime(Settings.load()))
    return _current[1]


def use(given: Runtime | None) -> None:
    """Put `given` in the place of this process's runtime (tests, embedding); None forgets it."""
    global _current
    _current = None if given is None else (os.getpid(), given)
