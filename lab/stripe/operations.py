"""Writes with their consequences: records change, events happen, the ledger notes it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from lab.ids import token
from lab.store import Record
from lab.stripe import customers as customer_shapes
from lab.stripe import invoice_shape, payments, writes
from lab.stripe.catalog import PRODUCTS
from lab.stripe.errors import StripeError, missing, no_such
from lab.stripe.forms import Form, integer
from lab.stripe.forms import metadata as merged
from lab.stripe.resources import NOUNS

if TYPE_CHECKING:
    from lab.stripe.api import Stripe


class Operations:
    """Creates, updates, deletes and actions of one account."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._all = stripe.resources.all

    def _now(self) -> int:
        return int(self._stripe.context.now())

    def create(self, name: str, form: Form) -> int:
        """Create an object; returns its index."""
        collection = self._all[name]
        blank = self._blank(name, form, collection.id(collection.top), collection.top)
        writes.apply(name, blank, form, creating=True)
        if name == "prices" and "product" not in form:
            raise missing("product")
        record = collection.add(lambda index, identifier: blank, blank["created"])
        self._stripe.journal("create", NOUNS[name], record["id"])
        if name == "invoices":
            self._give_currency(self._customer(form["customer"]), record["currency"])
        self._stripe.emit(f"{NOUNS[name]}.created", record)
        return collection.top - 1

    def _blank(self, name: str, form: Form, identifier: str, index: int) -> Record:
        now = self._now()
        if name == "customers":
            return customer_shapes.blank(identifier, now, self._stripe.context.world.bits(index, 2) >> 8)
        if name == "payment_intents":
            return payments.blank_intent(identifier, now, 0, "usd")
        if name == "invoices":
            if form.get("customer", "") == "":
                raise missing("customer")
            place = self._customer(form["customer"])
            customer = self._all["customers"].get(place)
            return invoice_shape.blank(identifier, now, customer, str(form.get("currency", customer["currency"] or "usd")))
        shape = dict(self._all[name].get(0))
        fresh = {"id": identifier, "created": now, "metadata": {}, "active": True, "description": None}
        shape.update({key: value for key, value in fresh.items() if key in shape})
        if name == "products":
            return shape | {"default_price": None, "name": None, "shippable": None, "unit_label": None, "updated": now}
        return shape | {"lookup_key": None, "recurring": None, "type": "one_time", "unit_amount": None,
                        "unit_amount_decimal": None, "tax_behavior": "unspecified"}  # fmt: skip

    def _customer(self, identifier: Any) -> int:
        index = self._all["customers"].index(str(identifier))
        if index is None or not self._all["customers"].has(index):
            raise no_such("customer", str(identifier), param="customer", status=400)
        return index

    def _give_currency(self, customer: int, currency: str) -> None:
        """The first invoice of a customer decides the currency they are billed in."""
        if self._all["customers"].get(customer)["currency"] is None:
            record = self._all["customers"].edit(customer)
            record["currency"] = currency
            self._all["customers"].put(customer, record)

    def update(self, name: str, index: int, form: Form) -> None:
        """Change an object."""
        old = self._all[name].get(index)
        new = self._all[name].edit(index)
        writes.apply(name, new, form, creating=False)
        self.replace(name, index, old, new)
        self._stripe.journal("update", NOUNS[name], new["id"])

    def replace(self, name: str, index: int, old: Record, new: Record, *, quiet: bool = False) -> None:
        """Put a changed object in place and tell of it, if anything changed."""
        previous = writes.difference(old, new)
        if not previous:
            return
        if "updated" in new:
            new["updated"] = self._now()
        self._all[name].put(index, new)
        shown = invoice_shape.shown(new) if name == "invoices" else new
        if name != "payment_intents" or quiet:
            self._stripe.emit(f"{NOUNS[name]}.updated", shown, previous, quiet=quiet)

    def delete(self, name: str, index: int, *, quiet: bool = False) -> None:
        """Delete an object."""
        record = self._all[name].get(index)
        if name == "invoices" and record["status"] != "draft":
            raise StripeError(400, "You can only delete draft invoices.", code="invoice_not_editable")
        self._all[name].remove(index, self._now())
        if not quiet:
            self._stripe.journal("delete", NOUNS[name], record["id"])
        shown = invoice_shape.shown(record) if name == "invoices" else record
        self._stripe.emit(f"{NOUNS[name]}.deleted", shown, quiet=quiet)

    def act(self, name: str, index: int, verb: str, form: Form) -> bool:
        """Actions such as paying an invoice; False when there is no such action."""
        record = self._all[name].edit(index)
        kind = ""
        if name == "invoices" and verb in ("finalize", "pay", "void", "mark_uncollectible"):
            kind = self._bill(record, verb)
        elif name == "payment_intents" and verb in ("cancel", "confirm"):
            kind = self._intend(record, verb, form)
        if not kind:
            return False
        self._all[name].put(index, record)
        self._stripe.journal(verb, NOUNS[name], record["id"])
        self._stripe.emit(kind, invoice_shape.shown(record) if name == "invoices" else record)
        return True

    def _bill(self, record: Record, verb: str) -> str:
        status, now = record["status"], self._now()
        allowed = {"finalize": ("draft",), "pay": ("open", "uncollectible", "draft"),
                   "void": ("open", "uncollectible"), "mark_uncollectible": ("open",)}[verb]  # fmt: skip
        if status not in allowed:
            raise StripeError(
                400, f"This invoice is {status}, so it cannot be changed this way ({verb}).", code="invoice_not_editable"
            )
        if status == "draft":
            invoice_shape.finalize(record, f"{token(len(record['id']) + now, 8).upper()}-0001", now)
        if verb == "pay":
            invoice_shape.pay(record, now)
            return "invoice.paid"
        if verb == "void":
            invoice_shape.void(record, now)
            return "invoice.voided"
        if verb == "mark_uncollectible":
            record["status"] = "uncollectible"
            record["status_transitions"]["marked_uncollectible_at"] = now
            return "invoice.marked_uncollectible"
        return "invoice.finalized"

    def _intend(self, record: Record, verb: str, form: Form) -> str:
        if record["status"] in ("succeeded", "canceled"):
            raise StripeError(
                400,
                f"You cannot {verb} this PaymentIntent because it has a status of {record['status']}.",
                code="payment_intent_unexpected_state",
            )
        if verb == "cancel":
            record["status"], record["canceled_at"] = "canceled", self._now()
            record["cancellation_reason"] = form.get("cancellation_reason")
            return "payment_intent.canceled"
        record["status"], record["amount_received"] = "succeeded", record["amount"]
        record["payment_method"] = form.get("payment_method", record["payment_method"])
        return "payment_intent.succeeded"

    def invoice_item(self, form: Form) -> Record:
        """Add a line to a draft invoice: https://docs.stripe.com/api/invoiceitems/create"""
        for name in ("customer", "invoice"):
            if name not in form:
                raise missing(name)
        self._customer(form["customer"])
        invoices = self._all["invoices"]
        index = invoices.index(str(form["invoice"]))
        if index is None or not invoices.has(index):
            raise no_such("invoice", str(form["invoice"]), param="invoice", status=400)
        record = invoices.edit(index)
        if record["status"] != "draft":
            raise StripeError(400, "This invoice is no longer editable", code="invoice_not_editable", param="invoice")
        quantity = integer("quantity", form.get("quantity", 1))
        amount = integer("amount", form["amount"]) if "amount" in form else 0
        if "unit_amount" in form or "unit_amount_decimal" in form:
            amount = integer("unit_amount", form.get("unit_amount", form.get("unit_amount_decimal"))) * quantity
        bits = self._stripe.context.world.bits(index * 256 + len(record["lines"]["data"]), 6)
        line = invoice_shape.new_line(record["id"], bits, amount, record["currency"], self._now())
        line.update(quantity=quantity, quantity_decimal=str(quantity), description=form.get("description"))
        line["metadata"] = merged({}, form["metadata"]) if "metadata" in form else {}
        line["pricing"] = {
            "price_details": {"price": f"price_1{token(bits, 12)}LabOrionXk1", "product": PRODUCTS.encode(0)},
            "type": "price_details",
            "unit_amount_decimal": str(amount // max(1, quantity)),
        }
        invoice_shape.settle(record, [*record["lines"]["data"], line])
        old = invoices.get(index)
        self.replace("invoices", index, old, record)
        item = line["parent"]["invoice_item_details"]["invoice_item"]
        self._stripe.journal("create", "invoiceitem", item)
        return {
            "id": item, "object": "invoiceitem", "amount": amount, "currency": record["currency"],
            "customer": form["customer"], "date": line["period"]["start"], "description": line["description"],
            "discountable": True, "discounts": [], "invoice": record["id"], "livemode": False,
            "metadata": line["metadata"], "parent": None, "period": line["period"], "pricing": line["pricing"],
            "proration": False, "quantity": quantity, "tax_rates": [], "test_clock": None,
        }  # fmt: skip

    def mutate(self, name: str, rng: random.Random, updates: int, deletes: int, creates: int) -> dict[str, list[str]]:
        """Change random records the way an account changes by itself."""
        if name not in ("customers", "invoices", "products"):
            raise ValueError("object must be customers, invoices or products")
        collection = self._all[name]
        done: dict[str, list[str]] = {"updated": [], "deleted": [], "created": []}
        chosen = self._stripe.choose(collection, rng, updates + deletes)
        for index in chosen[:updates]:
            old, new = collection.get(index), collection.edit(index)
            _drift(name, new, rng)
            self.replace(name, index, old, new, quiet=True)
            done["updated"].append(new["id"])
        for index in chosen[updates:]:
            if name == "invoices" and collection.get(index)["status"] != "draft":
                continue
            done["deleted"].append(collection.id(index))
            self.delete(name, index, quiet=True)
        for _ in range(creates if name == "customers" else 0):
            done["created"].append(self._newcomer())
        return done

    def _newcomer(self) -> str:
        """A new customer: the next person of the world who is not one yet."""
        collection = self._all["customers"]
        now = self._now()
        person = self._stripe.context.world.person(collection.top)
        record = customer_shapes.blank(collection.id(collection.top), now, person.bits >> 8)
        record.update(
            name=person.name, email=person.email, phone=person.phone, address=customer_shapes.address(person),
            currency=person.locale.currency, preferred_locales=[person.locale.language],
        )  # fmt: skip
        collection.add(lambda index, identifier: record, now)
        self._stripe.emit("customer.created", record, quiet=True)
        return str(record["id"])


def _drift(name: str, record: Record, rng: random.Random) -> None:
    """One plausible change."""
    stamp = f"{rng.randrange(10**6):06d}"
    if name == "customers":
        change = rng.randrange(5)
        if change == 0:
            record["email"] = f"moved{stamp}@newhome.example"
        elif change == 1:
            record["phone"] = f"+1415555{stamp[:4]}"
        elif change == 2:
            record["balance"] = rng.randrange(-5000, 5000)
        elif change == 3:
            record["address"] = (record["address"] or {"city": None, "country": "US", "line2": None, "postal_code": None,
                                                       "state": None}) | {"line1": f"{stamp} Moved Street"}  # fmt: skip
        else:
            record["description"] = f"Note {stamp}"
    elif name == "products":
        record["description"] = f"Revised {stamp}"
    elif record["status"] == "open":
        record["due_date"] = record["created"] + rng.randrange(1, 90) * invoice_shape.DAY
    record["metadata"] = record["metadata"] | {"lab_change": stamp}
