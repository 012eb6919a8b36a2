"""The catalogue of connectors, and the connections of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from orion_core.base.db.tables.mixins import Created, Tenant, json_field
from orion_core.base.kit.ids import new_id, short_id


class Connector(SQLModel, table=True):
    """A connector this installation knows; written from the registry at start, so that SQL can join it."""

    __tablename__ = "connectors"
    id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=64, unique=True)
    display_name: str = Field(max_length=120)
    description: str = ""
    category: str = Field(default="", max_length=32)
    capabilities: list[str] = json_field(list)
    config_schema: dict[str, Any] = json_field(dict)
    spec_hash: str = Field(default="", max_length=64)
    source: str = Field(default="built-in", max_length=120)
    updated_at: datetime


class ConnectorConfig(Tenant, Created, table=True):
    """A connection: one authorised account at a provider.

    `status`: active, paused, reauth_required, failed. `status_error`: `OrionError.as_dict()` of what put it there.
    `config`: `{"streams": [name], "exclude": {stream: [path]}, "backfill_start": "2024-01-01" | None, "settings": {}}`.
    `schedule_kind`: manual, interval (`schedule_value` seconds), cron (`schedule_value` five fields, UTC).
    """

    __tablename__ = "connector_configs"
    __table_args__ = (Index("ix_connector_configs_workspace_id", "workspace_id", "id"),)
    id: str = Field(default_factory=lambda: short_id("cn"), primary_key=True, max_length=32)
    connector_id: str = Field(max_length=64)
    name: str = Field(max_length=120)
    user_id: str = Field(default="", max_length=32)
    base_url: str = ""
    auth_url: str = ""
    token_url: str = ""
    config: dict[str, Any] = json_field(dict)
    enabled: bool = True
    status: str = Field(default="active", max_length=24)
    status_error: dict[str, Any] | None = json_field()
    account_id: str = Field(default="", max_length=120)
    account_name: str = Field(default="", max_length=240)
    schedule_kind: str = Field(default="manual", max_length=16)
    schedule_value: str = Field(default="", max_length=120)
    next_due_at: datetime | None = None
    last_sync_at: datetime | None = None
    last_used_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


class ConnectorCredential(Tenant, Created, table=True):
    """One encrypted secret of a connection. `credential_type` is the field's name in the spec (api_key, access_token, …)."""

    __tablename__ = "connector_credentials"
    __table_args__ = (UniqueConstraint("workspace_id", "config_id", "credential_type"),)
    id: str = Field(default_factory=lambda: new_id("crd"), primary_key=True, max_length=32)
    config_id: str = Field(max_length=32)
    credential_type: str = Field(max_length=64)
    encrypted_value: str
    hint: str = Field(default="", max_length=32)
    key_version: int = 1
    expires_at: datetime | None = None
    rotated_at: datetime | None = None
    refresh_claimed_by: str = Field(default="", max_length=64)
    refresh_claimed_until: datetime | None = None


class SchemaMapping(Tenant, Created, table=True):
    """A version of the rules of one stream, for one connection or (empty `config_id`) for all of a connector's."""

    __tablename__ = "schema_mappings"
    __table_args__ = (UniqueConstraint("workspace_id", "connector_id", "config_id", "stream", "version"),)
    id: str = Field(default_factory=lambda: new_id("map"), primary_key=True, max_length=32)
    connector_id: str = Field(max_length=64)
    config_id: str = Field(default="", max_length=32)
    stream: str = Field(max_length=64)
    model: str = Field(max_length=32)
    version: int = 1
    mapping: dict[str, Any] = json_field(dict)
    source: str = Field(default="built-in", max_length=32)
    state: str = Field(default="active", max_length=16)
    created_by: str = Field(default="", max_length=32)


class StreamState(Tenant, table=True):
    """Where a stream of a connection stands: its cursor, counts and freshness. Written in the transaction of each page."""

    __tablename__ = "stream_states"
    __table_args__ = (UniqueConstraint("workspace_id", "connection_id", "stream"),)
    id: str = Field(default_factory=lambda: new_id("st"), primary_key=True, max_length=32)
    connection_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    model: str = Field(default="", max_length=32)
    selected: bool = True
    cursor: dict[str, Any] | None = json_field()
    records: int = Field(default=0, sa_type=BigInteger)
    deleted: int = Field(default=0, sa_type=BigInteger)
    set_aside: int = Field(default=0, sa_type=BigInteger)
    last_full_at: datetime | None = None
    last_success_at: datetime | None = None
    last_changed_at: datetime | None = None
    error: dict[str, Any] | None = json_field()
