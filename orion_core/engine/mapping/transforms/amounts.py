"""Money: the provider's amounts ↔ integer minor units by ISO 4217. Nothing here rounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.path import parse
from orion_core.engine.mapping.transforms.numbers import AS_NUMBER, exact, json_number, shift, whole
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform
from orion_core.engine.schema.money import EXPONENTS, exponent, rescale, to_major

_CURRENCY = {"type": "string", "description": "Path of the currency in the provider's record."}
_FIELD = {"type": "string", "description": "Unified field of the currency, read when writing; `currency` when absent."}
_ASSUMED = {"type": "string", "description": "Currency of amounts that come without one."}
_DIGITS = {"type": "integer", "description": "Decimals to assume where no currency is known; the record is flagged."}
_EXPONENTS = {
    "type": "object",
    "additionalProperties": {"type": "integer"},
    "description": "Currency → decimals the provider uses where they differ from ISO 4217, e.g. schema.money.STRIPE_EXPONENTS.",
}


class Money:
    """The currency of an amount, on both ways."""

    def __init__(self, args: Args) -> None:
        self.path = parse(args.get("currency", "currency"))
        self.field = parse(args.get("currency_field", "currency"))
        self.assumed: str | None = args.get("default_currency")
        self.digits: int | None = args.get("default_exponent")
        self.special: dict[str, int] = {code.upper(): digits for code, digits in args.get("exponents", {}).items()}

    def code(self, ctx: Context) -> str | None:
        """Currency code in upper case as the provider's record says it."""
        found = ctx.find(self.path)
        return found.strip().upper() if isinstance(found, str) and found.strip() else self.assumed

    def written(self, ctx: Context) -> str | None:
        """Currency code as the unified fields say it."""
        found = ctx.find(self.field)
        return found.upper() if isinstance(found, str) and found else self.assumed

    def places(self, code: str | None) -> int:
        """Decimals the provider uses for this currency."""
        if code is None:
            return exponent(None) if self.digits is None else self.digits
        return self.special.get(code, exponent(code))


def scaled(number: int | Decimal, places: int) -> int:
    """`rescale`, with the record flagged `<field>_inexact` instead of rounding."""
    try:
        return whole(rescale(number, places))
    except Unfit:
        raise
    except ValueError as cause:
        raise Unfit(str(cause), flag="inexact") from cause


@transform(
    "minor_money",
    accepts=("int", "text"),
    gives="int",
    exact=True,
    params={"currency": _CURRENCY, "currency_field": _FIELD, "default_currency": _ASSUMED, "exponents": _EXPONENTS},
    examples=((1050, {}, 1050),),
)
def minor_money(args: Args) -> Bound:
    """The provider's minor units ↔ minor units by ISO 4217. An unknown currency keeps the number and flags `currency_unknown`.

    Written without a currency beside it the number goes as it is, so an update of part of a record gives the rest as `context`.
    """
    money = Money(args)
    special = money.special
    path = money.path
    simple = path[0] if len(path) == 1 and isinstance(path[0], str) and not money.assumed else None

    def forward(value: Any, ctx: Context) -> int | None:
        if value.__class__ is not int:
            number = exact(value)
            if number is None:
                return None
            value = scaled(number, 0)
        # The usual case without a call: Stripe's lists hold six amounts a record.
        simply = simple is not None and (found := (ctx.item or ctx.record).get(simple)).__class__ is str
        code: str | None = found.upper() if simply else money.code(ctx)
        if code is None:
            if value:
                ctx.flag("currency_missing")
            return whole(value)
        if code in special:
            return scaled(value, exponent(code) - special[code])
        if code not in EXPONENTS:
            ctx.flag("currency_unknown")
        return whole(value)

    def inverse(value: Any, ctx: Context) -> int:
        if value.__class__ is not int:
            raise Unfit(f"{type(value).__name__} is not an amount in minor units")
        if not value or not special:
            return int(value)
        code = money.written(ctx)
        return int(value) if code is None or code not in special else scaled(value, special[code] - exponent(code))

    return Bound(forward, inverse)


@transform(
    "major_money",
    accepts=("text", "decimal", "int"),
    gives="int",
    params={
        "currency": _CURRENCY,
        "currency_field": _FIELD,
        "default_currency": _ASSUMED,
        "default_exponent": _DIGITS,
        "as": AS_NUMBER,
    },
    examples=(("10.50", {"default_currency": "USD"}, 1050), ("1050", {"default_currency": "JPY"}, 1050)),
)
def major_money(args: Args) -> Bound:
    """An amount in major units ("10.50") ↔ minor units. Never rounds: what does not fit stays in `custom_fields`, flagged."""
    money = Money(args)
    as_number = args.get("as", "text") == "number"

    def forward(value: Any, ctx: Context) -> int | None:
        number = exact(value)
        if number is None:
            return None
        code = money.code(ctx)
        if code is None:
            if number:
                ctx.flag("currency_missing")
                if money.digits is None:
                    raise Unfit("an amount without a currency", flag=None)
        elif code not in EXPONENTS:
            ctx.flag("currency_unknown")
        return scaled(number, money.places(code))

    def inverse(value: Any, ctx: Context) -> int | float | str:
        if value.__class__ is not int:
            raise Unfit(f"{type(value).__name__} is not an amount in minor units")
        code = money.written(ctx)
        if code is None and value and money.digits is None:
            raise Unfit("the currency must be given with the amount")
        number = to_major(value, code, digits=money.places(code))
        return json_number(number) if as_number else format(number, "f")

    return Bound(forward, inverse)


@transform(
    "minor_price",
    accepts=("text", "decimal", "int"),
    gives="decimal",
    params={"currency": _CURRENCY, "currency_field": _FIELD, "default_currency": _ASSUMED, "exponents": _EXPONENTS},
    examples=(("1050.5", {"default_currency": "USD"}, Decimal("10.505")),),
)
def minor_price(args: Args) -> Bound:
    """A unit price in minor units, also with decimals ("1050.5") ↔ an exact decimal in major units ("10.505")."""
    money = Money(args)

    def forward(value: Any, ctx: Context) -> Decimal | None:
        code = money.code(ctx)
        if code is None:
            ctx.flag("currency_missing")
        elif code not in EXPONENTS:
            ctx.flag("currency_unknown")
        return shift(value, -money.places(code))

    def inverse(value: Any, ctx: Context) -> str | None:
        number = shift(value, money.places(money.written(ctx)))
        return None if number is None else format(number.to_integral_value() if number == number.to_integral_value() else number, "f")

    return Bound(forward, inverse)
