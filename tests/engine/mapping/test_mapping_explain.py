"""Why is this value here?"""

from __future__ import annotations

from typing import Any

import pytest

from orion_core.engine.mapping import Mapping, compile_mapping
from orion_core.engine.mapping.path import ABSENT, parse, read


def test_a_plain_field(stripe_customer: Mapping, stripe_raw: dict[str, Any]) -> None:
    [why] = compile_mapping(stripe_customer).explain("billing_address.city", stripe_raw)
    assert (why.path, why.raw, why.transform, why.result, why.used) == ("address.city", "Zürich", None, "Zürich", True)


def test_a_transformed_field(stripe_customer: Mapping, stripe_raw: dict[str, Any]) -> None:
    [why] = compile_mapping(stripe_customer).explain("last_name", stripe_raw)
    assert (why.path, why.raw, why.transform, why.args, why.result) == (
        "name",
        "Ada van der Berg",
        "split_name",
        {"part": "last"},
        "van der Berg",
    )


def test_the_winner_among_several(hubspot_contact: Mapping, contact_raw: dict[str, Any]) -> None:
    first, second = compile_mapping(hubspot_contact).explain(
        "email", {**contact_raw, "properties": {"email": "a@b.de", "work_email": "c@d.de"}}
    )
    assert (first.path, first.used, second.path, second.used) == ("properties.email", True, "properties.work_email", False)
    first, second = compile_mapping(hubspot_contact).explain("email", {"id": "1", "properties": {"work_email": "c@d.de"}})
    assert (first.present, first.used, second.used) == (False, False, True)


def test_a_field_of_a_line(stripe_invoice: Mapping, invoice_raw: dict[str, Any]) -> None:
    [why] = compile_mapping(stripe_invoice).explain("line_items[0].amount_minor", invoice_raw)
    assert (why.path, why.raw, why.result) == ("lines.data[0].amount", 1050, 1050)
    [missing] = compile_mapping(stripe_invoice).explain("line_items[7].amount_minor", invoice_raw)
    assert not missing.present


def test_a_default_a_problem_and_a_custom_field(hubspot_contact: Mapping, contact_raw: dict[str, Any]) -> None:
    compiled = compile_mapping(hubspot_contact)
    [why] = compiled.explain("is_active", {"id": "1"})
    assert (why.present, why.result, why.used) == (False, True, True)
    [why] = compiled.explain("remote_created_at", {**contact_raw, "createdAt": "soon"})
    assert why.problem == "not an ISO 8601 time"
    assert not why.used
    [why] = compiled.explain("custom_fields.favourite.colour", contact_raw)
    assert (why.path, why.result) == ("properties.favourite.colour", "red")
    [why] = compiled.explain("custom_fields.plan", contact_raw)
    assert (why.path, why.result) == ("properties.plan_tier", "gold")
    assert compiled.explain("custom_fields.nowhere", contact_raw) == []


@pytest.mark.parametrize("name", ["stripe_customer", "stripe_invoice", "hubspot_contact"])
def test_what_is_explained_is_what_was_mapped(
    name: str,
    request: pytest.FixtureRequest,
) -> None:
    raw = request.getfixturevalue(
        {"stripe_customer": "stripe_raw", "stripe_invoice": "invoice_raw", "hubspot_contact": "contact_raw"}[name]
    )
    compiled = compile_mapping(request.getfixturevalue(name))
    mapped = compiled.to_unified(raw)
    for rule in compiled.mapping.rules:
        if not rule.reads or rule.rules:
            continue
        value = read(mapped.fields, parse(rule.field.removesuffix("[]")))
        used = [why for why in compiled.explain(rule.field, raw) if why.used and why.result is not None]
        if value not in (None, "", ABSENT) and rule.transform and not rule.field.startswith("custom_fields"):
            assert [why.result for why in used][:1] == [value], rule.field


def test_provenance_lists_the_rules(stripe_invoice: Mapping, hubspot_contact: Mapping) -> None:
    compiled = compile_mapping(stripe_invoice)
    [line] = compiled.provenance("line_items[].quantity")
    assert (line.field, line.path, line.transform) == ("line_items[].quantity", "lines.data[].quantity", "decimal")
    assert {found.field for found in compiled.provenance("line_items")} >= {"line_items[]", "line_items[].amount_minor"}
    assert len(compiled.provenance()) == 9 + 6 + 1
    assert [found.path for found in compile_mapping(hubspot_contact).provenance("email")] == ["properties.email", "properties.work_email"]
