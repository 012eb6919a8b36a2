"""Generated payment intents and charges, one per invoice that asked for money.

https://docs.stripe.com/api/payment_intents/object · https://docs.stripe.com/api/charges/object
"""

from __future__ import annotations

from collections.abc import Callable

from lab.ids import IdCodec, token
from lab.store import Record
from lab.stripe.invoices import STATUS, Invoices, status_of

INTENTS = IdCodec("pi_3", 12, salt=41, suffix="LabOrionXk1")
CHARGES = IdCodec("ch_3", 12, salt=42, suffix="LabOrionXk1")
_INTENT_STATUS = {"paid": "succeeded", "open": "requires_payment_method", "uncollectible": "requires_payment_method",
                  "void": "canceled"}  # fmt: skip
_BRANDS = ("visa", "mastercard", "amex", "jcb")


def has_intent(index: int) -> bool:
    """Whether invoice ``index`` led to a payment intent."""
    return status_of(index) != "draft"


def has_charge(index: int) -> bool:
    """Whether invoice ``index`` led to a charge, successful or not."""
    return status_of(index) in ("paid", "uncollectible")


def missing_of(total: int, present: Callable[[int], bool]) -> int:
    """How many of ``total`` invoices have none, from the pattern that repeats every twenty."""
    rounds, rest = divmod(total, len(STATUS))
    absent = [not present(index) for index in range(len(STATUS))]
    return rounds * sum(absent) + sum(absent[:rest])


class Payments:
    """Payment intents and charges numbered as the invoices they pay."""

    def __init__(self, invoices: Invoices) -> None:
        self.invoices = invoices

    def intent(self, index: int) -> Record:
        """The payment intent of an invoice."""
        invoice = self.invoices.make(index)
        status = _INTENT_STATUS[status_of(index)]
        record = blank_intent(INTENTS.encode(index), invoice["created"] + 3600, invoice["total"], invoice["currency"])
        record["customer"] = invoice["customer"]
        record["status"] = status
        record["description"] = f"Payment for Invoice {invoice['number']}"
        record["payment_method_options"] = {"card": {"installments": None, "mandate_options": None, "network": None,
                                                     "request_three_d_secure": "automatic"}}  # fmt: skip
        record["payment_method_types"] = ["card"]
        if status == "succeeded":
            record["amount_received"] = record["amount"]
            record["payment_method"] = f"pm_1{token(index, 12)}LabOrionXk1"
        if status == "canceled":
            record["canceled_at"] = invoice["status_transitions"]["voided_at"]
            record["cancellation_reason"] = "void_invoice"
        if has_charge(index):
            record["latest_charge"] = CHARGES.encode(index)
        if status_of(index) == "uncollectible":
            record["last_payment_error"] = {
                "charge": CHARGES.encode(index),
                "code": "card_declined",
                "decline_code": "insufficient_funds",
                "doc_url": "https://stripe.com/docs/error-codes/card-declined",
                "message": "Your card has insufficient funds.",
                "type": "card_error",
            }
        return record

    def charge(self, index: int) -> Record:
        """The charge of an invoice."""
        invoice = self.invoices.make(index)
        bits = self.invoices.customers.world.bits(index, 5)
        good = status_of(index) == "paid"
        amount = invoice["total"]
        refunded = amount if good and bits % 40 == 0 else 0
        country = (invoice["customer_address"] or {}).get("country") or "US"
        return {
            "id": CHARGES.encode(index),
            "object": "charge",
            "amount": amount,
            "amount_captured": amount if good else 0,
            "amount_refunded": refunded,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": f"txn_3{token(bits, 12)}LabOrionXk1" if good else None,
            "billing_details": {
                "address": invoice["customer_address"]
                or dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
                "email": invoice["customer_email"],
                "name": invoice["customer_name"],
                "phone": invoice["customer_phone"],
                "tax_id": None,
            },
            "calculated_statement_descriptor": "ORION LAB",
            "captured": good,
            "created": invoice["created"] + 2 * 3600,
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": f"Payment for Invoice {invoice['number']}",
            "disputed": good and bits % 90 == 0,
            "failure_balance_transaction": None,
            "failure_code": None if good else "card_declined",
            "failure_message": None if good else "Your card has insufficient funds.",
            "fraud_details": {},
            "livemode": False,
            "metadata": {},
            "on_behalf_of": None,
            "outcome": {
                "advice_code": None if good else "try_again_later",
                "network_advice_code": None,
                "network_decline_code": None if good else "51",
                "network_status": "approved_by_network" if good else "declined_by_network",
                "reason": None if good else "insufficient_funds",
                "seller_message": "Payment complete." if good else "The bank returned the decline code "
                "`insufficient_funds`.",
                "type": "authorized" if good else "issuer_declined",
            },
            "paid": good,
            "payment_intent": INTENTS.encode(index),
            "payment_method": f"pm_1{token(index, 12)}LabOrionXk1",
            "payment_method_details": {"card": _card(bits, amount, country), "type": "card"},
            "receipt_email": None,
            "receipt_number": None,
            "receipt_url": f"https://pay.stripe.com/receipts/payment/{token(bits, 40)}" if good else None,
            "refunded": refunded > 0,
            "review": None,
            "shipping": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "succeeded" if good else "failed",
            "transfer_data": None,
            "transfer_group": None,
        }


def _card(bits: int, amount: int, country: str) -> Record:
    brand = _BRANDS[bits % len(_BRANDS)]
    return {
        "amount_authorized": amount,
        "authorization_code": None,
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"},
        "country": country,
        "exp_month": 1 + bits % 12,
        "exp_year": 2027 + bits % 5,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": token(bits, 16),
        "funding": "debit" if bits % 3 else "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": f"{bits % 10_000:04d}",
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": brand,
        "network_token": {"used": False},
        "network_transaction_id": str(10**14 + bits % 10**14),
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }


def blank_intent(identifier: str, created: int, amount: int, currency: str) -> Record:
    """A payment intent nothing has happened to."""
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{token(created, 25)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": {"id": "pmc_1AbCdEfGhIjKLabOrionXk1", "parent": None},
        "payment_method_options": {
            "amazon_pay": {"express_checkout_element_session_id": None},
            "card": {"installments": None, "mandate_options": None, "network": None,
                     "request_three_d_secure": "automatic"},
            "cashapp": {},
            "klarna": {"preferred_locale": None},
            "link": {"persistent_token": None},
        },
        "payment_method_types": ["card", "klarna", "link", "cashapp", "amazon_pay"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shared_payment_granted_token": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }  # fmt: skip
