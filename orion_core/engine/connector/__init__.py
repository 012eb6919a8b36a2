"""The connector framework: a connector is data (`ConnectorSpec`), and one engine (`BaseAdapter`) runs it."""

from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.http import HttpClient, HttpRequest, HttpResponse
from orion_core.engine.connector.registry import AdapterNotFound, adapters, get_adapter, known_slugs, register_adapter
from orion_core.engine.connector.spec import ConnectorSpec, ErrorRule, RateLimitSpec, load_spec
from orion_core.engine.connector.spec_auth import AuthSpec, CredentialField, SignatureSpec, WebhookSpec
from orion_core.engine.connector.spec_streams import CursorSpec, PaginationSpec, StreamSpec, WindowSpec, WriteSpec
from orion_core.engine.connector.types import (
    OPEN_END,
    OPEN_START,
    AccountInfo,
    AdapterCapability,
    AdapterConfig,
    Page,
    Poison,
    Query,
    RenewedCredential,
    RequestInfo,
    RowOutcome,
    Window,
    WriteResult,
)

__all__ = [
    "OPEN_END",
    "OPEN_START",
    "AccountInfo",
    "AdapterCapability",
    "AdapterConfig",
    "AdapterNotFound",
    "AuthSpec",
    "BaseAdapter",
    "ConnectorSpec",
    "CredentialField",
    "CursorSpec",
    "ErrorRule",
    "HttpClient",
    "HttpRequest",
    "HttpResponse",
    "Page",
    "PaginationSpec",
    "Poison",
    "Query",
    "RateLimitSpec",
    "RenewedCredential",
    "RequestInfo",
    "RowOutcome",
    "SignatureSpec",
    "StreamSpec",
    "WebhookSpec",
    "Window",
    "WindowSpec",
    "WriteResult",
    "WriteSpec",
    "adapters",
    "get_adapter",
    "known_slugs",
    "load_spec",
    "register_adapter",
]
