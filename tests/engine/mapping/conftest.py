"""Mappings and records the tests share: the shapes of Stripe, HubSpot and QuickBooks, written anew."""

from __future__ import annotations

from typing import Any

import pytest

from orion_core.engine.mapping import Mapping, Rule
from orion_core.engine.schema.money import STRIPE_EXPONENTS

MONEY = {"currency": "currency", "exponents": STRIPE_EXPONENTS}


def address(unified: str, provider: str) -> tuple[Rule, ...]:
    pairs = {"line1": "line1", "line2": "line2", "city": "city", "state": "state", "postal_code": "postal_code", "country_code": "country"}
    return tuple(Rule(f"{unified}.{ours}", f"{provider}.{theirs}") for ours, theirs in pairs.items())


@pytest.fixture(scope="session")
def stripe_customer() -> Mapping:
    return Mapping(
        "customer",
        (
            Rule("remote_id", "id", direction="in"),
            Rule("email", "email"),
            Rule("name", "name"),
            Rule("first_name", "name", "split_name", {"part": "first"}, "in"),
            Rule("last_name", "name", "split_name", {"part": "last"}, "in"),
            Rule("phone", "phone"),
            Rule("description", "description"),
            Rule("currency", "currency", "currency_upper"),
            Rule("balance_minor", "balance", "minor_money", MONEY),
            Rule("delinquent", "delinquent"),
            Rule("remote_created_at", "created", "epoch", direction="in"),
            Rule("tax_exempt", "tax_exempt", "enum", {"map": {"none": "none", "exempt": "exempt", "reverse": "reverse"}}),
            Rule("is_test", "livemode", "boolean", {"negate": True}, "in"),
            Rule("languages[]", "preferred_locales[]"),
            Rule("language", "preferred_locales[0]", direction="in"),
            Rule("payment_method_id", "invoice_settings.default_payment_method"),
            *address("billing_address", "address"),
            *address("shipping_address", "shipping.address"),
            Rule("shipping_address.contact_name", "shipping.name"),
            Rule("shipping_address.phone", "shipping.phone"),
        ),
        custom=("",),
        ignore=("object",),
    )


@pytest.fixture(scope="session")
def stripe_invoice() -> Mapping:
    statuses = {word: word for word in ("draft", "open", "paid", "void", "uncollectible")}
    return Mapping(
        "invoice",
        (
            Rule("remote_id", "id", direction="in"),
            Rule("number", "number"),
            Rule("status", "status", "enum", {"map": statuses}),
            Rule("customer_id", "customer", "id_of"),
            Rule("currency", "currency", "currency_upper"),
            Rule("total_minor", "total", "minor_money", MONEY),
            Rule("balance_minor", "amount_remaining", "minor_money", MONEY),
            Rule("due_at", "due_date", "epoch"),
            Rule("paid_at", "status_transitions.paid_at", "epoch"),
            Rule(
                "line_items[]",
                "lines.data[]",
                rules=(
                    Rule("remote_id", "id"),
                    Rule("description", "description"),
                    Rule("quantity", "quantity", args={"as": "number"}, transform="decimal"),
                    Rule("amount_minor", "amount", "minor_money", MONEY),
                    Rule("currency", "currency", "currency_upper"),
                    Rule("period_start_at", "period.start", "epoch"),
                ),
            ),
        ),
        custom=("",),
        ignore=("object", "lines.object", "lines.has_more", "lines.url", "lines.data[].object"),
    )


@pytest.fixture(scope="session")
def hubspot_contact() -> Mapping:
    return Mapping(
        "customer",
        (
            Rule("remote_id", "id", direction="in"),
            Rule("first_name", "properties.firstname"),
            Rule("last_name", "properties.lastname"),
            Rule("name", "", "join", {"paths": ["properties.firstname", "properties.lastname"]}, "in"),
            Rule("name", "properties.firstname", "split_name", {"part": "first"}, "out"),
            Rule("name", "properties.lastname", "split_name", {"part": "last"}, "out"),
            Rule("email", "properties.email"),
            Rule("email", "properties.work_email", direction="in"),
            Rule("phone", "properties.phone"),
            Rule("phones[type=mobile].value", "properties.mobilephone"),
            Rule("phones[type=fax].value", "properties.fax"),
            Rule("billing_address.line1", "properties.address"),
            Rule("billing_address.city", "properties.city"),
            Rule("billing_address.country", "properties.country"),
            Rule("billing_address.country_code", "properties.country", "country_code", direction="in"),
            Rule("tags", "properties.interests", "list_of", {"separator": ";"}),
            Rule("is_active", "archived", "boolean", {"negate": True}, "in", default=True),
            Rule("remote_created_at", "createdAt", "iso_datetime", direction="in"),
            Rule("remote_updated_at", "updatedAt", "iso_datetime", direction="in"),
            Rule("birthday", "properties.date_of_birth", "date", {"style": "epoch_ms"}),
            Rule("custom_fields.plan", "properties.plan_tier"),
        ),
        custom=("properties", ""),
        ignore=("properties.hs_object_id", "properties.createdate", "properties.lastmodifieddate"),
    )


@pytest.fixture
def stripe_raw() -> dict[str, Any]:
    return {
        "id": "cus_1",
        "object": "customer",
        "address": {"city": "Zürich", "country": "CH", "line1": "Bahnhofstrasse 1", "line2": None, "postal_code": "8001", "state": ""},
        "balance": -500,
        "created": 1779831987,
        "currency": "chf",
        "delinquent": False,
        "description": None,
        "email": "ada@example.ch",
        "invoice_settings": {"default_payment_method": "pm_1", "footer": "Danke"},
        "livemode": True,
        "metadata": {"plan": "pro"},
        "name": "Ada van der Berg",
        "phone": "+41 44 668 18 00",
        "preferred_locales": ["de-CH", "fr"],
        "shipping": None,
        "tax_exempt": "none",
    }


@pytest.fixture
def invoice_raw() -> dict[str, Any]:
    return {
        "id": "in_1",
        "object": "invoice",
        "number": None,
        "status": "open",
        "customer": "cus_1",
        "currency": "usd",
        "total": 1050,
        "amount_remaining": 1050,
        "due_date": 1779831987,
        "status_transitions": {"paid_at": None, "voided_at": None},
        "lines": {
            "object": "list",
            "has_more": False,
            "url": "/v1/x",
            "data": [
                {
                    "id": "il_1",
                    "object": "line_item",
                    "description": "Seats",
                    "quantity": 3,
                    "amount": 1050,
                    "currency": "usd",
                    "period": {"start": 1, "end": 2},
                    "metadata": {"po": "7"},
                }
            ],
        },
    }


@pytest.fixture
def contact_raw() -> dict[str, Any]:
    return {
        "id": "713",
        "properties": {
            "firstname": "José",
            "lastname": "García",
            "email": "",
            "work_email": "jose@example.mx",
            "phone": None,
            "mobilephone": "+52 55 1234 5678",
            "fax": "",
            "address": None,
            "city": "Ciudad de México",
            "country": "México",
            "interests": "chess;go",
            "date_of_birth": "473385600000",
            "plan_tier": "gold",
            "plan": "a leftover of the same name",
            "favourite": {"colour": "red"},
            "hs_object_id": "713",
        },
        "createdAt": "2026-02-25T16:23:49.023Z",
        "updatedAt": "2026-03-12T07:34:24.559Z",
        "archived": False,
        "url": "https://app.example/713",
    }
