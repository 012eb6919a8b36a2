"""Every table. `DIRECTORY` names the few without row level security; all others are a workspace's own."""

from orion_core.base.db.tables.accounts import (
    ApiKey,
    ApiKeyIndex,
    AuditEntry,
    IdempotencyKey,
    Instance,
    LoginSession,
    Membership,
    OneTimeToken,
    User,
    Workspace,
    WorkspaceKey,
)
from orion_core.base.db.tables.connections import (
    Connector,
    ConnectorConfig,
    ConnectorCredential,
    SchemaMapping,
    StreamState,
)
from orion_core.base.db.tables.mixins import Tenant
from orion_core.base.db.tables.records import (
    RECORD_TABLES,
    CompanyRecord,
    CustomerRecord,
    DealRecord,
    EventRecord,
    InvoiceRecord,
    OtherRecord,
    PaymentRecord,
    ProductRecord,
    RecordRow,
    RecordVersion,
)
from orion_core.base.db.tables.sync import (
    DeadLetter,
    DueRun,
    FeedClock,
    RequestLogRow,
    RunSeen,
    RunStream,
    SyncMetric,
    SyncRun,
)

__all__ = [
    "DIRECTORY",
    "RECORD_TABLES",
    "ApiKey",
    "ApiKeyIndex",
    "AuditEntry",
    "CompanyRecord",
    "Connector",
    "ConnectorConfig",
    "ConnectorCredential",
    "CustomerRecord",
    "DeadLetter",
    "DealRecord",
    "DueRun",
    "EventRecord",
    "FeedClock",
    "IdempotencyKey",
    "Instance",
    "InvoiceRecord",
    "LoginSession",
    "Membership",
    "OneTimeToken",
    "OtherRecord",
    "PaymentRecord",
    "ProductRecord",
    "RecordRow",
    "RecordVersion",
    "RequestLogRow",
    "RunSeen",
    "RunStream",
    "SchemaMapping",
    "StreamState",
    "SyncMetric",
    "SyncRun",
    "Tenant",
    "User",
    "Workspace",
    "WorkspaceKey",
]

# Read before the workspace is known (sign-in, API key, due queue, key rotation): ids, hashes and times, no customer data.
DIRECTORY: frozenset[str] = frozenset(
    {
        "instance",
        "workspaces",
        "users",
        "memberships",
        "login_sessions",
        "one_time_tokens",
        "api_key_index",
        "workspace_keys",
        "due_runs",
        "feed_clock",
        "connectors",
    }
)
