"""The round trip of every mapping, with values nobody thought of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.engine.connector import adapters
from orion_core.engine.connector.paths import dig, plant
from orion_core.engine.mapping import Rule, compile_mapping
from tests.engine.adapters.laws import lost_leaves, unwritten

SAMPLES = Path(__file__).parent / "samples"
STREAMS = [pytest.param(slug, stream, id=f"{slug}-{stream.name}") for slug, adapter in adapters().items() for stream in adapter.spec.streams if stream.mapping]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
BY_TRANSFORM: dict[str | None, st.SearchStrategy[Any]] = {
    None: TEXT, "id_of": TEXT.filter(bool), "minor_money": st.integers(-(10**15), 10**15), "epoch": st.integers(0, 10**10),
    "boolean": st.booleans(), "integer": st.integers(0, 10**9).map(str), "decimal": st.decimals(0, 10**9, places=4).map(lambda number: format(number, "f")),
}


def plain(rule: Rule) -> bool:
    """Whether any value of the field's kind may stand at the rule's path."""
    return rule.direction == "both" and "[" not in rule.path and rule.transform in BY_TRANSFORM and rule.args.get("as") != "number"


@pytest.mark.parametrize(("slug", "stream"), STREAMS)
@given(data=st.data())
def test_whatever_is_sent_comes_back(slug: str, stream: Any, data: st.DataObject) -> None:
    file = SAMPLES / slug.replace("-", "_") / f"{stream.name}.json"
    raw = json.loads(json.dumps(data.draw(st.sampled_from(json.loads(file.read_text())))))
    compiled = compile_mapping(stream.mapping)
    rules = [rule for rule in stream.mapping.rules if plain(rule)]
    for rule in data.draw(st.lists(st.sampled_from(rules), max_size=4)) if rules else []:
        old = dig(raw, rule.path)
        parent = dig(raw, rule.path.rpartition(".")[0]) if "." in rule.path else raw
        if not isinstance(parent, dict) or (rule.transform is None and not isinstance(old, str)):
            continue  # a truth value or a number without a transform keeps its kind
        plant(raw, rule.path, data.draw(st.none() | BY_TRANSFORM[rule.transform], label=rule.path))
    mapped = compiled.to_unified(raw)
    assert lost_leaves(raw, compiled.mapping, mapped) == []
    assert unwritten(raw, compiled.from_unified(mapped.fields), compiled) == []
