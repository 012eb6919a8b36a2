"""Money that moved, or tries to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.address import UnifiedAddress
from orion_core.engine.schema.base import UnifiedBase, UTCTime, vocabulary
from orion_core.engine.schema.parts import UnifiedAllocation


class UnifiedPayment(UnifiedBase):
    """A payment, refund or payout."""

    __model__: ClassVar[str] = "payment"
    __schema_version__: ClassVar[str] = "1.0.0"

    number: str | None = Field(None, description="Number of the payment or receipt.")
    type: str | None = Field(
        None, description="What moved.", json_schema_extra=vocabulary("payment", "refund", "payout", "credit", "prepayment", "chargeback")
    )
    direction: str | None = Field(None, description="in (to us) or out.", json_schema_extra=vocabulary("in", "out"))
    status: str | None = Field(
        None,
        description="Where the payment stands.",
        json_schema_extra=vocabulary(
            "pending",
            "requires_action",
            "processing",
            "authorized",
            "succeeded",
            "partially_refunded",
            "refunded",
            "failed",
            "canceled",
            "disputed",
        ),
    )
    description: str | None = Field(None, description="What it is for.")
    reference: str | None = Field(None, description="Reference on the statement or the cheque.")
    currency: str | None = Field(None, description="Currency of all amounts (ISO 4217).")
    exchange_rate: Decimal | None = Field(None, description="Rate to the home currency.")
    amount_minor: int | None = Field(None, description="The amount, in minor units.")
    received_minor: int | None = Field(None, description="What was captured.")
    capturable_minor: int | None = Field(None, description="What is authorised and can still be captured.")
    refunded_minor: int | None = Field(None, description="What was paid back.")
    fee_minor: int | None = Field(None, description="What the provider keeps.")
    net_minor: int | None = Field(None, description="What arrives after fees.")
    tip_minor: int | None = Field(None, description="Tip contained in the amount.")
    tax_minor: int | None = Field(None, description="Tax contained in the amount.")
    unallocated_minor: int | None = Field(None, description="What is not yet applied to a document.")
    allocations: list[UnifiedAllocation] = Field(default_factory=list, description="The documents it settles.")
    customer_id: str | None = Field(None, description="Id of the customer at the provider.")
    customer_name: str | None = Field(None, description="Name of the customer.")
    customer_email: str | None = Field(None, description="Where the receipt goes.", json_schema_extra={"format": "email"})
    supplier_id: str | None = Field(None, description="Id of the supplier, for money that goes out.")
    supplier_name: str | None = Field(None, description="Name of the supplier.")
    company_id: str | None = Field(None, description="Id of the customer's company at the provider.")
    invoice_id: str | None = Field(None, description="The invoice it settles, where there is one.")
    payment_intent_id: str | None = Field(None, description="The intent or order behind it.")
    charge_id: str | None = Field(None, description="The charge behind it.")
    account_id: str | None = Field(None, description="Bank or ledger account it is booked to.")
    method: str | None = Field(None, description="card, bank transfer, cash, cheque…, as sent.")
    methods: list[str] = Field(default_factory=list, description="Ways to pay that are allowed.")
    method_id: str | None = Field(None, description="Id of the payment method at the provider.")
    card_brand: str | None = Field(None, description="Brand of the card.")
    card_last4: str | None = Field(None, description="Last four digits of the card.")
    card_country: str | None = Field(None, description="Country of the card.")
    billing_address: UnifiedAddress | None = Field(None, description="Address of the payer.")
    shipping_address: UnifiedAddress | None = Field(None, description="Address the goods go to.")
    statement_descriptor: str | None = Field(None, description="What the payer reads on the statement.")
    failure_code: str | None = Field(None, description="Why it failed, as code.")
    failure_message: str | None = Field(None, description="Why it failed, in words.")
    cancellation_reason: str | None = Field(None, description="Why it was cancelled.")
    capture_method: str | None = Field(None, description="Captured at once or by hand.")
    is_captured: bool | None = Field(None, description="Whether the money was taken.")
    is_refunded: bool | None = Field(None, description="Whether all of it was paid back.")
    is_disputed: bool | None = Field(None, description="Whether the payer disputes it.")
    is_reconciled: bool | None = Field(None, description="Whether the books agree with the bank.")
    receipt_url: str | None = Field(None, description="Page of the receipt.")
    receipt_number: str | None = Field(None, description="Number of the receipt.")
    note: str | None = Field(None, description="Internal note.")
    paid_at: UTCTime | None = Field(None, description="Moment the money moved.")
    paid_on: date | None = Field(None, description="Day the money moved, where the provider knows no time.")
    canceled_at: UTCTime | None = Field(None, description="Moment it was cancelled.")
    arrives_at: UTCTime | None = Field(None, description="When a payout reaches the bank.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
