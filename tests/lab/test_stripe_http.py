"""Answers of the fake Stripe that its library hides: bodies, headers, odd requests."""

from __future__ import annotations

import pytest

from lab.serve import LabServer
from tests.lab.conftest import Http, evidence


@pytest.mark.parametrize(
    ("path", "status", "code", "param"),
    [
        ("/v1/customers?limit=0", 400, "parameter_invalid_integer", "limit"),
        ("/v1/customers?limit=101", 400, "parameter_invalid_integer", "limit"),
        ("/v1/customers?limit=ten", 400, "parameter_invalid_integer", "limit"),
        ("/v1/customers?colour=red", 400, "parameter_unknown", "colour"),
        ("/v1/customers?starting_after=cus_nope", 400, "resource_missing", "starting_after"),
        ("/v1/customers?created[after]=1", 400, "parameter_unknown", "created[after]"),
        ("/v1/invoices/in_nope", 404, "resource_missing", "id"),
        ("/v1/invoices/in_nope/lines", 404, "resource_missing", "id"),
        ("/v1/events/evt_nope", 404, "resource_missing", "id"),
        ("/v1/unicorns", 404, None, None),
        ("/nothing", 404, None, None),
    ],
)
def test_refusals(stripe_http: Http, path: str, status: int, code: str | None, param: str | None) -> None:
    answer = stripe_http("GET", path)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (status, code, param)
    assert error["type"] == "invalid_request_error" and error["message"]


def test_headers_of_every_answer(stripe_http: Http) -> None:
    answer = stripe_http("GET", "/v1/customers?limit=1", headers={"Stripe-Version": "2024-06-20"})
    assert answer.headers["Stripe-Version"] == "2024-06-20"
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Content-Type"] == "application/json"
    assert stripe_http("GET", "/v1/customers", headers={"Stripe-Version": "yesterday"}).status_code == 400


def test_keys_by_bearer_basic_and_not_at_all(lab: LabServer) -> None:
    import requests

    url = lab.url + "/stripe/v1/customers?limit=1"
    assert requests.get(url, auth=("sk_test_any", ""), timeout=5).status_code == 200
    nobody = requests.get(url, timeout=5)
    assert nobody.status_code == 401 and "did not provide an API key" in nobody.json()["error"]["message"]
    lab.control("POST", "/tokens", {"provider": "stripe", "revoke": ["sk_test_any"]})
    revoked = requests.get(url, auth=("sk_test_any", ""), timeout=5)
    assert revoked.status_code == 401 and revoked.json()["error"]["code"] == "api_key_expired"


def test_error_bodies_have_the_recorded_fields(stripe_http: Http, lab: LabServer) -> None:
    recorded = {item["status"]: item["body"]["error"] for item in evidence("payloads/stripe/_errors.json")}
    lab.control("POST", "/faults", {"provider": "stripe", "kind": "429"})
    limited = stripe_http("GET", "/v1/customers")
    assert limited.status_code == 429
    assert limited.json()["error"]["code"] == recorded[429]["code"]
    assert limited.json()["error"]["message"] == recorded[429]["message"]
    wrong = stripe_http("GET", "/v1/customers", headers={"Authorization": "Bearer sk_live_wrong_key_0001"})
    assert set(wrong.json()["error"]) == set(recorded[401])
    bad = stripe_http("GET", "/v1/customers?limit=0").json()["error"]
    assert set(recorded[400]) <= set(bad)


def test_json_bodies_and_bad_metadata_are_refused(stripe_http: Http) -> None:
    assert stripe_http("POST", "/v1/customers", json={"name": "x"}).status_code == 400
    long_key = stripe_http("POST", "/v1/customers", data={f"metadata[{'k' * 41}]": "v"})
    assert "up to 40 characters" in long_key.json()["error"]["message"]
    long_value = stripe_http("POST", "/v1/customers", data={"metadata[k]": "v" * 501})
    assert "up to 500 characters" in long_value.json()["error"]["message"]
    assert stripe_http("POST", "/v1/customers", data={"shoe_size": "9"}).json()["error"]["code"] == "parameter_unknown"
    assert stripe_http("POST", "/v1/customers", data={"address[planet]": "Mars"}).status_code == 400
    assert stripe_http("POST", "/v1/customers", data={"tax_exempt": "maybe"}).status_code == 400


def test_the_ugly_cases_are_there(stripe_http: Http) -> None:
    rows = []
    after = ""
    while True:
        page = stripe_http("GET", f"/v1/customers?limit=100{after}").json()
        rows += page["data"]
        if not page["has_more"]:
            break
        after = f"&starting_after={page['data'][-1]['id']}"
    mails = [row["email"] for row in rows]
    assert any(mail is None for mail in mails) and any(mail and "@@" in mail for mail in mails)
    assert {"jpy", "kwd"} <= {row["currency"] for row in rows}
    assert any(row["name"] is None for row in rows) and any(row["name"] and "🚀" in row["name"] for row in rows)
    assert any(row["tax_exempt"] not in ("none", "exempt", "reverse") for row in rows)
    assert min(row["created"] for row in rows) < 1_400_000_000
    assert all(mail is None or ".example" in mail.lower() or "@" not in mail.rstrip("@") for mail in mails)


def test_events_older_than_thirty_days_are_not_listed(stripe_http: Http, lab: LabServer) -> None:
    before = stripe_http("GET", "/v1/events?limit=100").json()["data"]
    lab.control("POST", "/clock", {"skew_s": 10 * 86_400})
    later = stripe_http("GET", "/v1/events?limit=100").json()["data"]
    lab.control("POST", "/clock", {"skew_s": 0})
    assert 0 < len(later) < len(before)
    assert {event["id"] for event in later} < {event["id"] for event in before}
