"""Unified records: a table per model.

What pages filter and sort stands in typed columns (as `engine.schema.COLUMNS` lists them; decimals there are for sorting, the exact
value is in `data`), the rest of the unified fields in `data`, what has no unified home in `custom`,
and the provider's own bytes in `raw`. Rows are written in bulk (see `db.bulk`), so times are integers: microseconds since 1970, UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Dialect, Index, Text, UniqueConstraint, types
from sqlmodel import Field

from orion_core.base.db.tables.mixins import Tenant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (value - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class Micros(types.TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970: the same integer on both databases, exact, and cheap in bulk."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def _time() -> Any:
    return Field(default=None, sa_type=Micros, nullable=True)


def _big() -> Any:
    return Field(default=None, sa_type=BigInteger, nullable=True)


class RecordRow(Tenant):
    """Columns that every record table has.

    `raw_hash` is 64 bits of BLAKE2b over `raw`. `changed_tx` numbers the transaction that last changed the row (the change feed's
    order). `flags` is a JSON list of what is odd about the record, or null. `deleted_at` marks a tombstone, `delete_proof` why.
    """

    model: ClassVar[str] = ""
    sortable: ClassVar[tuple[str, ...]] = ()
    searched: ClassVar[tuple[str, ...]] = ()

    connection_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    remote_id: str = Field(max_length=255)
    version: int = 1
    raw: str = Field(sa_type=Text)
    raw_hash: int = Field(sa_type=BigInteger)
    data: str = Field(sa_type=Text)
    custom: str | None = Field(default=None, sa_type=Text)
    flags: str | None = Field(default=None, sa_type=Text)
    mapping_version: int = 1
    schema_version: str = Field(default="1.0.0", max_length=16)
    run_id: str = Field(max_length=32)
    remote_created_at: datetime | None = _time()
    remote_updated_at: datetime | None = _time()
    synced_at: datetime = Field(sa_type=Micros)
    changed_tx: int = Field(sa_type=BigInteger)
    deleted_at: datetime | None = _time()
    delete_proof: str | None = Field(default=None, max_length=64)


def _args(table: str) -> tuple[Any, ...]:
    """The keys of a record table: one row per remote id, and the change feed. What pages sort and filter by stands in a narrow twin
    table with the search index (`db.search`), which is brought up to date outside the sync."""
    return (
        UniqueConstraint("workspace_id", "connection_id", "stream", "remote_id", name=f"uq_{table}_remote"),
        Index(f"ix_{table}_feed", "workspace_id", "changed_tx", "id"),
    )


def _pk() -> Any:
    # INTEGER on SQLite, so that it is the rowid itself: half the cost of an extra key.
    return Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(types.Integer(), "sqlite"))


class CustomerRecord(RecordRow, table=True):
    __tablename__ = "customers"
    __table_args__ = _args("customers")
    model: ClassVar[str] = "customer"
    sortable: ClassVar[tuple[str, ...]] = ("name", "email", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("name", "email", "phone", "company")
    id: int | None = _pk()
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    company_id: str | None = None
    currency: str | None = None
    lifecycle_stage: str | None = None
    owner_id: str | None = None
    country: str | None = None
    balance_minor: int | None = _big()
    is_active: bool | None = None
    last_activity_at: datetime | None = _time()


class CompanyRecord(RecordRow, table=True):
    __tablename__ = "companies"
    __table_args__ = _args("companies")
    model: ClassVar[str] = "company"
    sortable: ClassVar[tuple[str, ...]] = ("name", "domain", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("name", "domain", "email")
    id: int | None = _pk()
    name: str | None = None
    domain: str | None = None
    email: str | None = None
    phone: str | None = None
    industry: str | None = None
    currency: str | None = None
    lifecycle_stage: str | None = None
    owner_id: str | None = None
    country: str | None = None
    employees: int | None = _big()
    annual_revenue_minor: int | None = _big()
    is_active: bool | None = None


class InvoiceRecord(RecordRow, table=True):
    __tablename__ = "invoices"
    __table_args__ = _args("invoices")
    model: ClassVar[str] = "invoice"
    sortable: ClassVar[tuple[str, ...]] = ("number", "total_minor", "issued_at", "due_at", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("number", "customer_name", "customer_email", "customer_id")
    id: int | None = _pk()
    number: str | None = None
    status: str | None = None
    type: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    currency: str | None = None
    total_minor: int | None = _big()
    balance_minor: int | None = _big()
    issued_at: datetime | None = _time()
    due_at: datetime | None = _time()
    paid_at: datetime | None = _time()


class PaymentRecord(RecordRow, table=True):
    __tablename__ = "payments"
    __table_args__ = _args("payments")
    model: ClassVar[str] = "payment"
    sortable: ClassVar[tuple[str, ...]] = ("amount_minor", "paid_at", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("number", "customer_name", "customer_id", "invoice_id", "reference")
    id: int | None = _pk()
    number: str | None = None
    status: str | None = None
    type: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    invoice_id: str | None = None
    method: str | None = None
    reference: str | None = None
    currency: str | None = None
    amount_minor: int | None = _big()
    refunded_minor: int | None = _big()
    paid_at: datetime | None = _time()


class ProductRecord(RecordRow, table=True):
    __tablename__ = "products"
    __table_args__ = _args("products")
    model: ClassVar[str] = "product"
    sortable: ClassVar[tuple[str, ...]] = ("name", "sku", "unit_price", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("name", "sku", "category")
    id: int | None = _pk()
    name: str | None = None
    sku: str | None = None
    type: str | None = None
    status: str | None = None
    category: str | None = None
    unit: str | None = None
    billing_interval: str | None = None
    currency: str | None = None
    unit_price: float | None = None
    cost: float | None = None
    stock_quantity: float | None = None
    is_active: bool | None = None


class DealRecord(RecordRow, table=True):
    __tablename__ = "deals"
    __table_args__ = _args("deals")
    model: ClassVar[str] = "deal"
    sortable: ClassVar[tuple[str, ...]] = ("name", "amount_minor", "close_on", "remote_updated_at")
    searched: ClassVar[tuple[str, ...]] = ("name", "stage", "pipeline")
    id: int | None = _pk()
    name: str | None = None
    status: str | None = None
    stage: str | None = None
    pipeline: str | None = None
    owner_id: str | None = None
    company_id: str | None = None
    customer_id: str | None = None
    currency: str | None = None
    amount_minor: int | None = _big()
    probability: float | None = None
    close_on: datetime | None = _time()
    closed_at: datetime | None = _time()


class EventRecord(RecordRow, table=True):
    __tablename__ = "events"
    __table_args__ = _args("events")
    model: ClassVar[str] = "event"
    sortable: ClassVar[tuple[str, ...]] = ("type", "occurred_at")
    searched: ClassVar[tuple[str, ...]] = ("type", "title", "object_id", "customer_id")
    id: int | None = _pk()
    type: str | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    status: str | None = None
    title: str | None = None
    actor: str | None = None
    customer_id: str | None = None
    channel: str | None = None
    occurred_at: datetime | None = _time()
    received_at: datetime | None = _time()
    starts_at: datetime | None = _time()


class OtherRecord(RecordRow, table=True):
    """Records of streams without a unified model: raw, searchable by id."""

    __tablename__ = "other_records"
    __table_args__ = _args("other_records")
    model: ClassVar[str] = ""
    sortable: ClassVar[tuple[str, ...]] = ("remote_updated_at",)
    searched: ClassVar[tuple[str, ...]] = ("name",)
    id: int | None = _pk()
    name: str | None = None


RECORD_TABLES: dict[str, type[RecordRow]] = {
    cls.model: cls
    for cls in (CustomerRecord, CompanyRecord, InvoiceRecord, PaymentRecord, ProductRecord, DealRecord, EventRecord, OtherRecord)
}


class RecordVersion(Tenant, table=True):
    """A superseded version of a record: valid from `valid_from` until `valid_to`. Written in the transaction that replaces it."""

    __tablename__ = "record_versions"
    __table_args__ = (Index("ix_record_versions_record", "workspace_id", "model", "record_id", "version"),)
    id: int | None = _pk()
    model: str = Field(max_length=32)
    record_id: int = Field(sa_type=BigInteger)
    version: int = 1
    raw: str = Field(sa_type=Text)
    columns: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    custom: str | None = Field(default=None, sa_type=Text)
    flags: str | None = Field(default=None, sa_type=Text)
    mapping_version: int = 1
    schema_version: str = Field(default="1.0.0", max_length=16)
    run_id: str = Field(max_length=32)
    valid_from: datetime = Field(sa_type=Micros)
    valid_to: datetime = Field(sa_type=Micros)
    deleted_at: datetime | None = _time()
