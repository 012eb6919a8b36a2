"""Generated deals, products, line items, invoices and tickets."""

from __future__ import annotations

from decimal import Decimal

from lab.goods import CATALOG
from lab.hubspot.people import Contacts, Moments
from lab.hubspot.schema import DEAL_STAGES
from lab.hubspot.times import iso
from lab.ids import NumberCodec
from lab.store import Record
from lab.timeline import Timeline

DAY_MS = 86_400_000
LINES = 2
# what a closed stage is worth
_PROBABILITY = {"appointmentscheduled": "0.2", "qualifiedtobuy": "0.4", "presentationscheduled": "0.6",
                "decisionmakerboughtin": "0.8", "contractsent": "0.9", "closedwon": "1", "closedlost": "0"}  # fmt: skip
_TOPICS = ("renewal", "pilot", "expansion", "new seats", "hardware order", "migration")
_TROUBLES = ("Cannot sign in", "Invoice shows the wrong VAT id", "Export stops at 99 %", "Sensor offline since Tuesday",
             "Feature request: dark mode", "Umlaute werden falsch dargestellt")  # fmt: skip


def source(identifier: str) -> Record:
    """Where HubSpot says a record came from."""
    return {
        "hs_object_id": identifier,
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": "18221010",
        "hs_object_source_label": "INTEGRATION",
    }


