"""What the door costs per page, beside bare aiohttp in the same run. The bound is loose; the figure is printed."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time

import aiohttp
import pytest

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest, MemoryRequestLog
from orion_core.base.kit.redact import Secret

PAGE = b'{"data":[' + b"x" * 135_000 + b"]}"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nRequest-Id: req_1\r\n\r\n%s" % (len(PAGE), PAGE)


class Pages(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER)  # type: ignore[attr-defined]


@pytest.mark.serial
async def test_the_door_costs_little() -> None:
    ready: list[int] = []
    loop = asyncio.new_event_loop()

    def run() -> None:
        server = loop.run_until_complete(loop.create_server(Pages, "127.0.0.1", 0))
        ready.append(server.sockets[0].getsockname()[1])
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not ready:
        await asyncio.sleep(0.01)
    host = f"127.0.0.1:{ready[0]}"
    url, params, headers = f"http://{host}/v1/customers", [("limit", "100"), ("starting_after", "cus_1")], {"Authorization": "Bearer x"}
    door = EgressClient(EgressPolicy.for_mode(production=False, allowed_hosts=[host])).bind(
        "acme", log=MemoryRequestLog(), secrets=[Secret("sk_test_x")], credential_hosts=["127.0.0.1"])
    spent: dict[str, list[int]] = {"bare": [], "door": []}
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            started = time.thread_time_ns()
            async with session.get(url, params=params, headers=headers) as reply:
                await reply.read()
            spent["bare"].append(time.thread_time_ns() - started)
            started = time.thread_time_ns()
            await door.send(EgressRequest("GET", url, params=params, headers=headers))
            spent["door"].append(time.thread_time_ns() - started)
    await door.aclose()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    bare, ours = (statistics.median(values[100:]) / 1000 for values in spent.values())
    print(f"bare aiohttp {bare:.0f} us, door {ours:.0f} us, ratio {ours / bare:.2f}")
    assert ours < bare * 1.4
