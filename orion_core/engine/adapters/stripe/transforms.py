"""Two transforms only Stripe's records need: the verb of an event's name, a time that counts in one state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orion_core.engine.mapping.path import parse
from orion_core.engine.mapping.transforms import TRANSFORMS, Bound, Context, transform

Args = Mapping[str, Any]


@transform(
    "last_word",
    accepts=("text",),
    gives="text",
    params={
        "map": {"type": "object", "description": "Last part of a dotted word → our word."},
        "fallback": {"type": "string", "description": "For all others."},
    },
    required=("map", "fallback"),
    examples=(("customer.updated", {"map": {"updated": "updated"}, "fallback": "other"}, "updated"),),
)
def last_word(args: Args) -> Bound:
    """What follows the last dot of an event's name, looked up in a table."""
    table, fallback = dict(args["map"]), args["fallback"]
    return Bound(lambda value, ctx: table.get(str(value).rpartition(".")[2], fallback))


@transform(
    "epoch_when",
    accepts=("int",),
    gives="time",
    params={
        "path": {"type": "string", "description": "Path of a word in the record."},
        "is": {"type": "string", "description": "The word that makes the time count."},
    },
    required=("path", "is"),
)
def epoch_when(args: Args) -> Bound:
    """Seconds since 1970 → a time, where another field says so (the creation of a charge that succeeded is when it was paid)."""
    path, word, epoch = parse(args["path"]), args["is"], TRANSFORMS["epoch"].bind()

    def forward(value: Any, ctx: Context) -> Any:
        return epoch.forward(value, ctx) if ctx.find(path) == word else None

    return Bound(forward)
