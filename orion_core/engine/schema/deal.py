"""A sale in the making."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.base import UnifiedBase, UTCTime, vocabulary
from orion_core.engine.schema.parts import UnifiedRef


class UnifiedDeal(UnifiedBase):
    """A deal or opportunity."""

    __model__: ClassVar[str] = "deal"
    __schema_version__: ClassVar[str] = "1.0.0"

    name: str | None = Field(None, description="Name.")
    description: str | None = Field(None, description="Free text.")
    type: str | None = Field(None, description="New business, existing business…, as sent.")
    status: str | None = Field(None, description="Open, won or lost.", json_schema_extra=vocabulary("open", "won", "lost", "abandoned"))
    stage: str | None = Field(None, description="Name or key of the stage in the pipeline.")
    stage_id: str | None = Field(None, description="Id of the stage at the provider.")
    pipeline: str | None = Field(None, description="Name or key of the pipeline.")
    pipeline_id: str | None = Field(None, description="Id of the pipeline at the provider.")
    probability: Decimal | None = Field(None, description="Chance to win, from 0 to 1.")
    forecast_category: str | None = Field(None, description="Forecast category, as sent.")
    priority: str | None = Field(None, description="Priority, as sent.")
    currency: str | None = Field(None, description="Currency of the amounts (ISO 4217).")
    amount_minor: int | None = Field(None, description="Value in minor units.")
    home_amount_minor: int | None = Field(None, description="Value in the home currency.")
    expected_minor: int | None = Field(None, description="Value weighted by the probability.")
    recurring_minor: int | None = Field(None, description="Annual recurring value.")
    monthly_recurring_minor: int | None = Field(None, description="Monthly recurring value.")
    contract_value_minor: int | None = Field(None, description="Total contract value.")
    exchange_rate: Decimal | None = Field(None, description="Rate to the home currency.")
    owner_id: str | None = Field(None, description="Id of the user who looks after it.")
    owner_name: str | None = Field(None, description="Name of that user.")
    customer_id: str | None = Field(None, description="Id of the main contact at the provider.")
    company_id: str | None = Field(None, description="Id of the company at the provider.")
    company_name: str | None = Field(None, description="Name of the company.")
    contacts: list[UnifiedRef] = Field(default_factory=list, description="All contacts of the deal.")
    companies: list[UnifiedRef] = Field(default_factory=list, description="All companies of the deal.")
    campaign_id: str | None = Field(None, description="Campaign it came from.")
    lead_source: str | None = Field(None, description="Where it came from.")
    next_step: str | None = Field(None, description="What to do next.")
    won_reason: str | None = Field(None, description="Why it was won.")
    lost_reason: str | None = Field(None, description="Why it was lost.")
    close_on: date | None = Field(None, description="Day it closed or is expected to close.")
    close_at: UTCTime | None = Field(None, description="Moment it closed or is expected to close, where the provider knows the time.")
    closed_at: UTCTime | None = Field(None, description="Moment it was won or lost.")
    stage_entered_at: UTCTime | None = Field(None, description="When it came to its stage.")
    last_activity_at: UTCTime | None = Field(None, description="Last call, mail, meeting or other touch.")
    is_closed: bool | None = Field(None, description="Whether it is decided.")
    is_won: bool | None = Field(None, description="Whether it was won.")
    notes: str | None = Field(None, description="Internal notes.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
