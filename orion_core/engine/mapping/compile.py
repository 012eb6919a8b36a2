"""A mapping made ready: compiled once per content, then a few microseconds a record."""

from __future__ import annotations

from collections import abc
from functools import lru_cache
from typing import Any

import msgspec

from orion_core.base.errors import InvalidInput, RecordError
from orion_core.engine.mapping.check import check
from orion_core.engine.mapping.context import Context
from orion_core.engine.mapping.explain import Explanation, Provenance, explain, provenance
from orion_core.engine.mapping.path import Tokens, parse, put
from orion_core.engine.mapping.reader import Reader
from orion_core.engine.mapping.rule import Mapping
from orion_core.engine.mapping.writer import Writer
from orion_core.engine.schema import UnifiedBase, model_of

Object = dict[str, Any]


class Mapped(msgspec.Struct):
    """One record in unified shape, as plain values. It may share objects with the raw record: do not change them in place."""

    fields: Object
    custom: Object = {}
    flags: list[str] = []


class CompiledMapping:
    """A mapping made ready to use. Get it from `compile_mapping`; it is immutable and may be shared."""

    __slots__ = ("_needs_id", "_order", "_owned", "_reader", "_roots", "_simple", "_walk", "_writer", "mapping", "model")

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.model: type[UnifiedBase] = model_of(mapping.model)
        self._roots = [(root, parse(root)) for root in mapping.custom if root]
        order = [(root, number) for number, (root, _) in enumerate(self._roots)]
        place = mapping.custom.index("") if "" in mapping.custom else len(order)
        self._order = [*order[:place], ("record", -1), *order[place:]]
        self._reader = Reader(self.model, mapping.rules, roots=mapping.custom, ignore=mapping.ignore, place=self._place)
        self._writer = Writer(self.model, mapping.rules, self._reader)
        self._needs_id = any(rule.field == "remote_id" and rule.reads for rule in mapping.rules)
        self._owned = any(rule.field.startswith("custom_fields.") and rule.reads for rule in mapping.rules)
        self._simple = not self._roots and not self._owned
        self._walk = self._reader.read if self._reader.after else self._reader.walk

    def to_unified(self, raw: Object) -> Mapped:
        """The unified fields, leftovers and flags of a provider's record. A value that does not fit is flagged and kept, not lost.

        Raises:
            RecordError: it is no object, or has no id: it cannot be stored.
        """
        if raw.__class__ is not dict:
            raise RecordError(f"The record is {type(raw).__name__}, not an object.", detail={"type": type(raw).__name__})
        ctx = Context(raw) if self._simple else Context(raw, hoisted=[{} for _ in self._roots])
        fields: Object = {}
        self._walk(raw, fields, ctx.rest, ctx)
        if self._needs_id and not fields.get("remote_id"):
            raise RecordError("The record has no usable id: remote_id is missing.", detail={"field": "remote_id", "type": "missing"})
        return Mapped(fields, ctx.rest if self._simple else self._gather(ctx), ctx.flags)

    def from_unified(self, fields: Object, *, context: abc.Mapping[str, Any] | None = None) -> Object:
        """The provider-shaped body that writes these fields, and only these.

        Args:
            fields: What is to be written, in the shape of `Mapped.fields`; a subset will do.
            context: The whole record the fields belong to, for transforms that look beside them (an amount needs its currency).

        Raises:
            RecordError: a value has no form at the provider.
        """
        return self._writer.write(fields, Context({**context, **fields} if context else fields))

    def to_model(self, raw: Object, **identity: Any) -> UnifiedBase:
        """The record as a pydantic model, with `raw` and `identity` (`id`, `connection_id`) in it. For single records: ~30 µs."""
        found = self.to_unified(raw)
        return self.model.from_fields(found.fields, custom=found.custom, flags=found.flags, **{"raw": raw, **identity})

    def provenance(self, field: str | None = None) -> list[Provenance]:
        """The rules that feed or write a field (all fields when None), in order of precedence."""
        return provenance(self.mapping, field)

    def explain(self, field: str, raw: Object) -> list[Explanation]:
        """Why the field is what it is: for each rule that reads it the path, the raw value, the transform, the result, and which won."""
        return explain(self, field, raw)

    def _place(self, tokens: Tokens, value: Any, custom: Object, ctx: Context) -> None:
        """Keep a leftover found after the walk where the walk would have put it."""
        if tokens[0] == "custom_fields":
            # Last in line; `_gather` moves it over, past what a leftover of the same name holds.
            if len(ctx.hoisted) == len(self._roots):
                ctx.hoisted.append({})
            ctx.hoisted[-1][str(tokens[1])] = value
            return
        for number, (_, root) in enumerate(self._roots):
            if tokens[: len(root)] == root and len(tokens) > len(root):
                put(ctx.hoisted[number], tokens[len(root) :], value)
                return
        put(ctx.rest, tokens, value)

    def _gather(self, ctx: Context) -> Object:
        """The leftovers of all roots in one object; the first root to use a name keeps it."""
        hoisted, count = ctx.hoisted, len(self._roots)
        gathered: Object = dict(hoisted[count]) if len(hoisted) > count else {}
        for label, number in self._order:
            left = ctx.rest if number < 0 else hoisted[number]
            if not left:
                continue
            if gathered.keys().isdisjoint(left):
                gathered.update(left)
                continue
            for name, value in left.items():
                key = name if name not in gathered else f"{label}.{name}"
                while key in gathered:
                    key = f"record.{key}"
                gathered[key] = value
        return gathered


@lru_cache(maxsize=512)
def compile_mapping(mapping: Mapping) -> CompiledMapping:
    """The compiled form, the same object for equal mappings.

    Raises:
        InvalidInput: naming each wrong rule and what is allowed.
    """
    problems = check(mapping)
    if problems:
        listed = "; ".join(f"{where}: {what}" for where, what in problems.items())
        raise InvalidInput(f"The mapping is not valid: {listed}", detail={"fields": problems})
    return CompiledMapping(mapping)
