"""Is this instance able to work, in plain words."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from orion_core.base.db.tables import Instance
from orion_core.base.errors import OrionError
from orion_core.base.queue import Queue
from orion_core.base.settings import Settings
from orion_core.base.work import Work
from orion_core.platform.catalog import ConnectorRegistry
from orion_core.platform.credentials import Safe

_LOW_DISK = 1024**3


@dataclass(frozen=True, slots=True)
class Check:
    """One fact about this instance. `state`: healthy, degraded, failed. `next_step` where it is not healthy."""

    name: str
    title: str
    state: str
    text: str
    next_step: str = ""


class Health:
    """Looks at the parts this instance stands on."""

    def __init__(self, work: Work, queue: Queue | None, settings: Settings, safe: Safe, registry: ConnectorRegistry) -> None:
        self.work = work
        self.queue = queue
        self.settings = settings
        self.safe = safe
        self.registry = registry

    async def checks(self) -> list[Check]:
        """Every check; `database` alone decides whether requests can be served."""
        return [await self._database(), await self._queue(), await self._keys(), self._disk(), self._connectors()]

    async def machine(self, *, brief: bool = False) -> list[Check]:
        """What the entry pages show; brief: the parts a visitor waits for."""
        checks = await self.checks()
        if brief:
            return [check for check in checks if check.name in ("database", "queue")]
        return [*checks, Check("python", "Python", "healthy", ".".join(map(str, sys.version_info[:3])))]

    async def _database(self) -> Check:
        name = "SQLite" if self.work.db.is_sqlite else "PostgreSQL"
        try:
            async with self.work.directory() as directory:
                await directory.one(Instance)
        except (SQLAlchemyError, OSError) as error:
            return Check(
                "database", "Database", "failed", f"{name} does not answer ({type(error).__name__})", "Start the database; nothing is lost."
            )
        return Check("database", "Database", "healthy", f"{name} answers")

    async def _queue(self) -> Check:
        if self.queue is None:
            return Check(
                "queue",
                "Queue",
                "degraded",
                "no Redis: syncs start with the next sweep",
                "Start Orion with `orion up`, or set ORION_REDIS_URL.",
            )
        if await self.queue.ping():
            return Check("queue", "Queue", "healthy", "Redis answers")
        return Check(
            "queue", "Queue", "degraded", "Redis does not answer: syncs start with the next sweep", "Start Redis; nothing is lost."
        )

    async def _keys(self) -> Check:
        try:
            keys = await self.safe.status()
            kind = (await self.safe.provider()).kind
        except OrionError as error:
            return Check("keys", "Secret keys", "failed", error.message, error.next_step)
        missing = [key for key in keys if not key.at_hand]
        if missing:
            step = "Put the missing key back: into ORION_SECRET_KEYS, or the file secret-keys of the data folder."
            return Check("keys", "Secret keys", "failed", missing[0].warning or "a key is missing", step)
        return Check("keys", "Secret keys", "healthy", f"{kind}, {len(keys)} at hand")

    def _disk(self) -> Check:
        free = shutil.disk_usage(self.settings.ensure_data_dir()).free
        text = f"{free / 1024**3:,.1f} GiB free"
        return (
            Check("disk", "Disk", "healthy", text)
            if free > _LOW_DISK
            else Check("disk", "Disk", "degraded", text, "Make room in the data folder.")
        )

    def _connectors(self) -> Check:
        failed = self.registry.failed
        text = f"{len(self.registry.all())} connectors"
        if failed:
            return Check("connectors", "Connectors", "degraded", f"{text}; not loaded: {', '.join(failed)}", "; ".join(failed.values()))
        return Check("connectors", "Connectors", "healthy", text)