class Commerce:
    """Who bought what: deal ``d`` belongs to contact ``2 d``, invoice ``k`` to ``3 k``, ticket ``t`` to ``10 t``."""

    def __init__(self, contacts: Contacts, product_ids: NumberCodec) -> None:
        self.contacts = contacts
        self.world = contacts.world
        self._product_ids = product_ids
        size = self.world.size
        self.deals = max(1, size // 2)
        self.invoices = max(1, size // 3)
        self.tickets = max(1, size // 10)
        self.moments = {
            "deals": Moments(self.world, Timeline(self.deals), 10),
            "invoices": Moments(self.world, Timeline(self.invoices), 11),
            "line_items": Moments(self.world, Timeline(self.invoices * LINES), 12),
            "tickets": Moments(self.world, Timeline(self.tickets), 13),
            "products": Moments(self.world, Timeline(len(CATALOG)), 14),
        }

    def _currency(self, contact: int) -> str:
        return self.world.person(contact + self.contacts.first).locale.currency.upper()

    def _times(self, name: str, index: int, created: str = "createdate") -> Record:
        moments = self.moments[name]
        return {created: iso(moments.created(index)), "hs_lastmodifieddate": iso(moments.modified(index))}

    def deal(self, index: int, identifier: str) -> Record:
        """All properties of deal ``index``."""
        bits = self.world.bits(index, 10)
        person = self.world.person(index * 2 % self.contacts.count + self.contacts.first)
        stage = DEAL_STAGES[bits % len(DEAL_STAGES)]
        who = self.world.company(person.company).name if person.company >= 0 else person.name
        amount: str | None = str(Decimal(500 + bits % 90_000) / (1 if bits % 3 else 100))
        if index % 25 == 6:
            amount = None
        return (
            self._times("deals", index)
            | source(identifier)
            | {
                "amount": amount,
                "closedate": iso(self.moments["deals"].created(index) + bits % 60 * DAY_MS) if bits % 6 else None,
                "deal_currency_code": person.locale.currency.upper(),
                "dealname": f"{who} – {_TOPICS[bits % len(_TOPICS)]}",
                "dealstage": stage,
                "dealtype": ("newbusiness", "existingbusiness", None)[bits % 3],
                "description": None,
                "hs_deal_stage_probability": _PROBABILITY[stage],
                "hs_is_closed": str(stage.startswith("closed")).lower(),
                "hs_is_closed_won": str(stage == "closedwon").lower(),
                "hs_priority": ("low", "medium", "high", None)[bits % 4],
                "hubspot_owner_id": str(534_900 + bits % 12) if bits % 4 else None,
                "pipeline": "default",
            }
        )

    def product(self, index: int, identifier: str) -> Record:
        """All properties of product ``index``."""
        name, description, cents, interval, _ = CATALOG[index]
        return (
            self._times("products", index)
            | source(identifier)
            | {
                "description": description or None,
                "hs_active": str("legacy" not in name).lower(),
                "hs_cost_of_goods_sold": str(Decimal(cents) / 250),
                "hs_recurring_billing_period": {"month": "P1M", "year": "P1Y"}.get(interval),
                "hs_sku": f"ORN-{index:03d}",
                "name": name,
                "price": str(Decimal(cents) / 100),
                "recurringbillingfrequency": {"month": "monthly", "year": "annually"}.get(interval),
            }
        )

    def line_item(self, index: int, identifier: str) -> Record:
        """All properties of line ``index``: two belong to each invoice."""
        bits = self.world.bits(index, 12)
        product = bits % len(CATALOG)
        quantity = 1 + (bits >> 8) % 9
        price = Decimal(CATALOG[product][2]) / 100
        contact = index // LINES * 3 % self.contacts.count
        return (
            self._times("line_items", index)
            | source(identifier)
            | {
                "amount": str(price * quantity),
                "description": CATALOG[product][1] or None,
                "discount": None,
                "hs_line_item_currency_code": self._currency(contact),
                "hs_position_on_quote": str(index % LINES),
                "hs_product_id": self._product_ids.encode(product),
                "hs_sku": f"ORN-{product:03d}",
                "name": CATALOG[product][0],
                "price": str(price),
                "quantity": str(quantity),
            }
        )

    def invoice(self, index: int, identifier: str) -> Record:
        """All properties of invoice ``index``; its amounts are the sum of its lines."""
        bits = self.world.bits(index, 11)
        contact = index * 3 % self.contacts.count
        status = ("paid", "paid", "open", "paid", "draft", "voided", "paid", "open")[bits % 8]
        lines = [Decimal(self.line_item(index * LINES + place, "0")["amount"]) for place in range(LINES)]
        subtotal = sum(lines, Decimal(0))
        tax = (subtotal * self.world.person(contact + self.contacts.first).locale.tax / 100).quantize(Decimal("0.01"))
        total = subtotal + tax
        created = self.moments["invoices"].created(index)
        return (
            self._times("invoices", index, "hs_createdate")
            | source(identifier)
            | {
                "hs_amount_billed": str(total),
                "hs_amount_paid": str(total if status == "paid" else Decimal(0)),
                "hs_balance_due": str(total if status == "open" else Decimal(0)),
                "hs_comments": None,
                "hs_currency": self._currency(contact),
                "hs_due_date": iso(created + 30 * DAY_MS),
                "hs_external_invoice_id": None,
                "hs_invoice_date": iso(created),
                "hs_invoice_status": status,
                "hs_number": None if status == "draft" else f"INV-{1000 + index}",
                "hs_payment_date": iso(created + bits % 20 * DAY_MS) if status == "paid" else None,
                "hs_subtotal": str(subtotal),
                "hs_tax": str(tax),
                "hs_title": None,
            }
        )

    def ticket(self, index: int, identifier: str) -> Record:
        """All properties of ticket ``index``."""
        bits = self.world.bits(index, 13)
        created = iso(self.moments["tickets"].created(index))
        stage = str(1 + bits % 4)
        return (
            self._times("tickets", index)
            | source(identifier)
            | {
                "content": f"{_TROUBLES[bits % len(_TROUBLES)]}. Please help." if bits % 5 else None,
                "hs_helpdesk_sort_timestamp": created,
                "hs_is_closed": str(stage == "4").lower(),
                "hs_last_email_activity": "ORIGINAL_FROM_CONTACT",
                "hs_pipeline": "0",
                "hs_pipeline_stage": stage,
                "hs_ticket_category": ("PRODUCT_ISSUE", "BILLING_ISSUE", None)[bits % 3],
                "hs_ticket_id": identifier,
                "hs_ticket_priority": ("LOW", "MEDIUM", "HIGH", None)[bits % 4],
                "hs_v2_date_entered_current_stage": created,
                "hs_v2_time_in_current_stage": created,
                "subject": _TROUBLES[bits % len(_TROUBLES)],
            }
        )
