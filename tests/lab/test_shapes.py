"""The lab's answers have the fields and types of the recorded ones."""

from __future__ import annotations

from typing import Any

import pytest

from lab.serve import LabServer
from tests.lab.conftest import Http, evidence
from tests.lab.shapes import Shape

STRIPE_FREE = (".metadata", ".lines.data[].metadata")


def _fits(shape: Shape, values: list[Any], optional: tuple[str, ...] = ()) -> None:
    assert values
    misfits = sorted({misfit for value in values for misfit in shape.misfits(value, optional=optional)})
    assert not misfits, "\n".join(misfits)


def _stripe(http: Http, path: str) -> list[Any]:
    rows: list[Any] = []
    after = ""
    for _ in range(4):
        page = http("GET", f"{path}?limit=100{after}").json()
        rows += page["data"]
        if not page["has_more"]:
            break
        after = f"&starting_after={page['data'][-1]['id']}"
    return rows


def test_comparer_notices_what_it_should() -> None:
    shape = Shape([{"a": 1, "b": None, "c": [{"d": "x"}]}, {"a": 2, "b": "t", "c": []}])
    assert shape.misfits({"a": 3, "b": None, "c": [{"d": "y"}]}) == []
    assert shape.misfits({"a": "3", "b": 1, "c": [{"e": 1}]}) == [
        ".a: string, recorded number", ".b: number, recorded null/string",
        ".c[].e: not in the recording", ".c[].d: missing",
    ]  # fmt: skip


def test_customers(stripe_http: Http) -> None:
    recorded = evidence("payloads/stripe/list-customers.json")["exchanges"][0]["response"]
    official = evidence("payloads/stripe/fixtures3.json")["resources"]["customer"]
    answer = stripe_http("GET", "/v1/customers?limit=3").json()
    assert set(answer) == set(recorded)
    # the official example knows the inside of what the recorded account left empty; `discount` is expanded there
    inside = Shape([*recorded["data"], {key: official[key] for key in official if key not in ("discount", "shipping", "invoice_settings")}],
                   STRIPE_FREE)  # fmt: skip
    inside.always[""] = set(recorded["data"][0])
    _fits(inside, _stripe(stripe_http, "/v1/customers"))


def test_a_retrieved_and_a_created_customer(stripe_http: Http) -> None:
    recorded = evidence("payloads/stripe/get-customer.json")["exchanges"][0]["response"]
    made = stripe_http("POST", "/v1/customers", data={"email": "x@y.example", "address[city]": "Ulm"}).json()
    _fits(Shape([recorded], STRIPE_FREE), [made, stripe_http("GET", f"/v1/customers/{made['id']}").json()])


def test_invoices(stripe_http: Http) -> None:
    exchanges = [evidence(f"payloads/stripe/{name}.json")["exchanges"][0]["response"] for name in ("pay-invoice", "finalize-invoice")]
    listed = evidence("payloads/stripe/invoices.json")["exchanges"][0]["response"]
    recorded = [item for item in listed["data"] if "id" in item and "__truncated__" not in item] + exchanges
    shape = Shape(recorded, (*STRIPE_FREE, ".parent"))
    _fits(shape, _stripe(stripe_http, "/v1/invoices"))


def test_payment_intents(stripe_http: Http) -> None:
    recorded = [evidence(f"payloads/stripe/{name}.json")["exchanges"][0]["response"]
                for name in ("create-payment-intent", "cancel-payment-intent", "delete-payment-intent")]  # fmt: skip
    made = stripe_http("POST", "/v1/payment_intents", data={"amount": "1", "currency": "usd"}).json()
    _fits(Shape(recorded, STRIPE_FREE), [made])
    # intents of invoices are charged by card alone
    _fits(Shape(recorded, (*STRIPE_FREE, ".payment_method_options")), _stripe(stripe_http, "/v1/payment_intents"))


@pytest.mark.parametrize(
    ("name", "path", "optional"),
    [
        ("charge", "/v1/charges", (".refunds",)),
        ("product", "/v1/products", ()),
        ("price", "/v1/prices", ()),
        ("event", "/v1/events", (".data.previous_attributes",)),
    ],
)
def test_official_examples(stripe_http: Http, name: str, path: str, optional: tuple[str, ...]) -> None:
    # the examples are made by machine: of a nested object they may show one variant, of an event one kind of subject
    example = evidence("payloads/stripe/fixtures3.json")["resources"][name]
    free = (".metadata", ".data.object", ".shipping", ".transfer_data", ".fraud_details")
    _fits(Shape([example], free), _stripe(stripe_http, path), optional)


@pytest.mark.parametrize(("name", "path"), [("account", "/v1/account"), ("balance", "/v1/balance")])
def test_account_and_balance(stripe_http: Http, name: str, path: str) -> None:
    example = evidence("payloads/stripe/fixtures3.json")["resources"][name]
    _fits(Shape([example], (".metadata",)), [stripe_http("GET", path).json()])


def test_deleted_objects(stripe_http: Http) -> None:
    recorded = evidence("payloads/stripe/delete-product.json")["exchanges"][0]["response"]
    product = stripe_http("POST", "/v1/products", data={"name": "p"}).json()["id"]
    assert stripe_http("DELETE", f"/v1/products/{product}").json() == {**recorded, "id": product}


