"""The laws every mapping keeps, as functions: adapters' contract suite, the builder's check and the mapping page use them.

    assert not broken_laws(mapping, samples)

1. **Unified round trip**: `to(from(to(raw)))` gives every field with a `both` rule the value `to(raw)` gave it.
2. **Provider round trip**: `from(to(from(to(raw))))` is `from(to(raw))`: what we write reads back as what we would write.
3. **Nothing lost**: every leaf of the record is mapped, in `custom_fields`, ignored by declaration, or outside the declared roots.
4. **Nothing invented**: `from` of one field writes only the paths of that field's rules.
"""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import Any

from orion_core.base.errors import RecordError
from orion_core.engine.mapping.compile import CompiledMapping, Mapped, compile_mapping
from orion_core.engine.mapping.path import ABSENT, EACH, Tokens, leaves, parse, read, render
from orion_core.engine.mapping.rule import Mapping, Rule
from orion_core.engine.schema import UNKNOWN


@dataclass(frozen=True, slots=True)
class Broken:
    """A law one sample breaks, and where."""

    law: str
    where: str
    expected: Any
    found: Any
    sample: int = 0

    def __str__(self) -> str:
        return f"{self.law} at {self.where} (sample {self.sample}): expected {self.expected!r}, found {self.found!r}"


def broken_laws(mapping: Mapping, samples: abc.Iterable[dict[str, Any]]) -> list[Broken]:
    """What the mapping breaks on these provider records; empty is good."""
    compiled = compile_mapping(mapping)
    found: list[Broken] = []
    for number, raw in enumerate(samples):
        for broken in (*round_trips(compiled, raw), *lost(compiled, raw), *invented(compiled, raw)):
            found.append(Broken(broken.law, broken.where, broken.expected, broken.found, number))
    return found


def round_trips(compiled: CompiledMapping, raw: dict[str, Any]) -> list[Broken]:
    """Laws 1 and 2 on one record."""
    first = compiled.to_unified(raw)
    whole = _whole(first)
    try:
        body = compiled.from_unified(whole)
        second = compiled.to_unified(_with_ids(compiled.mapping, body, raw))
        again = compiled.from_unified(_whole(second))
    except RecordError as error:
        return [Broken("round trip", str(error.detail.get("field", "")), "a body that reads back", error.message)]
    found = []
    for rule in compiled.mapping.rules:
        if rule.direction == "both" and rule.field:
            before, after = (_project(rule, side) for side in (whole, _whole(second)))
            nothing_to_write = before == UNKNOWN and f"{rule.field}_unknown" in first.flags  # its word is kept, and not overwritten
            if before != after and not (nothing_to_write and after is ABSENT):
                found.append(Broken("unified round trip", rule.field, before, after))
    body_again = _with_ids(compiled.mapping, again, raw)
    body = _with_ids(compiled.mapping, body, raw)
    if body != body_again:
        different = dict(leaves(body)).items() ^ dict(leaves(body_again)).items() if _hashable(body, body_again) else set()
        where = ", ".join(sorted({render(path) for path, _ in different})) or "the body"
        found.append(Broken("provider round trip", where, body, body_again))
    return found


def lost(compiled: CompiledMapping, raw: dict[str, Any]) -> list[Broken]:
    """Law 3 on one record."""
    mapped = compiled.to_unified(raw)
    kept = _kept(compiled, mapped)
    return [
        Broken("nothing lost", render(path), value, ABSENT)
        for path, value in leaves(raw)
        if path and not is_mapped(compiled.mapping.rules, path) and not _is_kept(compiled.mapping, kept, path, value)
    ]


def invented(compiled: CompiledMapping, raw: dict[str, Any]) -> list[Broken]:
    """Law 4 on one record."""
    whole = _whole(compiled.to_unified(raw))
    found = []
    for name in whole:
        allowed = [_keys(rule.path) for rule in compiled.mapping.rules if rule.writes and _heads(rule, name)]
        try:
            body = compiled.from_unified({name: whole[name]}, context=whole)
        except RecordError as error:
            found.append(Broken("round trip", name, "a body", error.message))
            continue
        for path, value in leaves(body):
            if path and not any(path[: len(keys)] == keys or keys[: len(path)] == path for keys in allowed):
                found.append(Broken("nothing invented", render(path), ABSENT, value))
    return found


