"""The collections of the fake Stripe: what is in them, how they are filtered and expanded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lab.prerender import Prerendered
from lab.provider import Context
from lab.store import Collection, Record
from lab.stripe import catalog
from lab.stripe.customers import CUSTOMERS, Customers
from lab.stripe.errors import StripeError, unknown_parameter
from lab.stripe.forms import Form
from lab.stripe.invoice_shape import shown
from lab.stripe.invoices import INVOICES, Invoices
from lab.stripe.payments import CHARGES, INTENTS, Payments, has_charge, has_intent, missing_of

NOUNS = {
    "customers": "customer", "invoices": "invoice", "payment_intents": "payment_intent", "charges": "charge",
    "products": "product", "prices": "price", "events": "event", "webhook_endpoints": "webhook endpoint",
}  # fmt: skip
# parameters that must equal the field of the same name
EQUAL: dict[str, tuple[str, ...]] = {
    "customers": ("email",),
    "invoices": ("customer", "status", "collection_method"),
    "payment_intents": ("customer",),
    "charges": ("customer", "payment_intent", "transfer_group"),
    "products": ("active",),
    "prices": ("active", "product", "currency", "type"),
}
PAGING = frozenset({"limit", "starting_after", "ending_before", "created", "expand"})
# prefix of an identifier → collection, and the fields that hold one
_PREFIXES = {"cus_": "customers", "in_": "invoices", "pi_": "payment_intents", "ch_": "charges",
             "prod_": "products", "price_": "prices"}  # fmt: skip


class Resources:
    """Seeded collections of one account."""

    def __init__(self, context: Context) -> None:
        self.world = context.world
        self.customers = Customers(context.world, even=context.options.prerendered)
        self.invoices = Invoices(self.customers)
        payments = Payments(self.invoices)
        total = self.invoices.layout.total
        timeline = self.invoices.timeline
        no_intent, no_charge = missing_of(total, has_intent), missing_of(total, has_charge)
        self.all: dict[str, Collection] = {
            "customers": Collection(
                "customers", CUSTOMERS, context.world.size, self.customers.make, timeline=self.customers.timeline
            ),
            "invoices": Collection("invoices", INVOICES, total, self.invoices.make, timeline=timeline),
            "payment_intents": Collection(
                "payment_intents", INTENTS, total, payments.intent, timeline=timeline, present=has_intent, holes=no_intent
            ),
            "charges": Collection(
                "charges", CHARGES, total, payments.charge, timeline=timeline, present=has_charge, holes=no_charge
            ),
            "products": Collection("products", catalog.PRODUCTS, catalog.PRODUCT_TIMES.count, catalog.product),
            "prices": Collection(
                "prices", catalog.PRICES, catalog.PRICE_TIMES.count, catalog.price, timeline=catalog.PRICE_TIMES
            ),
        }
        self.prerendered: dict[str, Prerendered] = {}
        if context.options.prerendered:
            self.prerendered["customers"] = Prerendered(self.all["customers"])

    def filters(self, name: str, form: Form) -> Callable[[Record], bool] | None:
        """What a record must satisfy to be listed; None when everything is."""
        wanted: dict[str, Any] = {}
        within: dict[str, list[str]] = {}
        for key, value in form.items():
            if key in PAGING:
                continue
            if key in EQUAL.get(name, ()):
                wanted[key] = {"true": True, "false": False}.get(value, value) if key == "active" else value
            elif (name, key) in (("products", "ids"), ("prices", "lookup_keys")):
                within["id" if key == "ids" else "lookup_key"] = list(value)
            else:
                raise unknown_parameter(key)
        if not wanted and not within:
            return None
        return lambda record: all(record.get(key) == value for key, value in wanted.items()) and all(
            record.get(key) in values for key, values in within.items()
        )

    def candidates(self, name: str, form: Form) -> Iterable[int] | None:
        """Indexes that may match, where that can be told without looking at all."""
        collection = self.all[name]
        if name == "customers" and "email" in form:
            return [*self.world.candidates(str(form["email"])), *collection.changed]
        if name in ("invoices", "payment_intents", "charges") and "customer" in form:
            customer = self.all["customers"].index(str(form["customer"]))
            seeded = [] if customer is None or customer >= self.world.size else self.invoices.layout.of(customer)
            return [*seeded, *collection.changed]
        return None

    def find(self, identifier: Any) -> Record | None:
        """The object an identifier of any kind stands for."""
        if not isinstance(identifier, str):
            return None
        name = next((name for prefix, name in _PREFIXES.items() if identifier.startswith(prefix)), None)
        if name is None:
            return None
        collection = self.all[name]
        index = collection.index(identifier)
        if index is None:
            return None
        if not collection.has(index):
            return {"id": identifier, "object": NOUNS[name], "deleted": True}
        return self.show(name, index)

    def show(self, name: str, index: int) -> Record:
        """The record as answers show it."""
        record = self.all[name].get(index)
        return shown(record) if name == "invoices" else record

    def expand(self, record: Record, paths: Iterable[str]) -> Record:
        """Replace identifiers by objects: https://docs.stripe.com/api/expanding_objects"""
        out = dict(record)
        for path in paths:
            head, _, rest = path.partition(".")
            if head == "payments" and out.get("object") == "invoice":
                out["payments"] = self._payments(out)
                continue
            if head not in out:
                raise StripeError(
                    400, f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' "
                    "instead.", code=None, param="expand",
                )  # fmt: skip
            value = out[head]
            found = self.find(value) if isinstance(value, str) else value
            if found is None and isinstance(value, str):
                raise StripeError(400, f"This property cannot be expanded ({path}).", param="expand")
            if rest and isinstance(found, dict):
                found = self.expand(found, [rest])
            out[head] = found
        return out

    def _payments(self, invoice: Record) -> Record:
        """The payments of an invoice, which answers hold only when expanded."""
        index = INVOICES.decode(invoice["id"])
        data = []
        if index is not None and index < self.invoices.layout.total and has_intent(index):
            paid = invoice["status"] == "paid"
            data.append(
                {
                    "id": invoice["id"].replace("in_1", "inpay_1"),
                    "object": "invoice_payment",
                    "amount_paid": invoice["amount_paid"] if paid else None,
                    "amount_requested": invoice["amount_due"],
                    "created": invoice["created"],
                    "currency": invoice["currency"],
                    "invoice": invoice["id"],
                    "is_default": True,
                    "livemode": False,
                    "payment": {"payment_intent": INTENTS.encode(index), "type": "payment_intent"},
                    "status": "paid" if paid else "open",
                    "status_transitions": {
                        "canceled_at": None,
                        "paid_at": invoice["status_transitions"]["paid_at"],
                    },
                }
            )
        return {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoices/{invoice['id']}/payments"}
