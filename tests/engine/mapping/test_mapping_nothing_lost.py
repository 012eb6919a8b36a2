"""Whatever a provider sends: nothing is lost, nothing breaks, and both round trips hold. Random records in the providers' shapes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orion_core.base.errors import RecordError
from orion_core.engine.mapping import Mapping, Rule, compile_mapping
from orion_core.engine.mapping.laws import lost, round_trips
from orion_core.engine.mapping.path import leaves, parse, read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALAR = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
ANY = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8)
SETTINGS = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def shaped(rules: tuple[Rule, ...], good: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have some of the paths the rules name, right or wrong, and other keys besides."""
    tree: dict[str, Any] = {}
    for rule in rules:
        place = tree
        tokens = [token for token in parse(rule.path) if isinstance(token, str)]
        for token in tokens[:-1]:
            below = place.setdefault(token, {})
            if not isinstance(below, dict):
                break
            place = below
        else:
            if tokens:
                place.setdefault(tokens[-1], rule.rules or True)

    def build(node: Any) -> st.SearchStrategy[Any]:
        if isinstance(node, dict):
            whole = st.fixed_dictionaries({}, optional={key: build(below) for key, below in node.items()})
            return st.tuples(st.dictionaries(TEXT, ANY, max_size=2), whole).map(lambda both: {**both[0], **both[1]}) | ANY
        if isinstance(node, tuple):
            return st.lists(shaped(node, good), max_size=3) | ANY
        return good | ANY

    everything = st.fixed_dictionaries({}, optional={key: build(below) for key, below in tree.items()})
    return st.tuples(st.dictionaries(TEXT, ANY, max_size=3), everything).map(lambda both: {**both[0], **both[1]})


GOOD = st.sampled_from(
    ["", "usd", "JPY", "isk", "zzz", "open", "weird", "12.50", "0", "true", "a@b.de", "Ada Lovelace", "2024-02-29T10:00:00+02:00"]
)


@pytest.fixture(params=["stripe_customer", "stripe_invoice", "hubspot_contact"])
def mapping(request: pytest.FixtureRequest) -> Mapping:
    found: Mapping = request.getfixturevalue(request.param)
    return found


@SETTINGS
@given(data=st.data())
def test_nothing_is_lost(mapping: Mapping, data: st.DataObject) -> None:
    raw = {**data.draw(shaped(mapping.rules, GOOD)), "id": "x_1"}
    before = orjson.dumps(raw)
    compiled = compile_mapping(mapping)
    assert lost(compiled, raw) == []
    assert orjson.dumps(raw) == before


@SETTINGS
@given(data=st.data())
def test_round_trips(mapping: Mapping, data: st.DataObject) -> None:
    raw = {**data.draw(shaped(mapping.rules, GOOD)), "id": "x_1"}
    broken = [one for one in round_trips(compile_mapping(mapping), raw) if "separator" not in str(one.found)]
    assert broken == []


@SETTINGS
@given(data=st.data())
def test_a_plain_text_is_in_its_field_or_among_the_leftovers(stripe_customer: Mapping, data: st.DataObject) -> None:
    """An oracle that knows nothing of the compiler: plain text rules, one by one."""
    raw = {**data.draw(shaped(stripe_customer.rules, GOOD)), "id": "x_1"}
    mapped = compile_mapping(stripe_customer).to_unified(raw)
    for rule in stripe_customer.rules:
        if rule.transform is None and rule.field in (
            "email",
            "phone",
            "description",
            "billing_address.city",
            "shipping_address.contact_name",
        ):
            value = read(raw, parse(rule.path))
            got = read(mapped.fields, parse(rule.field))
            if isinstance(value, str):
                assert got == value
            elif isinstance(value, (dict, list, bool)):
                assert read(mapped.custom, parse(rule.path)) == value
                assert f"{rule.field}_malformed" in mapped.flags


@SETTINGS
@given(raw=st.dictionaries(TEXT, ANY, max_size=6))
def test_without_rules_everything_is_custom(raw: dict[str, Any]) -> None:
    mapped = compile_mapping(Mapping("event", (), custom=("",))).to_unified(raw)
    assert mapped.custom == raw
    assert mapped.fields == {}


@SETTINGS
@given(data=st.data())
def test_any_json_maps_or_is_poison(mapping: Mapping, data: st.DataObject) -> None:
    raw = data.draw(ANY)
    try:
        mapped = compile_mapping(mapping).to_unified(raw)
    except RecordError as error:
        assert error.next_step
    else:
        assert len(leaves(mapped.custom)) >= 0


@SETTINGS
@given(data=st.data())
def test_what_is_mapped_makes_a_model(mapping: Mapping, data: st.DataObject) -> None:
    raw = {**data.draw(shaped(mapping.rules, GOOD)), "id": "x_1"}
    model = compile_mapping(mapping).to_model(raw)
    assert type(model).from_stored(orjson.loads(orjson.dumps(model.to_stored()))) == model
