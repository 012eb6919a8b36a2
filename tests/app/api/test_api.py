"""The API as a program meets it."""

from __future__ import annotations

import httpx

from lab.serve import LabServer
from orion_core.runtime import Runtime
from tests.app.api.conftest import BASE, PASSWORD, Tenant

FORM = {"Origin": BASE}


async def test_the_description_lists_every_route_and_needs_no_cdn(client: httpx.AsyncClient, first: Tenant) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    assert "/api/v1/records/{model}" in document["paths"]
    page = await client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "/api/v1/records/{model}" in page.text
    assert "http://" not in page.text.replace(BASE, "") and "https://" not in page.text


async def test_records_are_paged_searched_and_explained(client: httpx.AsyncClient, synced: Tenant) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "100", "sort": "name", **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/api/v1/records/customer", params=query, headers=synced.headers)).json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 239
    one = (await client.get(f"/api/v1/records/customer/{seen[0]}", headers=synced.headers)).json()
    assert one
    why = await client.get(f"/api/v1/records/customer/{seen[0]}/why/email", headers=synced.headers)
    assert why.status_code == 200, why.text
    lines = (await client.get("/api/v1/records/customer/export", params={"format": "jsonl"}, headers=synced.headers)).text.splitlines()
    assert len(lines) == 239


async def test_the_change_feed_ends_and_repeats_nothing(client: httpx.AsyncClient, synced: Tenant) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(20):
        page = (
            await client.get(
                "/api/v1/changes/customer", params={"limit": "50", **({"cursor": cursor} if cursor else {})}, headers=synced.headers
            )
        ).json()
        if not page["data"]:
            break
        seen += [row["id"] for row in page["data"]]
        cursor = page["next"] or cursor
    assert len(seen) == len(set(seen)) == 239


async def test_a_write_goes_through_to_the_provider_once(client: httpx.AsyncClient, synced: Tenant, lab: LabServer) -> None:
    path = f"/api/v1/connections/{synced.connection_id}/customer"
    headers = {**synced.headers, "Idempotency-Key": "order-17"}
    fields = {"name": "Nadia Petrova", "email": "nadia@petrova.example"}
    made = await client.post(path, json=fields, headers=headers)
    assert made.status_code == 201, made.text
    again = await client.post(path, json=fields, headers=headers)
    assert again.status_code == 201
    assert again.json()["remote_id"] == made.json()["remote_id"]
    posts = [entry for entry in lab.control("GET", "/requests?provider=stripe")["requests"] if entry["method"] == "POST"]
    assert len(posts) == 1
    other = await client.post(path, json={**fields, "name": "Someone else"}, headers=headers)
    assert other.status_code == 409
    changed = await client.patch(f"{path}/{made.json()['remote_id']}", json={"phone": "+4930555701"}, headers=synced.headers)
    assert changed.status_code == 200, changed.text
    assert changed.json()["record"]["phone"] == "+4930555701"
    assert changed.json()["record"]["name"] == "Nadia Petrova"
    found = (await client.get("/api/v1/records/customer", params={"q": "nadia@petrova"}, headers=synced.headers)).json()["data"]
    assert len(found) == 1


async def test_bad_writes_name_the_field(client: httpx.AsyncClient, synced: Tenant) -> None:
    path = f"/api/v1/connections/{synced.connection_id}/customer"
    for body, field in (({"nmae": "x"}, "nmae"), ({"id": "1"}, "id"), ({"balance_minor": "much"}, "balance_minor")):
        answer = await client.post(path, json=body, headers=synced.headers)
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["errors"]
    assert (await client.post(path, content=b"[1", headers=synced.headers)).status_code == 422
    assert (await client.post(path.replace("customer", "unicorn"), json={"name": "x"}, headers=synced.headers)).status_code == 422


async def test_passthrough_stays_on_the_provider(client: httpx.AsyncClient, synced: Tenant) -> None:
    path = f"/api/v1/connections/{synced.connection_id}/passthrough"
    found = await client.post(path, json={"path": "/v1/customers", "params": {"limit": "2"}}, headers=synced.headers)
    assert found.status_code == 200 and len(found.json()["data"]) == 2
    for bad in ("//evil.example/x", "https://evil.example", "/v1/../../_lab/state", "v1/customers", "/v1/customers?x=1"):
        assert (await client.post(path, json={"path": bad}, headers=synced.headers)).status_code == 422, bad


async def test_large_bodies_are_refused_before_they_are_read(client: httpx.AsyncClient, first: Tenant) -> None:
    answer = await client.post("/api/v1/connections", content=b"x" * 1_100_000, headers=first.headers)
    assert answer.status_code == 413
    assert answer.json()["next_step"]


async def test_unknown_fields_are_refused(client: httpx.AsyncClient, first: Tenant) -> None:
    answer = await client.post("/api/v1/connections", json={"connector": "stripe", "workspace_id": "ws_x"}, headers=first.headers)
    assert answer.status_code == 422
    assert "workspace_id" in answer.json()["errors"]


async def test_a_wrong_key_says_what_to_do(client: httpx.AsyncClient, first: Tenant, lab: LabServer) -> None:
    body = {"connector": "stripe", "credential": {"api_key": "sk_live_notalabkey"}, "base_url": f"{lab.url}/stripe"}
    answer = await client.post("/api/v1/connections", json=body, headers=first.headers)
    assert answer.status_code == 424, answer.text
    assert "sk_live_notalabkey" not in answer.text
    assert answer.json()["next_step"]
    assert (await client.get("/api/v1/connections", headers=first.headers)).json()["data"] == []


async def test_sign_in_sets_a_cookie_and_sign_out_ends_it(client: httpx.AsyncClient, first: Tenant) -> None:
    wrong = await client.post("/auth/login", data={"email": "owner@first.example", "password": "nope nope nope"}, headers=FORM)
    assert wrong.status_code == 303 and "error=credentials" in wrong.headers["location"] and "set-cookie" not in wrong.headers
    right = await client.post(
        "/auth/login", data={"email": "owner@first.example", "password": PASSWORD, "next": "//evil.example"}, headers=FORM
    )
    assert right.status_code == 303 and right.headers["location"] == "/"
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert (await client.get("/api/v1/connections")).status_code == 200
    foreign = await client.post("/api/v1/connections", json={"connector": "stripe"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    out = await client.post("/auth/logout", headers=FORM)
    assert out.status_code == 303
    client.cookies.set("orion_session", cookie.partition("=")[2].partition(";")[0])
    assert (await client.get("/api/v1/connections")).status_code == 401


async def test_a_form_from_elsewhere_is_refused(client: httpx.AsyncClient, first: Tenant) -> None:
    answer = await client.post(
        "/auth/login", data={"email": "owner@first.example", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 303 and "error=origin" in answer.headers["location"] and "set-cookie" not in answer.headers


async def test_health_says_what_is_wrong(rt: Runtime, client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    assert {check["name"] for check in answer.json()["checks"]} >= {"database", "queue", "keys"}
