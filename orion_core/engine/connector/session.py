"""One connection's calls: address, headers, credential on; errors out. Renews a token that ends or was refused, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from orion_core.base.errors import CursorExpired, InvalidInput, Reauthorize
from orion_core.base.kit import clock, json
from orion_core.base.kit.redact import redact_url
from orion_core.engine.connector import auth as sign
from orion_core.engine.connector.errors import error_from, is_web_page, rate_headers, request_id, web_page
from orion_core.engine.connector.http import HttpClient, HttpRequest, HttpResponse
from orion_core.engine.connector.spec import ConnectorSpec
from orion_core.engine.connector.types import AdapterConfig, RequestInfo

Params = Sequence[tuple[str, str]]


class Session:
    """What adapters call through."""

    def __init__(self, spec: ConnectorSpec, config: AdapterConfig, client: HttpClient) -> None:
        self.spec, self.config, self.client = spec, config, client
        self.base_url = (config.base_url or spec.base_url).rstrip("/")
        self.auth = spec.auth_of(config.auth_kind)
        self._credential = config.credential
        self._expires_at = config.expires_at
        self._lock = asyncio.Lock()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        lane: str = "incremental",
        idempotent: bool | None = None,
    ) -> HttpRequest:
        """A call to `path` below the base URL, without the credential yet."""
        sent = {"Accept": "application/json", **self.spec.headers, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", content_type)
        safe = method in ("GET", "HEAD") if idempotent is None else idempotent
        return HttpRequest(method, self.base_url + path, params, sent, body, lane=lane, idempotent=safe)

    def follow(self, link: str, lane: str) -> HttpRequest:
        """A call to a whole address the provider gave; it must be on this connection's host.

        Raises:
            CursorExpired: it is not (the base URL was changed since).
        """
        if urlsplit(link)[:2] != urlsplit(self.base_url)[:2]:
            raise CursorExpired(f"The saved position points to another host ({redact_url(link)}).")
        return HttpRequest("GET", link, (), {"Accept": "application/json", **self.spec.headers}, lane=lane)

    async def send(self, request: HttpRequest, *, accept: Sequence[int] = ()) -> HttpResponse:
        """The answer to `request`; a status of 400 and more is an error unless it is in `accept`.

        Raises:
            ConnectorError: by the connector's error table.
        """
        response = await self.exchange(request)
        if 200 <= response.status < 300:
            if is_web_page(response):
                raise web_page(self.spec, request)
            return response
        if response.status in accept:
            return response
        if (response.status < 400 or response.status in (404, 405, 410)) and is_web_page(response):
            raise web_page(self.spec, request)
        raise error_from(self.spec, request, response, now=clock.now(), secrets=self.secrets())

    async def exchange(self, request: HttpRequest) -> HttpResponse:
        """Sign and send; any status is an answer. A 401 renews the credential once, where it can be renewed."""
        if self.config.renew is not None and sign.refresh_due(self._expires_at, None, clock.now()):
            await self._renew(self._credential)
        used = self._credential
        response = await self.client.send(sign.apply(self.auth, used, request))
        if response.status == 401 and self.config.renew is not None:
            await self._renew(used)
            response = await self.client.send(sign.apply(self.auth, self._credential, request))
            if response.status == 401:
                raise Reauthorize(
                    f"{self.spec.name} refuses a token it has only just given out.",
                    detail={"method": request.method, "url": redact_url(request.url), "status": 401},
                )
        return response

    async def get_json(self, path: str, *, params: Params = (), lane: str = "incremental") -> Any:
        """The parsed answer of a GET."""
        return json.loads((await self.send(self.request("GET", path, params=params, lane=lane))).body)

    async def post_json(
        self, path: str, body: Any, *, lane: str = "incremental", accept: Sequence[int] = (), idempotent: bool = True
    ) -> Any:
        """The parsed answer of a POST that reads (a search, a batch read)."""
        request = self.request("POST", path, body=json.dumps(body), lane=lane, idempotent=idempotent)
        return json.loads((await self.send(request, accept=accept)).body)

    async def passthrough(
        self, method: str, path: str, *, params: Params = (), body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Any call with this connection's credential; any status is an answer.

        Raises:
            InvalidInput: the path is not a plain path on this host.
        """
        wrong = not path.startswith("/") or path.startswith("//") or any(char in path for char in "\\?#\r\n\0 ") or "://" in path
        if wrong or any(part in (".", "..") for part in path.replace("%2e", ".").replace("%2E", ".").split("/")):
            raise InvalidInput(
                "The path must begin with one slash and stay on the connection's host; parameters go separately.",
                detail={"fields": {"path": "not a plain path"}},
            )
        if method.upper() not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            raise InvalidInput(f"{method!r} is not a method a provider takes.", detail={"fields": {"method": "unknown"}})
        own = {key: value for key, value in (headers or {}).items() if key.lower() not in ("authorization", "host", "cookie")}
        return await self.exchange(self.request(method.upper(), path, params=params, body=body, headers=own, lane="person"))

    def secrets(self) -> list[str]:
        """The plain secrets, for redaction alone."""
        return [secret.reveal() for secret in self._credential.values()]

    async def _renew(self, used: object) -> None:
        async with self._lock:
            if self._credential is not used or self.config.renew is None:
                return  # another call has renewed it meanwhile
            renewed = await self.config.renew(self._credential)
            self._credential, self._expires_at = renewed.credential, renewed.expires_at


def info_of(request: HttpRequest, response: HttpResponse) -> RequestInfo:
    """The log entry of a call."""
    return RequestInfo(
        request.method,
        redact_url(request.full_url()),
        response.status,
        response.elapsed_ms,
        rate_headers(response.headers),
        request_id(response.headers),
    )


def charset_of(response: HttpResponse) -> str | None:
    """The charset the answer says it is written in."""
    _, _, rest = response.headers.get("content-type", "").partition("charset=")
    return rest.split(";")[0].strip(' "') or None
