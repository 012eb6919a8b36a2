"""Real worker processes on a real Redis-protocol server: the queue is a doorbell, the database the truth."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from lab.serve import LabServer
from orion_core.base.queue import QUEUE_NAME, JobKind
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from tests.services.conftest import lab, lab_process, p  # noqa: F401  (fixtures)
from tests.support.databases import TestDatabase

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def settings(fresh_database: TestDatabase, tmp_path: Path, lab: LabServer, redis_fresh: str) -> Settings:  # noqa: F811
    return Settings.load(
        data_dir=tmp_path / "data",
        database_url=fresh_database.url,
        database_admin_url=fresh_database.admin_url or "",
        lab_url=lab.url,
        redis_url=redis_fresh,
        lease_s=2.0,
        sweep_s=0.5,
    )


@pytest.fixture
async def rt(settings: Settings) -> AsyncIterator[Runtime]:
    async with Runtime.open(settings) as runtime:
        await runtime.safe.provider()
        yield runtime


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []
    env = {
        **os.environ,
        "ORION_DATA_DIR": str(settings.data_dir),
        "ORION_DATABASE_URL": settings.database_url,
        "ORION_REDIS_URL": settings.redis_url,
        "ORION_LAB_URL": settings.lab_url,
        "ORION_LEASE_S": "2",
        "ORION_SWEEP_S": "0.5",
        "PYTHONPATH": str(ROOT),
    }

    def start() -> subprocess.Popen[bytes]:
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        started.append(subprocess.Popen([sys.executable, "-m", "workers"], env=env, stdout=log, stderr=log, cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


async def _until_over(rt: Runtime, p: Principal, run_id: str, seconds: float = 60.0) -> str:  # noqa: F811
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        progress = await rt.sync.progress(p, run_id=run_id)
        assert progress is not None
        if not progress.run.open:
            return progress.run.status
        await asyncio.sleep(0.1)
    raise AssertionError("the run did not end")


async def test_a_worker_takes_up_a_run(rt: Runtime, p: Principal, worker: Start) -> None:  # noqa: F811
    worker()
    connection_id = await rt.connections.connect_lab(p, "stripe")
    run_id = await rt.sync.start(p, connection_id)
    assert await _until_over(rt, p, run_id) == "succeeded"


async def test_a_flushed_queue_loses_nothing(rt: Runtime, p: Principal, worker: Start) -> None:  # noqa: F811
    connection_id = await rt.connections.connect_lab(p, "stripe")
    run_id = await rt.sync.start(p, connection_id)
    with Redis.from_url(rt.settings.redis_url) as redis:
        redis.flushall()
    worker()
    assert await _until_over(rt, p, run_id) == "succeeded"


async def test_another_worker_goes_on_after_a_kill(rt: Runtime, p: Principal, worker: Start, lab: LabServer) -> None:  # noqa: F811
    lab.control("POST", "/latency", {"ms": 60})
    connection_id = await rt.connections.connect_lab(p, "stripe")
    first = worker()
    run_id = await rt.sync.start(p, connection_id)
    while True:
        progress = await rt.sync.progress(p, run_id=run_id)
        assert progress is not None
        if progress.run.read:
            break
        assert progress.run.open
        await asyncio.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    lab.control("POST", "/latency", {"ms": 0})
    worker()
    began = time.monotonic()
    assert await _until_over(rt, p, run_id) == "succeeded"
    assert time.monotonic() - began < 30


async def test_sigterm_gives_the_run_back_at_once(rt: Runtime, p: Principal, worker: Start, lab: LabServer) -> None:  # noqa: F811
    lab.control("POST", "/latency", {"ms": 60})
    connection_id = await rt.connections.connect_lab(p, "stripe")
    first = worker()
    run_id = await rt.sync.start(p, connection_id)
    while not ((progress := await rt.sync.progress(p, run_id=run_id)) and progress.run.read):
        await asyncio.sleep(0.02)
    first.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(first.wait, 20) is not None
    lab.control("POST", "/latency", {"ms": 0})
    assert await rt.sync.execute(p.workspace_id, run_id) in ("succeeded", "running"), "the lease was not given back"


async def test_forged_jobs_do_nothing(rt: Runtime, p: Principal, worker: Start, tmp_path: Path) -> None:  # noqa: F811
    canary = tmp_path / "canary"

    class Bomb:
        def __reduce__(self) -> object:
            return os.system, (f"touch {canary}",)

    with Redis.from_url(rt.settings.redis_url) as redis:
        redis.psetex("arq:job:forged", 60_000, pickle.dumps(Bomb()))
        redis.zadd(QUEUE_NAME, {"forged": int(time.time() * 1000)})
    assert rt.queue is not None
    await rt.queue.ring(JobKind.RUN_SYNC, "run_of_nobody")
    process = worker()
    connection_id = await rt.connections.connect_lab(p, "stripe")
    assert await _until_over(rt, p, await rt.sync.start(p, connection_id)) == "succeeded"
    assert process.poll() is None, "the forged job stopped the worker"
    assert not canary.exists()
