"""Numbers and truth values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.path import parse, read
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform
from orion_core.engine.schema.money import to_decimal

MAX = 2**63 - 1
AS_NUMBER = {"type": "string", "enum": ["text", "number"], "description": "Written as text or as a JSON number."}


def whole(number: int) -> int:
    """An integer that databases and JSON encoders can hold: 64 bits."""
    if not -MAX <= number <= MAX:
        raise Unfit("more than 64 bits", flag="out_of_range")
    return number


def exact(value: Any) -> Decimal | None:
    """A plausible, finite Decimal; None for an empty text."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    try:
        number = to_decimal(value)
    except ValueError as cause:
        raise Unfit(str(cause)) from cause
    if number and not -400 < number.adjusted() < 400:
        raise Unfit("not a plausible number")
    return number


def shift(value: Any, places: int) -> Decimal | None:
    """`value` x 10^`places`, exact; None for an empty text."""
    number = exact(value)
    if number is None:
        return None
    sign, digits, power = number.as_tuple()
    return Decimal((sign, digits, int(power) + places))


def json_number(number: Decimal) -> int | float | str:
    """A JSON number that reads back as the same decimal; text where no float can."""
    if number == number.to_integral_value():
        return int(number)
    as_float = float(number)
    return as_float if Decimal(repr(as_float)) == number else format(number, "f")


@transform(
    "decimal", accepts=("text", "int", "decimal"), gives="decimal", params={"as": AS_NUMBER}, examples=(("1.50", {}, Decimal("1.50")),)
)
def decimal(args: Args) -> Bound:
    """A number of any spelling ↔ an exact decimal; written as text unless `as` is "number"."""
    as_number = args.get("as") == "number"

    def forward(value: Any, ctx: Context) -> Decimal | None:
        return exact(value)

    def inverse(value: Any, ctx: Context) -> int | float | str:
        number = exact(value)
        if number is None:
            raise Unfit("an empty text is not a number")
        return json_number(number) if as_number else format(number, "f")

    return Bound(forward, inverse)


@transform(
    "percent", accepts=("text", "int", "decimal"), gives="decimal", params={"as": AS_NUMBER}, examples=(("75", {}, Decimal("0.75")),)
)
def percent(args: Args) -> Bound:
    """Percent (75) ↔ a fraction (0.75)."""
    as_number = args.get("as", "number") == "number"

    def forward(value: Any, ctx: Context) -> Decimal | None:
        return shift(value, -2)

    def inverse(value: Any, ctx: Context) -> int | float | str | None:
        number = shift(value, 2)
        return None if number is None else json_number(number) if as_number else format(number, "f")

    return Bound(forward, inverse)


@transform("integer", accepts=("int", "text", "decimal"), gives="int", params={"as": AS_NUMBER}, examples=(("42", {}, 42), (42.0, {}, 42)))
def integer(args: Args) -> Bound:
    """A whole number of any spelling ↔ an integer; written as a number unless `as` is "text"."""
    as_text = args.get("as") == "text"

    def forward(value: Any, ctx: Context) -> int | None:
        if value.__class__ is int:
            return whole(value)
        number = exact(value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Unfit("not a whole number")
        return whole(int(number))

    def inverse(value: Any, ctx: Context) -> int | str:
        return str(value) if as_text else int(value)

    return Bound(forward, inverse)


_TRUE = ("true", "yes", "y", "1", "on", "t")
_FALSE = ("false", "no", "n", "0", "off", "f")
_WORDS = {"type": "array", "items": {"type": "string"}, "description": "Words that mean this; the first is written."}


@transform(
    "boolean",
    accepts=("bool", "text", "int"),
    gives="bool",
    params={
        "negate": {"type": "boolean", "description": "The provider's word means the opposite, e.g. archived ↔ is_active."},
        "as": {"type": "string", "enum": ["bool", "text", "number"], "description": "How it is written."},
        "true": _WORDS,
        "false": _WORDS,
    },
    examples=(("Yes", {}, True), (False, {"negate": True}, True)),
)
def boolean(args: Args) -> Bound:
    """A truth value, also as text ("yes", "TRUE", "0") or number ↔ true or false."""
    negate = bool(args.get("negate", False))
    style = args.get("as", "bool")
    true, false = tuple(args.get("true", _TRUE)), tuple(args.get("false", _FALSE))
    words = {**{word.lower(): False for word in false}, **{word.lower(): True for word in true}}

    def forward(value: Any, ctx: Context) -> bool | None:
        if value.__class__ is bool:
            return value is not negate
        if isinstance(value, str):
            if not value.strip():
                return None
            found = words.get(value.strip().lower())
        else:
            found = bool(value) if isinstance(value, (int, float)) and value in (0, 1) else None
        if found is None:
            raise Unfit("not a truth value")
        return found is not negate

    def inverse(value: Any, ctx: Context) -> bool | str | int:
        if value.__class__ is not bool:
            raise Unfit(f"{type(value).__name__} is not a truth value")
        said = value is not negate
        return said if style == "bool" else int(said) if style == "number" else (true if said else false)[0]

    return Bound(forward, inverse)


@transform(
    "sum",
    accepts=("list",),
    gives="int",
    params={"path": {"type": "string", "description": "Path of the number in each item; the item itself when absent."}},
    examples=(([{"amount": 1}, {"amount": 2}], {"path": "amount"}, 3),),
)
def total(args: Args) -> Bound:
    """The sum of the whole numbers in a list; nothing when one of them is none."""
    path = parse(args.get("path", ""))

    def forward(value: Any, ctx: Context) -> int | None:
        if not isinstance(value, list):
            raise Unfit(f"{type(value).__name__} is not a list")
        numbers: list[int] = [read(item, path) for item in value]
        if any(number.__class__ is not int for number in numbers):
            raise Unfit("not all of them are whole numbers")
        return whole(sum(numbers))

    return Bound(forward)
