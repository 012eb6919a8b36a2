"""Prerendered mode: the same answers, fast enough not to be what a benchmark measures."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator

import pytest

from lab.serve import LabServer
from lab.timeline import WORLD_END, WORLD_START
from tests.lab.conftest import HUBSPOT_TOKEN, STRIPE_KEY, Http

SIZE = 5_000


@pytest.fixture(scope="module")
def fast() -> Iterator[LabServer]:
    with LabServer(size=SIZE, prerendered=True) as server:
        yield server


def _pages(server: LabServer, query: str = "") -> tuple[list[bytes], float]:
    """All pages of a list as they came, and the seconds it took."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    pages: list[bytes] = []
    after = ""
    began = time.perf_counter()
    while True:
        connection.request("GET", f"/stripe/v1/customers?limit=100{query}{after}", headers={"Authorization": f"Bearer {STRIPE_KEY}"})
        body = connection.getresponse().read()
        pages.append(body)
        if b'"has_more":false' in body[-80:]:
            connection.close()
            return pages, time.perf_counter() - began
        place = body.rindex(b'{"id":"cus_')
        after = "&starting_after=" + body[place + 7 : place + 25].decode()


@pytest.mark.serial
def test_sixty_thousand_records_a_second(fast: LabServer) -> None:
    best = min(_pages(fast)[1] for _ in range(3))
    assert SIZE / best > 60_000, f"{SIZE / best:,.0f} records/s"


def test_pages_are_those_of_the_plain_lab(fast: LabServer) -> None:
    rows = [row for page in _pages(fast)[0] for row in json.loads(page)["data"]]
    assert len({row["id"] for row in rows}) == SIZE
    stripe = Http(fast.url + "/stripe", STRIPE_KEY)
    for row in rows[:: SIZE // 20]:
        assert stripe("GET", f"/v1/customers/{row['id']}").json() == row
    step = (WORLD_END - WORLD_START) // 8
    windows = []
    for place in range(8):
        stop = WORLD_END if place == 7 else WORLD_START + (place + 1) * step
        pages, _ = _pages(fast, f"&created[gte]={WORLD_START + place * step}&created[lt]={stop}")
        found = [row["id"] for page in pages for row in json.loads(page)["data"]]
        assert abs(len(found) - SIZE // 8) <= 2
        windows = found + windows
    assert windows == [row["id"] for row in rows]


def test_changes_show_in_prerendered_pages(fast: LabServer) -> None:
    stripe = Http(fast.url + "/stripe", STRIPE_KEY)
    first = stripe("GET", "/v1/customers?limit=3").json()["data"]
    stripe("POST", f"/v1/customers/{first[1]['id']}", data={"name": "Changed"})
    stripe("DELETE", f"/v1/customers/{first[2]['id']}")
    made = stripe("POST", "/v1/customers", data={"name": "Made"}).json()["id"]
    now = stripe("GET", "/v1/customers?limit=3").json()["data"]
    assert [row["id"] for row in now][:3] == [made, first[0]["id"], first[1]["id"]] and now[2]["name"] == "Changed"
    fast.control("POST", "/reset", {"size": SIZE})
    assert stripe("GET", "/v1/customers?limit=3").json()["data"] == first


def test_hubspot_pages_are_kept_and_renewed(fast: LabServer) -> None:
    hubspot = Http(fast.url + "/hubspot", HUBSPOT_TOKEN)
    path = "/crm/v3/objects/contacts?limit=2&properties=email,phone"
    first = hubspot("GET", path).json()
    assert hubspot("GET", path).json() == first
    hubspot("PATCH", f"/crm/v3/objects/contacts/{first['results'][0]['id']}", json={"properties": {"phone": "1"}})
    assert hubspot("GET", path).json()["results"][0]["properties"]["phone"] == "1"
