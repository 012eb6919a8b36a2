"""The fake HubSpot judged by HubSpot's own Python library."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.commerce.invoices import ApiException as InvoiceException
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInputForCreate,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)

from lab.serve import LabServer
from tests.lab.conftest import SIZE, evidence


def _search(client: HubSpot, *filters: tuple[str, str, Any], limit: int = 100, after: str = "0", sorts: list[Any] | None = None) -> Any:
    made = []
    for name, operator, value in filters:
        if isinstance(value, list):
            made.append(Filter(property_name=name, operator=operator, values=value))
        elif isinstance(value, tuple):
            made.append(Filter(property_name=name, operator=operator, value=value[0], high_value=value[1]))
        else:
            made.append(Filter(property_name=name, operator=operator, value=value))
    request = PublicObjectSearchRequest(
        filter_groups=[FilterGroup(filters=made)] if made else [], limit=limit, after=after, sorts=sorts or [],
        properties=["email", "firstname", "lastname", "lastmodifieddate", "createdate", "lifecyclestage"],
    )
    return client.crm.contacts.search_api.do_search(request)


@pytest.mark.parametrize("name", ["contacts", "companies", "deals", "products", "line_items", "tickets"])
def test_get_all_sees_every_record_once(hubspot_client: HubSpot, lab: LabServer, name: str) -> None:
    expected = lab.control("GET", "/state")["counts"]["hubspot"][name]
    found = getattr(hubspot_client.crm, name).get_all()
    ids = [int(item.id) for item in found]
    assert len(found) == expected and ids == sorted(set(ids))
    assert all(item.properties["hs_object_id"] == item.id for item in found)


def test_invoices(hubspot_client: HubSpot) -> None:
    api = hubspot_client.crm.commerce.invoices.basic_api
    page = api.get_page(limit=50, properties=["hs_amount_billed", "hs_currency", "hs_invoice_status"], associations=["contacts", "line_items"])
    assert len(page.results) == 50
    assert {row.properties["hs_invoice_status"] for row in page.results} == {"draft", "open", "paid", "voided"}
    assert all(set(row.associations) == {"contacts", "line items"} for row in page.results)
    with pytest.raises(InvoiceException) as missing:
        api.get_by_id("1")
    assert missing.value.status == 404


def test_create_read_update_archive(hubspot_client: HubSpot) -> None:
    api = hubspot_client.crm.contacts.basic_api
    made = api.create(SimplePublicObjectInputForCreate(properties={"email": "Ada@Lovelace.example", "firstname": "Ada"}, associations=[]))
    assert made.properties["email"] == "ada@lovelace.example" and made.properties["lifecyclestage"] == "lead"
    held = api.get_by_id("ADA@lovelace.example", id_property="email", properties=["email", "phone", "no_such_property"])
    assert held.id == made.id and held.properties["phone"] is None and "no_such_property" not in held.properties
    changed = api.update(made.id, SimplePublicObjectInput(properties={"lastname": "King", "phone": "+44 20 7183 8750"}))
    assert changed.properties["lastname"] == "King" and changed.updated_at > made.updated_at
    api.archive(made.id)
    with pytest.raises(ApiException) as gone:
        api.get_by_id(made.id)
    assert gone.value.status == 404
    archived = api.get_page(archived=True).results
    assert [(row.id, row.archived) for row in archived] == [(made.id, True)] and archived[0].archived_at
    # the address is free again
    api.create(SimplePublicObjectInputForCreate(properties={"email": "ada@lovelace.example"}, associations=[]))


def test_a_second_contact_with_an_address_is_refused(hubspot_client: HubSpot) -> None:
    first = next(row for row in hubspot_client.crm.contacts.get_all() if row.properties["email"])
    mail = first.properties["email"].upper()
    with pytest.raises(ApiException) as error:
        hubspot_client.crm.contacts.basic_api.create(SimplePublicObjectInputForCreate(properties={"email": mail}, associations=[]))
    assert error.value.status == 409
    assert f"Contact already exists. Existing ID: {first.id}" in error.value.body
    other = hubspot_client.crm.contacts.get_all()[-1]
    with pytest.raises(ApiException) as change:
        hubspot_client.crm.contacts.basic_api.update(other.id, SimplePublicObjectInput(properties={"email": mail}))
    assert change.value.status == 409


def test_bad_values_are_named_one_by_one(hubspot_client: HubSpot) -> None:
    bad = {"email": "no address", "shoe_size": "9", "lifecyclestage": "hermit", "createdate": "2020-01-01", "birthday": "soon"}
    with pytest.raises(ApiException) as error:
        hubspot_client.crm.contacts.basic_api.create(SimplePublicObjectInputForCreate(properties=bad, associations=[]))
    assert error.value.status == 400
    for code in ("INVALID_EMAIL", "PROPERTY_DOESNT_EXIST", "INVALID_OPTION", "READ_ONLY_VALUE", "INVALID_DATE"):
        assert code in error.value.body


def test_search_agrees_with_the_list(hubspot_client: HubSpot) -> None:
    names = ["email", "firstname", "lastname", "lastmodifieddate", "createdate", "lifecyclestage"]
    rows = hubspot_client.crm.contacts.get_all(properties=names)
    middle = rows[200].properties["lastmodifieddate"]
    born = rows[300].properties["createdate"]
    some = rows[10].properties["email"]
    cases: list[tuple[tuple[str, str, Any], Any]] = [
        (("lastmodifieddate", "GTE", middle), lambda p: p["lastmodifieddate"] >= middle),
        (("lastmodifieddate", "LT", middle), lambda p: p["lastmodifieddate"] < middle),
        (("createdate", "GT", born), lambda p: p["createdate"] > born),
        (("createdate", "BETWEEN", (middle, born)), lambda p: middle <= p["createdate"] <= born),
        (("hs_object_id", "GT", rows[100].id), lambda p: int(p["hs_object_id"]) > int(rows[100].id)),
        (("hs_object_id", "LTE", rows[100].id), lambda p: int(p["hs_object_id"]) <= int(rows[100].id)),
        (("hs_object_id", "IN", [rows[1].id, rows[2].id, "5"]), lambda p: p["hs_object_id"] in (rows[1].id, rows[2].id)),
        (("email", "EQ", some.upper()), lambda p: p["email"] == some),
        (("email", "NEQ", some), lambda p: p["email"] not in (None, some)),
        (("lifecyclestage", "IN", ["lead", "customer"]), lambda p: p["lifecyclestage"] in ("lead", "customer")),
        (("lifecyclestage", "NOT_IN", ["lead"]), lambda p: p["lifecyclestage"] != "lead"),
        (("firstname", "NOT_HAS_PROPERTY", None), lambda p: p["firstname"] is None),
        (("firstname", "HAS_PROPERTY", None), lambda p: p["firstname"] is not None),
        (("lastname", "CONTAINS_TOKEN", "*son"), lambda p: "son" in str(p["lastname"]).lower()),
    ]
    for given, holds in cases:
        expected = {row.id for row in rows if holds(row.properties)}
        found: set[str] = set()
        after = "0"
        while True:
            page = _search(hubspot_client, given, limit=200, after=after)
            assert page.total == len(expected), given
            found |= {row.id for row in page.results}
            if page.paging is None:
                break
            after = page.paging.next.after
        assert found == expected, given


def test_search_sees_writes_sorts_and_matches_words(hubspot_client: HubSpot) -> None:
    api = hubspot_client.crm.contacts.basic_api
    oldest = hubspot_client.crm.contacts.get_all()[0]
    api.update(oldest.id, SimplePublicObjectInput(properties={"lastname": "Zyxwvut"}))
    page = _search(hubspot_client, limit=3, sorts=["-lastmodifieddate"])
    assert page.results[0].id == oldest.id and page.total == SIZE
    newest_first = [row.properties["lastmodifieddate"] for row in page.results]
    assert newest_first == sorted(newest_first, reverse=True)
    recent = _search(hubspot_client, ("lastmodifieddate", "GTE", newest_first[0]))
    assert [row.id for row in recent.results] == [oldest.id]
    request = PublicObjectSearchRequest(query="zyxwv", limit=5, after="0", sorts=[], properties=[], filter_groups=[])
    assert [row.id for row in hubspot_client.crm.contacts.search_api.do_search(request).results] == [oldest.id]


@pytest.mark.parametrize(("limit", "after"), [(201, "0"), (0, "-1"), (100, "9950"), (200, "9801")])
def test_search_refuses_what_hubspot_refuses(hubspot_client: HubSpot, limit: int, after: str) -> None:
    if (limit, after) == (0, "-1"):
        limit, after = 10, "not-a-number"
    with pytest.raises(ApiException) as error:
        _search(hubspot_client, limit=limit, after=after)
    assert error.value.status == 400


def test_batches_judge_each_row(hubspot_client: HubSpot, lab: LabServer) -> None:
    api = hubspot_client.crm.contacts.batch_api
    inputs: list[Any] = [
        {"properties": {"email": "one@batch.example"}, "associations": [], "objectWriteTraceId": "a"},
        {"properties": {"email": "bad"}, "associations": [], "objectWriteTraceId": "b"},
        {"properties": {"email": "one@batch.example"}, "associations": [], "objectWriteTraceId": "c"},
    ]
    made = api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))
    assert [row.properties["email"] for row in made.results] == ["one@batch.example"]
    assert made.num_errors == 2
    assert [(e.category, e.context["objectWriteTraceId"]) for e in made.errors] == [("VALIDATION_ERROR", ["b"]), ("CONFLICT", ["c"])]
    one = made.results[0].id
    read: Any = api.read({"inputs": [{"id": one}, {"id": "77"}], "properties": ["email"], "propertiesWithHistory": []})
    assert [row.id for row in read.results] == [one] and read.errors[0].context["ids"] == ["77"]
    update: Any = api.update({"inputs": [{"id": one, "properties": {"city": "Rom"}}, {"id": "77", "properties": {}}]})
    assert update.num_errors == 1 and update.results[0].properties["city"] == "Rom"
    rows = [{"id": mail, "idProperty": "email", "properties": {"firstname": "U"}} for mail in ("one@batch.example", "two@batch.example")]
    upserted: Any = api.upsert({"inputs": rows})
    assert [row.new for row in upserted.results] == [False, True]
    api.archive({"inputs": [{"id": row.id} for row in upserted.results]})
    assert lab.control("GET", "/state")["counts"]["hubspot"]["contacts"] == SIZE
    assert [row["operation"] for row in lab.control("GET", "/ledger?provider=hubspot")["ledger"]] == [
        "create", "update", "update", "create", "archive", "archive",
    ]  # fmt: skip
    for body in ({"inputs": [{"id": str(n)} for n in range(101)]}, {"inputs": [{"id": one}, {"id": one}]}):
        with pytest.raises(ApiException) as error:
            api.update({"inputs": [row | {"properties": {}} for row in body["inputs"]]})
        assert error.value.status == 400


def test_associations_both_ways(hubspot_client: HubSpot) -> None:
    v4 = hubspot_client.crm.associations.v4.basic_api
    contacts = hubspot_client.crm.contacts.basic_api.get_page(limit=20, associations=["companies", "deals"]).results
    linked = next(row for row in contacts if row.associations and "companies" in row.associations)
    rows = linked.associations["companies"].results
    assert [row.type for row in rows] == ["contact_to_company", "contact_to_company_unlabeled"]
    company = rows[0].id
    there = v4.get_page("contacts", linked.id, "companies").results
    assert [str(row.to_object_id) for row in there] == [company]
    assert [kind.label for kind in there[0].association_types] == ["Primary", None]
    back = v4.get_page("companies", company, "contacts", limit=500).results
    assert linked.id in [str(row.to_object_id) for row in back]
    other = hubspot_client.crm.companies.get_all()[-1].id
    v4.create_default("contacts", linked.id, "companies", other)
    assert {str(row.to_object_id) for row in v4.get_page("contacts", linked.id, "companies").results} == {company, other}
    v4.archive("contacts", linked.id, "companies", company)
    assert {str(row.to_object_id) for row in v4.get_page("contacts", linked.id, "companies").results} == {other}


def test_a_record_created_with_associations_has_them(hubspot_client: HubSpot) -> None:
    contact = hubspot_client.crm.contacts.basic_api.get_page(limit=1).results[0]
    to: Any = {"to": {"id": contact.id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]}
    made: Any = hubspot_client.crm.deals.basic_api.create({"properties": {"dealname": "New", "amount": "12.50"}, "associations": [to]})
    held = hubspot_client.crm.deals.basic_api.get_by_id(made.id, associations=["contacts"])
    assert [row.id for row in held.associations["contacts"].results] == [contact.id]


def test_owners_properties_pipelines(hubspot_client: HubSpot) -> None:
    assert len(hubspot_client.crm.owners.get_all()) == 12
    listed = hubspot_client.crm.properties.core_api.get_all("contacts").results
    assert {"email", "lifecyclestage", "hs_object_id"} <= {row.name for row in listed}
    made: Any = hubspot_client.crm.properties.core_api.create(
        "contacts", {"name": "shoe_size", "label": "Shoe size", "type": "number", "fieldType": "number", "groupName": "contactinformation"}
    )
    assert made.type == "number"
    contact = hubspot_client.crm.contacts.basic_api.get_page(limit=1).results[0]
    hubspot_client.crm.contacts.basic_api.update(contact.id, SimplePublicObjectInput(properties={"shoe_size": "43"}))
    stages = hubspot_client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages
    assert [stage.id for stage in stages][-2:] == ["closedwon", "closedlost"]


def test_error_body_of_the_rate_limit_is_the_recorded_one(lab: LabServer, hubspot_client: HubSpot) -> None:
    recorded = evidence("payloads/hubspot/_errors.json")[0]["body"]
    lab.control("POST", "/faults", {"provider": "hubspot", "kind": "429", "reason": "DAILY"})
    with pytest.raises(ApiException) as error:
        hubspot_client.crm.contacts.basic_api.get_page()
    import json

    body = json.loads(error.value.body)
    assert set(body) == set(recorded)
    assert (body["message"], body["policyName"]) == (recorded["message"], recorded["policyName"])
