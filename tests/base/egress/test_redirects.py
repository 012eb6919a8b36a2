"""Redirects: followed on the same host, checked again at each hop, never with the credential to another host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest
from orion_core.base.errors import BadResponse, EgressRefused

Start = Callable[..., Awaitable]
Build = Callable[..., EgressClient]
SECRET = {"Authorization": "Bearer s3cret", "X-Api-Key": "k", "Cookie": "c", "X-Plain": "1"}


def redirecting(where: dict[str, tuple[str, str]]):
    async def script(exchange) -> None:
        if exchange.target in where:
            status, location = where[exchange.target]
            await exchange.answer(b"", status=status, headers=f"Location: {location}\r\n")
        else:
            await exchange.answer(b"arrived " + exchange.body)

    return script


async def test_same_host_is_followed(serve: Start, client_for: Build) -> None:
    server = await serve(redirecting({"/a": ("302 Found", "/b?x=1"), "/b?x=1": ("308 Permanent", "c"), "/post": ("307 Temp", "/here"),
                                      "/see": ("303 See Other", "/there"), "/moved": ("301 Moved", "/there")}))
    client = client_for(server)
    answer = await client.send(EgressRequest("GET", server.url + "/a", headers=SECRET))
    assert answer.body == b"arrived " and answer.url == server.url + "/c"
    assert server.requests[-1].header("authorization") == "Bearer s3cret"
    assert (await client.send(EgressRequest("POST", server.url + "/post", body=b"x"))).body == b"arrived x"
    assert (await client.send(EgressRequest("POST", server.url + "/see", body=b"x"))).body == b"arrived "
    with pytest.raises(BadResponse, match="POST is not sent on"):
        await client.send(EgressRequest("POST", server.url + "/moved", body=b"x"))


async def test_circles_end(serve: Start, client_for: Build) -> None:
    server = await serve(redirecting({"/a": ("302 Found", "/b"), "/b": ("302 Found", "/a"), **{f"/{n}": ("302 Found", f"/{n + 1}") for n in range(50)}}))
    client = client_for(server)
    for path in ("/a", "/0"):
        with pytest.raises(BadResponse, match="circle"):
            await client.send(EgressRequest("GET", server.url + path))
    assert len(server.requests) < 10


async def test_another_host_is_refused(canary, serve: Start, client_for: Build) -> None:
    targets = [f"http://127.0.0.1:{canary.port}/", f"http://localhost:{canary.port}/", "http://169.254.169.254/latest/", "file:///etc/passwd",
               f"//127.0.0.1:{canary.port}/", f"http://2130706433:{canary.port}/", f"http://x@127.0.0.1:{canary.port}/", "gopher://127.0.0.1/", "http://["]
    server = await serve(redirecting({f"/{n}": ("302 Found", target) for n, target in enumerate(targets)}))
    for policy in (EgressPolicy(https_only=False, ports=None), EgressPolicy(https_only=False, ports=None, cross_host_redirects=True)):
        client = client_for(server, policy=policy)
        for number in range(len(targets)):
            with pytest.raises(EgressRefused):
                await client.send(EgressRequest("GET", f"{server.url}/{number}", headers=SECRET))
    assert canary.connections == 0


async def test_a_followed_cross_host_redirect_carries_no_credential(canary, serve: Start, client_for: Build) -> None:
    server = await serve(redirecting({"/": ("302 Found", f"http://127.0.0.1:{canary.port}/file")}))
    client = client_for(server, canary, policy=EgressPolicy(https_only=False, ports=None, cross_host_redirects=True))
    assert (await client.send(EgressRequest("GET", server.url, headers=SECRET))).status == 200
    seen = canary.requests[0]
    assert [seen.header(name) for name in SECRET] == [None, None, None, "1"]


async def test_https_never_turns_into_http(serve: Start, client_for: Build, certificates) -> None:
    plain = await serve(redirecting({}))
    server = await serve(redirecting({"/": ("302 Found", plain.url)}), tls=certificates.context("good"))
    policy = EgressPolicy(ca_file=certificates.ca, https_only=False, ports=None, cross_host_redirects=True)
    with pytest.raises(EgressRefused, match="unencrypted"):
        await client_for(server, plain, policy=policy).send(EgressRequest("GET", server.url))
    assert plain.connections == 0
