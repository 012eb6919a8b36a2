"""The models by name, and how they become tables: typed columns, titles, what a list shows and a search reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from orion_core.engine.schema.base import UnifiedBase
from orion_core.engine.schema.company import UnifiedCompany
from orion_core.engine.schema.customer import UnifiedCustomer
from orion_core.engine.schema.deal import UnifiedDeal
from orion_core.engine.schema.event import UnifiedEvent
from orion_core.engine.schema.invoice import UnifiedInvoice
from orion_core.engine.schema.payment import UnifiedPayment
from orion_core.engine.schema.product import UnifiedProduct

ColumnKind = Literal["text", "int", "bool", "time", "date", "decimal"]

MODELS: Final[dict[str, type[UnifiedBase]]] = {
    model.__model__: model
    for model in (UnifiedCustomer, UnifiedCompany, UnifiedInvoice, UnifiedPayment, UnifiedProduct, UnifiedDeal, UnifiedEvent)
}


def model_of(name: str) -> type[UnifiedBase]:
    """The model called `name`.

    Raises:
        KeyError: there is none; the message lists those there are.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise KeyError(f"no unified model {name!r}; there are {', '.join(MODELS)}") from None


@dataclass(frozen=True, slots=True)
class Column:
    """A typed, indexed database column, filled from the first of `paths` (dotted unified fields) that has a value."""

    name: str
    kind: ColumnKind
    paths: tuple[str, ...] = ()

    def sources(self) -> tuple[str, ...]:
        """`paths`, or the field of the same name."""
        return self.paths or (self.name,)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """How people meet a model: its titles, the columns a list shows at first, the columns a search reads."""

    title: str
    plural: str
    shown: tuple[str, ...]
    searched: tuple[str, ...]
    label: str = "name"


def _columns(kind: ColumnKind, names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names.split())


_COUNTRY = Column("country", "text", ("billing_address.country_code", "billing_address.country"))

COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    "customer": (
        *_columns("text", "name email phone company company_id currency lifecycle_stage owner_id"),
        _COUNTRY,
        *_columns("int", "balance_minor"),
        *_columns("bool", "is_active"),
        *_columns("time", "last_activity_at"),
    ),
    "company": (
        *_columns("text", "name domain email phone industry currency lifecycle_stage owner_id"),
        _COUNTRY,
        *_columns("int", "employees annual_revenue_minor"),
        *_columns("bool", "is_active"),
    ),
    "invoice": (
        *_columns("text", "number status type customer_id customer_name customer_email currency"),
        *_columns("int", "total_minor balance_minor"),
        Column("issued_at", "time", ("issued_at", "issued_on")),
        Column("due_at", "time", ("due_at", "due_on")),
        Column("paid_at", "time", ("paid_at", "paid_on")),
    ),
    "payment": (
        *_columns("text", "number status type customer_id customer_name invoice_id method reference currency"),
        *_columns("int", "amount_minor refunded_minor"),
        Column("paid_at", "time", ("paid_at", "paid_on")),
    ),
    "product": (
        *_columns("text", "name sku type status category unit billing_interval currency"),
        *_columns("decimal", "unit_price cost stock_quantity"),
        *_columns("bool", "is_active"),
    ),
    "deal": (
        *_columns("text", "name status stage pipeline owner_id company_id customer_id currency"),
        *_columns("int", "amount_minor"),
        *_columns("decimal", "probability"),
        Column("close_on", "date", ("close_on", "close_at")),
        *_columns("time", "closed_at"),
    ),
    "event": (
        *_columns("text", "type action object_type object_id status title actor customer_id channel"),
        *_columns("time", "occurred_at received_at starts_at"),
    ),
}

INFO: Final[dict[str, ModelInfo]] = {
    "customer": ModelInfo(
        "Customer",
        "Customers",
        ("name", "email", "phone", "company", "country", "balance_minor", "is_active"),
        ("name", "email", "phone", "company"),
    ),
    "company": ModelInfo(
        "Company",
        "Companies",
        ("name", "domain", "industry", "country", "employees", "annual_revenue_minor", "lifecycle_stage"),
        ("name", "domain", "email"),
    ),
    "invoice": ModelInfo(
        "Invoice",
        "Invoices",
        ("number", "customer_name", "status", "total_minor", "balance_minor", "issued_at", "due_at"),
        ("number", "customer_name", "customer_email", "customer_id"),
        "number",
    ),
    "payment": ModelInfo(
        "Payment",
        "Payments",
        ("number", "customer_name", "status", "amount_minor", "refunded_minor", "method", "paid_at"),
        ("number", "customer_name", "customer_id", "invoice_id", "reference"),
        "number",
    ),
    "product": ModelInfo(
        "Product", "Products", ("name", "sku", "type", "unit_price", "currency", "is_active"), ("name", "sku", "category")
    ),
    "deal": ModelInfo(
        "Deal", "Deals", ("name", "stage", "status", "amount_minor", "probability", "close_on", "owner_id"), ("name", "stage", "pipeline")
    ),
    "event": ModelInfo(
        "Event",
        "Events",
        ("type", "action", "object_type", "object_id", "actor", "occurred_at"),
        ("type", "title", "object_id", "actor"),
        "type",
    ),
}
