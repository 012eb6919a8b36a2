"""What is sold."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from orion_core.engine.schema.base import UnifiedBase, UTCTime, vocabulary


class UnifiedProduct(UnifiedBase):
    """A product, service or item of a price list. Unit prices are exact decimals in major units."""

    __model__: ClassVar[str] = "product"
    __schema_version__: ClassVar[str] = "1.0.0"

    name: str | None = Field(None, description="Name.")
    description: str | None = Field(None, description="Description for the customer.")
    purchase_description: str | None = Field(None, description="Description on purchases.")
    sku: str | None = Field(None, description="Stock keeping unit.")
    barcode: str | None = Field(None, description="GTIN, EAN or UPC.")
    type: str | None = Field(
        None,
        description="What kind of thing.",
        json_schema_extra=vocabulary("good", "service", "inventory", "non_inventory", "bundle", "category"),
    )
    status: str | None = Field(
        None, description="Where it stands.", json_schema_extra=vocabulary("active", "inactive", "draft", "archived")
    )
    is_active: bool = Field(True, description="Whether it can be sold.")
    category: str | None = Field(None, description="Category.")
    brand: str | None = Field(None, description="Brand or vendor.")
    parent_id: str | None = Field(None, description="Id of the product it is a variant or part of.")
    currency: str | None = Field(None, description="Currency of the prices (ISO 4217).")
    unit_price: Decimal | None = Field(None, description="Sales price of one unit.")
    cost: Decimal | None = Field(None, description="Purchase price of one unit.")
    compare_at_price: Decimal | None = Field(None, description="Former price.")
    discount: Decimal | None = Field(None, description="Usual discount in percent.")
    default_price_id: str | None = Field(None, description="Id of the price used by default.")
    unit: str | None = Field(None, description="Unit of measure.")
    billing_interval: str | None = Field(None, description="one_time, day, week, month, year, or as sent.")
    billing_interval_count: int | None = Field(None, description="How many of them make a period.")
    is_recurring: bool | None = Field(None, description="Whether it is billed again and again.")
    tax_code: str | None = Field(None, description="Tax category.")
    tax_rate: Decimal | None = Field(None, description="Tax rate in percent.")
    is_taxable: bool | None = Field(None, description="Whether it is taxed.")
    is_tax_inclusive: bool | None = Field(None, description="Whether the price contains tax.")
    is_tracked: bool | None = Field(None, description="Whether stock is counted.")
    stock_quantity: Decimal | None = Field(None, description="How many are in stock.")
    reorder_point: Decimal | None = Field(None, description="Below how many one orders again.")
    stock_counted_on: date | None = Field(None, description="Day the stock count began.")
    income_account_id: str | None = Field(None, description="Ledger account for sales.")
    expense_account_id: str | None = Field(None, description="Ledger account for purchases.")
    asset_account_id: str | None = Field(None, description="Ledger account for stock.")
    weight: Decimal | None = Field(None, description="Weight.")
    weight_unit: str | None = Field(None, description="Unit of the weight.")
    height: Decimal | None = Field(None, description="Height.")
    length: Decimal | None = Field(None, description="Length.")
    width: Decimal | None = Field(None, description="Width.")
    is_shippable: bool | None = Field(None, description="Whether it is shipped.")
    url: str | None = Field(None, description="Page of the product.")
    image_url: str | None = Field(None, description="First picture.")
    images: list[str] = Field(default_factory=list, description="All pictures.")
    statement_descriptor: str | None = Field(None, description="What the payer reads on the statement.")
    owner_id: str | None = Field(None, description="Id of the user who looks after it.")
    tags: list[str] = Field(default_factory=list, description="Labels.")
    published_at: UTCTime | None = Field(None, description="When it was put on sale.")
