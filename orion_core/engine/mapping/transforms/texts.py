"""Texts, lists of texts, tables of words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from orion_core.engine.mapping.context import MISSING, SKIP, Context, Unfit
from orion_core.engine.mapping.path import ABSENT, Tokens, parse
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform
from orion_core.engine.schema.base import UNKNOWN
from orion_core.engine.schema.money import EXPONENTS


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"{type(value).__name__} is not text")
    return value


@transform(
    "text",
    accepts=("text", "int", "decimal", "bool"),
    gives="text",
    params={"as": {"type": "string", "enum": ["text", "integer"], "description": "How it is written."}},
    examples=((7, {}, "7"),),
)
def text(args: Args) -> Bound:
    """Text or a number ↔ text; written as an integer where `as` says so."""
    as_integer = args.get("as") == "integer"

    def forward(value: Any, ctx: Context) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float):
            return format(Decimal(repr(value)), "f")
        if isinstance(value, (int, Decimal)):
            return format(value, "d" if isinstance(value, int) else "f")
        raise Unfit(f"{type(value).__name__} is not text")

    def inverse(value: Any, ctx: Context) -> str | int:
        return int(value) if as_integer else str(value)

    return Bound(forward, inverse)


@transform("lower", accepts=("text",), gives="text", examples=(("Ada@X.ORG", {}, "ada@x.org"),))
def lower(args: Args) -> Bound:
    """Text in lower case."""
    return Bound(lambda value, ctx: _text(value).lower(), identity=True)


@transform("upper", accepts=("text",), gives="text", examples=(("de", {}, "DE"),))
def upper(args: Args) -> Bound:
    """Text in upper case."""
    return Bound(lambda value, ctx: _text(value).upper(), identity=True)


@transform("trim", accepts=("text",), gives="text", examples=(("  x ", {}, "x"),))
def trim(args: Args) -> Bound:
    """Text without white space around it."""
    return Bound(lambda value, ctx: _text(value).strip(), identity=True)


@transform(
    "currency_upper",
    accepts=("text",),
    gives="text",
    params={"write": {"type": "string", "enum": ["lower", "upper"], "description": "How the provider wants it; lower when absent."}},
    examples=(("usd", {}, "USD"),),
)
def currency_upper(args: Args) -> Bound:
    """A currency code in any case ↔ ISO 4217 in upper case. One that nobody knows is kept and flagged `currency_unknown`."""
    as_upper = args.get("write") == "upper"

    def forward(value: Any, ctx: Context) -> str:
        code = value.upper() if value.__class__ is str else _text(value).upper()
        if code not in EXPONENTS and code:
            ctx.flag("currency_unknown")
        return code

    def inverse(value: Any, ctx: Context) -> str:
        return _text(value).upper() if as_upper else _text(value).lower()

    return Bound(forward, inverse)


_SEPARATOR = {"type": "string", "description": "What stands between the parts."}


@transform(
    "list_of",
    accepts=("text", "list"),
    gives="list",
    params={"separator": _SEPARATOR},
    examples=(("a; b", {"separator": ";"}, ["a", "b"]),),
)
def list_of(args: Args) -> Bound:
    """Text with separators ("a;b") ↔ a list of texts; empty parts are dropped. The separator is a comma when absent."""
    separator: str = args.get("separator", ",")

    def forward(value: Any, ctx: Context) -> list[str]:
        parts = value if isinstance(value, list) else _text(value).split(separator)
        return [part.strip() for part in map(_text, parts) if part.strip()]

    def inverse(value: Any, ctx: Context) -> str:
        if not isinstance(value, list):
            raise Unfit(f"{type(value).__name__} is not a list")
        if any(separator in _text(part) for part in value):
            raise Unfit(f"a part holds the separator {separator!r}")
        return separator.join(value)

    return Bound(forward, inverse)


def _key(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


_TABLE = {"type": "object", "additionalProperties": {"type": "string"}}


@transform(
    "enum",
    accepts=("text", "bool", "int"),
    gives="text",
    params={
        "map": {**_TABLE, "description": "The provider's word → the unified word."},
        "fallback": {"type": ["string", "null"], "description": "The word for all others; `unknown` when absent, null leaves them empty."},
        "inverse": {**_TABLE, "description": "Unified word → the provider's, where several mean the same; else the first of them."},
    },
    required=("map",),
    examples=(("Closed Won", {"map": {"Closed Won": "won"}}, "won"),),
)
def enum(args: Args) -> Bound:
    """A provider's word ↔ a unified word. One that is not in the table becomes `unknown`, flagged; the original stays in `status_raw`."""
    table: dict[str, str] = dict(args["map"])
    folded = {key.lower(): word for key, word in reversed(table.items())}
    back = {**{word: key for key, word in reversed(table.items())}, **args.get("inverse", {})}
    fallback = args.get("fallback", UNKNOWN)

    def forward(value: Any, ctx: Context) -> str | None:
        key = value if value.__class__ is str else _key(value)
        word = table.get(key)
        if word is not None:
            return word
        if key == "":
            return None
        if not isinstance(value, (str, bool, int)):
            raise Unfit(f"{type(value).__name__} is not a word")
        word = folded.get(key.strip().lower())
        if word is None:
            raise Unfit(f"unknown word {key!r}", flag="unknown", instead=MISSING if fallback is None else fallback)
        return word

    def inverse(value: Any, ctx: Context) -> Any:
        if value in back:
            return back[value]
        if value == fallback:
            return SKIP  # we do not know what it was; writing nothing keeps it
        raise Unfit(f"the provider has no word for {value!r}; it knows {', '.join(sorted(back))}")

    return Bound(forward, inverse)


