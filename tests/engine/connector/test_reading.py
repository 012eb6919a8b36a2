"""Cursors, windows, sessions: what is asked of the provider, and what is remembered."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from orion_core.base import errors as tree
from orion_core.base.kit.redact import Secret
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.spec import load_spec
from orion_core.engine.connector.testing import FakeHttp, reply, script
from orion_core.engine.connector.times import native_time, parse_time, render_time
from orion_core.engine.connector.types import OPEN_END, OPEN_START, AdapterConfig, RenewedCredential
from orion_core.engine.schema import UnifiedBase

BASE = "https://api.acme.example/v2"
DATE = {"date": "Tue, 26 May 2026 12:00:00 GMT"}
BEGAN = datetime(2026, 5, 26, 12, 0, tzinfo=UTC)


def adapter(handler: Any, config: AdapterConfig | None = None, **stream: Any) -> tuple[BaseAdapter[UnifiedBase], FakeHttp]:
    made = load_spec({"slug": "acme", "name": "Acme", "base_url": BASE, "auth": [{"kind": "bearer"}], "headers": {"X-Version": "7"},
                      "streams": [{"name": "items", "path": "/items", **stream}]})

    class Acme(BaseAdapter[UnifiedBase]):
        spec = made

    http = FakeHttp(handler)
    return Acme(config or AdapterConfig(credential={"token": Secret("canary-token-1")}), http), http


async def ids(source: BaseAdapter[UnifiedBase], **kwargs: Any) -> list[str]:
    return [identity async for page in source.fetch("items", **kwargs) for identity in page.ids]


async def test_the_call() -> None:
    source, http = adapter(script(reply({"data": []})), params={"fixed": "1"}, pagination={"kind": "keyset"}, page_size=50)
    await ids(source)
    request = http.requests[0]
    assert request.url == BASE + "/items" and list(request.params) == [("fixed", "1"), ("limit", "50")]
    assert request.headers == {"Accept": "application/json", "X-Version": "7", "Authorization": "Bearer canary-token-1"}
    assert request.lane == "backfill" and request.idempotent
    assert "canary" not in repr(request) + repr(source) + repr(source.config)


@pytest.mark.parametrize(("form", "since", "sent"), [
    ("epoch", 1_779_796_800, "1779796740"), ("epoch_ms", 1_779_796_800_000, "1779796740000"), ("iso", "2026-05-26T12:00:00Z", "2026-05-26T11:59:00Z"),
    ("iso_ms", "2026-05-26T12:00:00.5+02:00", "2026-05-26T09:59:00.500Z"), ("date", "2026-05-26", "2026-05-25"), ("int", 7, "7"), ("text", "a", "a"),
])
async def test_since_with_overlap(form: str, since: Any, sent: str) -> None:
    source, http = adapter(script(reply({"data": []})), cursor={"path": "u", "param": "since", "format": form, "template": "u ge {value}"})
    await ids(source, since=since)
    assert dict(http.requests[0].params)["since"] == f"u ge {sent}" and http.requests[0].lane == "incremental"


async def test_an_ascending_read_moves_its_cursor_with_every_page() -> None:
    pages = [reply({"data": [{"id": "1", "u": 5}, {"id": "2", "u": 9}], "n": "x"}, headers=DATE), reply({"data": [{"id": "3", "u": None}, {"id": "4", "u": 7}]})]
    source, _ = adapter(script(*pages), order="asc", cursor={"path": "u", "format": "epoch"}, pagination={"kind": "cursor", "next_path": "n"})
    assert [page.cursor async for page in source.fetch("items")] == [9, 9]
    source, _ = adapter(script(pages[1]), order="asc", cursor={"path": "u", "format": "epoch"})
    assert [page.cursor async for page in source.fetch("items", since=8)] == [8]


@pytest.mark.parametrize(("form", "cursor"), [("epoch", 1779796800), ("epoch_ms", 1779796800000), ("iso", "2026-05-26T12:00:00Z")])
async def test_any_other_read_ends_where_it_began_by_the_providers_clock(form: str, cursor: Any) -> None:
    later = {"date": "Tue, 26 May 2026 13:00:00 GMT"}
    answers = [reply({"data": [{"id": "1", "u": 9999999999}], "n": "x"}, headers=DATE), reply({"data": []}, headers=later)]
    spec = {"cursor": {"path": "u", "format": form}, "pagination": {"kind": "cursor", "next_path": "n"}}
    source, _ = adapter(script(*answers), **spec)
    pages = [page async for page in source.fetch("items")]
    assert [page.cursor for page in pages] == [cursor, cursor]
    resumed, _ = adapter(script(answers[1]), **spec)
    assert [page.cursor async for page in resumed.fetch("items", resume=json.loads(json.dumps(pages[0].resume)))] == [cursor]


async def test_windows_cover_everything_once() -> None:
    source, http = adapter(script(reply({"data": []})), windows={"path": "c", "gte_param": "gte", "lt_param": "lt", "format": "epoch", "earliest": "2020-01-01"})
    windows = source.windows("items", until=BEGAN, n=4)
    assert len(windows) == 4 and windows[0][0] == OPEN_START and windows[-1][1] == OPEN_END
    assert all(one[1] == other[0] for one, other in pairwise(windows))
    for window in windows:
        await ids(source, window=window)
    sent = [dict(request.params) for request in http.requests]
    assert "gte" not in sent[0] and "lt" not in sent[-1] and sent[0]["lt"] == sent[1]["gte"]
    assert source.windows("items", since=BEGAN, until=BEGAN, n=3)


async def test_find_start_gets_close() -> None:
    oldest = datetime(2023, 3, 3, tzinfo=UTC)

    def handler(request: HttpRequest) -> HttpResponse:
        before = int(dict(request.params)["lt"])
        return reply({"data": [{"id": "1"}] if before > oldest.timestamp() else []})

    source, http = adapter(handler, windows={"path": "c", "gte_param": "gte", "lt_param": "lt", "earliest": "2010-01-01"})
    found = await source.find_start("items", until=BEGAN)
    assert found is not None and timedelta(0) <= oldest - found < timedelta(days=15)
    assert len(http.requests) <= 22
    empty, _ = adapter(script(reply({"data": []})), windows={"path": "c", "gte_param": "gte", "lt_param": "lt"})
    assert await empty.find_start("items") is None


@pytest.mark.parametrize("times", [
    [datetime(2011, 10, 1, tzinfo=UTC), *(datetime(2022, 11, 1, tzinfo=UTC) + timedelta(days=day) for day in range(1200))],
    [BEGAN - timedelta(hours=hour) for hour in range(100)],
    [BEGAN], [BEGAN + timedelta(days=9)], [datetime(1999, 1, 1, tzinfo=UTC)], [],
])
@pytest.mark.parametrize("since", [None, datetime(2024, 1, 1, tzinfo=UTC)])
async def test_planned_windows_cover_everything_and_are_balanced(times: list[datetime], since: datetime | None) -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        asked = dict(request.params)
        low, high = float(asked.get("gte", "-inf")), float(asked.get("lt", "inf"))
        return reply({"data": [{"id": "1"}] if any(low <= time.timestamp() < high for time in times) else []})

    source, http = adapter(handler, windows={"path": "c", "gte_param": "gte", "lt_param": "lt", "earliest": "2011-01-01"})
    windows = await source.plan_windows("items", 8, since=since, until=BEGAN)
    assert windows[0][0] == (since or OPEN_START) and windows[-1][1] == OPEN_END
    assert all(one[1] == other[0] and one[0] < one[1] for one, other in pairwise(windows))
    counts = [sum(start <= time < end for time in times) for start, end in windows]
    wanted = [time for time in times if since is None or time >= since]
    assert sum(counts) == len(wanted) and len(http.requests) <= 80
    if len(wanted) >= 100:
        assert len(windows) >= 8 and max(counts) <= len(wanted) / 3


@pytest.mark.parametrize(("kwargs", "words"), [({"since": 1}, "in full"), ({"window": (OPEN_START, OPEN_END)}, "windows")])
async def test_what_a_stream_cannot_do_is_said(kwargs: dict[str, Any], words: str) -> None:
    source, _ = adapter(script(reply({"data": []})))
    with pytest.raises(tree.InvalidInput, match=words):
        await ids(source, **kwargs)


@pytest.mark.parametrize(("response", "words"), [
    (HttpResponse(200, {"content-type": "text/html"}, b"<!DOCTYPE html><html>sign in"), "answers with a web page"),
    (HttpResponse(404, {"content-type": "text/html; charset=utf-8"}, b"<html>not here"), "answers with a web page"),
    (HttpResponse(301, {"location": "https://x.example"}, b""), "answered 301"),
    (HttpResponse(200, {}, b'{"data": [{"id": 1'), "cut short"),
    (HttpResponse(502, {"content-type": "text/html"}, b"<html>bad gateway"), "answered 502"),
])
async def test_a_wrong_base_url_is_named(response: HttpResponse, words: str) -> None:
    source, _ = adapter(lambda request: response)
    with pytest.raises(tree.ConnectorError, match=words):
        await source.check()


async def test_no_content_is_an_empty_page() -> None:
    source, _ = adapter(script(reply(None, 204)))
    assert await ids(source) == []
    await source.check()


async def test_fetch_one() -> None:
    source, http = adapter(script(reply({"id": "a/b"}), reply({}, 404), reply({}, 410), reply({"id": "x", "gone": True}), reply({}, 500)), gone_path="gone")
    assert await source.fetch_one("items", "a/b") == b'{"id":"a/b"}'
    assert http.requests[0].url == BASE + "/items/a%2Fb"
    assert [await source.fetch_one("items", "x") for _ in range(3)] == [None, None, None]
    with pytest.raises(tree.ProviderUnavailable):
        await source.fetch_one("items", "x")


async def test_fields_left_out_never_leave_the_engine() -> None:
    source, _ = adapter(script(reply({"data": [{"id": "1", "email": "canary@x.org", "a": {"b": 1, "c": 2}}, {"email": "canary@x.org"}]})))
    [page] = [page async for page in source.fetch("items", exclude=["email", "a.b"])]
    assert page.records == [b'{"id":"1","a":{"c":2}}'] and "canary" not in repr(page)


class Renewer:
    def __init__(self, fail: bool = False) -> None:
        self.calls, self.fail = 0, fail

    async def __call__(self, used: Any) -> RenewedCredential:
        self.calls += 1
        if self.fail:
            raise tree.Reauthorize("gone")
        return RenewedCredential({"token": Secret(f"fresh-{self.calls}")}, None)


async def test_a_refused_token_is_renewed_once_and_the_page_asked_again() -> None:
    renew = Renewer()
    config = AdapterConfig(credential={"token": Secret("stale-token")}, renew=renew)

    def handler(request: HttpRequest) -> HttpResponse:
        if request.headers["Authorization"] == "Bearer stale-token":
            return reply({}, 401)
        done = "starting_after" in dict(request.params)
        return reply({"data": [] if done else [{"id": "1"}]})

    source, http = adapter(handler, config, pagination={"kind": "keyset"})
    assert await ids(source) == ["1"]
    assert renew.calls == 1 and [request.headers["Authorization"] for request in http.requests] == ["Bearer stale-token", "Bearer fresh-1", "Bearer fresh-1"]


async def test_concurrent_calls_renew_once() -> None:
    import asyncio

    renew = Renewer()
    config = AdapterConfig(credential={"token": Secret("stale-token")}, renew=renew)
    source, _ = adapter(lambda request: reply({}, 401) if "stale" in request.headers["Authorization"] else reply({"id": "1"}), config)
    await asyncio.gather(*(source.fetch_one("items", "1") for _ in range(50)))
    assert renew.calls == 1


async def test_a_token_about_to_end_is_renewed_before_the_call() -> None:
    renew = Renewer()
    config = AdapterConfig(credential={"token": Secret("ending")}, renew=renew, expires_at=datetime.now(UTC) + timedelta(seconds=60))
    source, http = adapter(script(reply({"data": []})), config)
    await ids(source)
    assert renew.calls == 1 and http.requests[0].headers["Authorization"] == "Bearer fresh-1"


async def test_a_fresh_token_refused_or_no_renewal_asks_for_a_person() -> None:
    for config in (AdapterConfig(credential={"token": Secret("stale")}, renew=Renewer()), AdapterConfig(credential={"token": Secret("stale")}),
                   AdapterConfig(credential={"token": Secret("stale")}, renew=Renewer(fail=True))):
        source, _ = adapter(script(reply({}, 401)), config)
        with pytest.raises(tree.Reauthorize):
            await source.check()


@pytest.mark.parametrize("path", ["items", "//evil.example/x", "https://evil.example/", "/a/../b", "/a/%2e%2e/b", "/a\\b", "/a?x=1", "/a\r\nX: 1", "/a b", "/a://b", "/a#b", ""])
async def test_passthrough_stays_on_the_host(path: str) -> None:
    source, http = adapter(script(reply({})))
    with pytest.raises(tree.InvalidInput):
        await source.passthrough("GET", path)
    assert http.requests == []


async def test_passthrough_signs_and_gives_any_status() -> None:
    source, http = adapter(script(reply({"error": "no"}, 418)))
    response = await source.passthrough("post", "/things/1", {"a": "b"}, {"x": 1}, {"Authorization": "mine", "X-Own": "1"})
    request = http.requests[0]
    assert response.status == 418 and request.method == "POST" and request.body == b'{"x":1}' and not request.idempotent
    assert request.headers["Authorization"] == "Bearer canary-token-1" and request.headers["X-Own"] == "1"
    with pytest.raises(tree.InvalidInput):
        await source.passthrough("TRACE", "/x")


def test_times_round_trip() -> None:
    for form in ("epoch", "epoch_ms", "iso", "iso_ms"):
        assert parse_time(native_time(BEGAN, form), form) == BEGAN
    assert render_time(BEGAN, "date") == "2026-05-26"
    with pytest.raises(tree.InvalidInput):
        parse_time("yesterday", "iso")
