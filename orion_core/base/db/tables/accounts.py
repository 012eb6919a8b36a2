"""Who may do what: people, workspaces, sessions, keys, and the log of what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from orion_core.base.db.tables.mixins import Created, Tenant, json_field
from orion_core.base.kit.ids import new_id, short_id


class Instance(SQLModel, table=True):
    """Facts about this installation, by name."""

    __tablename__ = "instance"
    name: str = Field(primary_key=True, max_length=64)
    value: str


class Workspace(Created, table=True):
    """The tenant."""

    __tablename__ = "workspaces"
    id: str = Field(default_factory=lambda: short_id("ws"), primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    slug: str = Field(max_length=64, unique=True)
    erased_at: datetime | None = None


class User(Created, table=True):
    """A person. `email` is lower case; `password_hash` is argon2id, empty until the invite is accepted."""

    __tablename__ = "users"
    id: str = Field(default_factory=lambda: new_id("usr"), primary_key=True, max_length=32)
    email: str = Field(max_length=320, unique=True)
    name: str = Field(default="", max_length=200)
    password_hash: str = ""
    is_operator: bool = False
    disabled_at: datetime | None = None
    failed_sign_ins: int = 0
    locked_until: datetime | None = None


class Membership(Created, table=True):
    """A user's role (owner, admin, editor, viewer) in a workspace."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("workspace_id", "user_id"), Index("ix_memberships_user_id", "user_id"))
    id: str = Field(default_factory=lambda: new_id("mem"), primary_key=True, max_length=32)
    workspace_id: str = Field(max_length=32, foreign_key="workspaces.id")
    user_id: str = Field(max_length=32, foreign_key="users.id")
    role: str = Field(max_length=16)


class LoginSession(Created, table=True):
    """A signed-in browser. The cookie's token is stored as its SHA-256."""

    __tablename__ = "login_sessions"
    id: str = Field(default_factory=lambda: new_id("ses"), primary_key=True, max_length=32)
    token_hash: str = Field(max_length=64, unique=True)
    user_id: str = Field(max_length=32, index=True, foreign_key="users.id")
    workspace_id: str = Field(max_length=32)
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    user_agent: str = Field(default="", max_length=300)
    ip: str = Field(default="", max_length=64)


class OneTimeToken(Created, table=True):
    """A link that works once: first set-up, invite, password reset. Stored as its SHA-256."""

    __tablename__ = "one_time_tokens"
    id: str = Field(default_factory=lambda: new_id("otk"), primary_key=True, max_length=32)
    token_hash: str = Field(max_length=64, unique=True)
    kind: str = Field(max_length=16)
    workspace_id: str = Field(default="", max_length=32, index=True)
    user_id: str = Field(default="", max_length=32)
    email: str = Field(default="", max_length=320)
    role: str = Field(default="", max_length=16)
    expires_at: datetime
    used_at: datetime | None = None
    created_by: str = Field(default="", max_length=32)


class ApiKeyIndex(SQLModel, table=True):
    """From the SHA-256 of an API key to its workspace; the rest of the key's row is the workspace's own."""

    __tablename__ = "api_key_index"
    key_hash: str = Field(primary_key=True, max_length=64)
    workspace_id: str = Field(max_length=32, index=True)
    api_key_id: str = Field(max_length=32)


class ApiKey(Tenant, Created, table=True):
    """A key for REST and MCP. `scopes` such as `["records:read", "connections:write"]`; `rate_per_minute` calls at most."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_workspace_id", "workspace_id"),)
    id: str = Field(default_factory=lambda: new_id("key"), primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    hint: str = Field(max_length=16)
    scopes: list[str] = json_field(list)
    rate_per_minute: int = 600
    created_by: str = Field(default="", max_length=32)
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class WorkspaceKey(Created, table=True):
    """A workspace's own Fernet key, wrapped by one of the secret keys. Deleting the row erases what it encrypted."""

    __tablename__ = "workspace_keys"
    __table_args__ = (UniqueConstraint("workspace_id", "version"),)
    id: str = Field(default_factory=lambda: new_id("wk"), primary_key=True, max_length=32)
    workspace_id: str = Field(max_length=32)
    version: int
    wrapped: str
    wrapped_by: str = Field(max_length=64, index=True)
    rewrapped_at: datetime | None = None


class AuditEntry(Tenant, table=True):
    """Who did what, when. Each entry's hash covers the one before: a changed or missing entry shows (see `platform/audit`)."""

    __tablename__ = "audit_log"
    __table_args__ = (UniqueConstraint("workspace_id", "seq"),)
    id: str = Field(default_factory=lambda: new_id("aud"), primary_key=True, max_length=32)
    seq: int = Field(sa_type=BigInteger)
    at: datetime
    actor_kind: str = Field(max_length=16)
    actor_id: str = Field(default="", max_length=32)
    actor_name: str = Field(default="", max_length=320)
    action: str = Field(max_length=64)
    object_kind: str = Field(default="", max_length=32)
    object_id: str = Field(default="", max_length=64)
    object_name: str = Field(default="", max_length=320)
    detail: dict[str, Any] = json_field(dict)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class IdempotencyKey(Tenant, Created, table=True):
    """The answer to a write that carried an `Idempotency-Key`, given again to a repeat of the same request."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("workspace_id", "key"),)
    id: str = Field(default_factory=lambda: new_id("idk"), primary_key=True, max_length=32)
    key: str = Field(max_length=255)
    request_hash: str = Field(max_length=64)
    state: str = Field(default="started", max_length=16)
    status: int = 0
    response: dict[str, Any] | None = json_field()
