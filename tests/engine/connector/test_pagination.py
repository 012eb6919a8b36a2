"""Every kind of paging: each page once, an end, no loop."""

from __future__ import annotations

from typing import Any

import pytest

from orion_core.base.errors import BadResponse, CursorExpired
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.spec import load_spec
from orion_core.engine.connector.testing import FakeHttp, reply
from orion_core.engine.connector.types import AdapterConfig, Page
from orion_core.engine.schema import UnifiedBase

BASE = "https://api.acme.example"
ITEMS = [{"id": str(number)} for number in range(1, 8)]


def adapter(handler: Any, *, location: str = "query", method: str = "GET", **pagination: Any) -> BaseAdapter[UnifiedBase]:
    made = load_spec({"slug": "acme", "name": "Acme", "base_url": BASE, "streams": [
        {"name": "items", "path": "/items", "method": method, "page_size": 3, "pagination": {**pagination, "location": location}}]})

    class Acme(BaseAdapter[UnifiedBase]):
        spec = made

    return Acme(AdapterConfig(), FakeHttp(handler))


def asked(request: HttpRequest) -> dict[str, str]:
    return dict(request.params)


async def read(source: BaseAdapter[UnifiedBase], **kwargs: Any) -> list[Page]:
    return [page async for page in source.fetch("items", **kwargs)]


def cursor(request: HttpRequest) -> HttpResponse:
    start = int(asked(request).get("cursor", 0))
    return reply({"data": ITEMS[start:start + 3], "next": {"token": str(start + 3) if start + 3 < 7 else None}})


def keyset(request: HttpRequest) -> HttpResponse:
    after = int(asked(request).get("starting_after", 0))
    return reply({"data": ITEMS[after:after + 3], "has_more": after + 3 < 7})


def offset(request: HttpRequest) -> HttpResponse:
    start = int(asked(request)["offset"])
    return reply({"data": ITEMS[start:start + 2], "total": 7})  # caps the limit at two: a short page is not the end


def page(request: HttpRequest) -> HttpResponse:
    number = int(asked(request)["page"])
    return reply({"data": ITEMS[3 * number - 3:3 * number], "pages": 3})


def link_body(request: HttpRequest) -> HttpResponse:
    start = int(request.url.partition("from=")[2] or 0)
    return reply({"data": ITEMS[start:start + 3], "next": f"/items?from={start + 3}" if start + 3 < 7 else None})


def link_header(request: HttpRequest) -> HttpResponse:
    start = int(request.url.partition("from=")[2] or 0)
    links = f'<{BASE}/items?from=0>; rel="first", <{BASE}/items?from={start + 3}>; rel="next"'
    return reply({"data": ITEMS[start:start + 3]}, headers={"link": links if start + 3 < 7 else ""})


KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "cursor": (cursor, {"kind": "cursor", "next_path": "next.token"}),
    "keyset": (keyset, {"kind": "keyset", "more_path": "has_more"}),
    "keyset_until_empty": (lambda request: reply({"data": ITEMS[int(asked(request).get("starting_after", 0)):][:3]}), {"kind": "keyset"}),
    "offset_total": (offset, {"kind": "offset", "total_path": "total"}),
    "offset_until_empty": (offset, {"kind": "offset"}),
    "page": (page, {"kind": "page", "pages_path": "pages"}),
    "page_until_empty": (page, {"kind": "page"}),
    "next_link_body": (link_body, {"kind": "next_link", "path": "next"}),
    "next_link_header": (link_header, {"kind": "next_link"}),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("ahead", [0, 1, 3])
async def test_each_record_once_and_an_end(name: str, ahead: int) -> None:
    handler, pagination = KINDS[name]
    pages = await read(adapter(handler, **pagination), ahead=ahead)
    assert [identity for page in pages for identity in page.ids] == [item["id"] for item in ITEMS]
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(page.resume is not None for page in pages[:-1]) and pages[-1].resume is None


@pytest.mark.parametrize("name", KINDS)
async def test_resume_goes_on_after_any_page(name: str) -> None:
    handler, pagination = KINDS[name]
    pages = await read(adapter(handler, **pagination))
    for index, one in enumerate(pages[:-1]):
        rest = await read(adapter(handler, **pagination), resume=one.resume)
        assert [page.ids for page in rest] == [page.ids for page in pages[index + 1:]]


@pytest.mark.parametrize(("handler", "pagination", "named"), [
    (lambda request: reply({"data": [{"id": asked(request).get("cursor", "0")}], "next": "again"}), {"kind": "cursor", "next_path": "next"}, "token=again"),
    (lambda request: reply({"data": ITEMS[:3], "has_more": True}), {"kind": "keyset", "more_path": "has_more"}, "after=3"),
    (lambda request: reply({"data": ITEMS[:3]}), {"kind": "offset"}, "offset=6"),
    (lambda request: reply({"data": ITEMS[:3]}), {"kind": "page"}, "page=3"),
    (lambda request: reply({"data": [], "next": f"{BASE}/items?x"}), {"kind": "next_link", "path": "next"}, f"link={BASE}/items"),
])
async def test_a_circle_is_refused_by_name(handler: Any, pagination: dict[str, Any], named: str) -> None:
    with pytest.raises(BadResponse, match="circle") as caught:
        await read(adapter(handler, **pagination))
    assert named in caught.value.message


async def test_a_next_link_to_another_host_is_not_followed() -> None:
    source = adapter(lambda request: reply({"data": ITEMS, "next": "https://evil.example/items"}), kind="next_link", path="next")
    with pytest.raises(BadResponse, match="another host"):
        await read(source)
    with pytest.raises(CursorExpired):
        await read(source, resume={"next": {"link": "https://evil.example/items"}})


async def test_positions_in_the_body() -> None:
    import json

    seen = []

    def search(request: HttpRequest) -> HttpResponse:
        document = json.loads(request.body or b"{}")
        seen.append(document)
        start = int(document.get("page", {}).get("after", 0))
        return reply({"data": ITEMS[start:start + 3], "next": start + 3 if start + 3 < 7 else None})

    pages = await read(adapter(search, location="body", method="POST", kind="cursor", param="page.after", next_path="next"))
    assert sum(len(page.ids) for page in pages) == 7
    assert seen[1] == {"limit": 3, "page": {"after": 3}}


async def test_the_next_page_is_under_way_while_one_is_stored() -> None:
    import asyncio

    http = FakeHttp(cursor)
    source = adapter(cursor, kind="cursor", next_path="next.token")
    source.session.client = http
    reading = source.fetch("items", ahead=1)
    await anext(reading)
    await asyncio.sleep(0)
    assert len(http.requests) == 2
    await reading.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    assert len(http.requests) == 2


async def test_an_error_comes_after_the_pages_before_it() -> None:
    answers = iter([reply({"data": ITEMS[:3], "next": "1"}), reply({}, 500)])
    source = adapter(lambda request: next(answers), kind="cursor", next_path="next")
    got = []
    from orion_core.base.errors import ProviderUnavailable

    with pytest.raises(ProviderUnavailable):
        async for one in source.fetch("items"):
            got.append(one)
    assert [page.ids for page in got] == [["1", "2", "3"]]
