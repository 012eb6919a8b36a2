"""Unified fields → provider-shaped body. Only fields that are given are written: a blank never overwrites by accident."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orion_core.base.errors import RecordError
from orion_core.engine.mapping.context import MISSING, SKIP, Context
from orion_core.engine.mapping.inbound import UNFIT, Object
from orion_core.engine.mapping.path import ABSENT, EACH, Tokens, parse, put, read
from orion_core.engine.mapping.reader import DEFAULT_TRANSFORM, Reader, companion, spec_of
from orion_core.engine.mapping.rule import Rule
from orion_core.engine.mapping.transforms import TRANSFORMS
from orion_core.engine.schema import UnifiedBase

Write = Callable[[Any, Context], Any]


@dataclass(slots=True)
class Step:
    """A writing rule, prepared."""

    rule: Rule
    field: Tokens
    path: Tokens
    write: Write
    fill: bool  # only where nothing is written yet
    items: Writer | None = None
    constant: bool = False


class Writer:
    """Writes one kind of object: the record, or the items of a list."""

    def __init__(self, model: type[UnifiedBase], rules: tuple[Rule, ...], reader: Reader, *, prefix: str = "") -> None:
        self.model, self.prefix = model, prefix
        order = sorted((rule for rule in rules if rule.writes), key=lambda rule: rule.direction == "out")
        self.steps = [self._step(rule) for rule in order]
        self.aligned = [(name, path) for name, path in reader.aligned if self._writes_below(name, path)]
        fills = [step for step in self.steps if step.fill and not step.constant]
        self.fills = [(step, [other.path for other in fills if other.field == step.field]) for step in fills]

    def write(self, fields: Object, ctx: Context) -> Object:
        """The body for these fields.

        Raises:
            RecordError: a value has no form at the provider; names the field and the value's type.
        """
        body: Object = {}
        emptied = self._objects(fields, body)
        for step in self.steps:
            if step.fill:
                break  # they come last
            value = read(fields, step.field)
            if value is ABSENT or (emptied and any(step.field[: len(name)] == name for name in emptied)):
                continue
            self._one(step, fields, value, body, ctx)
        # A name is split into first and last only where neither was given: half of it beside a given half would be a guess.
        for step in [step for step, paths in self.fills if all(read(body, path) is ABSENT for path in paths)]:
            value = read(fields, step.field) if step.field else fields
            if value is not ABSENT:
                self._one(step, fields, value, body, ctx)
        if body:
            for step in self.steps:
                if step.constant:
                    put(body, step.path, step.write(None, ctx), keep=True)
        return body

    def _writes_below(self, name: tuple[str, ...], path: tuple[str, ...]) -> bool:
        """Whether the object is written at all; one that is only read stays as it is when the field is null."""
        return any(step.field[: len(name)] == name and step.path[: len(path)] == path and not step.fill for step in self.steps)

    def _objects(self, fields: Object, body: Object) -> list[tuple[str, ...]]:
        """Objects that are null or empty as a whole, where both sides hold the same object."""
        emptied = []
        for name, path in self.aligned:
            value = read(fields, name)
            if value is None or value == {}:
                parent = read(fields, name[:-1]) if len(name) > 1 else fields
                if parent is None:
                    continue
                put(body, path, None if value is None else {})
                emptied.append(name)
        return emptied

    def _one(self, step: Step, fields: Object, value: Any, body: Object, ctx: Context) -> None:
        try:
            written: Any
            if value is None:
                written = None
            elif step.items is not None:
                written = self._list(step.items, value, ctx)
            else:
                raw = self._raw(step.rule, fields, value)
                written = step.write(value, ctx) if raw is MISSING else raw
        except UNFIT as why:
            name = self.prefix + step.rule.field
            raise RecordError(
                f"{name} cannot be written to {step.rule.path}: {why}.",
                detail={"field": name, "path": step.rule.path, "type": type(value).__name__},
            ) from why
        if written is None and step.fill and step.rule.transform:
            return  # a blank that was derived (the last name of "Cher") is no reason to empty a field
        if written is not SKIP:
            put(body, step.path, written, keep=step.fill)

    def _list(self, items: Writer, value: Any, ctx: Context) -> list[Object]:
        outer, written = ctx.item, []
        for item in value:
            ctx.item = item
            written.append(items.write(item, ctx))
        ctx.item = outer
        return written

    def _raw(self, rule: Rule, fields: Object, value: Any) -> Any:
        """The provider's own word, where the fields carry it and it still means `value`."""
        name = companion(rule)
        if name is None or not isinstance(raw := fields.get(name), str):
            return MISSING
        try:
            means = TRANSFORMS[str(rule.transform)].bind(rule.args).forward(raw, Context({}))
        except UNFIT as why:
            means = getattr(why, "instead", MISSING)
        return raw if means == value else MISSING

    def _step(self, rule: Rule) -> Step:
        field, path = parse(rule.field), parse(rule.path)
        if path and path[-1] is EACH:
            path = path[:-1]
        if field and field[-1] is EACH:
            field = field[:-1]
        fill = rule.direction == "out"
        if rule.rules:
            reader = Reader(self.model, rule.rules, prefix=f"{self.prefix}{rule.field}.")
            return Step(rule, field, path, _same, fill, Writer(self.model, rule.rules, reader, prefix=f"{self.prefix}{rule.field}."))
        if rule.transform == "constant":
            return Step(rule, field, path, TRANSFORMS["constant"].bind(rule.args).forward, fill, constant=True)
        write = self._write(rule)
        if rule.field.endswith("[]"):
            one = write

            def write_each(value: Any, ctx: Context) -> list[Any]:
                return [one(item, ctx) for item in value]

            write = write_each
        return Step(rule, field, path, write, fill)

    def _write(self, rule: Rule) -> Write:
        spec = spec_of(self.model, self.prefix + rule.field) if rule.field else None
        kind = "" if spec is None else (spec.item or "text") if rule.field.endswith("[]") else spec.kind
        name = rule.transform or DEFAULT_TRANSFORM.get(kind)
        if name is None:
            return _same
        bound = TRANSFORMS[name].bind(rule.args)
        if bound.inverse is not None:
            return bound.inverse
        # An `out` rule has only one way to travel, so a transform without a way back is applied as it stands.
        return bound.forward if rule.direction == "out" else _same


def _same(value: Any, ctx: Context) -> Any:
    return value
