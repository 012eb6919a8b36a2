"""Rules and mappings: data, JSON in and out, with errors that name the wrong key and what is allowed.

A rule says: this unified field ↔ that provider path, through a named transform. A mapping is the rules of a stream.

What is absent stays absent, what is null becomes None, and an empty text stays an empty text in a text field (elsewhere it is None):
the three differ, because a provider that sends part of a record means "unchanged" by the first and "emptied" by the others.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections import abc
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

import orjson

from orion_core.base.errors import InvalidInput
from orion_core.base.kit.json import canonical

Direction = Literal["both", "in", "out"]
DIRECTIONS: Final = ("both", "in", "out")


@dataclass(frozen=True, slots=True)
class Rule:
    """One field of a mapping.

    Attributes:
        field: Unified field: `email`, `billing_address.city`, `line_items[]`, `phones[type=mobile].value`, `custom_fields.plan`.
        path: Provider path: `address.city`, `lines.data[]`, `items[0].id`; empty for the whole record.
        transform: Name in the transform registry; without one the value is read as the field's kind asks.
        args: Arguments of the transform, JSON-able.
        direction: `in` only reads, `out` only writes. The `out` rules of a field fill what no `both` rule has written: all of them or none.
        default: The value when the provider's is absent or null.
        rules: Rules of the items, for a list field.
    """

    field: str
    path: str
    transform: str | None = None
    args: abc.Mapping[str, Any] = dataclasses.field(default_factory=dict)
    direction: Direction = "both"
    default: Any = None
    rules: tuple[Rule, ...] = ()

    def __hash__(self) -> int:
        return hash((self.field, self.path, self.transform, self.direction))

    @property
    def reads(self) -> bool:
        """Whether the rule takes part in `to_unified`."""
        return self.direction != "out"

    @property
    def writes(self) -> bool:
        """Whether the rule takes part in `from_unified`."""
        return self.direction != "in"

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; what has its usual value is left out."""
        out: dict[str, Any] = {"field": self.field, "path": self.path}
        if self.transform is not None:
            out["transform"] = self.transform
        if self.args:
            out["args"] = dict(self.args)
        if self.direction != "both":
            out["direction"] = self.direction
        if self.default is not None:
            out["default"] = self.default
        if self.rules:
            out["rules"] = [rule.to_dict() for rule in self.rules]
        return out

    @classmethod
    def from_dict(cls, data: Any) -> Rule:
        """The rule of its JSON form.

        Raises:
            InvalidInput: naming each wrong key and what is allowed.
        """
        problems: dict[str, str] = {}
        rule = _rule(data, "rule", problems)
        _refuse(problems)
        return rule


