"""A postal address."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from orion_core.engine.schema.base import UnifiedPart


class UnifiedAddress(UnifiedPart):
    """A postal address. `country` is what the provider sends, `country_code` is filled where that is known to be a country."""

    line1: str | None = Field(None, description="Street and house number.")
    line2: str | None = Field(None, description="Flat, suite, floor.")
    line3: str | None = Field(None, description="Third line and what follows it.")
    city: str | None = Field(None, description="City or town.")
    county: str | None = Field(None, description="County or district.")
    state: str | None = Field(None, description="State, province or region, as sent.")
    state_code: str | None = Field(None, description="Code of the state, e.g. CA.")
    postal_code: str | None = Field(None, description="Postal or ZIP code.")
    country: str | None = Field(None, description="Country, as sent (a name or a code).")
    country_code: str | None = Field(None, description="ISO 3166-1 alpha-2 country.")
    formatted: str | None = Field(None, description="The whole address as one text, where that is what the provider sends.")
    type: str | None = Field(None, description="billing, shipping, home, work, other…")
    contact_name: str | None = Field(None, description="Who receives mail at this address.")
    phone: str | None = Field(None, description="Telephone at this address.")
    latitude: Decimal | None = Field(None, description="Latitude in degrees.")
    longitude: Decimal | None = Field(None, description="Longitude in degrees.")
