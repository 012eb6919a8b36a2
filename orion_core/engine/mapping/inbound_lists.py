"""Provider lists → unified lists: of objects with rules of their own, or of plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orion_core.engine.mapping.context import MISSING, Context, Unfit
from orion_core.engine.mapping.inbound import UNFIT, Act, Forward, Object, missed, setter


def items(read_item: Act, names: tuple[str, ...], field: str, key: str) -> Act:
    """A list of objects with rules of their own. Leftovers of an item stay with the item."""
    put = setter(names)

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is not list:
            if value is None:
                put(out, None)
            else:
                ctx.flag(f"{field}_malformed")
                custom[key] = value
            return
        found: list[Any] = []
        outer = ctx.item
        for item in value:
            if item.__class__ is not dict:
                ctx.flag(f"{field}_malformed")
                custom[key] = value
                continue
            ctx.item, inner, left = item, {}, {}  # type: ignore[var-annotated]
            read_item(item, inner, left, ctx)
            if left:
                inner["custom_fields"] = {**inner.get("custom_fields", {}), **left}
            found.append(inner)
        ctx.item = outer
        put(out, found)

    return act


def each(
    names: tuple[str, ...], field: str, key: str, forward: Forward | None, fits: Callable[[Any], bool], types: tuple[type, ...]
) -> Act:
    """A list of plain values, each transformed."""
    put, only = setter(names), set(types)

    def act(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        if value.__class__ is not list:
            if value is None:
                put(out, None)
            else:
                ctx.flag(f"{field}_malformed")
                custom[key] = value
            return
        if forward is None and set(map(type, value)) <= only:
            put(out, value)
            return
        found: list[Any] = []
        for item in value:
            try:
                result = item if forward is None else forward(item, ctx)
                if result is None or not fits(result):
                    raise Unfit("wrong type")
            except UNFIT as why:
                result = missed(why, field, key, value, custom, ctx)
            if result is not MISSING:
                found.append(result)
        put(out, found)

    return act


def peeked(act: Act, peeks: list[tuple[Any, Act]]) -> Act:
    """Besides what happens with the whole list, copy from some of its positions."""

    def both(value: Any, out: Object, custom: Object, ctx: Context) -> None:
        act(value, out, custom, ctx)
        if value.__class__ is list:
            for index, peek in peeks:
                if len(value) > index:
                    peek(value[index], out, {}, ctx)
        elif value is None:
            for _, peek in peeks:
                peek(None, out, {}, ctx)

    return both
