"""A server that cannot be trusted is named as such, each with its own cause, before anything is sent."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import pytest

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest
from orion_core.base.egress.network import tls_context
from orion_core.base.errors import ConfigurationError, ProviderUnavailable

Start = Callable[..., Awaitable]
Build = Callable[..., EgressClient]
CAUSES = {"expired": "certificate_expired", "early": "certificate_not_yet_valid", "self_signed": "certificate_self_signed",
          "stranger": "certificate_unknown_issuer", "other_host": "certificate_other_host"}


async def answer(exchange) -> None:
    await exchange.answer(b'{"secure":true}')


async def test_a_good_certificate_passes(serve: Start, client_for: Build, certificates) -> None:
    server = await serve(answer, tls=certificates.context("good"))
    client = client_for(server, policy=EgressPolicy(ca_file=certificates.ca))
    assert (await client.send(EgressRequest("GET", server.url))).body == b'{"secure":true}'


@pytest.mark.parametrize("kind", CAUSES)
async def test_each_bad_certificate_has_its_name(kind: str, serve: Start, client_for: Build, certificates) -> None:
    server = await serve(answer, tls=certificates.context(kind))
    client = client_for(server, policy=EgressPolicy(ca_file=certificates.ca))
    with pytest.raises(ProviderUnavailable) as caught:
        await client.send(EgressRequest("POST", server.url, headers={"Authorization": "Bearer secret"}, idempotent=False))
    assert caught.value.detail["cause"] == CAUSES[kind]
    assert caught.value.detail["sent"] is False and server.requests == []
    assert "not trusted" in caught.value.message and caught.value.next_step != ProviderUnavailable.default_next_step


async def test_an_unknown_authority_is_not_trusted_by_default(serve: Start, client_for: Build, certificates) -> None:
    server = await serve(answer, tls=certificates.context("good"))
    with pytest.raises(ProviderUnavailable, match="unknown authority"):
        await client_for(server).send(EgressRequest("GET", server.url))


async def test_plain_http_behind_https(client_for: Build) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(ProviderUnavailable) as caught:
        await client_for(policy=EgressPolicy().with_hosts(host)).send(EgressRequest("GET", f"https://{host}/", timeout_s=3))
    server.close()
    assert caught.value.detail["cause"] == "tls"


async def test_a_ca_file_that_cannot_be_read() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        tls_context("/nowhere/ca.pem")
    assert dataclasses.replace(EgressPolicy(), ca_file="x").ca_file == "x"
