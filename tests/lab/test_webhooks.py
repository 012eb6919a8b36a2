"""Webhooks arrive, signed as the providers sign them."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe
from hubspot.utils.signature import Signature

from lab.serve import LabServer
from lab.webhooks import sign_hubspot, sign_stripe
from tests.lab.conftest import Http, evidence


class Receiver:
    """A URL that takes webhooks; the first ``refuse`` of them get a 500."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.refuse = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.inbox.put((dict(self.headers), body))
                receiver.refuse -= 1
                self.send_response(500 if receiver.refuse >= 0 else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self) -> tuple[dict[str, str], bytes]:
        return self.inbox.get(timeout=10)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def test_signatures_are_those_of_the_vectors() -> None:
    vectors = [v for v in evidence("webhooks/vectors_dev.json") if v["valid"] and (v["provider"], v["scheme"]) in
               (("stripe", "v1"), ("hubspot", "v1"))]  # fmt: skip
    assert {v["provider"] for v in vectors} == {"stripe", "hubspot"}
    for vector in vectors:
        body, headers = vector["body"].encode(), vector["headers"]
        if vector["provider"] == "stripe":
            sent = headers["Stripe-Signature"]
            moment = int(sent.partition("t=")[2].partition(",")[0])
            assert sign_stripe(vector["secret"], body, moment)["Stripe-Signature"] in sent
        else:
            made = sign_hubspot(vector["secret"], body, 0, "https://x.example")
            assert made["X-HubSpot-Signature"] == headers["X-HubSpot-Signature"]


def test_known_answers() -> None:
    body = b'{"example_field":"example_value"}'
    made = sign_hubspot("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", body, 1614265330000, "https://www.example.com/webhook_uri")
    assert made["X-HubSpot-Signature-v3"] == "tpCufWLOupRpVXpoJy1Cdw0BOVgWjilpkfjxyo2w2OQ="


def test_stripe_webhook_passes_stripes_own_check(lab: LabServer, stripe_client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint = stripe_client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["customer.created"]})
    made = stripe_client.v1.customers.create({"name": "Hook"})
    stripe_client.v1.customers.update(made.id, {"name": "Not subscribed"})
    headers, body = receiver.next()
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], endpoint.secret)
    assert event.type == "customer.created" and event.data.object["id"] == made.id and event.pending_webhooks == 1
    assert stripe_client.v1.events.retrieve(event.id).to_dict() == json.loads(body)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_other")
    time.sleep(0.1)
    assert receiver.inbox.empty()


def test_hubspot_webhook_passes_hubspots_own_check(lab: LabServer, hubspot_http: Http, receiver: Receiver) -> None:
    lab.control("POST", "/webhooks", {"provider": "hubspot", "url": receiver.url, "secret": "shh", "events": ["contact.*"]})
    made = hubspot_http("POST", "/crm/v3/objects/contacts", json={"properties": {"email": "h@ook.example"}}).json()
    headers, body = receiver.next()
    assert Signature.is_valid(
        signature=headers["X-HubSpot-Signature-v3"], client_secret="shh", request_body=body.decode(), http_uri=receiver.url,
        http_method="POST", signature_version="v3", timestamp=headers["X-HubSpot-Request-Timestamp"],
    )  # fmt: skip
    events = json.loads(body)
    assert [(e["subscriptionType"], str(e["objectId"])) for e in events] == [("contact.creation", made["id"])]
    hubspot_http("PATCH", f"/crm/v3/objects/contacts/{made['id']}", json={"properties": {"city": "Ulm", "phone": "1"}})
    changed = json.loads(receiver.next()[1])
    assert [(e["propertyName"], e["propertyValue"]) for e in changed] == [("city", "Ulm"), ("phone", "1")]
    hubspot_http("DELETE", f"/crm/v3/objects/contacts/{made['id']}")
    assert json.loads(receiver.next()[1])[0]["changeFlag"] == "DELETED"


def test_refused_deliveries_are_repeated_and_bounded(lab: LabServer, stripe_http: Http, receiver: Receiver) -> None:
    receiver.refuse = 2
    lab.control("POST", "/webhooks", {"provider": "stripe", "url": receiver.url, "secret": "whsec_x"})
    stripe_http("POST", "/v1/customers", data={"name": "Retry"})
    bodies = [receiver.next()[1] for _ in range(3)]
    assert len(set(bodies)) == 1
    deadline = time.monotonic() + 5
    while lab.control("GET", "/webhooks")["pending"] and time.monotonic() < deadline:
        time.sleep(0.05)
    report = lab.control("GET", "/webhooks")
    assert [(d["attempt"], d["status"]) for d in report["deliveries"]] == [(1, 500), (2, 500), (3, 200)]


def test_copies_and_bad_signatures_on_request(lab: LabServer, stripe_http: Http, receiver: Receiver) -> None:
    lab.control("POST", "/webhooks", {"provider": "stripe", "url": receiver.url, "secret": "whsec_x", "copies": 2, "bad_signature": True})
    stripe_http("POST", "/v1/customers", data={"name": "Twice"})
    first, second = receiver.next(), receiver.next()
    assert first[1] == second[1]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(first[1], first[0]["Stripe-Signature"], "whsec_x")


def test_a_big_change_is_sent_in_hundreds(lab: LabServer, receiver: Receiver) -> None:
    lab.control("POST", "/webhooks", {"provider": "hubspot", "url": receiver.url, "events": ["contact.propertyChange"]})
    lab.control("POST", "/mutate", {"provider": "hubspot", "n": 150})
    sizes = sorted(len(json.loads(receiver.next()[1])) for _ in range(2))
    assert sizes == [50, 100]
