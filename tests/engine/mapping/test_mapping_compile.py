"""What a compiled mapping makes of records: reading, leftovers, writing."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orion_core.base.errors import InvalidInput, RecordError
from orion_core.engine.mapping import Mapping, Rule, compile_mapping
from orion_core.engine.mapping.laws import broken_laws


def test_reads_a_stripe_customer(stripe_customer: Mapping, stripe_raw: dict[str, Any]) -> None:
    before = copy.deepcopy(stripe_raw)
    mapped = compile_mapping(stripe_customer).to_unified(stripe_raw)
    assert mapped.fields == {
        "remote_id": "cus_1",
        "email": "ada@example.ch",
        "name": "Ada van der Berg",
        "first_name": "Ada",
        "last_name": "van der Berg",
        "phone": "+41 44 668 18 00",
        "description": None,
        "currency": "CHF",
        "balance_minor": -500,
        "delinquent": False,
        "remote_created_at": datetime(2026, 5, 26, 21, 46, 27, tzinfo=UTC),
        "tax_exempt": "none",
        "is_test": False,
        "languages": ["de-CH", "fr"],
        "language": "de-CH",
        "payment_method_id": "pm_1",
        "billing_address": {
            "city": "Zürich",
            "country_code": "CH",
            "line1": "Bahnhofstrasse 1",
            "line2": None,
            "postal_code": "8001",
            "state": "",
        },
        "shipping_address": None,
    }
    assert mapped.custom == {"invoice_settings": {"footer": "Danke"}, "metadata": {"plan": "pro"}}
    assert mapped.flags == []
    assert stripe_raw == before, "the record is not changed"


def test_reads_a_hubspot_contact(hubspot_contact: Mapping, contact_raw: dict[str, Any]) -> None:
    mapped = compile_mapping(hubspot_contact).to_unified(contact_raw)
    assert mapped.fields["name"] == "José García"
    assert mapped.fields["email"] == "jose@example.mx", "the first rule with a value wins"
    assert mapped.fields["phone"] is None
    assert mapped.fields["phones"] == [{"type": "mobile", "value": "+52 55 1234 5678"}]
    assert mapped.fields["billing_address"] == {"line1": None, "city": "Ciudad de México", "country": "México", "country_code": "MX"}
    assert mapped.fields["tags"] == ["chess", "go"]
    assert mapped.fields["birthday"] == date(1985, 1, 1)
    assert mapped.fields["is_active"] is True
    assert mapped.custom == {
        "plan": "gold",
        "properties.plan": "a leftover of the same name",
        "favourite": {"colour": "red"},
        "url": "https://app.example/713",
    }


def test_the_losing_fallback_is_kept(hubspot_contact: Mapping, contact_raw: dict[str, Any]) -> None:
    contact_raw["properties"]["email"] = "home@example.mx"
    mapped = compile_mapping(hubspot_contact).to_unified(contact_raw)
    assert mapped.fields["email"] == "home@example.mx"
    assert mapped.custom["work_email"] == "jose@example.mx"


def test_lines_keep_their_own_leftovers(stripe_invoice: Mapping, invoice_raw: dict[str, Any]) -> None:
    mapped = compile_mapping(stripe_invoice).to_unified(invoice_raw)
    assert mapped.fields["line_items"] == [
        {
            "remote_id": "il_1",
            "description": "Seats",
            "quantity": Decimal(3),
            "amount_minor": 1050,
            "currency": "USD",
            "period_start_at": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
            "custom_fields": {"period": {"end": 2}, "metadata": {"po": "7"}},
        }
    ]
    assert mapped.custom == {"status_transitions": {"voided_at": None}}
    assert mapped.fields["status_raw"] == "open"


@pytest.mark.parametrize(("sent", "read"), [({}, {}), ({"phone": None}, {"phone": None}), ({"phone": ""}, {"phone": ""})])
def test_absent_null_and_empty_differ(sent: dict[str, Any], read: dict[str, Any]) -> None:
    mapping = Mapping("customer", (Rule("phone", "phone"),))
    compiled = compile_mapping(mapping)
    assert compiled.to_unified(sent).fields == read
    assert compiled.from_unified(read) == sent


def test_an_object_that_is_null_or_empty_as_a_whole(stripe_customer: Mapping) -> None:
    compiled = compile_mapping(stripe_customer)
    for value in (None, {}):
        mapped = compiled.to_unified({"id": "1", "address": value})
        assert mapped.fields["billing_address"] == value
        assert compiled.from_unified({"billing_address": value}) == {"address": value}


def test_unknown_word_keeps_the_original_and_goes_back_unharmed(stripe_invoice: Mapping, invoice_raw: dict[str, Any]) -> None:
    compiled = compile_mapping(stripe_invoice)
    mapped = compiled.to_unified({**invoice_raw, "status": "in_dispute"})
    assert (mapped.fields["status"], mapped.fields["status_raw"], mapped.flags) == ("unknown", "in_dispute", ["status_unknown"])
    assert compiled.from_unified({"status": "unknown", "status_raw": "in_dispute"}) == {"status": "in_dispute"}
    assert compiled.from_unified({"status": "unknown"}) == {}, "what it was is not known, so nothing is written over it"
    assert compiled.from_unified({"status": "void", "status_raw": "in_dispute"}) == {"status": "void"}
    with pytest.raises(RecordError, match="no word for 'sleeping'"):
        compiled.from_unified({"status": "sleeping"})


@pytest.mark.parametrize("sent", [{}, {"id": None}, {"id": ""}, {"id": []}, {"id": {}}, {"id": True}, {"id": 1.5}])
def test_a_record_without_an_id_is_poison(stripe_customer: Mapping, sent: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match="remote_id") as error:
        compile_mapping(stripe_customer).to_unified(sent)
    assert error.value.detail["field"] == "remote_id"


@pytest.mark.parametrize("sent", [None, [], "text", 3])
def test_what_is_no_object_is_poison(stripe_customer: Mapping, sent: Any) -> None:
    with pytest.raises(RecordError, match="not an object"):
        compile_mapping(stripe_customer).to_unified(sent)


def test_a_number_as_id_is_text(stripe_customer: Mapping) -> None:
    assert compile_mapping(stripe_customer).to_unified({"id": 7}).fields["remote_id"] == "7"


@pytest.mark.parametrize(
    ("field", "key", "bad"),
    [
        ("name", "name", {"first": "Ada"}),
        ("name", "name", True),
        ("balance_minor", "balance", "a lot"),
        ("balance_minor", "balance", [1]),
        ("delinquent", "delinquent", "perhaps"),
        ("remote_created_at", "created", "yesterday"),
        ("remote_created_at", "created", 10**18),
        ("currency", "currency", 5),
        ("billing_address", "address", "one line"),
        ("languages", "preferred_locales", "de"),
        ("email", "email", ["a@b.c"]),
    ],
)
def test_what_does_not_fit_is_flagged_and_kept(
    stripe_customer: Mapping, stripe_raw: dict[str, Any], field: str, key: str, bad: Any
) -> None:
    mapped = compile_mapping(stripe_customer).to_unified({**stripe_raw, key: bad})
    assert f"{field}_malformed" in mapped.flags
    assert mapped.custom[key] == bad
    assert mapped.fields["remote_id"] == "cus_1"


@pytest.mark.parametrize("address", ["no-at-sign", "a@b", "a b@c.de", "a@b..de", "@b.de", "a@", "a@b@c.de"])
def test_malformed_mail_is_kept_and_flagged(stripe_customer: Mapping, address: str) -> None:
    mapped = compile_mapping(stripe_customer).to_unified({"id": "1", "email": address})
    assert mapped.fields["email"] == address
    assert mapped.flags == ["email_malformed"]


@pytest.mark.parametrize("address", ["ada@example.org", "a+b@sub.example.co.uk", "用户@例子.中国", "o'neil@example.ie", ""])
def test_good_mail_is_not_flagged(stripe_customer: Mapping, address: str) -> None:
    assert compile_mapping(stripe_customer).to_unified({"id": "1", "email": address}).flags == []


def test_writes_only_what_is_given(stripe_customer: Mapping) -> None:
    compiled = compile_mapping(stripe_customer)
    assert compiled.from_unified({}) == {}
    assert compiled.from_unified({"billing_address": {"city": "Bern"}}) == {"address": {"city": "Bern"}}
    assert compiled.from_unified({"name": "Ada", "remote_id": "cus_1", "first_name": "A"}) == {"name": "Ada"}
    assert compiled.from_unified({"currency": "JPY", "languages": ["ja"]}) == {"currency": "jpy", "preferred_locales": ["ja"]}


def test_an_out_rule_fills_what_nothing_else_wrote(hubspot_contact: Mapping) -> None:
    compiled = compile_mapping(hubspot_contact)
    assert compiled.from_unified({"name": "Ada Lovelace"}) == {"properties": {"firstname": "Ada", "lastname": "Lovelace"}}
    assert compiled.from_unified({"name": "Ada Lovelace", "first_name": "Augusta"}) == {"properties": {"firstname": "Augusta"}}, (
        "no half of a guess"
    )
    assert compiled.from_unified({"custom_fields": {"plan": "gold", "other": 1}}) == {"properties": {"plan_tier": "gold"}}
    assert compiled.from_unified({"phones": [{"type": "mobile", "value": "1"}]}) == {"properties": {"mobilephone": "1"}}


def test_a_constant_goes_with_every_write() -> None:
    mapping = Mapping("customer", (Rule("email", "Email"), Rule("", "attributes.type", "constant", {"value": "Contact"}, "out")))
    compiled = compile_mapping(mapping)
    assert compiled.from_unified({"email": "a@b.de"}) == {"Email": "a@b.de", "attributes": {"type": "Contact"}}
    assert compiled.from_unified({"name": "nothing to write"}) == {}


def test_special_currencies_of_stripe(stripe_customer: Mapping) -> None:
    compiled = compile_mapping(stripe_customer)
    for currency, sent, minor in (("isk", 500, 5), ("jpy", 500, 500), ("kwd", 1500, 1500), ("ugx", 100, 1), ("mga", 7, 700), ("usd", 1, 1)):
        mapped = compiled.to_unified({"id": "1", "currency": currency, "balance": sent})
        assert mapped.fields["balance_minor"] == minor, currency
        assert compiled.from_unified({"balance_minor": minor}, context={"currency": currency.upper()}) == {"balance": sent}
    odd = compiled.to_unified({"id": "1", "currency": "isk", "balance": 550})
    assert odd.flags == ["balance_minor_inexact"]
    assert odd.custom == {"balance": 550}, "an amount is exact or absent"


def test_an_unknown_currency_never_loses_the_amount(stripe_customer: Mapping) -> None:
    mapped = compile_mapping(stripe_customer).to_unified({"id": "1", "currency": "zzz", "balance": 1234})
    assert (mapped.fields["currency"], mapped.fields["balance_minor"], mapped.flags) == ("ZZZ", 1234, ["currency_unknown"])


def test_an_amount_without_currency_is_not_guessed() -> None:
    args = {"currency": "ccy"}
    compiled = compile_mapping(Mapping("deal", (Rule("amount_minor", "amount", "major_money", args),), custom=("",)))
    mapped = compiled.to_unified({"amount": "3000"})
    assert (mapped.fields, mapped.custom["amount"], mapped.flags) == ({}, "3000", ["currency_missing"])
    with pytest.raises(RecordError, match="currency must be given"):
        compiled.from_unified({"amount_minor": 300000})
    assert compiled.from_unified({"amount_minor": 3000}, context={"currency": "JPY"}) == {"amount": "3000"}
    assumed = compile_mapping(Mapping("deal", (Rule("amount_minor", "amount", "major_money", {**args, "default_exponent": 2}),)))
    assert assumed.to_unified({"amount": "3000"}).fields == {"amount_minor": 300000}
    assert assumed.from_unified({"amount_minor": 300000}) == {"amount": "3000.00"}


def test_expanded_references_are_read_and_kept(stripe_invoice: Mapping, invoice_raw: dict[str, Any]) -> None:
    mapped = compile_mapping(stripe_invoice).to_unified({**invoice_raw, "customer": {"id": "cus_9", "name": "Ada"}})
    assert mapped.fields["customer_id"] == "cus_9"
    assert mapped.custom["customer"] == {"id": "cus_9", "name": "Ada"}
    assert mapped.flags == []


def test_overrides_replace_and_release(hubspot_contact: Mapping, contact_raw: dict[str, Any]) -> None:
    own = hubspot_contact.with_overrides([Rule("job_title", "properties.favourite.colour"), Rule("phone", "properties.fax")], drop=["tags"])
    mapped = compile_mapping(own).to_unified(contact_raw)
    assert mapped.fields["job_title"] == "red"
    assert mapped.fields["phone"] == ""
    assert mapped.custom["interests"] == "chess;go", "a path no rule reads any more appears among the leftovers"
    assert "tags" not in mapped.fields
    assert compile_mapping(hubspot_contact).to_unified(contact_raw).fields["tags"] == ["chess", "go"]


def test_the_model_of_a_record(stripe_invoice: Mapping, invoice_raw: dict[str, Any]) -> None:
    model = compile_mapping(stripe_invoice).to_model(invoice_raw, connection_id="conn_1")
    assert model.raw == invoice_raw
    assert model.connection_id == "conn_1"
    assert model.line_items[0].quantity == 3  # type: ignore[attr-defined]
    assert compile_mapping(stripe_invoice).from_unified(model.as_fields())["total"] == 1050


def test_compiled_once_per_content(stripe_customer: Mapping) -> None:
    again = Mapping.from_dict(stripe_customer.to_dict())
    assert compile_mapping(again) is compile_mapping(stripe_customer)
    with pytest.raises(InvalidInput, match="no field 'nmae'; did you mean 'name'"):
        compile_mapping(Mapping("customer", (Rule("nmae", "x"),)))


def test_laws_hold(
    stripe_customer: Mapping,
    stripe_invoice: Mapping,
    hubspot_contact: Mapping,
    stripe_raw: dict[str, Any],
    invoice_raw: dict[str, Any],
    contact_raw: dict[str, Any],
) -> None:
    assert not broken_laws(stripe_customer, [stripe_raw])
    assert not broken_laws(stripe_invoice, [invoice_raw])
    assert not broken_laws(hubspot_contact, [contact_raw])


@pytest.mark.parametrize("number", [2**63, -(2**70), 1e300, "99999999999999999999"])
def test_a_number_no_column_can_hold_is_flagged_and_kept(stripe_customer: Mapping, number: Any) -> None:
    mapped = compile_mapping(stripe_customer).to_unified({"id": "1", "currency": "usd", "balance": number})
    assert "balance_minor" not in mapped.fields
    assert mapped.custom["balance"] == number
    assert mapped.flags == ["balance_minor_out_of_range"]


def test_an_object_that_is_only_read_is_not_emptied() -> None:
    read_only = Rule("billing_address.city", "customer_address.city", direction="in")
    compiled = compile_mapping(Mapping("invoice", (Rule("number", "number"), read_only)))
    mapped = compiled.to_unified({"number": "1", "customer_address": None})
    assert mapped.fields == {"number": "1", "billing_address": None}
    assert compiled.from_unified(mapped.fields) == {"number": "1"}
