"""Records as the providers really sent them keep all laws. Reads the recordings in place; skips where they are not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orion_core.engine.mapping import Mapping, Rule, compile_mapping
from orion_core.engine.mapping.laws import broken_laws
from orion_core.engine.schema import MODELS

PAYLOADS = Path("/work/shared/evidence/payloads")
pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recorded payloads are not on this machine")


def responses(name: str) -> list[Any]:
    exchanges = json.loads((PAYLOADS / f"{name}.json").read_text()).get("exchanges", [])
    return [whole(exchange["response"]) for exchange in exchanges if isinstance(exchange.get("response"), dict)]


def whole(value: Any) -> Any:
    """Without the marks that stand for items the recording left out."""
    if isinstance(value, list):
        return [whole(item) for item in value if not (isinstance(item, dict) and "__truncated__" in item)]
    return {key: whole(item) for key, item in value.items()} if isinstance(value, dict) else value


def objects(value: Any, kind: str) -> list[dict[str, Any]]:
    """Every object of a Stripe kind, however deep."""
    if isinstance(value, list):
        return [found for item in value for found in objects(item, kind)]
    if not isinstance(value, dict):
        return []
    own = [value] if value.get("object") == kind and "id" in value and not value.get("deleted") else []
    return own + [found for item in value.values() for found in objects(item, kind)]


def stripe(kind: str) -> list[dict[str, Any]]:
    fixtures = json.loads((PAYLOADS / "stripe" / "fixtures3.json").read_text())["resources"]
    recorded = [
        found
        for path in sorted((PAYLOADS / "stripe").glob("*.json"))
        if path.stem[0] not in "_f"
        for found in objects(responses(f"stripe/{path.stem}"), kind)
    ]
    return [*recorded, *objects(list(fixtures.values()), kind)]


def test_stripe_customers_and_invoices(stripe_customer: Mapping, stripe_invoice: Mapping) -> None:
    for mapping, kind in ((stripe_customer, "customer"), (stripe_invoice, "invoice")):
        found = stripe(kind)
        assert found
        assert [str(one) for one in broken_laws(mapping, found)] == []
        for raw in found:
            assert compile_mapping(mapping).to_model(raw).remote_id == raw["id"]


def test_hubspot_contacts(hubspot_contact: Mapping) -> None:
    found = [
        one
        for one in responses("hubspot/get-contact") + responses("hubspot/create-contact") + responses("hubspot/update-contact")
        if "properties" in one
    ]
    assert found
    assert [str(one) for one in broken_laws(hubspot_contact, found)] == []


def test_quickbooks_customers_with_decimals_and_offsets() -> None:
    mapping = Mapping(
        "customer",
        (
            Rule("remote_id", "Id", direction="in"),
            Rule("row_version", "SyncToken"),
            Rule("name", "DisplayName"),
            Rule("first_name", "GivenName"),
            Rule("last_name", "FamilyName"),
            Rule("email", "PrimaryEmailAddr.Address"),
            Rule("phone", "PrimaryPhone.FreeFormNumber"),
            Rule("currency", "CurrencyRef.value"),
            Rule("balance_minor", "Balance", "major_money", {"currency": "CurrencyRef.value", "as": "number"}, "in"),
            Rule("is_active", "Active"),
            Rule("billing_address.line1", "BillAddr.Line1"),
            Rule("billing_address.latitude", "BillAddr.Lat"),
            Rule("remote_updated_at", "MetaData.LastUpdatedTime", direction="in"),
        ),
        custom=("",),
    )
    found = [one for page in responses("quickbooks/customers") for one in page["QueryResponse"].get("Customer", [])]
    assert len(found) > 5
    assert [str(one) for one in broken_laws(mapping, found)] == []
    first = compile_mapping(mapping).to_unified(found[0])
    assert first.fields["balance_minor"] == round(found[0]["Balance"] * 100)
    assert first.fields["remote_updated_at"].utcoffset().total_seconds() == 0


def test_salesforce_opportunities() -> None:
    mapping = Mapping(
        "deal",
        (
            Rule("remote_id", "Id", direction="in"),
            Rule("name", "Name"),
            Rule("amount_minor", "Amount", "major_money", {"currency": "CurrencyIsoCode", "default_currency": "USD", "as": "number"}),
            Rule("stage", "StageName"),
            Rule("status", "StageName", "enum", {"map": {"Closed Won": "won", "Closed Lost": "lost"}, "fallback": "open"}, "in"),
            Rule("close_on", "CloseDate"),
            Rule("owner_id", "OwnerId"),
            Rule("remote_updated_at", "SystemModstamp", direction="in"),
        ),
        custom=("",),
        ignore=("attributes",),
    )
    found = [one for page in responses("salesforce/opportunities") for one in page.get("records", [])]
    assert len(found) > 5
    assert [str(one) for one in broken_laws(mapping, found)] == []
    assert MODELS["deal"].from_fields(compile_mapping(mapping).to_unified(found[0]).fields).name == found[0]["Name"]  # type: ignore[attr-defined]