@dataclass(frozen=True, slots=True)
class Mapping:
    """The rules of a stream.

    Attributes:
        model: Name of the unified model.
        rules: The rules, in order; of several that read the same field the first with a value wins.
        version: Counted up with every change.
        custom: Roots whose leftovers go to `custom_fields`: "" for the record (names keep their nesting), "properties" for what is
            below it (its names stand at the top). Where two roots give the same name, the first root wins and the other value is kept
            under its whole path.
        ignore: Paths that are structure, not data. They stay in `raw`.
    """

    model: str
    rules: tuple[Rule, ...]
    version: int = 1
    custom: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((self.model, self.rules, self.version, self.custom, self.ignore))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; what has its usual value is left out."""
        out: dict[str, Any] = {"model": self.model, "version": self.version, "rules": [rule.to_dict() for rule in self.rules]}
        if self.custom:
            out["custom"] = list(self.custom)
        if self.ignore:
            out["ignore"] = list(self.ignore)
        return out

    model_dump = to_dict

    @classmethod
    def from_dict(cls, data: Any) -> Mapping:
        """The mapping of its JSON form, checked against the schema and the transforms.

        Raises:
            InvalidInput: naming each wrong key and what is allowed.
        """
        from orion_core.engine.mapping.check import check  # the check needs these classes

        problems: dict[str, str] = {}
        mapping = _mapping(data, problems)
        if not problems:
            problems = check(mapping)
        _refuse(problems)
        return mapping

    def with_overrides(self, rules: abc.Iterable[Rule], *, drop: abc.Collection[str] = ()) -> Mapping:
        """This mapping with a workspace's own rules: each replaces all rules of its field; `drop` names fields to leave unmapped.

        A rule that takes over the path of another field leaves that field to be read only. The leftovers follow by themselves: a path
        no rule reads any more appears in `custom_fields`.
        """
        own = tuple(rules)
        replaced = {rule.field for rule in own} | set(drop)
        taken = {rule.path for rule in own if rule.direction == "both"}
        kept = [
            replace(rule, direction="in") if rule.direction == "both" and rule.path in taken else rule
            for rule in self.rules
            if rule.field not in replaced
        ]
        return replace(self, rules=(*kept, *own))

    def fingerprint(self) -> bytes:
        """Bytes that are equal whenever two mappings do the same."""
        return canonical(self.to_dict())


def suggest(wrong: str, known: abc.Iterable[str]) -> str:
    """`; did you mean …?` when something known is close."""
    close = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _refuse(problems: dict[str, str]) -> None:
    if problems:
        listed = "; ".join(f"{where}: {what}" for where, what in problems.items())
        raise InvalidInput(f"The mapping is not valid: {listed}", detail={"fields": problems})


def _unknown_keys(data: dict[Any, Any], allowed: tuple[str, ...], where: str, problems: dict[str, str]) -> None:
    for key in data:
        if key not in allowed:
            problems[f"{where}.{key}" if where else str(key)] = f"unknown key{suggest(str(key), allowed)} Allowed: {', '.join(allowed)}."


def _text(data: dict[str, Any], key: str, where: str, problems: dict[str, str], *, required: bool) -> str:
    value = data.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        problems[f"{where}.{key}" if where else key] = "is missing" if key not in data else f"must be text, not {type(value).__name__}"
        return ""
    return value


def _texts(data: dict[str, Any], key: str, problems: dict[str, str]) -> tuple[str, ...]:
    value = data.get(key, ())
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        problems[key] = "must be a list of texts"
        return ()
    return tuple(value)


def _mapping(data: Any, problems: dict[str, str]) -> Mapping:
    if not isinstance(data, dict):
        problems["mapping"] = f"must be an object, not {type(data).__name__}"
        return Mapping("", ())
    _unknown_keys(data, ("model", "rules", "version", "custom", "ignore"), "", problems)
    version = data.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        problems["version"] = "must be a whole number from 1"
        version = 1
    return Mapping(
        model=_text(data, "model", "", problems, required=True),
        rules=_rules(data.get("rules"), "rules", problems),
        version=version,
        custom=_texts(data, "custom", problems),
        ignore=_texts(data, "ignore", problems),
    )


def _rules(data: Any, where: str, problems: dict[str, str]) -> tuple[Rule, ...]:
    if not isinstance(data, (list, tuple)):
        problems[where] = f"must be a list of rules, not {type(data).__name__}"
        return ()
    return tuple(_rule(item, f"{where}[{index}]", problems) for index, item in enumerate(data))


def _rule(data: Any, where: str, problems: dict[str, str]) -> Rule:
    if not isinstance(data, dict):
        problems[where] = f"must be an object, not {type(data).__name__}"
        return Rule("", "")
    _unknown_keys(data, ("field", "path", "transform", "args", "direction", "default", "rules"), where, problems)
    direction = data.get("direction", "both")
    if direction not in DIRECTIONS:
        problems[f"{where}.direction"] = f"must be one of {', '.join(DIRECTIONS)}, not {direction!r}"
    args = data.get("args", {})
    if not isinstance(args, dict):
        problems[f"{where}.args"] = f"must be an object, not {type(args).__name__}"
        args = {}
    try:
        orjson.dumps([args, data.get("default")])
    except TypeError as cause:
        problems[f"{where}.args"] = f"must be JSON: {cause}"
    return Rule(
        field=_text(data, "field", where, problems, required=True),
        path=_text(data, "path", where, problems, required=True),
        transform=_text(data, "transform", where, problems, required=False) or None,
        args=args,
        direction=cast(Direction, direction if direction in DIRECTIONS else "both"),
        default=data.get("default"),
        rules=_rules(data["rules"], f"{where}.rules", problems) if data.get("rules") else (),
    )
