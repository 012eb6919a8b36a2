"""The doorbell over a real server: one job per id and fence, JSON only, silence when Redis is down, nothing lost by ringing again."""

from __future__ import annotations

import asyncio
import os
import pickle
from pathlib import Path

import orjson
import pytest
from arq.worker import Worker, func
from redis.asyncio import Redis

from orion_core.base.errors import ConfigurationError
from orion_core.base.queue import (
    QUEUE_NAME,
    CollectingQueue,
    JobKind,
    NullQueue,
    Queue,
    deserialize,
    job_id,
    open_pool,
    redis_settings,
    serialize,
)
from orion_core.base.redis_server import EmbeddedRedis


@pytest.fixture
def server(tmp_path: Path):
    with EmbeddedRedis(tmp_path) as running:
        yield running


class Ran(list):
    async def run(self, ctx, id: str) -> None:
        self.append(id)
        if id == "slow":
            await asyncio.sleep(0.3)


async def work(url: str, ran: Ran, **options) -> Worker:
    """Run a worker until the queue is empty."""
    worker = Worker(functions=[func(ran.run, name=JobKind.RUN_SYNC, keep_result=0)], redis_pool=await open_pool(url), queue_name=QUEUE_NAME, burst=True,
                    job_serializer=serialize, job_deserializer=deserialize, handle_signals=False, poll_delay=0.02, **options)
    await worker.main()
    await worker.close()
    return worker


async def test_the_same_ring_is_one_job_and_can_be_rung_again(server: EmbeddedRedis) -> None:
    queue, ran = Queue(server.url), Ran()
    for _ in range(5):
        assert await queue.ring(JobKind.RUN_SYNC, "run_1", 7)
    assert await queue.ring(JobKind.RUN_SYNC, "run_1", 8)
    assert await queue.depth() == 2
    await work(server.url, ran)
    assert ran == ["run_1", "run_1"]
    assert await queue.ring(JobKind.RUN_SYNC, "run_1", 7)
    await work(server.url, ran)
    assert len(ran) == 3, "no result is kept, so the id is free again"
    await queue.aclose()


async def test_what_is_stored_is_json_with_ids_only(server: EmbeddedRedis) -> None:
    queue = Queue(server.url)
    await queue.ring(JobKind.RUN_SYNC, "run_1", "f", defer_s=30)
    async with Redis.from_url(server.url) as client:
        stored = orjson.loads(await client.get("arq:job:" + job_id(JobKind.RUN_SYNC, "run_1", "f")))
        assert (stored["f"], stored["a"], stored["k"]) == (JobKind.RUN_SYNC, ["run_1"], {})
        assert await client.zcard("arq:queue") == 0 and await client.zcard(QUEUE_NAME) == 1
    await queue.aclose()


async def test_a_ring_while_the_job_runs_is_not_lost(server: EmbeddedRedis) -> None:
    queue, ran = Queue(server.url), Ran()
    await queue.ring(JobKind.RUN_SYNC, "slow", 1)
    task = asyncio.ensure_future(work(server.url, ran))
    while not ran:
        await asyncio.sleep(0.01)
    for _ in range(3):
        assert await queue.ring(JobKind.RUN_SYNC, "slow", 1)
    await task
    await asyncio.sleep(0.5)
    await work(server.url, ran)
    assert ran == ["slow", "slow"]
    await queue.aclose()


class Boom:
    def __reduce__(self):
        return os.system, (f"touch {Path(os.environ['CANARY_FILE'])}",)


async def test_a_pickle_is_refused_and_not_run(server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_FILE", str(tmp_path / "canary"))
    payload = pickle.dumps({"t": None, "f": JobKind.RUN_SYNC, "a": (Boom(),), "k": {}, "et": 1})
    ran = Ran()
    async with Redis.from_url(server.url) as client:
        await client.psetex("arq:job:evil", 60_000, payload)
        await client.zadd(QUEUE_NAME, {"evil": 1})
    worker = await work(server.url, ran)
    assert worker.jobs_failed == 1 and ran == [] and not (tmp_path / "canary").exists()
    for data in (payload, b"[1]", b"", b"\xff"):
        with pytest.raises(ValueError):
            deserialize(data)


async def test_redis_going_down_and_up_again(server: EmbeddedRedis, caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue(server.url)
    assert await queue.ring(JobKind.SWEEP, "a")
    server.stop()
    assert [await queue.ring(JobKind.SWEEP, "b") for _ in range(3)] == [False] * 3
    assert await queue.depth() is None and not await queue.ping()
    assert sum("cannot be reached" in record.message for record in caplog.records) == 1
    server.start()
    assert await queue.ring(JobKind.SWEEP, "b") and await queue.depth() == 2
    await queue.aclose()
    never = Queue("unix:///nowhere/redis.sock")
    assert not await never.ring(JobKind.SWEEP, "c")


def test_settings_of_every_kind_of_url() -> None:
    unix = redis_settings("unix:///tmp/o%20p/redis.sock?db=3")
    assert (unix.unix_socket_path, unix.database, unix.conn_retries) == ("/tmp/o p/redis.sock", 3, 0)
    tcp = redis_settings("rediss://user:p%40ss@redis.example:6380/2")
    assert (tcp.host, tcp.port, tcp.database, tcp.username, tcp.password, tcp.ssl) == ("redis.example", 6380, 2, "user", "p@ss", True)
    assert redis_settings("redis://localhost").database == 0
    for bad in ("http://x", "unix://", "redis://h:port/0", "redis://h/zero", ""):
        with pytest.raises(ConfigurationError) as caught:
            redis_settings(bad.replace("redis://h", "redis://u:s3cret@h"))
        assert "s3cret" not in str(caught.value)


async def test_queues_without_redis() -> None:
    collecting = CollectingQueue()
    await collecting.ring(JobKind.RUN_SYNC, "a", 1)
    await collecting.ring(JobKind.RUN_SYNC, "a", 1)
    await collecting.ring(JobKind.RUN_SYNC, "b", 2)
    assert collecting.take() == [(JobKind.RUN_SYNC, "a", "1"), (JobKind.RUN_SYNC, "b", "2")] and collecting.take() == []
    assert await NullQueue().ring(JobKind.RUN_SYNC, "a") is False


def test_every_kind_has_its_own_name() -> None:
    assert len(set(JobKind.all())) == len(JobKind.all()) > 5
