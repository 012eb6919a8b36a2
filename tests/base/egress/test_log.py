"""The request log shows the whole call and not one secret: a canary token goes through every failure there is."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import pickle
import shlex
import traceback
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import pytest

from orion_core.base.egress import EgressClient, EgressPolicy, EgressRequest, MemoryRequestLog, as_curl
from orion_core.base.egress.httpx_transport import EgressTransport
from orion_core.base.egress.log import redact_body
from orion_core.base.errors import OrionError
from orion_core.base.kit.redact import MASK, Secret

CANARY = "c4n4ry-T0ken~with/odd+chars="
Start = Callable[..., Awaitable]
Build = Callable[..., EgressClient]


async def test_an_entry_has_everything_and_curl_repeats_it(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await exchange.answer(b'{"id":"cus_1","api_key":"' + CANARY.encode() + b'"}', status="201 Created",
                              headers="Retry-After: 3\r\nX-HubSpot-RateLimit-Remaining: 9\r\nRequest-Id: req_1\r\nX-Other: x\r\n")

    server = await serve(script)
    log = MemoryRequestLog()
    client = client_for(server).bind("acme", log=log, secrets=[Secret(CANARY)])
    await client.send(EgressRequest("POST", server.url + "/v1/customers", params=[("name", "O'Neil & co"), ("hapikey", CANARY)],
                                    headers={"Authorization": f"Bearer {CANARY}", "X-Trace": "it's"}, body=b'{"note":"a\'b","token":"%s"}' % CANARY.encode()))
    entry = log.merged()[0]
    assert (entry.method, entry.status, entry.path, entry.size) == ("POST", 201, "/v1/customers", len(b'{"id":"cus_1","api_key":""}') + len(CANARY))
    assert entry.rate_headers == {"retry-after": "3", "x-hubspot-ratelimit-remaining": "9", "request-id": "req_1"}
    assert json.loads(entry.response_body or "") == {"id": "cus_1", "api_key": MASK}
    words = shlex.split(as_curl(entry))
    assert words[:3] == ["curl", "-X", "POST"] and "name=O%27Neil+%26+co" in words[3] and f"hapikey={MASK}" in words[3]
    assert "X-Trace: it's" in words and f"Authorization: {MASK}" in words and words[-2] == "--data-raw"
    assert json.loads(words[-1]) == {"note": "a'b", "token": MASK}
    assert CANARY not in json.dumps(entry.as_dict(), ensure_ascii=False) + repr(entry)


def test_bodies_that_do_not_parse_are_masked_too() -> None:
    cut = b'{"pad":"' + b"x" * 5000 + b'"}'
    assert len(redact_body(cut)) < 2100
    for body in (b'{"access_token": "%s", "n": 1' % CANARY.encode(), b'[{"a":1},{"client_secret":"%s' % CANARY.encode(),
                 b"grant_type=refresh_token&refresh_token=%s&client_secret=%s" % (CANARY.encode(), CANARY.encode()), b"code=%s" % CANARY.encode(),
                 b'{"password":"a\\"%s"}x' % CANARY.encode(), b'{"api_key": 123456, "x": "sk_live_%s"' % (b"a" * 20)):
        clean = redact_body(body)
        assert CANARY[:12] not in clean and "123456" not in clean and "aaaa" not in clean, clean
    assert redact_body(b"\xff\xfe\x00") == "\ufffd\ufffd\ufffd"


async def test_the_log_is_bounded_and_keeps_failures(serve: Start, client_for: Build) -> None:
    async def script(exchange) -> None:
        await exchange.answer(b"{}", status="500 No" if exchange.target == "/0" else "200 OK")

    server = await serve(script)
    log = MemoryRequestLog(limit=5)
    client = client_for(server, log=log)
    for number in range(30):
        await client.send(EgressRequest("GET", f"{server.url}/{number}"))
    assert log.count == 30 and len(log.merged()) == 6 and log.merged()[0].status == 500


async def test_no_failure_shows_the_credential(serve: Start, client_for: Build, canary, caplog: pytest.LogCaptureFixture,
                                               certificates) -> None:
    echo = f'{{"error":"bad key {CANARY}","headers":{{"authorization":"Bearer {CANARY}"}}}}'.encode()

    async def script(exchange) -> None:
        match exchange.target.split("?")[0]:
            case "/401": await exchange.answer(echo, status="401 No")
            case "/500": await exchange.answer(echo + b"cut", status="500 No")
            case "/html": await exchange.answer(f"<html>{CANARY}</html>".encode())
            case "/big": await exchange.answer(b"", length=99_000_000)
            case "/cut": await exchange.answer(echo, length=10_000); exchange.writer.close()
            case "/reset": exchange.reset()
            case "/slow": await asyncio.sleep(5)
            case "/garbage": exchange.writer.write(f"{CANARY} {CANARY}\r\n\r\n".encode()); exchange.writer.close()
            case "/away": await exchange.answer(b"", status="302 Found", headers=f"Location: http://127.0.0.1:{canary.port}/?token={CANARY}\r\n")
            case "/gzip": await exchange.answer(echo, headers="Content-Encoding: gzip\r\n")
            case "/br": await exchange.answer(echo, headers="Content-Encoding: br\r\n")
            case _: exchange.writer.close()

    caplog.set_level(logging.DEBUG)
    server = await serve(script)
    secure = await serve(script, tls=certificates.context("self_signed"))
    log = MemoryRequestLog()
    client = client_for(server, secure, log=log).bind("acme", secrets=[Secret(CANARY)])
    out = io.StringIO()
    urls = [f"{server.url}/{path}" for path in ("401", "500", "html", "big", "cut", "reset", "slow", "garbage", "away", "gzip", "br", "close")]
    urls += [secure.url, "http://127.0.0.1:9/x", "http://169.254.169.254/x", f"http://user:{CANARY}@example.com/x", f"ftp://example.com/{CANARY}",
             "http://[::1", f"http://{CANARY}.invalid:99999/"]
    seen = 0
    for url in urls:
        for extra in ({}, {"X-Broken": f"{CANARY}\n"}):
            request = EgressRequest("POST", url, params=[("access_token", CANARY), ("q", CANARY)], headers={"Authorization": f"Bearer {CANARY}", **extra},
                                    body=echo, timeout_s=0.5)
            try:
                answer = await client.send(request)
                out.write(repr(answer))
            except OrionError as error:
                seen += 1
                out.write(json.dumps(error.as_dict(), ensure_ascii=False) + repr(error))
                traceback.print_exception(error, file=out, chain=True)
                assert not isinstance(error.__cause__ or error.__context__, aiohttp.ClientError), "it would show the address"
            out.write(repr(request) if CANARY not in url else "")
            try:
                async with httpx.AsyncClient(transport=EgressTransport(client), timeout=0.5, trust_env=False) as lib:
                    await lib.post(url, headers={"Authorization": f"Bearer {CANARY}"}, content=echo)
            except (OrionError, httpx.HTTPError, httpx.InvalidURL) as error:
                if CANARY not in url:  # httpx itself shows an address it cannot parse
                    traceback.print_exception(error, file=out)
    gc.collect()
    assert seen > 25 and log.count > 40
    for entry in log.merged():
        out.write(json.dumps(entry.as_dict(), ensure_ascii=False) + repr(entry) + str(entry))
    own = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore")))
    shown = out.getvalue() + own
    at = shown.find(CANARY)
    assert at < 0, shown[max(0, at - 300):at + 100]


def test_secrets_are_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(MemoryRequestLog and Secret("x"))
    assert EgressPolicy().https_only
