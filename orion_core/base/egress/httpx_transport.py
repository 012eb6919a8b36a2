"""The outgoing door for libraries that bring httpx (Authlib) or httpx2 (Anthropic, MCP) with them.

    httpx.AsyncClient(transport=EgressTransport(client.bind("oauth")), trust_env=False)

Every hop of a redirect passes the policy again. Bodies are read whole before the library sees them (same size limits), so a
server-sent stream arrives at its end. Failures come as the library's own errors, with the Orion error as `__cause__`.
"""

from __future__ import annotations

from typing import Any, Protocol

import httpx
import httpx2

from orion_core.base.egress.client import EgressClient
from orion_core.base.egress.types import EgressRequest, EgressResponse
from orion_core.base.errors import ProviderUnavailable

_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
_DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})
_CONNECTING = ("connect_timeout", "dns", "connect", "connection_refused", "unreachable", "tls")


class EgressTransport(httpx.AsyncBaseTransport):
    """httpx over the door."""

    def __init__(self, client: EgressClient, *, lane: str = "person") -> None:
        self._client = client
        self._lane = lane

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one hop.

        Raises:
            EgressRefused, BadResponse: as they are; httpx's own classes for everything on the network.
        """
        outgoing = _outgoing(request, await request.aread(), self._lane)
        try:
            answer = await self._client.send_once(outgoing)
        except ProviderUnavailable as failure:
            raise _as_error(httpx, failure, request) from failure
        return httpx.Response(answer.status, headers=_headers(answer), content=answer.body, request=request)


class EgressTransport2(httpx2.AsyncBaseTransport):
    """httpx2 over the door."""

    def __init__(self, client: EgressClient, *, lane: str = "person") -> None:
        self._client = client
        self._lane = lane

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one hop; see `EgressTransport`."""
        outgoing = _outgoing(request, await request.aread(), self._lane)
        try:
            answer = await self._client.send_once(outgoing)
        except ProviderUnavailable as failure:
            raise _as_error(httpx2, failure, request) from failure
        return httpx2.Response(answer.status, headers=_headers(answer), content=answer.body, request=request)


class _AnyRequest(Protocol):
    """What httpx and httpx2 requests have in common."""

    method: str
    url: Any
    headers: Any
    extensions: Any


def _outgoing(request: _AnyRequest, body: bytes, lane: str) -> EgressRequest:
    limits = [float(value) for value in (request.extensions.get("timeout") or {}).values() if value]
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
    return EgressRequest(request.method, str(request.url), headers=headers, body=body or None, timeout_s=max(limits, default=60.0),
                         lane=lane)


def _headers(answer: EgressResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _DECODED}


def _as_error(library: Any, failure: ProviderUnavailable, request: Any) -> Exception:
    cause = str(failure.detail.get("cause", ""))
    if cause == "connect_timeout":
        kind = library.ConnectTimeout
    elif cause == "timeout":
        kind = library.ReadTimeout
    else:
        kind = library.ConnectError if cause in _CONNECTING or cause.startswith("certificate") else library.ReadError
    error = kind(failure.message, request=request)
    assert isinstance(error, Exception)
    return error
