"""Provider record → unified fields: the hot path.

The rules are compiled to a tree by provider path, and the record is walked once, key by key: a key is looked up in the table of its
object and is a rule (see `Entry`), or it is a leftover and goes to `custom_fields`. So rules and leftovers cost one pass together,
without a copy of the record and without a test per rule. What needs more than one place of the
record (joins, positions in lists, fallbacks) runs after the walk, in the order of the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orion_core.base.errors import RecordError
from orion_core.engine.mapping.context import MISSING, Context, Unfit
from orion_core.engine.mapping.transforms.people import EMAIL

Object = dict[str, Any]
Act = Callable[[Any, Object, Object, Context], None]
"""What happens with a value: (value, fields to fill, leftovers of its object, context)."""
Forward = Callable[[Any, Context], Any]
Entry = Act | str | tuple[str, Forward]
"""A rule in a table: plain text is the name of its field, a transformed field its name and the transform, all else a function."""
Table = dict[str, Entry]
UNFIT = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)
"""What a transform may raise on data it was not made for; each means: flag it, keep the value, go on."""


def walker(table: Table, *, keep: bool, prefix: str = "") -> Act:
    """Walk one object. `keep`: leftovers go to `custom`; else they stay in `raw` alone. `prefix`: of field names, in flags."""
    get: Callable[[str], Any] = table.get

    def walk(value: Object, out: Object, custom: Object, ctx: Context) -> None:
        for key, item in value.items():
            act = get(key)
            if act is None:
                if keep:
                    custom[key] = item
            elif act.__class__ is str:
                if item.__class__ is str or item is None:
                    out[act] = item
                else:
                    text_of(act, prefix + act, key, item, out, custom, ctx)
            elif act.__class__ is tuple:
                name, forward = act
                if item is None:
                    out[name] = None
                    continue
                try:
                    out[name] = forward(item, ctx)
                except UNFIT as why:
                    result = missed(why, prefix + name, key, item, custom, ctx)
                    if result is not MISSING:
                        out[name] = result
            else:
                act(item, out, custom, ctx)

    return walk


def as_act(entry: Entry, key: str, prefix: str) -> Act:
    """Any entry of a table as a function."""
    if isinstance(entry, str):
        name = entry

        def copy(value: Any, out: Object, custom: Object, ctx: Context) -> None:
            if value.__class__ is str or value is None:
                out[name] = value
            else:
                text_of(name, prefix + name, key, value, out, custom, ctx)

        return copy
    if isinstance(entry, tuple):
        return mapped((entry[0],), prefix + entry[0], key, entry[1], None, None)
    return entry


def text_of(name: str, field: str, key: str, value: Any, out: Object, custom: Object, ctx: Context) -> None:
    """A number where text is expected is its digits; anything else does not fit."""
    if value.__class__ is int:
        out[name] = str(value)
    elif value.__class__ is float:
        out[name] = repr(value)
    elif value.__class__ is Decimal:
        out[name] = format(value, "f")
    else:
        ctx.flag(f"{field}_malformed")
        custom[key] = value


def nothing(value: Any, out: Object, custom: Object, ctx: Context) -> None:
    """Ignored, or read after the walk."""


def leftover(name: str) -> Act:
    """Kept under its name."""

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        custom[name] = value

    return act


def setter(names: tuple[str, ...]) -> Callable[[Object, Any], None]:
    """Set a value at a path of names, making objects on the way."""
    *above, last = names
    if not above:

        def put_here(out: Object, value: Any) -> None:
            out[last] = value

        return put_here

    def put_below(out: Object, value: Any) -> None:
        for name in above:
            below = out.get(name)
            if below.__class__ is not dict:
                below = out[name] = {}
            out = below
        out[last] = value

    return put_below


def missed(why: Exception, field: str, key: str, value: Any, custom: Object, ctx: Context) -> Any:
    """Flag and keep a value that does not fit; what the field gets instead."""
    suffix = why.flag if isinstance(why, Unfit) else "malformed"
    if suffix is not None:
        ctx.flag(f"{field}_{suffix}")
    custom[key] = value
    return why.instead if isinstance(why, Unfit) else MISSING


def mapped(names: tuple[str, ...], field: str, key: str, forward: Forward, fits: Callable[[Any], bool] | None, raw_name: str | None) -> Act:
    """Transform a value and set it. `raw_name`: where the provider's own word goes (`status_raw`)."""
    put = setter(names)

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value is None:
            put(out, None)
            return
        try:
            result = forward(value, ctx)
            if fits is not None and not fits(result):
                raise Unfit(f"gives {type(result).__name__}")
        except UNFIT as why:
            kept = custom if raw_name is None or value.__class__ is not str else {}
            result = missed(why, field, key, value, kept, ctx)
            if result is MISSING:
                return
        put(out, result)
        if raw_name is not None and value.__class__ is str:
            out[raw_name] = value

    return act


