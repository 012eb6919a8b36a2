"""What a provider, or the way to it, can do wrong: each gives a named cause, and never half an answer."""

from __future__ import annotations

import asyncio
import functools
import gzip
import random
import resource
import time
import zlib
from collections.abc import Awaitable, Callable

import pytest

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest
from orion_core.base.errors import BadResponse, EgressRefused, ProviderUnavailable

PAGE = b'{"data":[' + b",".join(b'{"id":"cus_%06d","email":"person%06d@example.com"}' % (i, i) for i in range(2000)) + b"]}"
Start = Callable[..., Awaitable]
Build = Callable[..., EgressClient]


async def test_a_page_comes_whole_in_every_encoding(serve: Start, client_for: Build) -> None:
    raw = zlib.compressobj(wbits=-15)
    encoded = {"/plain": (PAGE, ""), "/gzip": (gzip.compress(PAGE), "gzip"), "/xgzip": (gzip.compress(PAGE), "X-GZIP"),
               "/members": (gzip.compress(PAGE[:5000]) + gzip.compress(PAGE[5000:]) + b"\0\0\0", "gzip"),
               "/deflate": (zlib.compress(PAGE), "deflate"), "/raw": (raw.compress(PAGE) + raw.flush(), "deflate")}

    async def script(exchange) -> None:
        body, name = encoded[exchange.target.removeprefix("/chunked")]
        head = f"Content-Encoding: {name}\r\n" if name else ""
        if exchange.target.startswith("/chunked"):
            exchange.writer.write(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\nX-One: 2\r\nSet-Cookie: a=b\r\n{head}\r\n".encode())
            for at in range(0, len(body), 997):
                part = body[at:at + 997]
                exchange.writer.write(b"%x\r\n%s\r\n" % (len(part), part))
                await exchange.writer.drain()
            exchange.writer.write(b"0\r\n\r\n")
        else:
            await exchange.answer(body, headers=head)

    server = await serve(script)
    client = client_for(server)
    for path in encoded:
        for prefix in ("", "/chunked"):
            answer = await client.send(EgressRequest("GET", f"{server.url}{prefix}{path}"))
            assert answer.body == PAGE, (prefix, path)
            if prefix:
                assert answer.headers["x-one"] == "1, 2" and "set-cookie" not in answer.headers
    assert server.connections == 1, "the connection is kept"


async def test_parameters_and_body_arrive_as_given(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await exchange.answer(exchange.body or b"none")

    server = await serve(script)
    client = client_for(server)
    await client.send(EgressRequest("GET", f"{server.url}/x?kept=%2B1", params=[("after", "a+b&c=d é"), ("e[]", "1"), ("e[]", "2")]))
    assert server.requests[0].target == "/x?kept=%2B1&after=a%2Bb%26c%3Dd+%C3%A9&e%5B%5D=1&e%5B%5D=2"
    answer = await client.send(EgressRequest("POST", server.url, headers={"Content-Type": "application/json"}, body=b'{"a":1}'))
    assert answer.body == b'{"a":1}' and server.requests[1].header("content-type") == "application/json"
    assert server.requests[1].header("accept-encoding") == "gzip, deflate"


async def test_cut_at_any_byte_is_never_a_page(serve: Start, client_for: Build) -> None:
    rng = random.Random(7)
    packed = gzip.compress(PAGE)

    async def script(exchange) -> None:
        kind, at = exchange.target.strip("/").split("-")
        body, head = (packed, "Content-Encoding: gzip\r\n") if kind in ("gzip", "gzipchunk") else (PAGE, "")
        cut = body[:int(at) % len(body)]
        if "chunk" in kind:
            exchange.writer.write(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{head}\r\n{len(body):x}\r\n".encode() + cut)
        else:
            exchange.writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + cut)
        await exchange.writer.drain()
        if rng.random() < 0.5:
            exchange.reset()
        else:
            exchange.writer.close()

    server = await serve(script)
    client = client_for(server)
    for number in range(300):
        kind = ("plain", "gzip", "chunk", "gzipchunk")[number % 4]
        with pytest.raises(ProviderUnavailable) as caught:
            await client.send(EgressRequest("POST", f"{server.url}/{kind}-{rng.randrange(1 << 20)}", idempotent=False))
        assert caught.value.detail["cause"] in ("truncated", "reset", "disconnected"), caught.value.detail
        assert caught.value.detail["sent"] is True


async def test_closing_without_an_answer(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        exchange.writer.write(b"HTTP/1.1 200" if exchange.target == "/half" else b"")
        await exchange.writer.drain()
        exchange.reset() if exchange.target == "/reset" else exchange.writer.close()

    server = await serve(script)
    client = client_for(server)
    for path in ("/", "/half", "/reset"):
        with pytest.raises(ProviderUnavailable):
            await client.send(EgressRequest("GET", server.url + path))


async def test_a_gzip_body_without_its_end_is_cut(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await exchange.answer(gzip.compress(PAGE)[:-9], headers="Content-Encoding: gzip\r\n")

    server = await serve(script)
    with pytest.raises(ProviderUnavailable, match="broke off"):
        await client_for(server).send(EgressRequest("GET", server.url))


async def test_a_length_that_is_too_short_poisons_nothing(serve: Start, client_for: Build) -> None:
    forged = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"forged":true}'

    async def script(exchange) -> None:
        if exchange.target == "/short":
            await exchange.answer(PAGE + forged, length=len(PAGE) // 2)
        elif exchange.target == "/smuggle":
            await exchange.answer(b"{}" + forged, length=2)
        elif exchange.target == "/late":
            await exchange.answer(b"{}")
            await asyncio.sleep(0.05)
            exchange.writer.write(forged)
        else:
            await exchange.answer(b'{"real":true}')

    server = await serve(script)
    client = client_for(server)
    for path in ("/smuggle", "/short", "/late") * 5:
        try:
            answer = await client.send(EgressRequest("GET", server.url + path))
            assert answer.body in (b"{}", PAGE[:len(PAGE) // 2])  # as announced: whoever parses it sees the cut
        except ProviderUnavailable as error:
            assert error.detail["cause"] == "not_http"
        await asyncio.sleep(0.1 if path == "/late" else 0)
        assert (await client.send(EgressRequest("GET", server.url + "/ok"))).body == b'{"real":true}'


async def test_slow_answers_end_at_the_deadline(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        if exchange.target == "/headers":
            exchange.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        elif exchange.target == "/drip":
            exchange.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(100):
                exchange.writer.write(b"x")
                await exchange.writer.drain()
                await asyncio.sleep(0.05)
        elif exchange.target == "/dripheaders":
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 1000:
                exchange.writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
        await asyncio.sleep(30)

    server = await serve(script)
    client = client_for(server)

    async def one(path: str) -> float:
        started = time.perf_counter()
        with pytest.raises(ProviderUnavailable, match=r"within 0\.6 s") as caught:
            await client.send(EgressRequest("GET", server.url + path, timeout_s=0.6))
        assert caught.value.detail["cause"] == "timeout"
        return time.perf_counter() - started

    spent = await asyncio.gather(*(one(path) for path in ("/headers", "/drip", "/dripheaders", "/nothing") * 13))
    assert len(spent) == 52 and max(spent) < 2.0


async def test_the_policy_caps_the_deadline(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await asyncio.sleep(30)

    server = await serve(script)
    started = time.perf_counter()
    with pytest.raises(ProviderUnavailable):
        await client_for(server, policy=EgressPolicy(https_only=False, total_s=0.3)).send(EgressRequest("GET", server.url, timeout_s=999))
    assert time.perf_counter() - started < 1.5


async def test_too_big_is_refused_early(serve: Start, client_for: Build) -> None:
    limit = 1024 * 1024
    sent = 0

    async def script(exchange) -> None:
        nonlocal sent
        if exchange.target == "/exact":
            await exchange.answer(b"x" * limit)
        elif exchange.target == "/declared":
            await exchange.answer(b"", length=limit + 1)
        else:
            exchange.writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(200):
                exchange.writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
                await exchange.writer.drain()

    server = await serve(script)
    client = client_for(server, policy=EgressPolicy(https_only=False, ports=None, max_body_bytes=limit))
    assert len((await client.send(EgressRequest("GET", server.url + "/exact"))).body) == limit
    for path in ("/declared", "/endless"):
        with pytest.raises(BadResponse, match="larger than 1 MiB"):
            await client.send(EgressRequest("GET", server.url + path))
    assert sent < 8 * limit


@functools.cache
def a_bomb(wbits: int) -> bytes:
    """200 MB of zeros in 200 kB."""
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(200)) + packer.flush()


@pytest.mark.parametrize("kind", ["gzip", "deflate", "chunked", "nested", "members"])
async def test_decompression_bombs_do_not_go_off(kind: str, serve: Start, client_for: Build) -> None:
    bomb = a_bomb(15 if kind == "deflate" else 31)
    assert len(bomb) < 300_000
    name = {"deflate": "deflate", "nested": "gzip, gzip"}.get(kind, "gzip")
    if kind == "nested":
        bomb = gzip.compress(bomb)
    if kind == "members":
        bomb = gzip.compress(b"\0" * 900_000) * 300

    async def script(exchange) -> None:
        if kind == "chunked":
            exchange.writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb))
        else:
            await exchange.answer(bomb, headers=f"Content-Encoding: {name}\r\n")

    server = await serve(script)
    client = client_for(server)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadResponse) as caught:
        await client.send(EgressRequest("GET", server.url))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 12, f"{grown:.1f} MB"
    assert ("not asked for" if kind == "nested" else "unpacks to more than 100 times") in caught.value.message


async def test_an_honest_page_may_be_dense(serve: Start, client_for: Build) -> None:
    body = b'{"data":[' + b",".join([b'{"id":1,"name":null}'] * 40_000) + b"]}"  # 800 kB at 300:1: small enough to be harmless

    async def script(exchange) -> None:
        await exchange.answer(gzip.compress(body, 9), headers="Content-Encoding: gzip\r\n")

    server = await serve(script)
    assert (await client_for(server).send(EgressRequest("GET", server.url))).body == body


async def test_not_http_and_not_gzip(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        if exchange.target == "/gzip":
            await exchange.answer(b"plain text", headers="Content-Encoding: gzip\r\n")
        else:
            exchange.writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            exchange.writer.close()

    server = await serve(script)
    client = client_for(server)
    with pytest.raises(BadResponse, match="cannot be unpacked"):
        await client.send(EgressRequest("GET", server.url + "/gzip"))
    with pytest.raises(ProviderUnavailable, match="does not speak HTTP"):
        await client.send(EgressRequest("GET", server.url + "/ssh"))


async def test_nobody_there(client_for: Build) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    client = client_for(policy=EgressPolicy.for_mode(production=False, allow_private=True), lookup=lookup)
    for url, cause in (("http://127.0.0.1:9/", "connection_refused"), ("http://no-such.example/", "dns")):
        with pytest.raises(ProviderUnavailable) as caught:
            await client.send(EgressRequest("POST", url, idempotent=False))
        assert caught.value.detail["cause"] == cause and caught.value.detail["sent"] is False


@pytest.mark.parametrize("value", ["sk_live_x\r\nX-Evil: 1", "a\nb", "a\x00b"])
async def test_a_credential_with_a_line_break_is_not_sent(value: str, canary, client_for: Build) -> None:
    with pytest.raises(EgressRefused, match="line break") as caught:
        await client_for(canary).send(EgressRequest("GET", canary.url, headers={"Authorization": value}))
    assert "sk_live" not in str(caught.value.as_dict()) and canary.requests == []


async def test_cancelling_a_call_frees_it(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await asyncio.sleep(30)

    server = await serve(script)
    client = client_for(server)
    task = asyncio.ensure_future(client.send(EgressRequest("GET", server.url)))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
