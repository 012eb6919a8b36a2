"""Money is exact, in every currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_core.engine.schema import money

CURRENCY = st.sampled_from(sorted(money.EXPONENTS))


@pytest.mark.parametrize(
    ("codes", "digits"), [("JPY krw CLP VND XAF ISK UGX", 0), ("USD eur INR MGA HUF TWD", 2), ("KWD BHD jod TND OMR", 3), ("CLF UYW", 4)]
)
def test_exponents_of_iso_4217(codes: str, digits: int) -> None:
    assert [money.exponent(code) for code in codes.split()] == [digits] * len(codes.split())


def test_unknown_currencies_are_said_to_be_unknown() -> None:
    for code in ("ZZZ", "BTC", "XAU", "", None):
        assert not money.is_known(code)
        assert money.exponent(code) == money.DEFAULT_EXPONENT
    assert money.is_known("usd")
    assert all(len(code) == 3 and code.isupper() for code in money.EXPONENTS)


@given(minor=st.integers(), currency=CURRENCY)
def test_minor_to_major_and_back(minor: int, currency: str) -> None:
    major = money.to_major(minor, currency)
    assert money.to_minor(major, currency) == minor
    assert money.to_minor(str(major), currency) == minor
    assert -int(major.as_tuple().exponent) == money.exponent(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10.50", "USD", 1050),
        (0.1, "USD", 10),
        (19.99, "EUR", 1999),
        ("1e3", "JPY", 1000),
        ("-0.001", "KWD", -1),
        (Decimal("5.000"), "JPY", 5),
        (7, "usd", 700),
    ],
)
def test_to_minor(amount: Any, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("10.505", "USD"),
        ("0.1", "JPY"),
        ("x", "USD"),
        ("NaN", "USD"),
        (float("inf"), "USD"),
        (True, "USD"),
        (None, "USD"),
        ("1e999999", "USD"),
        ([], "USD"),
    ],
)
def test_what_does_not_fit_is_refused_not_rounded(amount: Any, currency: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        money.to_minor(amount, currency)


def test_long_amounts_keep_every_digit() -> None:
    digits = "1" * 60
    assert money.to_minor(f"{digits}.07", "USD") == int(digits + "07")
    assert str(money.to_major(int(digits), "USD")) == "1" * 58 + ".11"


def test_for_people() -> None:
    assert money.format_money(105000, "USD") == "1,050.00 USD"
    assert money.format_money(-1050, "jpy") == "-1,050 JPY"
    assert money.format_money(1234, "KWD") == "1.234 KWD"
    assert money.format_money(1234, "ZZZ") == "1,234 ZZZ?"
    assert money.format_money(5, None) == "5 ?"
