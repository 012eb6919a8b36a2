"""Creating and changing objects: which parameters exist and what they do.

https://docs.stripe.com/api/customers/create and the pages of the other objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lab.store import Record
from lab.stripe.errors import StripeError, missing, unknown_parameter
from lab.stripe.forms import Form, boolean, integer, metadata, text

Apply = Callable[[Record, Any], None]
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.?[^@\s]*")
_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def _text(name: str, limit: int = 5000) -> Apply:
    def apply(record: Record, value: Any) -> None:
        if isinstance(value, dict | list):
            raise StripeError(400, f"Invalid string: {value}", param=name)
        if len(str(value)) > limit:
            raise StripeError(
                400, f"Invalid string: {str(value)[:10]}...{str(value)[-10:]}; must be at most {limit} characters",
                param=name,
            )  # fmt: skip
        record[name] = text(value)

    return apply


def _integer(name: str) -> Apply:
    def apply(record: Record, value: Any) -> None:
        record[name] = integer(name, value)

    return apply


def _boolean(name: str) -> Apply:
    def apply(record: Record, value: Any) -> None:
        record[name] = boolean(name, value)

    return apply


def _choice(name: str, *choices: str) -> Apply:
    def apply(record: Record, value: Any) -> None:
        if value not in choices:
            raise StripeError(
                400, f"Invalid {name}: must be one of {', '.join(choices[:-1])}, or {choices[-1]}", param=name
            )
        record[name] = value

    return apply


def _metadata(record: Record, value: Any) -> None:
    record["metadata"] = metadata(record["metadata"], value)


def _email(record: Record, value: Any) -> None:
    if value != "" and not _EMAIL.fullmatch(str(value)):
        raise StripeError(400, f"Invalid email address: {value}", code="email_invalid", param="email")
    record["email"] = text(value)


def _address(value: Any, param: str) -> Record | None:
    if value == "":
        return None
    if not isinstance(value, dict):
        raise StripeError(400, "Invalid hash", param=param)
    for name in value:
        if name not in _ADDRESS:
            raise unknown_parameter(f"{param}[{name}]")
    return {name: text(value.get(name, "")) for name in _ADDRESS}


def _set_address(record: Record, value: Any) -> None:
    record["address"] = _address(value, "address")


def _shipping(record: Record, value: Any) -> None:
    if value == "":
        record["shipping"] = None
        return
    if not isinstance(value, dict) or "address" not in value or "name" not in value:
        raise missing("shipping[address]")
    record["shipping"] = {
        "address": _address(value["address"], "shipping[address]"),
        "name": text(value["name"]),
        "phone": text(value.get("phone", "")),
    }


def _locales(record: Record, value: Any) -> None:
    record["preferred_locales"] = list(value) if isinstance(value, list) else []


def _invoice_settings(record: Record, value: Any) -> None:
    if isinstance(value, dict):
        record["invoice_settings"] = record["invoice_settings"] | {
            name: text(item) if isinstance(item, str) else item for name, item in value.items()
        }


def _ignored(record: Record, value: Any) -> None:
    """Parameters Stripe takes that leave no trace in the object."""


def _currency(record: Record, value: Any) -> None:
    if not re.fullmatch(r"[A-Za-z]{3}", str(value)):
        raise StripeError(400, f"Invalid currency: {value}.", param="currency")
    record["currency"] = str(value).lower()


def _unit_amount(record: Record, value: Any) -> None:
    record["unit_amount"] = integer("unit_amount", value)
    record["unit_amount_decimal"] = str(record["unit_amount"])


def _unit_amount_decimal(record: Record, value: Any) -> None:
    record["unit_amount_decimal"] = str(value)
    record["unit_amount"] = int(value) if str(value).isdigit() else None


def _recurring(record: Record, value: Any) -> None:
    if not isinstance(value, dict) or "interval" not in value:
        raise missing("recurring[interval]")
    record["type"] = "recurring"
    record["recurring"] = {
        "interval": value["interval"],
        "interval_count": integer("recurring[interval_count]", value.get("interval_count", 1)),
        "meter": None,
        "trial_period_days": None,
        "usage_type": value.get("usage_type", "licensed"),
    }


def _list(name: str) -> Apply:
    def apply(record: Record, value: Any) -> None:
        record[name] = list(value) if isinstance(value, list) else []

    return apply


PARAMETERS: dict[str, dict[str, Apply]] = {
    "customers": {
        "address": _set_address, "balance": _integer("balance"), "description": _text("description"),
        "email": _email, "invoice_prefix": _text("invoice_prefix", 12), "invoice_settings": _invoice_settings,
        "metadata": _metadata, "name": _text("name", 256), "next_invoice_sequence": _integer("next_invoice_sequence"),
        "phone": _text("phone", 20), "preferred_locales": _locales, "shipping": _shipping,
        "tax_exempt": _choice("tax_exempt", "none", "exempt", "reverse"), "cash_balance": _ignored,
        "payment_method": _ignored, "source": _ignored, "tax": _ignored, "tax_id_data": _ignored,
        "test_clock": _ignored, "business_name": _ignored, "individual_name": _ignored,
    },
    "products": {
        "active": _boolean("active"), "description": _text("description", 40_000), "metadata": _metadata,
        "name": _text("name", 250), "statement_descriptor": _text("statement_descriptor", 22),
        "unit_label": _text("unit_label", 12), "url": _text("url"), "default_price": _text("default_price"),
        "shippable": _boolean("shippable"), "tax_code": _text("tax_code"), "images": _list("images"),
    },
    "prices": {
        "active": _boolean("active"), "currency": _currency, "lookup_key": _text("lookup_key", 200),
        "metadata": _metadata, "nickname": _text("nickname"), "product": _text("product"), "recurring": _recurring,
        "tax_behavior": _choice("tax_behavior", "exclusive", "inclusive", "unspecified"),
        "unit_amount": _unit_amount, "unit_amount_decimal": _unit_amount_decimal,
    },
    "payment_intents": {
        "amount": _integer("amount"), "currency": _currency, "customer": _text("customer"),
        "description": _text("description", 1000), "metadata": _metadata, "receipt_email": _text("receipt_email"),
        "statement_descriptor": _text("statement_descriptor", 22), "payment_method": _text("payment_method"),
        "automatic_payment_methods": _ignored, "payment_method_types": _list("payment_method_types"),
        "setup_future_usage": _text("setup_future_usage"),
    },
    "charges": {"description": _text("description"), "metadata": _metadata, "receipt_email": _text("receipt_email")},
    "invoices": {
        "customer": _text("customer"), "description": _text("description", 1500), "metadata": _metadata,
        "footer": _text("footer"), "currency": _currency, "due_date": _integer("due_date"),
        "collection_method": _choice("collection_method", "charge_automatically", "send_invoice"),
        "auto_advance": _boolean("auto_advance"), "days_until_due": _ignored,
        "pending_invoice_items_behavior": _ignored,
    },
}  # fmt: skip
REQUIRED: dict[str, tuple[str, ...]] = {
    "products": ("name",),
    "prices": ("currency",),
    "payment_intents": ("amount", "currency"),
    "invoices": ("customer",),
}
# what cannot be changed once the object exists
FIXED: dict[str, frozenset[str]] = {
    "prices": frozenset({"currency", "product", "recurring", "unit_amount", "unit_amount_decimal"}),
    "invoices": frozenset({"customer", "currency"}),
}


def apply(resource: str, record: Record, form: Form, *, creating: bool) -> None:
    """Put the sent parameters into a record; refuses what Stripe refuses."""
    known = PARAMETERS[resource]
    if creating:
        for name in REQUIRED.get(resource, ()):
            if form.get(name, "") == "":
                raise missing(name)
    for name, value in form.items():
        if name == "expand":
            continue
        change = known.get(name)
        if change is None or (not creating and name in FIXED.get(resource, ())):
            raise unknown_parameter(name)
        change(record, value)


def difference(old: Record, new: Record) -> Record:
    """``previous_attributes`` of an event: what changed, as it was before."""
    previous: Record = {}
    for name, value in new.items():
        before = old.get(name)
        if before == value:
            continue
        if isinstance(before, dict) and isinstance(value, dict):
            keys = before.keys() | value.keys()
            previous[name] = {key: before.get(key) for key in sorted(keys) if before.get(key) != value.get(key)}
        else:
            previous[name] = before
    return previous
