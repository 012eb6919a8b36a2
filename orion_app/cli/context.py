"""What every command needs: options, a runtime, the workspace to act in."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import typer

from orion_core.base.db.migrate import migrate_async
from orion_core.base.errors import NotFound
from orion_core.base.redis_server import EmbeddedRedis
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """The options before the command."""

    workspace: str = ""
    json: bool = False


def options(ctx: typer.Context) -> Options:
    """The options of this call."""
    found = ctx.find_object(Options)
    return found or Options()


def settings_here() -> Settings:
    """Settings, with the Redis and the lab of an `orion up` that runs on the same data folder."""
    settings = Settings.load()
    data = settings.ensure_data_dir()
    changes: dict[str, object] = {}
    if not settings.redis_url:
        redis = EmbeddedRedis(data)
        if redis.answers():
            changes["redis_url"] = redis.url
    note = data / "lab-port"
    if not settings.lab_url and not settings.production and note.exists():
        url = f"http://127.0.0.1:{note.read_text().strip()}"
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(f"{url}/health", timeout=1) as answer:  # noqa: S310 (our own lab)
            if answer.status == 200:
                changes["lab_url"] = url
    return settings.model_copy(update=changes) if changes else settings


@asynccontextmanager
async def opened(settings: Settings, workspace: str = "") -> AsyncIterator[tuple[Runtime, Principal]]:
    """A runtime on a migrated database, and the system acting in a workspace (made when there is none yet)."""
    if settings.db_url.startswith("sqlite") or settings.database_admin_url:
        await migrate_async(settings.db_url, admin_url=settings.database_admin_url)
    async with Runtime.open(settings) as runtime:
        first = await runtime.accounts.ensure_workspace()
        chosen = await _named(runtime, workspace) if workspace else first
        yield runtime, Principal.system(chosen, "command line")


async def _named(runtime: Runtime, name: str) -> str:
    found = await runtime.accounts.find_workspace(name)
    if found is None:
        raise NotFound(f"There is no workspace {name!r}.", next_step="Leave --workspace out for the first one.")
    return found


def run(ctx: typer.Context, work: Callable[[Runtime, Principal], Awaitable[T]], *, settings: Settings | None = None) -> T:
    """Do `work` in the workspace of this call."""

    async def main() -> T:
        async with opened(settings or settings_here(), options(ctx).workspace) as (runtime, principal):
            return await work(runtime, principal)

    return asyncio.run(main())