@transform(
    "lookup",
    accepts=("any",),
    gives="any",
    params={
        "table": {"type": "object", "description": "The provider's value → ours."},
        "default": {"type": "string", "description": "For values that are not in the table; they stay as they are when absent."},
    },
    required=("table",),
    examples=(("17", {"table": {"17": "Sales"}}, "Sales"),),
)
def lookup(args: Args) -> Bound:
    """A value looked up in a table ↔ the first key with that value. What is not in the table stays as it is."""
    table: dict[str, Any] = dict(args["table"])
    default = args.get("default", MISSING)
    back = {_key(word): key for key, word in reversed(table.items())}

    def forward(value: Any, ctx: Context) -> Any:
        return table.get(_key(value), value if default is MISSING else default)

    def inverse(value: Any, ctx: Context) -> Any:
        return back.get(_key(value), SKIP if default is not MISSING and value == default else value)

    return Bound(forward, inverse)


@transform(
    "default",
    accepts=("any",),
    gives="any",
    params={"value": {"description": "What stands in for null and empty text."}},
    required=("value",),
)
def default(args: Args) -> Bound:
    """The value, or `value` where it is null or an empty text."""
    stand_in = args["value"]
    return Bound(lambda value, ctx: stand_in if value is None or value == "" else value, identity=True, nulls=True)


@transform("constant", accepts=("any",), gives="any", params={"value": {"description": "The value."}}, required=("value",))
def constant(args: Args) -> Bound:
    """Always the same value, whatever comes; for one direction, with an empty path or field on the other side."""
    value_always = args["value"]
    return Bound(lambda value, ctx: value_always, nulls=True)


def _parts(paths: list[Tokens], ctx: Context) -> list[str]:
    """The texts at these paths, empty where there is none; when not one of them is there, neither is the result."""
    found = [ctx.look(path) for path in paths]
    if found and all(part is ABSENT for part in found):
        raise Unfit("none of the parts is there", flag=None)
    return [str(part) if isinstance(part, (str, int, float, Decimal)) and not isinstance(part, bool) else "" for part in found]


@transform(
    "join",
    accepts=("any",),
    gives="text",
    params={
        "paths": {"type": "array", "items": {"type": "string"}, "description": "Paths of the parts in the record."},
        "separator": {**_SEPARATOR, "description": "Between the parts; a space when absent."},
    },
    required=("paths",),
)
def join(args: Args) -> Bound:
    """Several texts of the record, those that are not empty, as one."""
    paths = [parse(path) for path in args["paths"]]
    separator = args.get("separator", " ")

    def forward(value: Any, ctx: Context) -> str | None:
        parts = _parts(paths, ctx)
        return separator.join(part.strip() for part in parts if part.strip()) or None

    return Bound(forward, nulls=True)


_HOLE = re.compile(r"\{([^{}]+)\}")


@transform(
    "template",
    accepts=("any",),
    gives="text",
    params={"template": {"type": "string", "description": "Text with paths in braces: `{first} {last}`."}},
    required=("template",),
)
def template(args: Args) -> Bound:
    """Text with values of the record put in; nothing when all of them are empty."""
    pattern: str = args["template"]
    holes = [parse(path) for path in _HOLE.findall(pattern)]
    pieces = _HOLE.split(pattern)[::2]

    def forward(value: Any, ctx: Context) -> str | None:
        texts = _parts(holes, ctx)
        if holes and not any(texts):
            return None
        return "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True)).strip()

    return Bound(forward, nulls=True)


@transform(
    "id_of",
    accepts=("text", "object", "int"),
    gives="text",
    params={"key": {"type": "string", "description": "Where the id stands in the object; `id` when absent."}},
    examples=(("cus_1", {}, "cus_1"),),
)
def id_of(args: Args) -> Bound:
    """An id, or an object that holds it (Stripe's expanded references) ↔ the id. Of an object the whole is kept in `custom_fields`."""
    key = args.get("key", "id")

    def forward(value: Any, ctx: Context) -> str:
        if value.__class__ is str:
            return str(value)
        if isinstance(value, dict) and isinstance(value.get(key), (str, int)):
            raise Unfit("kept whole", flag=None, instead=str(value[key]))
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise Unfit(f"{type(value).__name__} is not an id")

    return Bound(forward, identity=True)
