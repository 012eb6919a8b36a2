"""The shape of an invoice and what happens to it: https://docs.stripe.com/api/invoices/object"""

from __future__ import annotations

from lab.ids import token
from lab.store import Record

INLINE_LINES = 10
DAY = 86_400


def new_line(invoice: str, bits: int, amount: int, currency: str, created: int) -> Record:
    """A line without discount and tax."""
    suffix = f"1{token(bits, 12)}LabOrionXk1"
    return {
        "id": f"il_{suffix}",
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": {
                "invoice_item": f"ii_{suffix}",
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": None,
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        "period": {"end": created, "start": created},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "subtotal": amount,
        "taxes": [],
    }


def settle(record: Record, lines: list[Record]) -> None:
    """Put lines on an invoice and make its sums right."""
    discount = sum(item["amount"] for line in lines for item in line["discount_amounts"])
    taxes = [item for line in lines for item in line["taxes"]]
    subtotal = sum(line["amount"] for line in lines)
    tax = sum(item["amount"] for item in taxes)
    record["subtotal"] = record["subtotal_excluding_tax"] = subtotal
    record["total_excluding_tax"] = subtotal - discount
    record["total"] = record["amount_due"] = record["amount_remaining"] = subtotal - discount + tax
    names = {item["discount"]: 0 for line in lines for item in line["discount_amounts"]}
    record["total_discount_amounts"] = [{"amount": discount, "discount": name} for name in names]
    if taxes:
        whole = dict(taxes[0], amount=tax, taxable_amount=sum(item["taxable_amount"] for item in taxes))
        record["total_taxes"] = [whole]
    record["lines"] = {
        "object": "list",
        "data": lines,
        "has_more": False,
        "total_count": len(lines),
        "url": f"/v1/invoices/{record['id']}/lines",
    }


def finalize(record: Record, number: str, moment: int) -> None:
    """Draft → open."""
    secret = token(moment, 40)
    record["status"] = "open"
    record["number"] = number
    record["effective_at"] = record["status_transitions"]["finalized_at"] = moment
    record["ending_balance"] = 0
    record["hosted_invoice_url"] = f"https://invoice.stripe.com/i/acct_1LabOrionXk1/test_{secret}?s=ap"
    record["invoice_pdf"] = f"https://pay.stripe.com/invoice/acct_1LabOrionXk1/test_{secret}/pdf?s=ap"


def pay(record: Record, moment: int) -> None:
    """Open → paid."""
    record["status"] = "paid"
    record["amount_paid"], record["amount_remaining"] = record["amount_due"], 0
    record["attempted"], record["attempt_count"] = True, 1
    record["status_transitions"]["paid_at"] = moment


def void(record: Record, moment: int) -> None:
    """Open → void."""
    record["status"] = "void"
    record["status_transitions"]["voided_at"] = moment


def blank(identifier: str, created: int, customer: Record, currency: str) -> Record:
    """A draft invoice without lines."""
    record: Record = {
        "id": identifier,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Orion Lab",
        "account_tax_ids": None,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": created,
        "currency": currency,
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {},
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": None,
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None,
        },
        "period_end": created,
        "period_start": created - 30 * DAY,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": {
            "amount_tax_display": None, "pdf": {"page_size": "letter"}, "template": None, "template_version": None,
        },
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": None,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": created,
    }  # fmt: skip
    settle(record, [])
    return record


def shown(record: Record) -> Record:
    """The invoice as answers show it: at most ten lines inside."""
    lines = record["lines"]
    if len(lines["data"]) <= INLINE_LINES:
        return record
    return dict(record, lines=dict(lines, data=lines["data"][:INLINE_LINES], has_more=True))

