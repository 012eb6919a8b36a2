"""The fake Stripe judged by Stripe's own Python library."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from stripe import StripeClient

from lab.serve import LabServer
from tests.lab.conftest import SIZE


@pytest.mark.parametrize("name", ["customers", "invoices", "payment_intents", "charges", "products", "prices"])
def test_auto_paging_sees_every_object_once_newest_first(stripe_client: StripeClient, lab: LabServer, name: str) -> None:
    expected = lab.control("GET", "/state")["counts"]["stripe"][name]
    found = list(getattr(stripe_client.v1, name).list({"limit": 100}).auto_paging_iter())
    assert len(found) == expected == len({item.id for item in found})
    created = [item.created for item in found]
    assert created == sorted(created, reverse=True)
    assert {item.object for item in found} == {name[:-1]}


def test_events_page_and_filter(stripe_client: StripeClient) -> None:
    every = list(stripe_client.v1.events.list({"limit": 100}).auto_paging_iter())
    assert len(every) >= 55
    paid = list(stripe_client.v1.events.list({"types": ["invoice.paid"], "limit": 100}).auto_paging_iter())
    assert 0 < len(paid) < len(every)
    assert {event.type for event in paid} == {"invoice.paid"}


def test_paging_backwards_returns_the_page_before(stripe_client: StripeClient) -> None:
    first = stripe_client.v1.customers.list({"limit": 5})
    second = stripe_client.v1.customers.list({"limit": 5, "starting_after": first.data[-1].id})
    back = stripe_client.v1.customers.list({"limit": 5, "ending_before": second.data[0].id})
    assert [c.id for c in back.data] == [c.id for c in first.data]
    assert back.has_more is False


def test_create_retrieve_update_delete(stripe_client: StripeClient) -> None:
    made = stripe_client.v1.customers.create(
        {
            "email": "ada@lovelace.example",
            "name": "Ada Lovelace",
            "phone": "+442071838750",
            "address": {"line1": "12 St James's Square", "city": "London", "country": "GB", "postal_code": "SW1Y 4JH"},
            "metadata": {"source": "lab", "tier": "gold"},
            "preferred_locales": ["en-GB"],
            "tax_exempt": "exempt",
            "balance": -500,
        }
    )
    held = stripe_client.v1.customers.retrieve(made.id)
    assert (held.name, held.email, held.balance, held.tax_exempt) == ("Ada Lovelace", "ada@lovelace.example", -500, "exempt")
    assert held.address is not None and held.address.city == "London" and held.address.state is None
    changed = stripe_client.v1.customers.update(made.id, {"name": "Ada King", "metadata": {"tier": "", "new": "1"}})
    assert changed.name == "Ada King"
    assert changed.metadata is not None and changed.metadata.to_dict() == {"source": "lab", "new": "1"}
    assert stripe_client.v1.customers.update(made.id, {"phone": ""}).phone is None
    gone = stripe_client.v1.customers.delete(made.id)
    assert gone.deleted is True
    stub = stripe_client.v1.customers.retrieve(made.id)
    assert stub.to_dict() == {"id": made.id, "object": "customer", "deleted": True}
    kinds = [event.type for event in stripe_client.v1.events.list({"limit": 4}).data]
    assert kinds == ["customer.deleted", "customer.updated", "customer.updated", "customer.created"]


def test_update_event_tells_what_was_there_before(stripe_client: StripeClient) -> None:
    customer = stripe_client.v1.customers.list({"limit": 1}).data[0]
    stripe_client.v1.customers.update(customer.id, {"name": "Renamed"})
    event = stripe_client.v1.events.list({"limit": 1, "type": "customer.updated"}).data[0].to_dict()
    assert event["data"]["object"]["name"] == "Renamed"
    assert event["data"]["previous_attributes"] == {"name": customer.name}
    assert event["request"]["id"].startswith("req_")


def test_idempotency_key_creates_once(stripe_client: StripeClient, lab: LabServer) -> None:
    options: Any = {"idempotency_key": "key-1"}
    first = stripe_client.v1.customers.create({"email": "once@only.example"}, options=options)
    again = stripe_client.v1.customers.create({"email": "once@only.example"}, options=options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        stripe_client.v1.customers.create({"email": "other@only.example"}, options=options)
    ledger = [(row["operation"], row["replayed"]) for row in lab.control("GET", "/ledger?provider=stripe")["ledger"]]
    assert ledger == [("create", False), ("replay", True)]
    assert len(list(stripe_client.v1.customers.list({"email": "once@only.example"}))) == 1


def test_errors_become_the_exceptions_of_the_library(stripe_client: StripeClient, lab: LabServer) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_nobody'") as missing:
        stripe_client.v1.customers.retrieve("cus_nobody")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    with pytest.raises(stripe.InvalidRequestError) as email:
        stripe_client.v1.customers.create({"email": "not an address"})
    assert (email.value.http_status, email.value.code) == (400, "email_invalid")
    stranger = StripeClient("sk_live_nothing", base_addresses={"api": lab.url + "/stripe"}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        stranger.v1.customers.list()
    reader = StripeClient("rk_test_readonly_1", base_addresses={"api": lab.url + "/stripe"}, max_network_retries=0)
    assert reader.v1.customers.list({"limit": 1}).data
    with pytest.raises(stripe.PermissionError):
        reader.v1.customers.create({"name": "x"})


def test_filters_and_search_find_the_same(stripe_client: StripeClient) -> None:
    customers = list(stripe_client.v1.customers.list({"limit": 100}).auto_paging_iter())
    for customer in customers[:40]:
        if customer.email:
            listed = [c.id for c in stripe_client.v1.customers.list({"email": customer.email}).data]
            assert customer.id in listed
    some = next(c for c in customers if c.email and c.name and "@" in c.email and "'" not in c.name)
    by_mail = stripe_client.v1.customers.search({"query": f"email:'{some.email}'"})
    by_name = stripe_client.v1.customers.search({"query": f"name~'{some.name}' AND created>1"})
    assert some.id in [c.id for c in by_mail.data] and some.id in [c.id for c in by_name.data]


def test_created_windows_partition_the_list(stripe_client: StripeClient) -> None:
    every = [c.id for c in stripe_client.v1.customers.list({"limit": 100}).auto_paging_iter()]
    middle = stripe_client.v1.customers.retrieve(every[250]).created
    late = list(stripe_client.v1.customers.list({"limit": 100, "created": {"gte": middle}}).auto_paging_iter())
    early = list(stripe_client.v1.customers.list({"limit": 100, "created": {"lt": middle}}).auto_paging_iter())
    assert [c.id for c in late] + [c.id for c in early] == every
    assert len(late) + len(early) == SIZE
    edge = list(stripe_client.v1.customers.list({"created": {"gt": middle - 1, "lte": middle}}).auto_paging_iter())
    assert [c.id for c in edge] == [every[250]]


def test_invoice_lines_are_capped_inline_and_paged_apart(stripe_client: StripeClient) -> None:
    invoices = list(stripe_client.v1.invoices.list({"limit": 100}).auto_paging_iter())
    long = [invoice for invoice in invoices if invoice.lines.has_more]
    assert max(invoice.lines.to_dict()["total_count"] for invoice in long) == 137
    for invoice in long[:5]:
        assert len(invoice.lines.data) == 10
        lines = list(stripe_client.v1.invoices.line_items.list(invoice.id, {"limit": 100}).auto_paging_iter())
        assert len(lines) == invoice.lines.to_dict()["total_count"] == len({line.id for line in lines})
        assert sum(line.amount for line in lines) == invoice.subtotal


def test_invoice_amounts_add_up(stripe_client: StripeClient) -> None:
    seen = set()
    for invoice in stripe_client.v1.invoices.list({"limit": 100}).auto_paging_iter():
        body = invoice.to_dict()
        seen.add((body["status"], body["currency"]))
        discount = sum(item["amount"] for item in body["total_discount_amounts"])
        tax = sum(item["amount"] for item in body["total_taxes"])
        assert body["subtotal"] - discount + tax == body["total"] == body["amount_paid"] + body["amount_remaining"]
        assert body["subtotal"] - discount == body["total_excluding_tax"]
        if not body["lines"]["has_more"]:
            assert sum(line["amount"] for line in body["lines"]["data"]) == body["subtotal"]
        if body["currency"] == "kwd":
            assert body["total"] % 10 == 0
    assert {status for status, _ in seen} == {"draft", "open", "paid", "void", "uncollectible"}
    assert {"jpy", "kwd", "usd", "eur"} <= {currency for _, currency in seen}


def test_expansion(stripe_client: StripeClient) -> None:
    invoice = stripe_client.v1.invoices.list({"limit": 1, "status": "paid", "expand": ["data.customer", "data.payments"]}).data[0]
    body = invoice.to_dict()
    assert body["customer"]["object"] == "customer"
    intent = body["payments"]["data"][0]["payment"]["payment_intent"]
    full = stripe_client.v1.payment_intents.retrieve(intent, {"expand": ["customer", "latest_charge"]}).to_dict()
    assert full["amount"] == body["total"] and full["customer"]["id"] == body["customer"]["id"]
    assert full["latest_charge"]["payment_intent"] == intent
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        stripe_client.v1.invoices.list({"expand": ["data.nonsense"]})


def test_life_of_an_invoice(stripe_client: StripeClient) -> None:
    customer = stripe_client.v1.customers.create({"email": "bill@me.example"})
    draft = stripe_client.v1.invoices.create({"customer": customer.id, "currency": "eur", "metadata": {"po": "7"}})
    assert (draft.status, draft.total, draft.number) == ("draft", 0, None)
    stripe_client.v1.invoice_items.create({"customer": customer.id, "invoice": draft.id, "amount": 1500, "currency": "eur"})
    stripe_client.v1.invoice_items.create(
        {"customer": customer.id, "invoice": draft.id, "quantity": 3, "unit_amount_decimal": "200", "currency": "eur"}
    )
    opened = stripe_client.v1.invoices.finalize_invoice(draft.id)
    assert (opened.status, opened.total, opened.amount_due) == ("open", 2100, 2100) and opened.number
    paid = stripe_client.v1.invoices.pay(draft.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2100, 0)
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.invoices.void_invoice(draft.id)
    assert [i.id for i in stripe_client.v1.invoices.list({"customer": customer.id}).data] == [draft.id]
    kinds = [event.type for event in stripe_client.v1.events.list({"limit": 3}).data]
    assert kinds[:2] == ["invoice.paid", "invoice.finalized"]


def test_payment_intents_products_and_prices(stripe_client: StripeClient) -> None:
    intent = stripe_client.v1.payment_intents.create({"amount": 2000, "currency": "USD"})
    assert (intent.amount, intent.currency, intent.status) == (2000, "usd", "requires_payment_method")
    assert stripe_client.v1.payment_intents.cancel(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.payment_intents.cancel(intent.id)
    product = stripe_client.v1.products.create({"name": "Widget", "metadata": {"sku": "W"}})
    price = stripe_client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}}
    )
    assert (price.type, price.unit_amount, price.product) == ("recurring", 500, product.id)
    assert stripe_client.v1.prices.update(price.id, {"active": False}).active is False
    assert stripe_client.v1.products.delete(product.id).deleted is True


def test_account_balance_and_webhook_endpoints(stripe_client: StripeClient) -> None:
    assert stripe_client.v1.accounts.retrieve_current().id.startswith("acct_")
    assert stripe_client.v1.balance.retrieve().available[0].amount > 0
    endpoint = stripe_client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["customer.created"]})
    assert endpoint.secret and endpoint.secret.startswith("whsec_")
    listed = stripe_client.v1.webhook_endpoints.list().data
    assert [e.id for e in listed] == [endpoint.id] and "secret" not in listed[0].to_dict()
    assert stripe_client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True}).status == "disabled"
    assert stripe_client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
