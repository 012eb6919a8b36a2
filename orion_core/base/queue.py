"""The doorbell. A job says "look at this id"; what there is to do stands in the database, so a lost ring costs time and nothing else.

The only module beside `workers/` that knows arq. Arguments are ids; the serializer is JSON (arq's default is pickle: whoever can
write to Redis could run code); results are not kept, so the same id can be rung again. `ring` never raises: the sweeper rings again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import orjson
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.constants import in_progress_key_prefix
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from orion_core.base.errors import ConfigurationError

log = logging.getLogger(__name__)

QUEUE_NAME: Final = "orion"
JOB_TIMEOUT_S: Final = 60
_AGAIN_S: Final = 0.5
_EXPIRES_MS: Final = 7 * 86_400_000  # a deferred doorbell must not vanish before it rings


class JobKind:
    """The names of all jobs. A lower room reaches an upper one only by one of these."""

    RUN_SYNC: Final = "run_sync"
    PROCESS_EVENTS: Final = "process_events"
    SWEEP: Final = "sweep"
    ROTATE_KEYS: Final = "rotate_keys"
    REVOKE_CREDENTIAL: Final = "revoke_credential"
    CHANGES: Final = "changes"
    RUN_FLOW: Final = "run_flow"
    DELIVER: Final = "deliver"
    ALERT: Final = "alert"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Every name, for the worker to check that it has a function for each job it runs."""
        return tuple(value for name, value in vars(cls).items() if name.isupper())


class Doorbell(Protocol):
    """What services ring."""

    async def ring(self, kind: str, object_id: str, fence: int | str = 0, *, defer_s: float = 0) -> bool: ...


def job_id(kind: str, object_id: str, fence: int | str = 0) -> str:
    """`kind:id:fence`: one pending job per fence, however often it is rung (and `…+` for a ring that came while it ran)."""
    return f"{kind}:{object_id}:{fence}"


def serialize(job: dict[str, Any]) -> bytes:
    """arq's job envelope as JSON; what is not JSON (an exception a job ended with) becomes text."""
    return orjson.dumps(job, default=str)


def deserialize(data: bytes) -> dict[str, Any]:
    """The envelope back.

    Raises:
        ValueError: not JSON, a pickle for instance; nothing is ever run to find out.
    """
    value = orjson.loads(data)
    if not isinstance(value, dict):
        raise ValueError("a job is a JSON object")
    return value


def redis_settings(url: str) -> RedisSettings:
    """arq's settings for `redis://`, `rediss://` or `unix://` (`unix:///path?db=0`).

    Raises:
        ConfigurationError: the URL cannot be used. It may hold a password, so it is not repeated.
    """
    try:
        parts = urlsplit(url)
        database = int((parse_qs(parts.query).get("db") or [parts.path.strip("/") if parts.scheme != "unix" else "0"])[0] or 0)
        port = parts.port
    except ValueError:
        raise ConfigurationError("ORION_REDIS_URL has a port or database that is no number.") from None
    if parts.scheme not in ("redis", "rediss", "unix") or (parts.scheme == "unix" and not parts.path):
        raise ConfigurationError("ORION_REDIS_URL must start with redis://, rediss:// or unix:///.")
    return RedisSettings(
        host=parts.hostname or "localhost", port=port or 6379, database=database, ssl=parts.scheme == "rediss",
        ssl_check_hostname=parts.scheme == "rediss", username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        unix_socket_path=unquote(parts.path) if parts.scheme == "unix" else None,
        conn_timeout=2, conn_retries=0)


async def open_pool(url: str) -> ArqRedis:
    """An arq pool with our serializer, queue name and expiry (workers use the same).

    Raises:
        RedisError, OSError: the server does not answer.
    """
    pool = await create_pool(redis_settings(url), job_serializer=serialize, job_deserializer=deserialize,
                             default_queue_name=QUEUE_NAME, expires_extra_ms=_EXPIRES_MS)
    pool.set_retry(Retry(NoBackoff(), 1))  # once, for a connection that went stale; redis-py's own default waits for seconds
    return pool


class Queue:
    """Rings the workers over Redis."""

    def __init__(self, url: str, *, timeout_s: float = 2.0) -> None:
        redis_settings(url)  # a wrong setting shows at start, not at the first ring
        self._url = url
        self._timeout_s = timeout_s
        self._pool: ArqRedis | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connecting = asyncio.Lock()
        self._down = False

    async def ring(self, kind: str, object_id: str, fence: int | str = 0, *, defer_s: float = 0) -> bool:
        """Ask for one run of job `kind` on `object_id`; True when it stands in the queue now, be it rung here or before.

        False when Redis cannot be reached: logged, never raised, for the caller's transaction is already committed.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                pool = await self._connected()
                name = job_id(kind, object_id, fence)
                job = await pool.enqueue_job(kind, object_id, _job_id=name, _queue_name=QUEUE_NAME, _defer_by=max(0.0, defer_s) or None)
                # None: one of this id waits already (good) or runs now and may have looked before the news came: then once more after it.
                if job is None and await pool.exists(in_progress_key_prefix + name):
                    await pool.enqueue_job(kind, object_id, _job_id=f"{name}+", _queue_name=QUEUE_NAME, _defer_by=max(_AGAIN_S, defer_s))
        except (RedisError, OSError, TimeoutError) as error:
            if not self._down:
                log.warning("the queue cannot be reached (%s); the sweeper rings again", type(error).__name__)
            self._down = True
            return False
        if self._down:
            log.info("the queue is back")
        self._down = False
        return True

    async def depth(self) -> int | None:
        """How many jobs wait or run; None when Redis cannot be reached."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return int(await (await self._connected()).zcard(QUEUE_NAME))
        except (RedisError, OSError, TimeoutError):
            return None

    async def ping(self) -> bool:
        """Whether Redis answers."""
        return await self.depth() is not None

    async def aclose(self) -> None:
        """Close the connections."""
        pool, self._pool = self._pool, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            await pool.aclose(close_connection_pool=True)

    async def _connected(self) -> ArqRedis:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._pool, self._connecting = loop, None, asyncio.Lock()
        async with self._connecting:
            if self._pool is None:
                self._pool = await open_pool(self._url)
            return self._pool


class CollectingQueue:
    """Keeps the rings instead of sending them: for the CLI without a worker, and for tests."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str, str]] = []

    async def ring(self, kind: str, object_id: str, fence: int | str = 0, *, defer_s: float = 0) -> bool:
        """Remember the ring; the same one twice counts once."""
        entry = (kind, object_id, str(fence))
        if entry not in self.rung:
            self.rung.append(entry)
        return True

    def take(self) -> list[tuple[str, str, str]]:
        """All rings since the last call."""
        taken, self.rung = self.rung, []
        return taken

    async def aclose(self) -> None:
        """Nothing is held."""


class NullQueue:
    """Nobody listens: the sweeper of the next worker finds the work in the database."""

    async def ring(self, kind: str, object_id: str, fence: int | str = 0, *, defer_s: float = 0) -> bool:
        """Do nothing; False, as nothing was rung."""
        return False

    async def aclose(self) -> None:
        """Nothing is held."""
