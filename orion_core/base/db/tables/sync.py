"""Runs and what they leave behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from orion_core.base.db.tables.mixins import Created, Tenant, json_field
from orion_core.base.kit.ids import new_id


class SyncRun(Tenant, Created, table=True):
    """One execution of a sync. The row is the truth; a job in the queue is only the bell.

    `status`: queued, running, waiting (a retry is due at `next_try_at`), succeeded, partial, failed, cancelled.
    `fence` grows with every claim; every write of a worker names the fence it was given.
    `active_key` is the connection id while the run is not over: its unique index lets only one run be open per connection.
    """

    __tablename__ = "sync_runs"
    __table_args__ = (
        UniqueConstraint("workspace_id", "active_key"),
        Index("ix_sync_runs_connection", "workspace_id", "connection_id", "created_at"),
        Index("ix_sync_runs_recent", "workspace_id", "created_at"),
    )
    id: str = Field(default_factory=lambda: new_id("run"), primary_key=True, max_length=32)
    connection_id: str = Field(max_length=32)
    active_key: str | None = Field(default=None, max_length=32)
    kind: str = Field(default="incremental", max_length=16)
    trigger: str = Field(default="manual", max_length=16)
    streams: list[str] = json_field(list)
    status: str = Field(default="queued", max_length=16)
    lease_owner: str = Field(default="", max_length=64)
    lease_until: datetime | None = None
    fence: int = Field(default=0, sa_type=BigInteger)
    cancel_requested: bool = False
    attempts: int = 0
    next_try_at: datetime | None = None
    read: int = Field(default=0, sa_type=BigInteger)
    changed: int = Field(default=0, sa_type=BigInteger)
    deleted: int = Field(default=0, sa_type=BigInteger)
    set_aside: int = Field(default=0, sa_type=BigInteger)
    requests: int = Field(default=0, sa_type=BigInteger)
    error: dict[str, Any] | None = json_field()
    notes: list[str] = json_field(list)
    requested_by: str = Field(default="", max_length=32)
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None


class RunStream(Tenant, table=True):
    """One stream of a run, or one time window of it (`part` 0 and up).

    `phase`: changes (incremental), list (complete listing), archived, sweep (deletes). `resume` is the adapter's place after the
    last stored page. `watermark` is the cursor to take over once every part is done.
    """

    __tablename__ = "run_streams"
    __table_args__ = (UniqueConstraint("workspace_id", "run_id", "stream", "part"),)
    id: str = Field(default_factory=lambda: new_id("rs"), primary_key=True, max_length=32)
    run_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    part: int = 0
    position: int = 0
    state: str = Field(default="pending", max_length=16)
    mode: str = Field(default="full", max_length=16)
    window_start: datetime | None = None
    window_end: datetime | None = None
    since: dict[str, Any] | None = json_field()
    resume: dict[str, Any] | None = json_field()
    watermark: dict[str, Any] | None = json_field()
    complete: bool = False
    expected: int | None = Field(default=None, sa_type=BigInteger)
    pages: int = 0
    read: int = Field(default=0, sa_type=BigInteger)
    changed: int = Field(default=0, sa_type=BigInteger)
    deleted: int = Field(default=0, sa_type=BigInteger)
    set_aside: int = Field(default=0, sa_type=BigInteger)
    error: dict[str, Any] | None = json_field()
    started_at: datetime | None = None
    finished_at: datetime | None = None


class RunSeen(Tenant, table=True):
    """Which remote ids a batch of a complete listing held, as 8-byte hashes: the proof that lets a run delete the rest."""

    __tablename__ = "run_seen"
    __table_args__ = (Index("ix_run_seen_run", "workspace_id", "run_id", "stream"),)
    id: str = Field(default_factory=lambda: new_id("rn"), primary_key=True, max_length=32)
    run_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    hashes: bytes = Field(sa_type=LargeBinary)


class DueRun(SQLModel, table=True):
    """What the sweeper looks at before it knows any workspace: when a run or a schedule wants attention."""

    __tablename__ = "due_runs"
    __table_args__ = (Index("ix_due_runs_due_at", "due_at"),)
    kind: str = Field(primary_key=True, max_length=16)
    object_id: str = Field(primary_key=True, max_length=32)
    workspace_id: str = Field(max_length=32)
    due_at: datetime
    fence: int = Field(default=0, sa_type=BigInteger)


class FeedClock(SQLModel, table=True):
    """SQLite's number of the last writing transaction; PostgreSQL has its own (`pg_current_xact_id`)."""

    __tablename__ = "feed_clock"
    id: int = Field(default=1, primary_key=True)
    tx: int = Field(default=0, sa_type=BigInteger)


class RequestLogRow(Tenant, table=True):
    """One call to a provider. Everything in it is redacted before it gets here."""

    __tablename__ = "request_log"
    __table_args__ = (Index("ix_request_log_run", "workspace_id", "run_id", "at"),)
    id: str = Field(default_factory=lambda: new_id("req"), primary_key=True, max_length=32)
    run_id: str = Field(default="", max_length=32)
    connection_id: str = Field(max_length=32)
    stream: str = Field(default="", max_length=64)
    at: datetime
    method: str = Field(max_length=8)
    url: str
    status: int = 0
    elapsed_ms: float = 0
    size: int = 0
    headers: dict[str, Any] = json_field(dict)
    request_body: str = ""
    body: str = ""
    error: str = ""


class DeadLetter(Tenant, Created, table=True):
    """A record that could not be stored, with its cause. `raw` is what the provider sent."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("workspace_id", "connection_id", "stream", "key"),
        Index("ix_dead_letters_open", "workspace_id", "state", "created_at"),
    )
    id: str = Field(default_factory=lambda: new_id("dl"), primary_key=True, max_length=32)
    connection_id: str = Field(max_length=32)
    run_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    key: str = Field(max_length=300)
    remote_id: str = Field(default="", max_length=255)
    raw: str = Field(sa_type=Text)
    cause: dict[str, Any] = json_field(dict)
    state: str = Field(default="open", max_length=16)
    attempts: int = 1
    last_at: datetime


class SyncMetric(Tenant, table=True):
    """How one stream of one run went."""

    __tablename__ = "sync_metrics"
    __table_args__ = (
        UniqueConstraint("workspace_id", "run_id", "stream"),
        Index("ix_sync_metrics_config", "workspace_id", "config_id", "sync_started_at"),
    )
    id: str = Field(default_factory=lambda: new_id("sm"), primary_key=True, max_length=32)
    config_id: str = Field(max_length=32)
    run_id: str = Field(max_length=32)
    stream: str = Field(max_length=64)
    model: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=16)
    status: str = Field(max_length=16)
    sync_started_at: datetime
    sync_finished_at: datetime
    duration_ms: int = Field(sa_type=BigInteger)
    records_processed: int = Field(default=0, sa_type=BigInteger)
    records_changed: int = Field(default=0, sa_type=BigInteger)
    records_deleted: int = Field(default=0, sa_type=BigInteger)
    records_failed: int = Field(default=0, sa_type=BigInteger)
    requests: int = Field(default=0, sa_type=BigInteger)
    error_code: str = Field(default="", max_length=64)
    error_message: str | None = None
