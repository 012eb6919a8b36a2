"""Why is this value here? Derived from the mapping and the raw record, so it costs nothing to store."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.inbound import UNFIT
from orion_core.engine.mapping.path import ABSENT, EACH, Tokens, parse, read, render
from orion_core.engine.mapping.rule import Direction, Mapping, Rule
from orion_core.engine.mapping.transforms import TRANSFORMS

if TYPE_CHECKING:
    from orion_core.engine.mapping.compile import CompiledMapping


@dataclass(frozen=True, slots=True)
class Provenance:
    """A rule, with its whole paths."""

    field: str
    path: str
    transform: str | None
    args: abc.Mapping[str, Any]
    direction: Direction


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule makes of one record. `used`: its result is the field's value; `problem`: why it gave none."""

    field: str
    path: str
    present: bool
    raw: Any
    transform: str | None
    args: abc.Mapping[str, Any]
    result: Any
    used: bool
    problem: str | None = None
    mapping_version: int = 1


def provenance(mapping: Mapping, field: str | None = None) -> list[Provenance]:
    """The rules of a field (of all fields when None), those of list items included."""
    wanted = None if field is None else _shape(parse(field))
    return [
        Provenance(render(target), render(path), rule.transform, dict(rule.args), rule.direction)
        for target, path, rule in _flat(mapping.rules, (), ())
        if wanted is None or _shape(target) == wanted or (_shape(target)[: len(wanted)] == wanted and not rule.rules)
    ]


def explain(compiled: CompiledMapping, field: str, raw: dict[str, Any]) -> list[Explanation]:
    """What each rule that reads `field` (positions in lists allowed: `line_items[0].quantity`) makes of `raw`."""
    asked = parse(field)
    found: list[Explanation] = []
    version = compiled.mapping.version
    for target, path, rule in _flat(compiled.mapping.rules, (), ()):
        if not rule.reads or _shape(target) != _shape(asked):
            continue
        where = _placed(path, asked, target)
        value = read(raw, where) if where else raw
        result, problem = _result(rule, value, raw, where)
        used = problem is None and value is not ABSENT and not any(other.used and other.result not in (None, "") for other in found)
        if value is ABSENT and rule.default is not None and not any(other.used for other in found):
            result, used = rule.default, True
        shown = None if value is ABSENT or not where else value
        found.append(
            Explanation(field, render(where), value is not ABSENT, shown, rule.transform, dict(rule.args), result, used, problem, version)
        )
    if not found and asked and asked[0] == "custom_fields":
        found += _leftover(compiled, field, asked[1:], raw)
    return found


def _leftover(compiled: CompiledMapping, field: str, asked: Tokens, raw: dict[str, Any]) -> list[Explanation]:
    """A custom field no rule wrote is the leftover of the first root that holds it."""
    kept = read(compiled.to_unified(raw).custom, asked)
    for root in compiled.mapping.custom or ("",):
        where = (*parse(root), *asked)
        value = read(raw, where)
        if value is not ABSENT and kept is not ABSENT and value == kept:
            return [Explanation(field, render(where), True, value, None, {}, value, True, None, compiled.mapping.version)]
    return []


def _result(rule: Rule, value: Any, raw: dict[str, Any], where: Tokens) -> tuple[Any, str | None]:
    if value is ABSENT:
        return None, None
    if rule.transform is None or value is None:
        return value, None
    ctx = Context(raw)
    position = next((index for index, token in enumerate(where) if isinstance(token, int)), None)
    if position is not None:
        ctx.item = read(raw, where[: position + 1])
    try:
        bound = TRANSFORMS[rule.transform].bind(rule.args)
        if rule.field.endswith("[]") and isinstance(value, list):
            return [bound.forward(item, ctx) for item in value], None
        return bound.forward(value, ctx), None
    except UNFIT as why:
        instead = why.instead if isinstance(why, Unfit) else None
        return (instead, None) if isinstance(instead, str) else (None, str(why))


def _flat(rules: tuple[Rule, ...], target: Tokens, path: Tokens) -> list[tuple[Tokens, Tokens, Rule]]:
    flat: list[tuple[Tokens, Tokens, Rule]] = []
    for rule in rules:
        here, there = (*target, *parse(rule.field)), (*path, *parse(rule.path))
        flat.append((here, there, rule))
        flat += _flat(rule.rules, here, there)
    return flat


def _shape(tokens: Tokens) -> Tokens:
    """The path with every position replaced by brackets; brackets at the end do not count."""
    shape = tuple(EACH if isinstance(token, int) else token for token in tokens)
    return shape[:-1] if shape and shape[-1] is EACH else shape


def _placed(path: Tokens, asked: Tokens, target: Tokens) -> Tokens:
    """`path` with the positions that were asked for in place of its brackets."""
    positions = [token for token, place in zip(asked, target, strict=False) if place is EACH and isinstance(token, int)]
    placed: list[Any] = []
    for index, token in enumerate(path):
        if token is EACH and positions:
            placed.append(positions.pop(0))
        elif token is EACH and index == len(path) - 1:
            continue
        else:
            placed.append(token)
    return tuple(placed)
