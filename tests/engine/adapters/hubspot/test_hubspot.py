"""HubSpot's own ways: named properties, search by keyset, archived ones, batches row by row."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from orion_core.base import errors as tree
from orion_core.base.kit.redact import Secret
from orion_core.engine.adapters.hubspot import HubSpotAdapter
from orion_core.engine.adapters.hubspot.adapter import as_text
from orion_core.engine.adapters.hubspot.spec import OVERLAP_S
from orion_core.engine.connector import AdapterConfig, HttpRequest, HttpResponse, Page
from orion_core.engine.connector.auth import token_request
from orion_core.engine.connector.spec_auth import CodeAuth
from orion_core.engine.connector.testing import FakeHttp, reply, script

SINCE = 1_779_796_800_000
DATE = {"date": "Tue, 26 May 2026 12:30:00 GMT"}


def hubspot(handler: Any, **settings: Any) -> tuple[HubSpotAdapter, FakeHttp]:
    http = FakeHttp(handler)
    return HubSpotAdapter(AdapterConfig("conn", credential={"access_token": Secret("pat-eu1-canary")}, settings=settings), http), http


def record(identity: int | str, **properties: Any) -> dict[str, Any]:
    return {"id": str(identity), "properties": {"hs_object_id": str(identity), **properties}, "updatedAt": "2026-05-26T12:00:00.000Z", "archived": False}


class Portal:
    """Answers by the end of the path; what is not listed is 404."""

    def __init__(self, **answers: Callable[[HttpRequest, dict[str, Any]], HttpResponse]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.url.partition("api.hubapi.com/")[2].replace("/", "_")
        document = json.loads(request.body) if request.body else dict(request.params)
        self.asked.append((path, document))
        for name, answer in self.answers.items():
            if path.endswith(name):
                return answer(request, document)
        return reply({}, 404)


def properties(*names: str, hidden: tuple[str, ...] = ()) -> Callable[..., HttpResponse]:
    return lambda request, document: reply({"results": [*({"name": name} for name in names), *({"name": name, "hidden": True} for name in hidden)]})


def empty(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    return reply({"results": []}, headers=DATE)


async def read(source: HubSpotAdapter, stream: str = "contacts", **kwargs: Any) -> list[Page]:
    return [page async for page in source.fetch(stream, **kwargs)]


async def test_all_visible_properties_are_named_custom_ones_too() -> None:
    portal = Portal(properties_contacts=properties("email", "favourite_colour", hidden=("hs_secret_score", "hs_merged_object_ids", "firstname")), objects_contacts=empty)
    source, _ = hubspot(portal)
    await read(source)
    asked = dict(portal.asked)["crm_v3_objects_contacts"]
    assert asked["properties"].split(",") == ["email", "favourite_colour", "firstname", "hs_merged_object_ids"] and asked["limit"] == "100"
    source, _ = hubspot(portal, properties="all")
    await read(source)
    assert "hs_secret_score" in portal.asked[-1][1]["properties"]


async def test_a_token_without_the_schema_scope_gets_the_mapped_properties() -> None:
    portal = Portal(properties_deals=lambda request, document: reply({"category": "MISSING_SCOPES"}, 403), objects_deals=empty)
    source, _ = hubspot(portal)
    await read(source, "deals")
    asked = portal.asked[-1][1]
    assert {"dealname", "amount", "deal_currency_code"} <= set(asked["properties"].split(",")) and asked["associations"] == "contacts,companies"


async def test_fields_left_out_are_not_even_asked_for() -> None:
    portal = Portal(properties_contacts=properties("email", "phone"), objects_contacts=empty)
    source, _ = hubspot(portal)
    await read(source, exclude=["properties.phone"])
    assert portal.asked[-1][1]["properties"] == "email"


async def test_too_many_properties_for_an_address_are_read_by_id() -> None:
    names = [f"custom_property_number_{number:04d}" for number in range(600)]

    def batch(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
        assert len(document["properties"]) == 600
        return reply({"results": [record(item["id"], full="yes") for item in reversed(document["inputs"])]}, 207)

    links = {"contacts": {"results": [{"id": "7", "type": "deal_to_contact"}]}}
    portal = Portal(properties_deals=properties(*names), objects_deals=lambda request, document: reply({"results": [{**record(1), "associations": links}, record(2)]}),
                    batch_read=batch)
    source, http = hubspot(portal)
    [page] = await read(source, "deals")
    assert all(len(request.full_url()) < 15_000 for request in http.requests)
    first, second = map(json.loads, page.records)
    assert first["properties"]["full"] == "yes" and first["associations"] == links and "associations" not in second


async def test_changes_are_searched_in_the_order_of_ids_without_the_10k_limit() -> None:
    found = [record(number, email=f"{number}@x.org") for number in range(1, 251)]

    def search(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
        changed, above = document["filterGroups"][0]["filters"]
        assert changed == {"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(SINCE - OVERLAP_S * 1000)}
        assert (above["propertyName"], above["operator"]) == ("hs_object_id", "GT") and document["sorts"][0]["propertyName"] == "hs_object_id"
        assert document["limit"] == 100 and "email" in document["properties"] and "after" not in document
        rows = [item for item in found if int(item["id"]) > int(above["value"])]
        paging = {"paging": {"next": {"after": "100"}}} if len(rows) > 100 else {}
        return reply({"total": 20_000, "results": rows[:100], **paging}, headers=DATE)

    def archived(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
        assert document["archived"] == "true" and "properties" not in document
        if "after" not in document:
            rows = [{**record(901), "archived": True, "archivedAt": "2026-05-26T11:51:00.000Z"}, {**record(902), "archivedAt": "2026-05-01T00:00:00.000Z"}]
            return reply({"results": rows, "paging": {"next": {"after": "902"}}})
        return reply({"results": [{**record(903), "archivedAt": "2026-05-27T00:00:00.000Z"}]})

    portal = Portal(properties_contacts=properties("email"), contacts_search=search, objects_contacts=archived)
    source, _ = hubspot(portal)
    pages = await read(source, since=SINCE)
    assert [identity for page in pages for identity in page.ids] == [str(number) for number in range(1, 251)]
    assert [identity for page in pages for identity in page.deleted] == ["901", "903"]
    assert [page.complete for page in pages] == [False] * 4 + [True]
    began = int(datetime(2026, 5, 26, 12, 30, tzinfo=UTC).timestamp() * 1000)
    assert {page.cursor for page in pages} == {began}
    for index, page in enumerate(pages[:-1]):
        rest = await read(hubspot(portal)[0], since=SINCE, resume=json.loads(json.dumps(page.resume)))
        assert [(more.ids, more.deleted) for more in rest] == [(more.ids, more.deleted) for more in pages[index + 1:]]
        assert rest[-1].cursor == began
    only = await read(hubspot(portal)[0], since=SINCE, deletes=False)
    assert [page.complete for page in only] == [False, False, True] and not any(page.deleted for page in only)


async def test_a_search_gets_the_associations_a_list_would_have() -> None:
    def links(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
        other = request.url.split("/")[-3]
        to = [{"id": "9", "type": f"deal_to_{other}"}]
        return reply({"results": [{"from": {"id": "1"}, "to": to}], "errors": [{"category": "OBJECT_NOT_FOUND"}]}, 207)

    portal = Portal(properties_deals=properties("dealname"), deals_search=lambda request, document: reply({"results": [record(1), record(2)]}),
                    batch_read=links, objects_deals=empty)
    pages = await read(hubspot(portal)[0], "deals", since=SINCE)
    first, second = map(json.loads, pages[0].records)
    assert first["associations"] == {"contacts": {"results": [{"id": "9", "type": "deal_to_contacts"}]}, "companies": {"results": [{"id": "9", "type": "deal_to_companies"}]}}
    assert "associations" not in second


async def test_invoices_carry_their_line_items() -> None:
    listed = [{**record(1), "associations": {"line items": {"results": [{"id": "51", "type": "x"}, {"id": "52", "type": "x"}]}}}, record(2)]
    portal = Portal(properties_invoices=properties("hs_number"), objects_invoices=lambda request, document: reply({"results": listed}),
                    line_items_batch_read=lambda request, document: reply({"results": [record(item["id"], name=f"L{item['id']}", price="1.50", quantity="2", amount="3.00")
                                                                                       for item in document["inputs"]]}))
    source, _ = hubspot(portal, currency="EUR")
    [page] = await read(source, "invoices")
    first, second = map(json.loads, page.records)
    assert [item["id"] for item in first["line_items"]] == ["51", "52"] and "line_items" not in second
    model = await source.to_unified(first, stream="invoices")
    assert [(line.remote_id, line.amount_minor) for line in model.line_items] == [("51", 300), ("52", 300)] and model.currency == "EUR"  # type: ignore[attr-defined]


async def test_merged_records_are_told_as_deleted() -> None:
    portal = Portal(properties_contacts=properties("email"), objects_contacts=lambda request, document: reply({"results": [record(5, hs_merged_object_ids="3;4"), record(6)]}))
    [page] = await read(hubspot(portal)[0])
    assert page.deleted == ["3", "4"] and page.ids == ["5", "6"]


@pytest.mark.parametrize(("properties", "status"), [
    ({"dealstage": "1", "hs_is_closed": "true", "hs_is_closed_won": "true"}, "won"), ({"dealstage": "1", "hs_is_closed": "true", "hs_is_closed_won": "false"}, "lost"),
    ({"dealstage": "1", "hs_is_closed": "false"}, "open"), ({"dealstage": "closedlost"}, "lost"), ({"dealstage": "closedwon"}, "won"),
])
async def test_deal_status(properties: dict[str, str], status: str) -> None:
    model = await hubspot(script(reply({})))[0].to_unified(record(1, **properties), stream="deals")
    assert model.status == status  # type: ignore[attr-defined]


async def test_amounts_without_a_currency_are_in_the_accounts() -> None:
    source, _ = hubspot(script(reply({})), currency="JPY")
    deal = await source.to_unified(record(1, amount="1050", amount_in_home_currency="2000", deal_currency_code=None), stream="deals")
    assert (deal.amount_minor, deal.home_amount_minor, deal.currency) == (1050, 2000, "JPY")  # type: ignore[attr-defined]
    kept = await source.to_unified(record(1, amount="10.50", deal_currency_code="EUR"), stream="deals")
    assert (kept.amount_minor, kept.currency) == (1050, "EUR")  # type: ignore[attr-defined]
    product = await source.to_unified(record(1, price="9.99"), stream="products")
    assert product.currency == "JPY"  # type: ignore[attr-defined]


# Writes ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "text"), [(None, ""), (True, "true"), (3, "3"), ("x", "x"), (["a", "b"], "a;b"), (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z")])
def test_values_go_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text


async def test_create_takes_flat_or_shaped_fields() -> None:
    source, http = hubspot(script(reply(record(1))))
    for fields in ({"email": "a@x.org", "n": None}, {"properties": {"email": "a@x.org", "n": None}}):
        assert (await source.create("contacts", fields)).remote_id == "1"
        assert json.loads(http.requests[-1].body or b"") == {"properties": {"email": "a@x.org", "n": ""}} and not http.requests[-1].idempotent
    await source.update("contacts", "1", {"email": "b@x.org"})
    assert (http.requests[-1].method, http.requests[-1].url[-2:]) == ("PATCH", "/1")


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"fields": {"email": f"{number}@x.org"}, **more} for number in range(count)]


async def test_a_batch_is_100_rows_a_call() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        inputs = json.loads(request.body or b"")["inputs"]
        assert len(inputs) <= 100
        return reply({"results": [{**record(1000 + int(item["objectWriteTraceId"])), "objectWriteTraceId": item["objectWriteTraceId"]} for item in reversed(inputs)]}, 201)

    source, http = hubspot(handler)
    outcomes = await source.write_batch("contacts", rows(250))
    assert [(row.index, row.ok, row.remote_id) for row in outcomes] == [(number, True, str(1000 + number)) for number in range(250)]
    assert len(http.requests) == 3


async def test_partial_success_row_by_row() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        inputs = json.loads(request.body or b"")["inputs"]
        good = [record(item["id"], **item["properties"]) for item in inputs if item["id"] not in ("2", "3", "4")]
        errors = [
            {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "no 2", "context": {"ids": ["2"]}},
            {"status": "error", "category": "VALIDATION_ERROR", "message": "bad 3", "context": {"objectWriteTraceId": ["2"]}},
            {"status": "error", "category": "CONFLICT", "message": "pat-eu1-canary twice", "context": {"id": ["4"]}},
        ]
        return reply({"status": "COMPLETE", "results": list(reversed(good)), "numErrors": 3, "errors": errors}, 207)

    source, _ = hubspot(handler)
    outcomes = await source.write_batch("contacts", [{"remote_id": str(number), "fields": {"email": "x"}} for number in range(1, 7)], mode="update")
    assert [row.ok for row in outcomes] == [True, False, False, False, True, True]
    assert [row.remote_id for row in outcomes if row.ok] == ["1", "5", "6"]
    assert [type(row.error) for row in outcomes if not row.ok] == [tree.RemoteNotFound, tree.RemoteRejected, tree.RemoteRejected]
    assert "bad 3" in str(outcomes[2].error) and "canary" not in repr(outcomes)


async def test_a_batch_refused_as_a_whole_is_halved_until_the_bad_row_stands_alone() -> None:
    stored: list[str] = []

    def handler(request: HttpRequest) -> HttpResponse:
        inputs = json.loads(request.body or b"")["inputs"]
        if any(item["properties"]["email"] == "37@x.org" for item in inputs):
            return reply({"category": "VALIDATION_ERROR", "message": "37 is bad"}, 400)
        stored.extend(item["properties"]["email"] for item in inputs)
        return reply({"results": [record(number, **item["properties"]) for number, item in enumerate(inputs)]}, 201)

    source, http = hubspot(handler)
    outcomes = await source.write_batch("contacts", rows(100))
    assert [row.index for row in outcomes if not row.ok] == [37] and "37 is bad" in str(outcomes[37].error)
    assert len(stored) == len(set(stored)) == 99 and len(http.requests) <= 16


async def test_upsert_by_email() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        inputs = json.loads(request.body or b"")["inputs"]
        assert all(item["idProperty"] == "email" and item["id"] == item["properties"]["email"] for item in inputs)
        return reply({"results": [record(number, email=item["id"].upper()) for number, item in enumerate(inputs)]})

    source, http = hubspot(handler)
    outcomes = await source.write_batch("contacts", [*rows(2), {"fields": {"firstname": "no mail"}}, {"no": "fields"}], mode="upsert")
    assert [row.ok for row in outcomes] == [True, True, False, False] and http.requests[0].idempotent
    assert all(isinstance(row.error, tree.RecordError) for row in outcomes[2:])
    with pytest.raises(tree.InvalidInput):
        await source.write_batch("deals", rows(1), mode="upsert")


async def test_values_hubspot_changed_and_answers_that_say_nothing() -> None:
    changed, _ = hubspot(script(reply({"results": [record(1, email="other"), record(2, email="another")]}, 201)))
    assert [row.remote_id for row in await changed.write_batch("contacts", rows(2))] == ["1", "2"]
    silent, _ = hubspot(script(reply({"results": [record(1, email="0@x.org")]}, 207)))
    outcomes = await silent.write_batch("contacts", rows(2))
    assert [row.ok for row in outcomes] == [True, False] and "does not say" in str(outcomes[1].error)
    broken, _ = hubspot(script(reply(b'{"results": [{', 200)))
    assert all(not row.ok and "Look the record up" in row.error.next_step for row in await broken.write_batch("contacts", rows(2)) if row.error)


async def test_a_limit_in_the_middle_keeps_what_was_written() -> None:
    answers = iter([reply({"results": [{**record(number), "objectWriteTraceId": str(number)} for number in range(100)]}, 201),
                    reply({"policyName": "TEN_SECONDLY_ROLLING", "message": "slow down"}, 429)])
    source, http = hubspot(lambda request: next(answers))
    outcomes = await source.write_batch("contacts", rows(250))
    assert sum(row.ok for row in outcomes) == 100 and len(http.requests) == 2
    assert all(isinstance(row.error, tree.RateLimited) and row.error.after_s == 10 for row in outcomes[100:])


@pytest.mark.parametrize(("status", "body", "kind", "after"), [
    (429, {"policyName": "DAILY", "message": "You have reached your daily limit."}, tree.RateLimited, 3600),
    (429, {"policyName": "SECONDLY"}, tree.RateLimited, 1), (477, {}, tree.RetryLater, 600), (423, {}, tree.RetryLater, None),
    (401, {"category": "EXPIRED_AUTHENTICATION"}, tree.Reauthorize, None), (403, {"category": "MISSING_SCOPES"}, tree.PermissionMissing, None),
])
async def test_provider_codes(status: int, body: Any, kind: type[tree.ConnectorError], after: float | None) -> None:
    source, _ = hubspot(script(reply(body, status)))
    with pytest.raises(kind) as caught:
        await source.check()
    if isinstance(caught.value, tree.RetryLater):
        assert caught.value.after_s == after


def test_oauth_refresh() -> None:
    auth = HubSpotAdapter.spec.auth_of("oauth2_code")
    assert isinstance(auth, CodeAuth)
    credential = {name: Secret(name) for name in ("client_id", "client_secret", "refresh_token", "access_token")}
    assert token_request(auth, credential).url == "https://api.hubapi.com/oauth/v3/token"
    source = HubSpotAdapter(AdapterConfig(auth_kind="oauth2_code", credential=credential), FakeHttp(script(reply({"results": []}))))
    assert source.session.auth is auth


# Against the lab -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["contacts", "companies", "deals", "products", "invoices"])
async def test_lab_every_record_maps_and_reads_the_same_by_id(at_lab: Any, stream: str) -> None:
    source = at_lab("hubspot")
    compiled, seen = source.mapping(stream), 0
    async for page in source.fetch(stream):
        assert page.poison == []
        for record_, identity in zip(page.records, page.ids, strict=True):
            assert compiled.to_unified(json.loads(record_)).fields["remote_id"] == identity
        seen += len(page.ids)
        one = json.loads(await source.fetch_one(stream, page.ids[0]))
        assert one == json.loads(page.records[0])
    assert seen >= 10


async def test_lab_write_then_read_the_change(at_lab: Any) -> None:
    source = at_lab("hubspot")
    assert (await source.check()).label
    pages = await read(source)
    cursor, known = pages[-1].cursor, [identity for page in pages for identity in page.ids]
    made = await source.create("contacts", {"email": "new.person@orion.example", "firstname": "New"})
    await source.update("contacts", known[3], {"firstname": "Changed"})
    assert await source.delete("contacts", known[4]) is True
    changed = await read(source, since=cursor)
    found = {identity: json.loads(item) for page in changed for identity, item in zip(page.ids, page.records, strict=True)}
    assert {made.remote_id, known[3]} <= set(found) and found[known[3]]["properties"]["firstname"] == "Changed" and known[4] not in found
    assert known[4] in {identity for page in changed for identity in page.deleted}
    assert await source.fetch_one("contacts", known[4]) is None


async def test_lab_batches(at_lab: Any) -> None:
    source = at_lab("hubspot")
    made = await source.write_batch("contacts", [{"fields": {"email": f"batch.{number}@orion.example"}} for number in range(120)])
    assert all(row.ok for row in made) and len({row.remote_id for row in made}) == 120
    again = await source.write_batch("contacts", [{"fields": {"email": "batch.5@orion.example"}}, {"fields": {"email": "batch.new@orion.example"}}])
    assert [row.ok for row in again] == [False, True]
    upserted = await source.write_batch("contacts", [{"fields": {"email": f"batch.{number}@orion.example", "firstname": "Up"}} for number in range(3)], mode="upsert")
    assert [row.remote_id for row in upserted] == [row.remote_id for row in made[:3]]
    updated = await source.write_batch("contacts", [{"remote_id": made[0].remote_id, "fields": {"firstname": "U"}}, {"remote_id": "1", "fields": {"firstname": "U"}}], mode="update")
    assert [row.ok for row in updated] == [True, False]


async def test_lab_a_search_reads_like_the_list(at_lab: Any) -> None:
    source = at_lab("hubspot")
    for stream in ("contacts", "deals", "invoices"):
        listed = {identity: json.loads(item) for page in await read(source, stream) for identity, item in zip(page.ids, page.records, strict=True)}
        searched = {identity: json.loads(item) for page in await read(source, stream, since=0, deletes=False) for identity, item in zip(page.ids, page.records, strict=True)}
        assert searched.keys() == listed.keys()
        differing = [identity for identity in listed if searched[identity] != listed[identity]]
        assert differing == [], (listed[differing[0]], searched[differing[0]])