def plain(names: tuple[str, ...], field: str, key: str, types: tuple[type, ...]) -> Act:
    """Copy a value whose type is right."""
    put = setter(names)

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value is None or value.__class__ in types:
            put(out, value)
        elif str in types:
            kept: Object = {}
            text_of("", field, key, value, kept, custom, ctx)
            if "" in kept:
                put(out, kept[""])
        else:
            ctx.flag(f"{field}_malformed")
            custom[key] = value

    return act


def email(inner: Act, names: tuple[str, ...], field: str) -> Act:
    """Flag an address that is none; it is kept as sent."""
    *above, last = names
    matches, flag = EMAIL.fullmatch, f"{field}_malformed"

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        inner(value, out, custom, ctx)
        if value:
            for name in above:
                out = out.get(name) or {}
            text = out.get(last)
            if text.__class__ is str and text and matches(text) is None:
                ctx.flag(flag)

    return act


def plain_email(name: str, field: str, key: str) -> Act:
    """`email` for an address that is copied as it is: the usual case, without a second call."""
    matches, flag = EMAIL.fullmatch, f"{field}_malformed"

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is str:
            out[name] = value
            if value and matches(value) is None:
                ctx.flag(flag)
        elif value is None:
            out[name] = None
        else:
            text_of(name, field, key, value, out, custom, ctx)
            ctx.flag(flag)

    return act


def identity(name: str) -> Act:
    """The record's id: without one it cannot be stored."""

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is str and value:
            out[name] = value
        elif value.__class__ is int:
            out[name] = str(value)
        else:
            kind = "empty" if value is None or value == "" else type(value).__name__
            raise RecordError(f"The record has no usable id: {name} is {kind}.", detail={"field": name, "type": type(value).__name__})

    return act


def several(acts: list[Act]) -> Act:
    """Several rules read one value; it is lost, and so kept, only where the first cannot take it."""
    first, *others = acts

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        first(value, out, custom, ctx)
        spare: Object = {}
        for other in others:
            other(value, out, spare, ctx)

    return act


def nested(
    walk: Act, key: str, field: str, into: str | None, nulls: list[Callable[[Object, Any], None]], root: int | None, *, quiet: bool = False
) -> Act:
    """An object with rules below it.

    Where all that it holds goes to one unified object (`into`), null is null on both sides; otherwise null empties each field.
    `root`: number of the hoisted root this object is. `quiet`: another rule reads the whole value, so it need not be an object.
    """

    def strange(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value is None:
            if into is not None:
                out[into] = None
            else:
                for put in nulls:
                    put(out, None)
        elif not quiet:
            ctx.flag(f"{field}_malformed")
            custom[key] = value

    def act_into(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is not dict:
            return strange(value, out, custom, ctx)
        inner: Object = {}
        left: Object = {}
        walk(value, inner, left, ctx)
        out[into] = inner  # type: ignore[index]
        if left:
            custom[key] = left

    def act_root(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is not dict:
            return strange(value, out, custom, ctx)
        walk(value, out, ctx.hoisted[root or 0], ctx)

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is not dict:
            return strange(value, out, custom, ctx)
        left: Object = {}
        walk(value, out, left, ctx)
        if left or not value:
            custom[key] = left

    return act_root if root is not None else act if into is None else act_into
