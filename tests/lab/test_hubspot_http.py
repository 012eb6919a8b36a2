"""Parts of the fake HubSpot its library does not reach: OAuth, dated paths, headers, odd bodies."""

from __future__ import annotations

import requests

from lab.serve import LabServer
from tests.lab.conftest import Http

GRANT = {"grant_type": "refresh_token", "client_id": "lab-client-id", "client_secret": "lab-client-secret"}


def test_refresh_rotates_and_tokens_expire(lab: LabServer, hubspot_http: Http) -> None:
    url = lab.url + "/hubspot"
    first = requests.post(f"{url}/oauth/v1/token", data=GRANT | {"refresh_token": "lab-refresh-token"}, timeout=5).json()
    assert first["expires_in"] == 1800 and first["refresh_token"] != "lab-refresh-token"
    again = requests.post(f"{url}/oauth/v1/token", data=GRANT | {"refresh_token": "lab-refresh-token"}, timeout=5)
    assert again.status_code == 400 and again.json()["status"] == "BAD_REFRESH_TOKEN"
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert requests.get(f"{url}/crm/v3/objects/contacts", headers=headers, timeout=5).status_code == 200
    told = requests.get(f"{url}/oauth/v1/access-tokens/{first['access_token']}", timeout=5).json()
    assert told["hub_id"] == first["hub_id"] and 1700 < told["expires_in"] <= 1800
    lab.control("POST", "/clock", {"skew_s": 1801})
    late = requests.get(f"{url}/crm/v3/objects/contacts", headers=headers, timeout=5)
    lab.control("POST", "/clock", {"skew_s": 0})
    assert late.status_code == 401 and late.json()["category"] == "EXPIRED_AUTHENTICATION"
    wrong = requests.post(f"{url}/oauth/v1/token", data=GRANT | {"client_secret": "no"}, timeout=5)
    assert wrong.json()["status"] == "BAD_CLIENT_SECRET"


def test_authorization_code_works_once_for_its_redirect(lab: LabServer) -> None:
    url = lab.url + "/hubspot/oauth"
    asked = {"client_id": "lab-client-id", "redirect_uri": "http://127.0.0.1:9/back", "scope": "crm.objects.contacts.read", "state": "s1"}
    page = requests.get(f"{url}/authorize", params=asked, timeout=5)
    assert page.status_code == 200 and "Connect app" in page.text
    sent = requests.post(f"{url}/authorize", data=asked, allow_redirects=False, timeout=5)
    target = sent.headers["Location"]
    assert sent.status_code == 302 and target.startswith("http://127.0.0.1:9/back?code=") and target.endswith("&state=s1")
    code = target.partition("code=")[2].partition("&")[0]
    grant = GRANT | {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
    assert requests.post(f"{url}/v3/token", data=grant, timeout=5).json()["token_type"] == "bearer"
    assert requests.post(f"{url}/v3/token", data=grant, timeout=5).json()["status"] == "BAD_AUTH_CODE"


def test_dated_paths_are_the_same_interface(hubspot_http: Http) -> None:
    dated = hubspot_http("GET", "/crm/objects/2026-03/contacts?limit=2").json()
    assert dated["results"] == hubspot_http("GET", "/crm/v3/objects/contacts?limit=2").json()["results"]
    assert hubspot_http("GET", "/crm/v3/objects/0-1?limit=2").json()["results"] == dated["results"]
    found = hubspot_http("POST", "/crm/objects/2026-03/contacts/search", json={"limit": 1}).json()
    assert found["total"] == 500


def test_revoked_token_and_unknown_things(lab: LabServer, hubspot_http: Http) -> None:
    assert hubspot_http("GET", "/crm/v3/objects/unicorns").json()["message"] == "Unable to infer object type from: unicorns"
    assert hubspot_http("GET", "/crm/v9/objects").status_code == 404
    assert hubspot_http("POST", "/crm/v3/objects/contacts", data="{oops").json()["message"].startswith("Invalid input JSON")
    assert hubspot_http("POST", "/crm/v3/objects/contacts", json=[1, 2]).status_code == 400
    assert hubspot_http("POST", "/crm/v3/objects/contacts/search", json={"filterGroups": [7]}).status_code == 400
    lab.control("POST", "/tokens", {"provider": "hubspot", "revoke": ["pat-lab-orion-4242"]})
    refused = hubspot_http("GET", "/crm/v3/objects/contacts")
    assert refused.status_code == 401 and refused.json()["category"] == "INVALID_AUTHENTICATION"


def test_values_are_text_or_null_and_account_tells_its_portal(hubspot_http: Http) -> None:
    names = [row["name"] for row in hubspot_http("GET", "/crm/v3/properties/contacts").json()["results"]]
    for row in hubspot_http("GET", "/crm/v3/objects/contacts", params={"limit": 100, "properties": ",".join(names)}).json()["results"]:
        assert set(names) == set(row["properties"])
        assert all(value is None or isinstance(value, str) for value in row["properties"].values())
    assert hubspot_http("GET", "/account-info/v3/details").json()["portalId"] > 0


def test_index_lag_hides_recent_changes_from_search(lab: LabServer, hubspot_http: Http) -> None:
    lab.control("POST", "/settings", {"provider": "hubspot", "search_lag_s": 60})
    made = hubspot_http("POST", "/crm/v3/objects/contacts", json={"properties": {"email": "lag@lag.example"}}).json()
    query = {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ", "value": "lag@lag.example"}]}]}
    assert hubspot_http("POST", "/crm/v3/objects/contacts/search", json=query).json()["total"] == 0
    assert hubspot_http("GET", f"/crm/v3/objects/contacts/{made['id']}").status_code == 200
    lab.control("POST", "/settings", {"provider": "hubspot", "search_lag_s": 0})
    assert hubspot_http("POST", "/crm/v3/objects/contacts/search", json=query).json()["total"] == 1
