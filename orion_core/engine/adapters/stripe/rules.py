"""The shapes of rule that Stripe's objects share."""

from __future__ import annotations

from typing import Any

from orion_core.engine.mapping import Rule
from orion_core.engine.schema.money import STRIPE_EXPONENTS

MINOR = {"exponents": STRIPE_EXPONENTS}
# Stripe's own names in front, then everything else under its own path.
CUSTOM = ("metadata", "")


def read(field: str, path: str, transform: str | None = None, /, **args: Any) -> Rule:
    """What Stripe computes itself."""
    return Rule(field, path, transform, args, "in")


def both(field: str, path: str, transform: str | None = None, /, **args: Any) -> Rule:
    """What may be written, too."""
    return Rule(field, path, transform, args)


def minor(field: str, path: str, *, writes: bool = False) -> Rule:
    """An amount in Stripe's minor units: https://docs.stripe.com/currencies#zero-decimal"""
    return Rule(field, path, "minor_money", MINOR, "both" if writes else "in")


def address(field: str, path: str, *, writes: bool = True) -> tuple[Rule, ...]:
    """The parts of an address."""
    pairs = (
        ("line1", "line1"),
        ("line2", "line2"),
        ("city", "city"),
        ("state", "state"),
        ("postal_code", "postal_code"),
        ("country", "country"),
    )
    rules = tuple(Rule(f"{field}.{ours}", f"{path}.{theirs}", direction="both" if writes else "in") for ours, theirs in pairs)
    return (*rules, read(f"{field}.country_code", f"{path}.country", "country_code"))


def shipping(path: str, *, writes: bool = True) -> tuple[Rule, ...]:
    """Where the goods go, and who takes them."""
    direction = "both" if writes else "in"
    return (
        *address("shipping_address", f"{path}.address", writes=writes),
        Rule("shipping_address.contact_name", f"{path}.name", direction=direction),  # type: ignore[arg-type]
        Rule("shipping_address.phone", f"{path}.phone", direction=direction),  # type: ignore[arg-type]
    )


HEAD = (
    read("remote_id", "id"),
    read("remote_created_at", "created", "epoch"),
    read("is_test", "livemode", "boolean", negate=True),
)
CURRENCY = both("currency", "currency", "currency_upper")
