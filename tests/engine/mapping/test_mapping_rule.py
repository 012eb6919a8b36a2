"""Mappings as data: JSON in and out, and errors that name the wrong key and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from orion_core.base.errors import InvalidInput
from orion_core.engine.mapping import Mapping, Rule


def rules(*given: dict[str, Any]) -> dict[str, Any]:
    return {"model": "customer", "rules": list(given)}


def test_json_in_and_out(stripe_customer: Mapping, stripe_invoice: Mapping, hubspot_contact: Mapping) -> None:
    for mapping in (stripe_customer, stripe_invoice, hubspot_contact):
        again = Mapping.from_dict(mapping.to_dict())
        assert again == mapping
        assert hash(again) == hash(mapping)
        assert again.fingerprint() == mapping.fingerprint()
        assert mapping.model_dump() == mapping.to_dict()
    assert Rule.from_dict({"field": "email", "path": "e"}) == Rule("email", "e")


@pytest.mark.parametrize(
    ("data", "where", "says"),
    [
        ([], "mapping", "must be an object"),
        ({"rules": []}, "model", "is missing"),
        ({"model": "custommer", "rules": []}, "model", "did you mean 'customer'"),
        ({"model": "customer", "rules": {}}, "rules", "must be a list"),
        ({**rules(), "versoin": 2}, "versoin", "did you mean 'version'"),
        ({**rules(), "version": 0}, "version", "whole number"),
        ({**rules(), "custom": [1]}, "custom", "list of texts"),
        ({**rules(), "ignore": ["a..b"]}, "ignore[0]", "empty name"),
        (rules({"field": "email"}), "rules[0].path", "is missing"),
        (rules({"field": 1, "path": "x"}), "rules[0].field", "must be text, not int"),
        (rules({"field": "email", "path": "x", "pth": 1}), "rules[0].pth", "did you mean 'path'"),
        (rules({"field": "email", "path": "x", "direction": "inn"}), "rules[0].direction", "one of both, in, out"),
        (rules({"field": "emial", "path": "x"}), "rules[0].field", "did you mean 'email'"),
        (rules({"field": "email", "path": "x", "transform": "epcoh"}), "rules[0].transform", "did you mean 'epoch'"),
        (rules({"field": "email", "path": "x", "transform": "nothing-like-it"}), "rules[0].transform", "Known: country_code"),
        (rules({"field": "email", "path": "x", "transform": "epoch"}), "rules[0].transform", "gives time, but email is text"),
        (rules({"field": "birthday", "path": "x", "transform": "date", "args": {"stil": "iso"}}), "rules[0].args.stil", "Allowed: style"),
        (
            rules({"field": "birthday", "path": "x", "transform": "date", "args": {"style": "x"}}),
            "rules[0].args.style",
            "'iso', 'epoch', 'epoch_ms'",
        ),
        (rules({"field": "tax_exempt", "path": "x", "transform": "enum"}), "rules[0].args.map", "is missing"),
        (rules({"field": "name", "path": "x", "transform": "join", "args": {"paths": "x"}}), "rules[0].args.paths", "must be array"),
        (
            rules({"field": "first_name", "path": "x", "transform": "split_name", "args": {"part": "first"}}),
            "rules[0].transform",
            "no inverse",
        ),
        (rules({"field": "email", "path": "x", "args": {"a": 1}}), "rules[0].args", "no transform"),
        (rules({"field": "email", "path": "x", "args": {"a": {1, 2}}}), "rules[0].args", "must be JSON"),
        (rules({"field": "email", "path": ""}), "rules[0].path", "is empty"),
        (rules({"field": "", "path": "x"}), "rules[0].field", "is empty"),
        (rules({"field": "email", "path": "x[1]"}), "rules[0].path", "cannot be written"),
        (rules({"field": "email", "path": "a[].b"}), "rules[0].path", "cannot be written"),
        (rules({"field": "email", "path": "x"}, {"field": "email", "path": "y"}), "rules[1].field", "`both` rule already"),
        (rules({"field": "email", "path": "x"}, {"field": "name", "path": "x"}), "rules[1].path", "`both` rule already"),
        (rules({"field": "email", "path": "x", "rules": [{"field": "a", "path": "b"}]}), "rules[0].rules", "only a list"),
        (
            rules({"field": "emails[]", "path": "x[]", "rules": [{"field": "valu", "path": "b"}]}),
            "rules[0].rules[0].field",
            "did you mean 'value'",
        ),
        (rules({"field": "emails[]", "path": "x[]", "rules": [3]}), "rules[0].rules[0]", "must be an object"),
        (
            rules({"field": "remote_created_at", "path": "x", "transform": "iso_datetime", "args": {"zone": "Mars/X"}}),
            "rules[0].args",
            "Mars",
        ),
    ],
)
def test_errors_name_the_place_and_what_is_allowed(data: Any, where: str, says: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Mapping.from_dict(data)
    fields = error.value.detail["fields"]
    assert where in fields
    assert says in fields[where]
    assert where in error.value.message


def test_all_errors_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        Mapping.from_dict(rules({"field": "emial", "path": "x"}, {"field": "name", "path": "y", "transform": "upperr"}))
    assert set(error.value.detail["fields"]) == {"rules[0].field", "rules[1].transform"}
