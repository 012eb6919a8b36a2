"""Rate limits speak each provider's language."""

from __future__ import annotations

import time

from lab.limits import Limit
from lab.serve import LabServer
from tests.lab.conftest import Http, evidence


def test_limit_is_a_rolling_window_per_token() -> None:
    limit = Limit("x", 2, 10.0)
    assert [limit.take("a", at) for at in (0.0, 1.0, 2.0, 10.5, 10.6)] == [True, True, False, True, False]
    assert limit.take("b", 2.0) and limit.remaining("b") == 1
    assert all(Limit("none", 0, 1.0).take("a", 0.0) for _ in range(10))


def test_stripe(lab: LabServer, stripe_http: Http) -> None:
    lab.control("POST", "/limits", {"provider": "stripe", "rate": {"most": 3, "seconds": 1}})
    answers = [stripe_http("GET", "/v1/customers?limit=1") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert answers[-1].json()["error"]["code"] == "rate_limit"
    time.sleep(1.05)
    assert stripe_http("GET", "/v1/customers?limit=1").status_code == 200


def test_hubspot_burst_and_headers(lab: LabServer, hubspot_http: Http) -> None:
    recorded = evidence("payloads/hubspot/_errors.json")[0]["body"]
    lab.control("POST", "/limits", {"provider": "hubspot", "burst": {"most": 2}, "daily": {"most": 100}, "search": {"most": 1}})
    answers = [hubspot_http("GET", "/crm/v3/objects/contacts?limit=1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    headers = answers[0].headers
    assert (headers["X-HubSpot-RateLimit-Max"], headers["X-HubSpot-RateLimit-Remaining"]) == ("2", "1")
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert (headers["X-HubSpot-RateLimit-Daily"], headers["X-HubSpot-RateLimit-Daily-Remaining"]) == ("100", "99")
    body = answers[-1].json()
    assert set(body) == set(recorded) and body["policyName"] == "TEN_SECONDLY_ROLLING"
    searches = [hubspot_http("POST", "/crm/v3/objects/contacts/search", json={"limit": 1}) for _ in range(2)]
    assert [answer.status_code for answer in searches] == [200, 429]
    assert not [name for name in searches[0].headers if "RateLimit" in name]
    assert searches[1].json()["policyName"] == "SECONDLY"
