"""Two laws of a mapping over one record: nothing sent is lost, and what is written back is what was sent."""

from __future__ import annotations

from typing import Any

from orion_core.engine.mapping import CompiledMapping, Mapped, Mapping, Rule
from orion_core.engine.mapping.path import ABSENT, Each, leaves, parse, read

Steps = tuple[Any, ...]


def lost_leaves(raw: dict[str, Any], mapping: Mapping, mapped: Mapped) -> list[str]:
    """Leaves of `raw` that no rule reads, that are not ignored and that are not in the custom fields."""
    known = [*_read_paths(mapping.rules), *(parse(path) for path in mapping.ignore)]
    return [".".join(map(str, steps)) for steps, value in leaves(raw)
            if not any(_covers(path, steps) for path in known) and not _kept(steps, value, mapping, mapped.custom) and not _empty_parent(value, steps, known)]


def unwritten(raw: dict[str, Any], body: dict[str, Any], compiled: CompiledMapping) -> list[str]:
    """Paths of rules in both directions where the written value does not mean what was sent."""
    again = compiled.to_unified({**body, **{rule.path: raw.get(rule.path) for rule in compiled.mapping.rules if rule.field == "remote_id"}})
    first = compiled.to_unified(raw)
    wrong = []
    for rule in compiled.mapping.rules:
        if rule.direction == "both":
            sent, written = read(first.fields, parse(rule.field.removesuffix("[]"))), read(again.fields, parse(rule.field.removesuffix("[]")))
            missing = sent in (ABSENT, None, "", [], {}) and written in (ABSENT, None, "", [], {})
            if not missing and sent != written:
                wrong.append(f"{rule.field}: sent {sent!r}, written back {written!r}")
    return wrong


def _read_paths(rules: tuple[Rule, ...], prefix: str = "") -> list[Steps]:
    paths: list[Steps] = []
    for rule in rules:
        if not rule.reads:
            continue
        whole = f"{prefix}.{rule.path}" if prefix and rule.path else prefix or rule.path
        if rule.rules:
            paths += _read_paths(rule.rules, whole)
        elif whole:
            paths.append(parse(whole))
        for part in rule.args.get("paths", []):
            paths.append(parse(part))
    return paths


def _covers(path: Steps, steps: Steps) -> bool:
    if len(path) > len(steps):
        return False
    return all((isinstance(want, (Each, tuple)) and isinstance(have, int)) or want == have for want, have in zip(path, steps, strict=False))


def _kept(steps: Steps, value: Any, mapping: Mapping, custom: dict[str, Any]) -> bool:
    for root in mapping.custom:
        start = parse(root)
        if steps == start and value in ({}, None):
            return True
        rest = steps[len(start):] if steps[:len(start)] == start else ()
        if rest and (_at(custom, rest) == value or custom.get(f"record.{rest[0]}") == value):
            return True
    # leftovers of a list's items stand in the item's own custom fields, which the mapped fields hold
    return any(isinstance(step, int) for step in steps)


def _at(value: Any, steps: Steps) -> Any:
    for step in steps:
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            value = value[step]
        else:
            return ABSENT
    return value


def _empty_parent(value: Any, steps: Steps, known: list[Steps]) -> bool:
    """Null or nothing where the mapping reads further down: an address that is null."""
    return value in (None, {}, []) and any(path[:len(steps)] == steps or _covers(path[:len(steps)], steps) for path in known if len(path) > len(steps))