def is_mapped(rules: tuple[Rule, ...], path: Tokens) -> bool:
    """Whether a rule reads this leaf."""
    for rule in rules:
        tokens = parse(rule.path)
        if not rule.reads or not tokens:
            continue
        shape = tuple(
            EACH if isinstance(token, int) and not isinstance(wanted, int) else token for token, wanted in zip(path, tokens, strict=False)
        )
        if shape != tokens:
            # `lines.data[]` of an empty list, `address.city` of a null address: the leaf lies above the rule.
            above = path == tokens[: len(path)] and all(isinstance(token, str) for token in path)
            if above:
                return True
            continue
        if not rule.rules or len(path) == len(tokens):
            return True
        if is_mapped(rule.rules, path[len(tokens) :]):
            return True
    return False


def _whole(mapped: Mapped) -> dict[str, Any]:
    return {**mapped.fields, "custom_fields": mapped.custom} if mapped.custom else dict(mapped.fields)


def _heads(rule: Rule, name: str) -> bool:
    tokens = parse(rule.field)
    return not tokens or tokens[0] == name or rule.transform == "constant"


def _keys(path: str) -> Tokens:
    tokens = parse(path)
    ends = next((index for index, token in enumerate(tokens) if not isinstance(token, str)), len(tokens))
    return tokens[:ends]


def _with_ids(mapping: Mapping, body: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """A provider's answer to a write has the id of the record, whether or not we may write it."""
    out = dict(body)
    for rule in mapping.rules:
        tokens = parse(rule.path)
        if rule.field == "remote_id" and rule.direction == "in" and len(tokens) == 1:
            value = read(raw, tokens)
            if value is not ABSENT:
                out[str(tokens[0])] = value
    return out


def _project(rule: Rule, fields: dict[str, Any]) -> Any:
    tokens = parse(rule.field)
    value = read(fields, tokens[:-1] if tokens and tokens[-1] is EACH else tokens)
    if not rule.rules or not isinstance(value, list):
        return value
    return [[_project(inner, item) for inner in rule.rules if inner.direction == "both"] for item in value]


def _kept(compiled: CompiledMapping, mapped: Mapped) -> list[Any]:
    """Every leaf that ended in custom fields, those of list items included."""
    items = [value for value in mapped.fields.values() if isinstance(value, list)]
    inner = [item.get("custom_fields") for listed in items for item in listed if isinstance(item, dict) and item.get("custom_fields")]
    return [mapped.custom, *inner]


def _is_kept(mapping: Mapping, kept: list[Any], path: Tokens, value: Any) -> bool:
    shape = tuple(EACH if isinstance(token, int) else token for token in path)
    if any(path[: len(parse(ignored))] == parse(ignored) or shape[: len(parse(ignored))] == parse(ignored) for ignored in mapping.ignore):
        return True
    if value in ({}, None) and path in map(parse, mapping.custom):
        return True  # an empty root leaves nothing over
    roots = [root for root in map(parse, mapping.custom) if path[: len(root)] == root]
    if not roots:
        return True
    tails = [path[len(root) :] for root in roots] + [path[index + 1 :] for index, token in enumerate(path) if isinstance(token, int)]
    clashing = [(f"{render(root) or 'record'}.{path[len(root)]}", *path[len(root) + 1 :]) for root in roots if len(path) > len(root)]
    return any(read(held, tail) == value for held in kept for tail in (*tails, *clashing) if tail) or not path


def _hashable(*bodies: dict[str, Any]) -> bool:
    try:
        return all(hash(value) is not None for body in bodies for _, value in leaves(body))
    except TypeError:
        return False
