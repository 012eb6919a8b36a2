"""Generated invoices: https://docs.stripe.com/api/invoices/object (2026 shape)

Amounts always add up: the subtotal is the sum of the lines, the total is subtotal minus
discounts plus exclusive tax. A few invoices have more lines than Stripe shows inline.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from lab.goods import CATALOG
from lab.ids import IdCodec, token
from lab.names import Locale
from lab.store import Record
from lab.stripe import catalog
from lab.stripe.customers import Customers
from lab.stripe.invoice_shape import DAY, blank, finalize, new_line, pay, settle, void
from lab.stripe.layout import Layout
from lab.timeline import Timeline

INVOICES = IdCodec("in_1", 12, salt=31, suffix="LabOrionXk1")
# what became of the invoices: one digit of twenty decides
STATUS: tuple[str, ...] = ("paid",) * 13 + ("open",) * 3 + ("uncollectible", "void", "paid", "draft")


def status_of(index: int) -> str:
    """The status of generated invoice ``index``."""
    return STATUS[index % 20]


class Invoices:
    """Invoices of the generated customers."""

    def __init__(self, customers: Customers) -> None:
        self.customers = customers
        self.layout = Layout(customers.world.size)
        self.timeline = Timeline(self.layout.total)

    def line_count(self, index: int) -> int:
        """How many lines an invoice has; a few have very many."""
        if index % 500 == 123:
            return 137
        if index % 25 == 4:
            return 13
        return 0 if index % 61 == 60 else 1 + self.customers.world.bits(index, 3) % 4

    def make(self, index: int) -> Record:
        """The invoice with this index."""
        customer_index, round_ = self.layout.locate(index)
        customer = self.customers.make(customer_index)
        created = self.timeline.at(index)
        locale = self.customers.locale(customer_index)
        lines = self.lines(index, locale, created, customer["tax_exempt"] == "none")
        record = blank(INVOICES.encode(index), created, customer, locale.currency)
        bits = self.customers.world.bits(index, 3)
        record["billing_reason"] = ("subscription_cycle", "manual", "subscription_create")[bits % 3]
        if index % 200 == 77:
            record["billing_reason"] = "agentic_checkout"  # newer than any documentation a client was built from
        record["metadata"] = {"po_number": f"PO-{bits % 100000:05d}"} if bits % 4 == 0 else {}
        record["description"] = f"Invoice for {locale.country_name}" if bits % 6 == 0 else None
        if bits % 5 == 0:
            record["collection_method"] = "send_invoice"
            record["due_date"] = created + 30 * DAY
        if customer["shipping"]:
            record["customer_shipping"] = customer["shipping"]
            record["shipping_details"] = customer["shipping"]
        if _discount_percent(index):
            record["discounts"] = [f"di_1{token(index + 1, 12)}LabOrionXk1"]
        settle(record, lines)
        _set_status(record, status_of(index), f"{customer['invoice_prefix']}-{round_ + 1:04d}", created)
        return record

    def lines(self, index: int, locale: Locale, created: int, taxed: bool) -> list[Record]:
        """All lines of an invoice."""
        percent = _discount_percent(index)
        discount = f"di_1{token(index + 1, 12)}LabOrionXk1" if percent else None
        count = self.line_count(index)
        out = []
        for place in range(count):
            bits = self.customers.world.bits(index * 256 + place, 4)
            product = bits % len(CATALOG)
            unit = catalog.unit_amount(product, locale.currency)
            quantity = 1 + (bits >> 8) % 5
            if unit != unit.to_integral_value():
                quantity = 100 + (bits >> 8) % 90_000
            amount = catalog.rounded(unit * quantity, locale.currency)
            proration = count > 5 and place == count - 1
            if proration:
                # a credit for time not used; small, so that the total stays positive
                amount, quantity = -catalog.rounded(unit / 4, locale.currency), 1
            line = new_line(INVOICES.encode(index), bits, amount, locale.currency, created)
            line["description"] = f"Unused time on {CATALOG[product][0]}" if proration else _described(product)
            line["quantity"] = quantity
            line["quantity_decimal"] = str(quantity)
            line["pricing"] = {
                "price_details": {
                    "price": catalog.price_id(product, locale.currency),
                    "product": catalog.product_id(product),
                },
                "type": "price_details",
                "unit_amount_decimal": format((Decimal(amount) if proration else unit).normalize(), "f"),
            }
            line["parent"]["invoice_item_details"]["proration"] = proration
            taxable = amount
            if discount and amount > 0:
                off = catalog.rounded(Decimal(amount) * percent / 100, locale.currency)
                line["discount_amounts"] = [{"amount": off, "discount": discount}]
                taxable -= off
            if taxed and locale.tax:
                line["taxes"] = [_tax(taxable, locale)]
            out.append(line)
        return out


def _described(product: int) -> str | None:
    name, description = CATALOG[product][:2]
    return f"{name}: {description}" if description else name


def _discount_percent(index: int) -> int:
    return (0, 0, 0, 10, 0, 0, 0, 25, 0)[index % 9]


@lru_cache(maxsize=64)
def _tax_rate_id(percent: int) -> str:
    return f"txr_1{token(percent, 12)}LabOrionXk1"


def _tax(taxable: int, locale: Locale) -> Record:
    return {
        "amount": catalog.rounded(Decimal(taxable) * locale.tax / 100, locale.currency),
        "tax_behavior": "exclusive",
        "tax_rate_details": {"tax_rate": _tax_rate_id(locale.tax)},
        "taxability_reason": "standard_rated",
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def _set_status(record: Record, status: str, number: str, created: int) -> None:
    if status == "draft":
        return
    finalize(record, number, created + 3600)
    if status == "paid":
        pay(record, created + 2 * 3600 + created % (20 * DAY))
    elif status == "void":
        void(record, created + 5 * DAY)
    elif status == "uncollectible":
        record["status"] = "uncollectible"
        record["status_transitions"]["marked_uncollectible_at"] = created + 35 * DAY
        record["attempt_count"], record["attempted"] = 4, True