RECORD_FREE = (".properties",)


def _hubspot(case: str) -> tuple[Any, Any]:
    exchange = evidence(f"payloads/hubspot/{case}.json")["exchanges"][0]
    return exchange, exchange["response"]


@pytest.mark.parametrize("case", ["create-contact", "create-note"])
def test_creating_as_recorded(hubspot_http: Http, case: str) -> None:
    exchange, recorded = _hubspot(case)
    answer = hubspot_http("POST", exchange["path"], json=exchange["request"]["data"])
    assert answer.status_code == 201, answer.text
    _fits(Shape([recorded]), [answer.json()])


def test_batch_create_as_recorded(hubspot_http: Http) -> None:
    exchange, recorded = _hubspot("batch-create-companies")
    answer = hubspot_http("POST", exchange["path"], json=exchange["request"]["data"])
    assert answer.status_code == 201
    _fits(Shape([recorded]), [answer.json()])


@pytest.mark.parametrize(("case", "name"), [("get-contact", "contacts"), ("get-deal", "deals")])
def test_reading_as_recorded(hubspot_http: Http, case: str, name: str) -> None:
    exchange, recorded = _hubspot(case)
    listed = hubspot_http("GET", f"/crm/v3/objects/{name}?limit=50").json()["results"]
    rows = [
        hubspot_http("GET", f"/crm/v3/objects/{name}/{row['id']}", params=exchange["request"]["params"]).json() for row in listed
    ]
    shape = Shape([recorded])
    for row in rows:
        assert set(row["properties"]) == set(recorded["properties"])
    shape.types = {path: types | {"string", "null"} if path.startswith(".properties.") else types for path, types in shape.types.items()}
    _fits(shape, rows)


@pytest.mark.parametrize(("case", "name"), [("update-contact", "contacts"), ("update-company", "companies"), ("update-ticket", "tickets")])
def test_updating_as_recorded(hubspot_http: Http, case: str, name: str) -> None:
    exchange, recorded = _hubspot(case)
    some = hubspot_http("GET", f"/crm/v3/objects/{name}?limit=1").json()["results"][0]["id"]
    answer = hubspot_http("PATCH", f"/crm/v3/objects/{name}/{some}", json=exchange["request"]["data"])
    assert answer.status_code == 200, answer.text
    # which derived properties come back depends on the record's past
    _fits(Shape([recorded], RECORD_FREE), [answer.json()])
    assert set(exchange["request"]["data"]["properties"]) <= set(answer.json()["properties"])


def test_search_as_recorded(hubspot_http: Http) -> None:
    exchange, recorded = _hubspot("search-tickets")
    answer = hubspot_http("POST", exchange["path"], json=exchange["request"]["data"])
    shape = Shape([recorded])
    shape.types = {path: types | {"string", "null"} if ".properties." in path else types for path, types in shape.types.items()}
    _fits(shape, [answer.json()])


@pytest.mark.parametrize("case", ["products", "tasks"])
def test_lists_as_recorded(hubspot_http: Http, case: str) -> None:
    exchange, recorded = _hubspot(case)
    if case == "tasks":
        hubspot_http("POST", "/crm/v3/objects/tasks", json={"properties": {"hs_task_subject": "s", "hs_task_priority": "HIGH"}})
    answer = hubspot_http("GET", exchange["path"], params=exchange["request"]["params"])
    assert answer.status_code == 200 and answer.json()["results"]
    rows = [row for row in recorded["results"] if "__truncated__" not in row]
    if rows:
        _fits(Shape(rows, RECORD_FREE), answer.json()["results"], (".associations",))


def test_deleting_as_recorded(hubspot_http: Http) -> None:
    for case, name in (("delete-company", "companies"), ("delete-ticket", "tickets")):
        exchange, _ = _hubspot(case)
        assert hubspot_http("DELETE", exchange["path"]).status_code == exchange["status"] == 204
        some = hubspot_http("GET", f"/crm/v3/objects/{name}?limit=1").json()["results"][0]["id"]
        gone = hubspot_http("DELETE", f"/crm/v3/objects/{name}/{some}")
        assert (gone.status_code, gone.content) == (204, b"")


def test_owner_and_token_information(hubspot_http: Http, lab: LabServer) -> None:
    exchange, recorded = _hubspot("get-owner")
    owner = hubspot_http("GET", "/crm/v3/owners").json()["results"][0]
    answer = hubspot_http("GET", f"/crm/v3/owners/{owner['id']}")
    _fits(Shape([recorded]), [answer.json()])
    rate = {name for name in exchange["headers"] if name.startswith("x-hubspot-ratelimit")}
    lab.control("POST", "/limits", {"provider": "hubspot", "burst": {"most": 190}, "daily": {"most": 650000}})
    sent = {name.lower() for name in hubspot_http("GET", "/crm/v3/owners").headers}
    # the two per-second headers are of another plan than the lab's
    assert rate - {"x-hubspot-ratelimit-secondly", "x-hubspot-ratelimit-secondly-remaining"} <= sent
    _, token = _hubspot("whoami")
    scopes = [scope for scope in token["scopes"] if isinstance(scope, str)]
    told = hubspot_http("GET", "/oauth/v1/access-tokens/pat-lab-orion-4242").json()
    _fits(Shape([token | {"scopes": scopes}]), [told])
