"""A person or organisation one sells to (or buys from)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.address import UnifiedAddress
from orion_core.engine.schema.base import UnifiedBase, UTCTime, vocabulary
from orion_core.engine.schema.parts import UnifiedEmail, UnifiedPhone, UnifiedRef, UnifiedTaxId, UnifiedWebsite


class UnifiedCustomer(UnifiedBase):
    """A contact of a CRM, a customer of a billing system or of the books, a member of a chat workspace."""

    __model__: ClassVar[str] = "customer"
    __schema_version__: ClassVar[str] = "1.0.0"

    # who
    name: str | None = Field(None, description="Full or display name.")
    first_name: str | None = Field(None, description="Given name.")
    middle_name: str | None = Field(None, description="Middle name.")
    last_name: str | None = Field(None, description="Family name.")
    salutation: str | None = Field(None, description="Form of address before the name: Dr, Ms…")
    suffix: str | None = Field(None, description="What follows the name: Jr, PhD…")
    type: str | None = Field(None, description="Person or organisation.", json_schema_extra=vocabulary("person", "organization"))
    gender: str | None = Field(None, description="Gender, as sent.")
    birthday: date | None = Field(None, description="Date of birth.")
    image_url: str | None = Field(None, description="Picture.")
    description: str | None = Field(None, description="Free text about the customer.")
    notes: str | None = Field(None, description="Internal notes.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
    # how to reach
    email: str | None = Field(
        None, description="Main e-mail address, as sent; flagged when malformed.", json_schema_extra={"format": "email"}
    )
    emails: list[UnifiedEmail] = Field(default_factory=list, description="Further e-mail addresses with their type.")
    phone: str | None = Field(None, description="Main telephone number.")
    mobile_phone: str | None = Field(None, description="Mobile number.")
    fax: str | None = Field(None, description="Fax number.")
    phones: list[UnifiedPhone] = Field(default_factory=list, description="Further numbers with their type.")
    website: str | None = Field(None, description="Main web page.")
    websites: list[UnifiedWebsite] = Field(default_factory=list, description="Further web pages and social profiles.")
    billing_address: UnifiedAddress | None = Field(None, description="Address for bills; the main address where there is only one.")
    shipping_address: UnifiedAddress | None = Field(None, description="Address for goods.")
    addresses: list[UnifiedAddress] = Field(default_factory=list, description="Further addresses with their type.")
    language: str | None = Field(None, description="Preferred language (BCP 47), the first of several.")
    languages: list[str] = Field(default_factory=list, description="Preferred languages in order.")
    timezone: str | None = Field(None, description="Time zone (IANA name or as sent).")
    email_opted_out: bool | None = Field(None, description="Whether the customer refused marketing mail.")
    # where they belong
    company: str | None = Field(None, description="Name of the company.")
    company_id: str | None = Field(None, description="Id of the company at the provider.")
    companies: list[UnifiedRef] = Field(default_factory=list, description="All companies of the customer.")
    parent_id: str | None = Field(None, description="Id of the parent customer at the provider.")
    job_title: str | None = Field(None, description="Position.")
    department: str | None = Field(None, description="Department.")
    seniority: str | None = Field(None, description="Level of the position.")
    # how we see them
    is_active: bool = Field(True, description="Whether the customer is in use.")
    is_customer: bool | None = Field(None, description="Whether one sells to them.")
    is_supplier: bool | None = Field(None, description="Whether one buys from them.")
    is_bot: bool | None = Field(None, description="Whether it is a program rather than a person.")
    lifecycle_stage: str | None = Field(None, description="Stage in the customer life cycle, e.g. subscriber, lead, customer.")
    lead_status: str | None = Field(None, description="State of the lead, as sent.")
    lead_source: str | None = Field(None, description="Where the lead came from.")
    owner_id: str | None = Field(None, description="Id of the user who looks after them.")
    owner_name: str | None = Field(None, description="Name of that user.")
    last_activity_at: UTCTime | None = Field(None, description="Last call, mail, meeting or other touch.")
    last_contacted_at: UTCTime | None = Field(None, description="Last time one of us reached out.")
    became_customer_at: UTCTime | None = Field(None, description="When they first bought.")
    # money
    currency: str | None = Field(None, description="Currency of their account (ISO 4217).")
    balance_minor: int | None = Field(None, description="What they owe (positive) or have in credit (negative), in minor units.")
    credit_limit_minor: int | None = Field(None, description="Credit limit in minor units.")
    delinquent: bool | None = Field(None, description="Whether a payment is overdue or failed.")
    tax_number: str | None = Field(None, description="Main tax registration number.")
    tax_ids: list[UnifiedTaxId] = Field(default_factory=list, description="Tax registration numbers with their type.")
    tax_exempt: str | None = Field(None, description="Tax treatment.", json_schema_extra=vocabulary("none", "exempt", "reverse"))
    payment_terms: str | None = Field(None, description="Agreed terms of payment.")
    payment_method: str | None = Field(None, description="Default way to pay, as sent.")
    payment_method_id: str | None = Field(None, description="Id of the default payment method at the provider.")
    account_number: str | None = Field(None, description="Customer number in the books.")
    invoice_prefix: str | None = Field(None, description="What their invoice numbers begin with.")
