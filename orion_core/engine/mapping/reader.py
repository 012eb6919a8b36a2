"""Compile the reading side of a list of rules: the tree by provider path, and what runs after the walk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from orion_core.engine.mapping import inbound, inbound_lists
from orion_core.engine.mapping.context import Context
from orion_core.engine.mapping.inbound import Act, Entry, Forward, Object, Table
from orion_core.engine.mapping.path import ABSENT, EACH, Tokens, is_plain, parse, put, read, render, select
from orion_core.engine.mapping.rule import Rule
from orion_core.engine.mapping.transforms import TRANSFORMS
from orion_core.engine.mapping.tree import Leaf, Node
from orion_core.engine.schema import FieldSpec, UnifiedBase, field_of

TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "int": (int,),
    "bool": (bool,),
    "decimal": (Decimal,),
    "time": (datetime,),
    "date": (date,),
    "list": (list,),
    "object": (dict,),
    "json": (dict, list, str, int, float, bool, Decimal, datetime, date),
}
DEFAULT_TRANSFORM: Final = {"int": "integer", "bool": "boolean", "decimal": "decimal", "time": "iso_datetime", "date": "date"}
Put = Callable[[Tokens, Any, Object, Context], None]
"""Keep a leftover found after the walk: (provider path, value, leftovers of the item, context)."""


def spec_of(model: type[UnifiedBase], path: str) -> FieldSpec | None:
    """The field a rule names; a list may be written with or without its brackets, `[key=value]` stands for one item."""
    tokens = tuple(EACH if isinstance(token, tuple) else token for token in parse(path))
    text = render(tokens)
    return field_of(model, text) or field_of(model, f"{text}[]")


def fits(kind: str) -> Callable[[Any], bool]:
    """Whether a value may stand in a field of this kind; None always may."""
    types = TYPES[kind]
    return lambda value: value is None or value.__class__ in types


class Reader:
    """Reads one kind of object: the record, or the items of a list."""

    def __init__(
        self,
        model: type[UnifiedBase],
        rules: tuple[Rule, ...],
        *,
        prefix: str = "",
        roots: tuple[str, ...] = ("",),
        ignore: tuple[str, ...] = (),
        place: Put | None = None,
    ) -> None:
        self.model, self.prefix, self.ignore = model, prefix, ignore
        self.place: Put = place or (lambda tokens, value, custom, ctx: void(put(custom, tokens, value)))
        self.leaves = [self._leaf(rule) for rule in rules if rule.reads]
        self.fields = {leaf.rule.field for leaf in self.leaves}
        self.tree = Node()
        self.aligned: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        self.after: list[Act] = []
        self._plant(roots)
        self.walk = inbound.walker(self._table(self.tree, (), (), "" in roots), keep="" in roots, prefix=prefix)
        self.after += [self._default(leaf) for leaf in self.leaves if leaf.rule.default is not None]

    def read(self, value: Object, out: Object, custom: Object, ctx: Context) -> None:
        """Fill `out` from one object, its leftovers into `custom`."""
        self.walk(value, out, custom, ctx)
        for act in self.after:
            act(value, out, custom, ctx)

    def _leaf(self, rule: Rule) -> Leaf:
        spec = spec_of(self.model, self.prefix + rule.field)
        if spec is None:
            raise KeyError(rule.field)
        return Leaf(rule, parse(rule.path), parse(rule.field), spec)

    def _plant(self, roots: tuple[str, ...]) -> None:
        seen: set[str] = set()
        for number, root in enumerate(root for root in roots if root):
            self.tree.at(tuple(map(str, parse(root)))).root = number
        for ignored in self.ignore:
            tokens = parse(ignored)
            if is_plain(tokens):
                self.tree.at(tuple(map(str, tokens))).ignored = True
        for leaf in self.leaves:
            first = leaf.rule.field not in seen
            seen.add(leaf.rule.field)
            if leaf.in_walk() and first:
                self.tree.at(leaf.keys).leaves.append(leaf)
                continue
            if leaf.peeks() and first:
                self.tree.at(leaf.keys).peeks.append(leaf)
                continue
            path = leaf.path[:-1] if leaf.path and leaf.path[-1] is EACH else leaf.path
            takes = bool(path) and is_plain(path)
            if takes:
                self.tree.at(leaf.keys).taken = True
            self.after.append(self._probe(leaf, takes=takes))

    def _table(self, node: Node, base: tuple[str, ...], path: tuple[str, ...], keep: bool) -> Table:
        return {key: self._entry(child, base, (*path, key), keep) for key, child in node.children.items()}

    def _entry(self, node: Node, base: tuple[str, ...], path: tuple[str, ...], keep: bool) -> Entry:
        acts: list[Entry] = [self._act(leaf, base) for leaf in node.leaves]
        if node.children or node.root is not None:
            acts.append(self._object(node, base, path, keep))
        if len(acts) == 1 and not node.peeks:
            return acts[0]
        prefix = self.prefix + "".join(f"{name}." for name in base)
        ready = [inbound.as_act(act, path[-1], prefix) for act in acts]
        act = inbound.several(ready) if len(ready) > 1 else ready[0] if ready else inbound.nothing
        if not node.peeks:
            return act
        peeks = [(leaf.path[-1], inbound.as_act(self._act(leaf, base), path[-1], prefix)) for leaf in node.peeks]
        left = keep and not (ready or node.taken or node.ignored)
        return inbound_lists.peeked(inbound.leftover(path[-1]) if left else act, peeks)

    def _object(self, node: Node, base: tuple[str, ...], path: tuple[str, ...], keep: bool) -> Act:
        below = [leaf for child in node.children.values() for leaf in child.below()]
        into = self._common(below, base)
        inside = base if into is None else (*base, into)
        if into is not None:
            self.aligned.append((inside, path))
        kept = (keep or node.root is not None) and not node.ignored
        prefix = self.prefix + "".join(f"{name}." for name in inside)
        walk = inbound.walker(self._table(node, inside, path, kept), keep=kept, prefix=prefix)
        nulls = [inbound.setter(leaf.names[len(base) :]) for leaf in below]
        label = self.prefix + ".".join(inside if into is not None else path)
        return inbound.nested(walk, path[-1], label, into, nulls, node.root, quiet=bool(node.leaves) or node.taken)

    def _common(self, below: list[Leaf], base: tuple[str, ...]) -> str | None:
        """The unified object that holds all that is below, and nothing else."""
        depth = len(base)
        heads = {leaf.names[depth] for leaf in below if len(leaf.names) > depth + 1}
        if len(heads) != 1 or any(len(leaf.names) <= depth + 1 for leaf in below):
            return None
        whole = (*base, *heads)
        inside = {id(leaf) for leaf in below}
        if any(leaf.names[: depth + 1] == whole and id(leaf) not in inside for leaf in self.leaves):
            return None
        return whole[-1]

    def _act(self, leaf: Leaf, base: tuple[str, ...]) -> Entry:
        rule, spec, key = leaf.rule, leaf.spec, leaf.keys[-1] if leaf.keys else ""
        names = leaf.names[len(base) :]
        label = self.prefix + ".".join(leaf.names)
        if rule.rules:
            inner = f"{render(leaf.path)}."
            ignore = tuple(path[len(inner) :] for path in self.ignore if path.startswith(inner))
            reader = Reader(self.model, rule.rules, prefix=f"{self.prefix}{render(leaf.target)}.", ignore=ignore)
            return inbound_lists.items(reader.read, names, label, key)
        kind = spec.kind
        if leaf.target[-1] is EACH:
            item_kind = spec.item or "text"
            forward, check = self._forward(rule, item_kind)
            return inbound_lists.each(names, label, key, forward, check, TYPES[item_kind])
        forward, check = self._forward(rule, kind)
        if forward is None:
            if label == "remote_id":
                return inbound.identity(names[0])
            if kind == "text" and len(names) == 1 and leaf.keys:
                return names[0] if spec.format != "email" else inbound.plain_email(names[0], label, key)
            act = inbound.plain(names, label, key, TYPES[kind])
        else:
            raw = self._companion(rule)
            sure = not rule.transform or TRANSFORMS[rule.transform].gives == kind
            if sure and raw is None and len(names) == 1 and spec.format is None and leaf.keys:
                return names[0], forward
            act = inbound.mapped(names, label, key, forward, None if sure else check, raw)
        return inbound.email(act, names, label) if spec.format == "email" else act

    def _forward(self, rule: Rule, kind: str) -> tuple[Forward | None, Callable[[Any], bool]]:
        name = rule.transform or DEFAULT_TRANSFORM.get(kind)
        if name is None:
            return None, fits(kind)
        bound = TRANSFORMS[name].bind(rule.args)
        return bound.forward, fits(kind)

    def _companion(self, rule: Rule) -> str | None:
        """`status_raw` keeps the provider's word of `status`, unless a rule of its own does."""
        return companion(rule) if not self.prefix and f"{rule.field}_raw" not in self.fields else None

    def _probe(self, leaf: Leaf, *, takes: bool) -> Act:
        rule, path = leaf.rule, leaf.path
        chosen = next((index for index, token in enumerate(leaf.target) if isinstance(token, tuple)), None)
        to_custom = leaf.target[0] == "custom_fields"
        base = leaf.names if chosen is None else tuple(token for token in leaf.target[: chosen + 1] if isinstance(token, str))
        key = leaf.keys[-1] if leaf.keys else ""
        entry = self._act(leaf, leaf.names[: len(base)] if chosen is not None else leaf.names[:1] if to_custom else ())
        act = inbound.as_act(entry, key, self.prefix)
        nulls = bool(rule.transform and TRANSFORMS[rule.transform].bind(rule.args).nulls)

        def probe(source: Object, out: Object, custom: Object, ctx: Context) -> None:
            value = read(source, path) if path else source
            if value is ABSENT and not nulls:
                return
            if read(out, base) not in (ABSENT, None, "") and chosen is None and not to_custom:
                if takes and value is not None and value is not ABSENT:
                    self.place(path[: len(leaf.keys)], value, custom, ctx)
                return
            found: Object = {}
            left: Object = {}
            act(None if value is ABSENT else value, found, left, ctx)
            if takes and key in left:
                self.place(path[: len(leaf.keys)], left[key], custom, ctx)
            if chosen is not None:
                _choose(out, base, leaf.target[chosen], found)
            elif to_custom:
                for name, item in found.items():
                    self.place(("custom_fields", name), item, custom, ctx)
            else:
                _merge(out, found)

        return probe

    def _default(self, leaf: Leaf) -> Act:
        names, value = leaf.names, leaf.rule.default
        kind = leaf.spec.kind
        if isinstance(value, str) and kind in ("decimal", "time", "date"):
            value = TRANSFORMS[DEFAULT_TRANSFORM[kind]].forward(value)
        set_value = inbound.setter(names)

        def default(source: Object, out: Object, custom: Object, ctx: Context) -> None:
            if read(out, names) in (ABSENT, None):
                set_value(out, value)

        return default


def companion(rule: Rule) -> str | None:
    """The field that keeps the provider's own word beside this one."""
    return "status_raw" if rule.field == "status" and rule.transform == "enum" else None


def _choose(out: Object, base: tuple[str, ...], token: Any, found: Object) -> None:
    """Put what was found into the list item that `token` names; null and empty make no item."""
    place = out
    for name in base[:-1]:
        place = place.setdefault(name, {})
    listed = place.get(base[-1])
    if listed is None:
        listed = place[base[-1]] = []
    if any(value not in (None, "") for value in found.values()):
        item = select(listed, token)
        if item is ABSENT:
            item = {token[0]: token[1]}
            listed.append(item)
        _merge(item, found)


def _merge(out: Object, found: Object) -> None:
    for name, value in found.items():
        if isinstance(value, dict) and isinstance(out.get(name), dict):
            _merge(out[name], value)
        else:
            out[name] = value


def void(_: Any) -> None:
    """Drop a result."""
