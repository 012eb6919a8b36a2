"""Faults really happen, on the wire too."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
import requests

from lab.serve import LabServer
from tests.lab.conftest import HUBSPOT_TOKEN, STRIPE_KEY, Http


def _fault(lab: LabServer, kind: str, **more: Any) -> None:
    lab.control("POST", "/faults", {"provider": "stripe", "kind": kind, **more})


def _raw(lab: LabServer, path: str, timeout: float = 5.0) -> tuple[bytes, str]:
    """What arrives on a bare socket, and how the connection ended."""
    host, port = lab.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=timeout) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: lab\r\nAuthorization: Bearer {STRIPE_KEY}\r\n\r\n".encode())
        received = b""
        while True:
            try:
                part = sock.recv(65536)
            except ConnectionResetError:
                return received, "reset"
            except TimeoutError:
                return received, "timeout"
            if not part:
                return received, "closed"
            received += part


def _promised(received: bytes) -> tuple[int, int]:
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    return length, len(body)


def test_reset_sends_rst_in_the_middle_of_the_body(lab: LabServer) -> None:
    _fault(lab, "reset")
    received, end = _raw(lab, "/stripe/v1/customers?limit=100")
    length, got = _promised(received)
    assert end == "reset" and 0 < got < length


def test_truncate_closes_before_the_promised_length(lab: LabServer) -> None:
    _fault(lab, "truncate")
    received, end = _raw(lab, "/stripe/v1/customers?limit=100")
    length, got = _promised(received)
    assert end == "closed" and 0 < got < length


def test_hang_sends_nothing(lab: LabServer) -> None:
    _fault(lab, "hang", seconds=1.0)
    began = time.monotonic()
    received, end = _raw(lab, "/stripe/v1/customers")
    assert (received, end) == (b"", "closed") and time.monotonic() - began >= 0.9


def test_slow_spreads_the_body_and_others_are_served_meanwhile(lab: LabServer, stripe_http: Http) -> None:
    _fault(lab, "slow", seconds=1.0)
    with requests.get(lab.url + "/stripe/v1/customers?limit=50", headers={"Authorization": f"Bearer {STRIPE_KEY}"},
                      stream=True, timeout=10) as slow:  # fmt: skip
        began = time.monotonic()
        assert stripe_http("GET", "/v1/customers?limit=1").status_code == 200
        assert time.monotonic() - began < 0.5
        body = b"".join(slow.iter_content(1024))
    assert time.monotonic() - began > 0.8 and len(json.loads(body)["data"]) == 50


def test_clients_of_the_providers_see_connection_errors(lab: LabServer, stripe_client: Any) -> None:
    import stripe

    for kind in ("reset", "truncate"):
        _fault(lab, kind)
        with pytest.raises(stripe.APIConnectionError):
            stripe_client.v1.customers.list({"limit": 100})
    assert stripe_client.v1.customers.list({"limit": 1}).data


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "401", "403", "expired_token"])
@pytest.mark.parametrize("provider", ["stripe", "hubspot"])
def test_statuses_with_the_providers_own_bodies(lab: LabServer, provider: str, kind: str) -> None:
    status = 401 if kind == "expired_token" else int(kind)
    lab.control("POST", "/faults", {"provider": provider, "kind": kind, "retry_after": "2"})
    path, token = ("/v1/customers", STRIPE_KEY) if provider == "stripe" else ("/crm/v3/objects/contacts", HUBSPOT_TOKEN)
    http = Http(f"{lab.url}/{provider}", token)
    answer = http("GET", path)
    assert answer.status_code == status and answer.headers["Retry-After"] == "2"
    body = answer.json()
    assert body["error"]["message"] if provider == "stripe" else body["status"] == "error" and body["correlationId"]
    assert http("GET", path).status_code == 200


def test_bodies_gone_bad(lab: LabServer, stripe_http: Http) -> None:
    _fault(lab, "html")
    page = stripe_http("GET", "/v1/customers")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html") and page.text.startswith("<!DOCTYPE")
    _fault(lab, "bad_json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(stripe_http("GET", "/v1/customers").content)
    _fault(lab, "empty")
    assert stripe_http("GET", "/v1/customers").content == b""
    _fault(lab, "nan")
    assert b":NaN" in stripe_http("GET", "/v1/customers").content
    _fault(lab, "deep")
    with pytest.raises(RecursionError):
        json.loads(stripe_http("GET", "/v1/customers").content)
    _fault(lab, "huge")
    answer = stripe_http("GET", "/v1/customers?limit=1")
    assert len(answer.content) > 10_000_000 and len(answer.json()["data"]) == 1


def test_after_times_path_and_method_choose_the_request(lab: LabServer, stripe_http: Http) -> None:
    _fault(lab, "500", path="/v1/customers", method="GET", after=1, times=2)
    assert stripe_http("GET", "/v1/products").status_code == 200
    assert stripe_http("POST", "/v1/customers", data={"name": "n"}).status_code == 200
    assert [stripe_http("GET", "/v1/customers").status_code for _ in range(4)] == [200, 500, 500, 200]
    _fault(lab, "503", times=-1)
    assert {stripe_http("GET", "/v1/customers").status_code for _ in range(5)} == {503}
    lab.control("DELETE", "/faults")
    assert stripe_http("GET", "/v1/customers").status_code == 200
    with pytest.raises(ValueError, match="unknown fault kind"):
        _fault(lab, "earthquake")


def test_a_lost_answer_hides_a_write_that_happened(lab: LabServer, stripe_http: Http) -> None:
    headers = {"Idempotency-Key": "lost-1"}
    _fault(lab, "reset", method="POST")
    with pytest.raises(requests.RequestException):
        stripe_http("POST", "/v1/customers", data={"name": "Lost"}, headers=headers)
    again = stripe_http("POST", "/v1/customers", data={"name": "Lost"}, headers=headers)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [row["operation"] for row in lab.control("GET", "/ledger")["ledger"]] == ["create", "replay"]


def test_a_sticky_500_is_replayed_for_its_key(lab: LabServer, stripe_http: Http) -> None:
    _fault(lab, "500", sticky=True, when="after")
    one = {"headers": {"Idempotency-Key": "sticky-1"}, "data": {"name": "S"}}
    assert [stripe_http("POST", "/v1/customers", **one).status_code for _ in range(3)] == [500, 500, 500]
    assert stripe_http("GET", "/v1/customers?limit=1").json()["data"][0]["name"] == "S"
    assert stripe_http("POST", "/v1/customers", headers={"Idempotency-Key": "fresh"}, data={"name": "S"}).status_code == 200
