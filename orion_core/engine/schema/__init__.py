"""The unified schema: one shape for customers, companies, invoices, payments, products, deals and events of all providers."""

from __future__ import annotations

from orion_core.engine.schema.address import UnifiedAddress
from orion_core.engine.schema.base import UNKNOWN, TransformationMixin, UnifiedBase, UnifiedPart, UTCTime
from orion_core.engine.schema.company import UnifiedCompany
from orion_core.engine.schema.customer import UnifiedCustomer
from orion_core.engine.schema.deal import UnifiedDeal
from orion_core.engine.schema.event import UnifiedEvent
from orion_core.engine.schema.fields import FieldSpec, Kind, field_of, fields_of
from orion_core.engine.schema.invoice import UnifiedInvoice, UnifiedLineItem
from orion_core.engine.schema.parts import (
    UnifiedAllocation,
    UnifiedEmail,
    UnifiedPhone,
    UnifiedRef,
    UnifiedTax,
    UnifiedTaxId,
    UnifiedWebsite,
)
from orion_core.engine.schema.payment import UnifiedPayment
from orion_core.engine.schema.product import UnifiedProduct
from orion_core.engine.schema.registry import COLUMNS, INFO, MODELS, Column, ModelInfo, model_of
from orion_core.engine.schema.versions import upcaster

__all__ = [
    "COLUMNS",
    "INFO",
    "MODELS",
    "UNKNOWN",
    "Column",
    "FieldSpec",
    "Kind",
    "ModelInfo",
    "TransformationMixin",
    "UTCTime",
    "UnifiedAddress",
    "UnifiedAllocation",
    "UnifiedBase",
    "UnifiedCompany",
    "UnifiedCustomer",
    "UnifiedDeal",
    "UnifiedEmail",
    "UnifiedEvent",
    "UnifiedInvoice",
    "UnifiedLineItem",
    "UnifiedPart",
    "UnifiedPayment",
    "UnifiedPhone",
    "UnifiedProduct",
    "UnifiedRef",
    "UnifiedTax",
    "UnifiedTaxId",
    "UnifiedWebsite",
    "field_of",
    "fields_of",
    "model_of",
    "upcaster",
]
