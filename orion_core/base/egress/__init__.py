"""The one outgoing HTTP door: policy, client, request log, transports for httpx."""

from orion_core.base.egress.client import EgressClient, secret_values
from orion_core.base.egress.log import LogEntry, MemoryRequestLog, RequestLog, as_curl
from orion_core.base.egress.policy import EgressPolicy
from orion_core.base.egress.types import Budget, EgressRequest, EgressResponse, OutgoingRequest

__all__ = ["Budget", "EgressClient", "EgressPolicy", "EgressRequest", "EgressResponse", "LogEntry", "MemoryRequestLog",
           "OutgoingRequest", "RequestLog", "as_curl", "secret_values"]
