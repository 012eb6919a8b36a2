"""A bill one sends (or receives), with its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.address import UnifiedAddress
from orion_core.engine.schema.base import UnifiedBase, UnifiedPart, UTCTime, vocabulary
from orion_core.engine.schema.parts import UnifiedAllocation, UnifiedTax


class UnifiedLineItem(UnifiedPart):
    """One line of an invoice. Amounts are in the line's currency, or else in the invoice's."""

    remote_id: str | None = Field(None, description="Id of the line at the provider.")
    line_number: int | None = Field(None, description="Position on the document.")
    type: str | None = Field(None, description="Kind of line, as sent: item, subscription, discount, subtotal, shipping…")
    description: str | None = Field(None, description="What is billed.")
    quantity: Decimal | None = Field(None, description="How many.")
    unit: str | None = Field(None, description="Unit of measure.")
    unit_price: Decimal | None = Field(None, description="Price of one, in major units, exact.")
    currency: str | None = Field(None, description="Currency of the line (ISO 4217).")
    amount_minor: int | None = Field(None, description="Amount of the line before discounts and exclusive tax, in minor units.")
    subtotal_minor: int | None = Field(None, description="Amount before discounts and tax, where the provider tells it apart.")
    discount_minor: int | None = Field(None, description="Discount of the line, in minor units.")
    discount_percent: Decimal | None = Field(None, description="Discount of the line in percent.")
    tax_minor: int | None = Field(None, description="Tax of the line, in minor units.")
    total_minor: int | None = Field(None, description="Amount after discounts and tax, in minor units.")
    taxes: list[UnifiedTax] = Field(default_factory=list, description="Taxes of the line.")
    tax_code: str | None = Field(None, description="Tax rate or code at the provider.")
    is_taxable: bool | None = Field(None, description="Whether the line is taxed.")
    product_id: str | None = Field(None, description="Id of the product at the provider.")
    product_name: str | None = Field(None, description="Name of the product.")
    price_id: str | None = Field(None, description="Id of the price at the provider.")
    sku: str | None = Field(None, description="Stock keeping unit.")
    account_id: str | None = Field(None, description="Ledger account at the provider.")
    category_id: str | None = Field(None, description="Class, department or tracking category.")
    project_id: str | None = Field(None, description="Project the line belongs to.")
    subscription_id: str | None = Field(None, description="Subscription the line bills.")
    is_proration: bool | None = Field(None, description="Whether the line settles a change in the middle of a period.")
    is_billable: bool | None = Field(None, description="Whether the cost is passed on to a customer.")
    serviced_on: date | None = Field(None, description="Day the service was rendered.")
    period_start_at: UTCTime | None = Field(None, description="Start of the billed period.")
    period_end_at: UTCTime | None = Field(None, description="End of the billed period.")


class UnifiedInvoice(UnifiedBase):
    """An invoice. Dates without a time are in `…_on`, moments in `…_at`; a provider sends one or the other."""

    __model__: ClassVar[str] = "invoice"
    __schema_version__: ClassVar[str] = "1.0.0"

    number: str | None = Field(None, description="Number on the document; absent while it is a draft at some providers.")
    type: str | None = Field(
        None,
        description="Receivable (one sends it) or payable (one gets it).",
        json_schema_extra=vocabulary("receivable", "payable", "credit_note"),
    )
    status: str | None = Field(
        None,
        description="Where the invoice stands.",
        json_schema_extra=vocabulary("draft", "open", "partially_paid", "overdue", "paid", "void", "uncollectible", "refunded"),
    )
    reference: str | None = Field(None, description="Reference of the customer.")
    po_number: str | None = Field(None, description="Purchase order number.")
    # who
    customer_id: str | None = Field(None, description="Id of the customer at the provider.")
    customer_name: str | None = Field(None, description="Name of the customer on the document.")
    customer_email: str | None = Field(None, description="Where it is sent.", json_schema_extra={"format": "email"})
    customer_phone: str | None = Field(None, description="Telephone on the document.")
    customer_tax_exempt: str | None = Field(None, description="Tax treatment, as sent.")
    company_id: str | None = Field(None, description="Id of the customer's company at the provider.")
    owner_id: str | None = Field(None, description="Id of the user who looks after it.")
    billing_address: UnifiedAddress | None = Field(None, description="Address the bill goes to.")
    shipping_address: UnifiedAddress | None = Field(None, description="Address the goods go to.")
    # money
    currency: str | None = Field(None, description="Currency of all amounts (ISO 4217).")
    exchange_rate: Decimal | None = Field(None, description="Rate to the home currency.")
    subtotal_minor: int | None = Field(None, description="Sum of the lines before discounts and tax.")
    discount_minor: int | None = Field(None, description="Sum of the discounts.")
    discount_percent: Decimal | None = Field(None, description="Discount in percent.")
    tax_minor: int | None = Field(None, description="Sum of the taxes.")
    shipping_minor: int | None = Field(None, description="Shipping.")
    total_minor: int | None = Field(None, description="What the customer has to pay in all.")
    total_excluding_tax_minor: int | None = Field(None, description="Total without tax.")
    amount_due_minor: int | None = Field(None, description="What was asked for when the invoice was issued.")
    paid_minor: int | None = Field(None, description="What was paid.")
    balance_minor: int | None = Field(None, description="What is still open.")
    refunded_minor: int | None = Field(None, description="What was paid back.")
    credited_minor: int | None = Field(None, description="What was settled by credit notes.")
    deposit_minor: int | None = Field(None, description="What was paid in advance.")
    home_total_minor: int | None = Field(None, description="Total in the home currency of the books.")
    taxes: list[UnifiedTax] = Field(default_factory=list, description="Taxes of the document.")
    is_tax_inclusive: bool | None = Field(None, description="Whether line amounts contain tax.")
    line_items: list[UnifiedLineItem] = Field(default_factory=list, description="The lines.")
    allocations: list[UnifiedAllocation] = Field(default_factory=list, description="Payments and credits applied.")
    # when
    issued_at: UTCTime | None = Field(None, description="Moment it was issued.")
    issued_on: date | None = Field(None, description="Day it was issued, where the provider knows no time.")
    due_at: UTCTime | None = Field(None, description="Moment it is due.")
    due_on: date | None = Field(None, description="Day it is due, where the provider knows no time.")
    paid_at: UTCTime | None = Field(None, description="Moment it was paid in full.")
    paid_on: date | None = Field(None, description="Day it was paid in full.")
    voided_at: UTCTime | None = Field(None, description="Moment it was cancelled.")
    uncollectible_at: UTCTime | None = Field(None, description="Moment it was written off.")
    sent_at: UTCTime | None = Field(None, description="Moment it was sent.")
    period_start_at: UTCTime | None = Field(None, description="Start of the billed period.")
    period_end_at: UTCTime | None = Field(None, description="End of the billed period.")
    next_attempt_at: UTCTime | None = Field(None, description="When the next automatic collection is tried.")
    attempts: int | None = Field(None, description="How often collection was tried.")
    # how
    memo: str | None = Field(None, description="Text for the customer.")
    private_note: str | None = Field(None, description="Text the customer does not see.")
    footer: str | None = Field(None, description="Text at the foot of the document.")
    payment_terms: str | None = Field(None, description="Terms of payment.")
    collection_method: str | None = Field(None, description="Charged automatically or sent, as the provider says it.")
    reason: str | None = Field(None, description="Why it was made, as sent: manual, subscription_cycle…")
    subscription_id: str | None = Field(None, description="Subscription it bills.")
    deal_id: str | None = Field(None, description="Deal it came from.")
    payment_id: str | None = Field(None, description="The payment that settled it.")
    receipt_number: str | None = Field(None, description="Number of the receipt.")
    url: str | None = Field(None, description="Page where the customer sees and pays it.")
    pdf_url: str | None = Field(None, description="The document as PDF.")
    is_sent: bool | None = Field(None, description="Whether it was sent to the customer.")
    language: str | None = Field(None, description="Language of the document.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
