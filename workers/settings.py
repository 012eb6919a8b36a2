"""The worker process: jobs from the queue, and the sweeper beside them.

The queue is only a doorbell. The sweeper reads what is due from the database every few seconds and rings again, so a flushed Redis, a
lost bell or a killed worker loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time

from arq.worker import Worker, func

from orion_core.base.queue import JOB_TIMEOUT_S, QUEUE_NAME, deserialize, redis_settings, serialize
from orion_core.base.settings import Settings
from orion_core.runtime import Runtime
from workers.context import Context
from workers.jobs import JOBS

logger = logging.getLogger(__name__)
MAX_JOBS = 8
# Schedules are kept to a few seconds; a dead worker's run is found within `sweep_s` of its lease's end at the latest.
TICK_S = 2.0
# A sync brings the search index up itself; this is for what a killed worker left behind.
INDEX_S = 20.0


async def sweep_forever(runtime: Runtime) -> None:
    """Ring what is due, again and again; a database that is away for a moment is tried again."""
    indexed_at = 0.0
    while True:
        try:
            await runtime.sync.sweep()
            if time.monotonic() - indexed_at > INDEX_S:
                await runtime.records.index_all()
                indexed_at = time.monotonic()
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.warning("the sweeper could not look", exc_info=True)
        await asyncio.sleep(min(TICK_S, runtime.settings.sweep_s) * random.uniform(0.8, 1.2))


async def run_worker(settings: Settings) -> None:
    """Work until stopped by SIGTERM or SIGINT: jobs in hand are cancelled, which gives their runs back."""
    async with Runtime.open(settings) as runtime:
        await runtime.marketplace.publish()
        context: Context = {"runtime": runtime}
        worker = Worker(
            functions=[func(job, name=name, timeout=JOB_TIMEOUT_S, max_tries=1, keep_result=0) for name, job in JOBS.items()],
            queue_name=QUEUE_NAME,
            redis_settings=redis_settings(settings.redis_url),
            ctx=dict(context),
            max_jobs=MAX_JOBS,
            poll_delay=0.1,
            job_timeout=JOB_TIMEOUT_S,
            keep_result=0,
            health_check_interval=10,
            health_check_key=f"{QUEUE_NAME}:health",
            job_serializer=serialize,
            job_deserializer=deserialize,
            retry_jobs=False,
            log_results=False,
        )
        sweeper = asyncio.create_task(sweep_forever(runtime), name="sweeper")
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            logger.info("worker stopped")
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
            await worker.close()
