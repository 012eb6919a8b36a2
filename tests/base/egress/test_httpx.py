"""Authlib's httpx and Anthropic's httpx2 go through the same door."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

import httpx
import httpx2
import pytest

from orion_core.base.egress import EgressClient
from orion_core.base.egress.httpx_transport import EgressTransport, EgressTransport2
from orion_core.base.errors import EgressRefused

Start = Callable[..., Awaitable]
Build = Callable[..., EgressClient]
LIBRARIES = [pytest.param(httpx, EgressTransport, id="httpx"), pytest.param(httpx2, EgressTransport2, id="httpx2")]


@pytest.mark.parametrize(("library", "transport"), LIBRARIES)
async def test_a_call_through_the_library(library, transport, serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        if exchange.target == "/hop":
            await exchange.answer(b"", status="302 Found", headers="Location: /end\r\n")
        else:
            await exchange.answer(gzip.compress(b'{"got":"' + exchange.body + b'"}'), headers="Content-Encoding: gzip\r\nX-Seen: yes\r\n")

    server = await serve(script)
    async with library.AsyncClient(transport=transport(client_for(server)), trust_env=False) as lib:
        answer = await lib.post(server.url + "/token", content=b"abc", headers={"Authorization": "Basic x"}, params={"a": "1 2"})
        assert answer.json() == {"got": "abc"} and answer.headers["x-seen"] == "yes"
        assert server.requests[0].header("authorization") == "Basic x" and server.requests[0].header("content-length") == "3"
        assert (await lib.get(server.url + "/hop", follow_redirects=True)).json() == {"got": ""}


@pytest.mark.parametrize(("library", "transport"), LIBRARIES)
async def test_refusals_and_failures(library, transport, canary, serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        if exchange.target == "/away":
            await exchange.answer(b"", status="302 Found", headers=f"Location: http://127.0.0.1:{canary.port}/\r\n")
        else:
            exchange.reset()

    server = await serve(script)
    async with library.AsyncClient(transport=transport(client_for(server)), trust_env=False) as lib:
        for url in (f"http://127.0.0.1:{canary.port}/", server.url + "/away"):
            with pytest.raises(EgressRefused):
                await lib.get(url, follow_redirects=True)
        assert canary.connections == 0
        with pytest.raises(library.ReadError):
            await lib.post(server.url)
    async with library.AsyncClient(transport=transport(client_for(policy=client_for().policy.with_hosts("127.0.0.1:9"))), trust_env=False) as lib:
        with pytest.raises(library.ConnectError):
            await lib.get("http://127.0.0.1:9/")
