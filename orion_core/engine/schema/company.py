"""An organisation in a CRM or in the books."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.address import UnifiedAddress
from orion_core.engine.schema.base import UnifiedBase, UTCTime
from orion_core.engine.schema.parts import UnifiedEmail, UnifiedPhone, UnifiedRef, UnifiedTaxId, UnifiedWebsite


class UnifiedCompany(UnifiedBase):
    """A company or account one deals with (never the workspace's own company)."""

    __model__: ClassVar[str] = "company"
    __schema_version__: ClassVar[str] = "1.0.0"

    name: str | None = Field(None, description="Name.")
    legal_name: str | None = Field(None, description="Registered name.")
    description: str | None = Field(None, description="Free text about the company.")
    type: str | None = Field(None, description="Kind of relation, as sent: prospect, partner, reseller…")
    domain: str | None = Field(None, description="Main internet domain, the best key to match companies by.")
    domains: list[str] = Field(default_factory=list, description="All internet domains.")
    website: str | None = Field(None, description="Main web page.")
    websites: list[UnifiedWebsite] = Field(default_factory=list, description="Further web pages and social profiles.")
    linkedin_url: str | None = Field(None, description="LinkedIn page.")
    image_url: str | None = Field(None, description="Logo.")
    email: str | None = Field(None, description="Main e-mail address, as sent.", json_schema_extra={"format": "email"})
    emails: list[UnifiedEmail] = Field(default_factory=list, description="Further e-mail addresses.")
    phone: str | None = Field(None, description="Main telephone number.")
    fax: str | None = Field(None, description="Fax number.")
    phones: list[UnifiedPhone] = Field(default_factory=list, description="Further numbers.")
    billing_address: UnifiedAddress | None = Field(None, description="Address for bills; the main address where there is only one.")
    shipping_address: UnifiedAddress | None = Field(None, description="Address for goods.")
    addresses: list[UnifiedAddress] = Field(default_factory=list, description="Further addresses.")
    industry: str | None = Field(None, description="Industry, as sent.")
    ownership: str | None = Field(None, description="Public, private, subsidiary…")
    ticker: str | None = Field(None, description="Stock ticker.")
    employees: int | None = Field(None, description="Number of employees.")
    founded_year: int | None = Field(None, description="Year of foundation.")
    annual_revenue_minor: int | None = Field(None, description="Annual revenue in minor units.")
    currency: str | None = Field(None, description="Currency of the amounts (ISO 4217).")
    balance_minor: int | None = Field(None, description="What the company owes (positive), in minor units.")
    parent_id: str | None = Field(None, description="Id of the parent company at the provider.")
    parent_name: str | None = Field(None, description="Name of the parent company.")
    contacts: list[UnifiedRef] = Field(default_factory=list, description="People of the company.")
    owner_id: str | None = Field(None, description="Id of the user who looks after it.")
    owner_name: str | None = Field(None, description="Name of that user.")
    is_active: bool = Field(True, description="Whether the company is in use.")
    is_customer: bool | None = Field(None, description="Whether one sells to it.")
    is_supplier: bool | None = Field(None, description="Whether one buys from it.")
    lifecycle_stage: str | None = Field(None, description="Stage in the customer life cycle.")
    lead_status: str | None = Field(None, description="State of the lead, as sent.")
    lead_source: str | None = Field(None, description="Where it came from.")
    rating: str | None = Field(None, description="Rating, as sent: hot, warm, cold…")
    score: Decimal | None = Field(None, description="Score of the provider.")
    account_number: str | None = Field(None, description="Number in the books.")
    tax_number: str | None = Field(None, description="Main tax registration number.")
    tax_ids: list[UnifiedTaxId] = Field(default_factory=list, description="Tax registration numbers with their type.")
    payment_terms: str | None = Field(None, description="Agreed terms of payment.")
    language: str | None = Field(None, description="Language of correspondence.")
    timezone: str | None = Field(None, description="Time zone.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
    notes: str | None = Field(None, description="Internal notes.")
    last_activity_at: UTCTime | None = Field(None, description="Last call, mail, meeting or other touch.")
    became_customer_at: UTCTime | None = Field(None, description="When it first bought.")
