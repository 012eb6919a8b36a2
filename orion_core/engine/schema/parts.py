"""Pieces that several models share: typed contact points, references, tax ids."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from orion_core.engine.schema.base import UnifiedPart, UTCTime


class UnifiedEmail(UnifiedPart):
    """One e-mail address of a person or company."""

    value: str | None = Field(None, description="The address, as sent.", json_schema_extra={"format": "email"})
    type: str | None = Field(None, description="work, home, billing, other…")
    is_primary: bool | None = Field(None, description="Whether it is the one to write to first.")


class UnifiedPhone(UnifiedPart):
    """One telephone number of a person or company."""

    value: str | None = Field(None, description="The number, as sent or in E.164.")
    type: str | None = Field(None, description="work, mobile, home, fax, other…")
    is_primary: bool | None = Field(None, description="Whether it is the one to call first.")
    extension: str | None = Field(None, description="Extension behind the number.")
    country_code: str | None = Field(None, description="ISO 3166-1 alpha-2 country of the number.")


class UnifiedWebsite(UnifiedPart):
    """A web page or social profile."""

    value: str | None = Field(None, description="The URL.")
    type: str | None = Field(None, description="website, linkedin, twitter, facebook, blog…")
    is_primary: bool | None = Field(None, description="Whether it is the main one.")


class UnifiedTaxId(UnifiedPart):
    """A tax registration number."""

    value: str | None = Field(None, description="The number, as sent.")
    type: str | None = Field(None, description="eu_vat, us_ein, gb_vat, au_abn… (Stripe's words).")
    country_code: str | None = Field(None, description="ISO 3166-1 alpha-2 country that issued it.")
    is_verified: bool | None = Field(None, description="Whether the provider checked it with the authority.")


class UnifiedRef(UnifiedPart):
    """A reference to another record at the same provider."""

    remote_id: str | None = Field(None, description="Id of the other record at the provider.")
    name: str | None = Field(None, description="Its name, where the provider sends it along.")
    type: str | None = Field(None, description="What the reference means, e.g. primary, parent, billing.")
    is_primary: bool | None = Field(None, description="Whether it is the main one of its kind.")


class UnifiedAllocation(UnifiedPart):
    """The part of a payment that settles one document, or the part of an invoice settled by one payment."""

    remote_id: str | None = Field(None, description="Id of the other document at the provider.")
    type: str | None = Field(None, description="invoice, bill, credit_note, payment, prepayment…")
    amount_minor: int | None = Field(None, description="Allocated amount in minor units of the record's currency.")
    allocated_at: UTCTime | None = Field(None, description="Moment it was allocated.")
    allocated_on: date | None = Field(None, description="Day it was allocated, where the provider knows no time.")


class UnifiedTax(UnifiedPart):
    """One tax on a document or a line."""

    name: str | None = Field(None, description="Name of the tax, e.g. VAT.")
    rate: str | None = Field(None, description="Id or code of the tax rate at the provider.")
    percent: Decimal | None = Field(None, description="Rate in percent.")
    amount_minor: int | None = Field(None, description="Tax in minor units of the record's currency.")
    taxable_minor: int | None = Field(None, description="The amount the tax is computed on, in minor units.")
    is_inclusive: bool | None = Field(None, description="Whether the amount already contains the tax.")
