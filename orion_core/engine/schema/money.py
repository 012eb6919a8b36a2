"""Exact money: an integer of minor units, a currency, and the currency's exponent (ISO 4217).

`total_minor=1050, currency="USD"` is 10.50 US dollars; with "JPY" it is 1,050 yen; with "KWD" 1.050 dinars.

An unknown currency never loses an amount: `exponent` answers `DEFAULT_EXPONENT`, `is_known` says no, and the mapping raises the
flag `currency_unknown`. No function here rounds: what does not fit exactly is a `ValueError`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

DEFAULT_EXPONENT: Final = 2
"""What is assumed of a currency nobody knows: nine of ten have two decimals. Always flagged."""

# ISO 4217 list one (https://www.six-group.com/en/products-services/financial-information/data-standards.html), and the
# withdrawn currencies that old invoices still carry. Currencies without a minor unit (XAU, XDR, XXX…) count as unknown.
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BYR ITL ESP TRL"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE "
    "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
    "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
    "XAD XCD XCG YER ZAR ZMW ZWG "
    "ANG BGN CNH CUC DEM EEK FRF HRK LTL LVL MRO NLG SLL STD VEF ZWL"
)
EXPONENTS: Final[dict[str, int]] = {
    code: digits for digits, codes in ((0, _ZERO), (2, _TWO), (3, _THREE), (4, _FOUR)) for code in codes.split()
}

STRIPE_EXPONENTS: Final[dict[str, int]] = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's minor unit is not ISO's: ISK and UGX are sent with two decimals that are always 00, MGA without any.

https://docs.stripe.com/currencies#special-cases
"""


def is_known(currency: str | None) -> bool:
    """Whether ISO 4217 knows the currency (upper or lower case)."""
    return currency is not None and currency.upper() in EXPONENTS


def exponent(currency: str | None) -> int:
    """Decimals of the currency's minor unit; `DEFAULT_EXPONENT` when nobody knows it (ask `is_known`)."""
    return DEFAULT_EXPONENT if currency is None else EXPONENTS.get(currency.upper(), DEFAULT_EXPONENT)


def to_decimal(value: object) -> Decimal:
    """A Decimal of what JSON holds for a number; a float gives its shortest text, so 0.1 stays 0.1.

    Raises:
        ValueError: not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str, float, Decimal)):
        raise ValueError(f"{type(value).__name__} is not a number")
    try:
        number = value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation as cause:
        raise ValueError("not a number") from cause
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def rescale(number: int | Decimal, places: int) -> int:
    """`number` x 10^`places` as an integer; never rounds.

    Raises:
        ValueError: the result is not an integer.
    """
    if isinstance(number, int):
        if places >= 0:
            return int(number * 10**places)
        whole, rest = divmod(number, 10**-places)
    else:
        # Not Decimal.scaleb: the context's 28 digits would round a long amount without a word.
        sign, digits, power = number.as_tuple()
        if not isinstance(power, int) or abs(power) > 400 or len(digits) > 400:
            raise ValueError("not a plausible amount")
        unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
        if power + places >= 0:
            return int(unscaled * 10 ** (power + places))
        whole, rest = divmod(unscaled, 10 ** -(power + places))
    if rest:
        raise ValueError("more decimals than the currency has")
    return int(whole)


def to_minor(amount: int | str | float | Decimal, currency: str | None, *, digits: int | None = None) -> int:
    """Minor units of an amount in major units; `digits` overrides the currency's exponent.

    Raises:
        ValueError: not a number, or more decimals than the currency has.
    """
    return rescale(to_decimal(amount), exponent(currency) if digits is None else digits)


def to_major(minor: int, currency: str | None, *, digits: int | None = None) -> Decimal:
    """The amount in major units, with exactly the currency's decimals: `to_major(1050, "USD") == Decimal("10.50")`."""
    places = exponent(currency) if digits is None else digits
    return Decimal((int(minor < 0), tuple(map(int, str(abs(minor)))), -places))


def format_money(minor: int, currency: str | None) -> str:
    """For people: `1,050.00 USD`; an unknown currency shows the number as the provider counts it and a question mark."""
    if not is_known(currency):
        return f"{minor:,} {(currency or '').upper()}?"
    return f"{to_major(minor, currency):,} {str(currency).upper()}"
