"""Who calls the API: a bearer API key, or the session cookie of a signed-in browser (reads, and writes from our own pages)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from orion_core.base.errors import Forbidden, Unauthenticated
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime, runtime

COOKIE = "orion_session"
WORKSPACE_COOKIE = "orion_workspace"


def services() -> Runtime:
    """This process's services."""
    return runtime()


Services = Annotated[Runtime, Depends(services)]


def address(request: Request) -> str:
    """The caller's address."""
    return request.client.host if request.client else ""


def own_page(request: Request, rt: Runtime) -> bool:
    """Whether a request with a cookie came from one of our own pages: its Origin (or Referer) is where it was sent to."""
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    if not origin or origin == "null":
        return request.headers.get("sec-fetch-site") == "same-origin"
    netloc = urlsplit(origin).netloc
    return netloc in {request.headers.get("host", ""), urlsplit(rt.settings.url).netloc}


async def caller(request: Request, rt: Services) -> Principal:
    """The principal of a request.

    Raises:
        Unauthenticated: neither a key nor a session that works. Forbidden: a foreign page sent this with our cookie.
    """
    header = request.headers.get("authorization", "")
    if header:
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("Send the API key as `Authorization: Bearer ok_…`.")
        return await rt.accounts.principal_by_key(secret.strip(), ip=address(request))
    token = request.cookies.get(COOKIE, "")
    principal = await rt.accounts.principal(token, request.cookies.get(WORKSPACE_COOKIE) or None) if token else None
    if principal is None:
        raise Unauthenticated("This needs an API key or a signed-in browser.")
    if request.method not in ("GET", "HEAD", "OPTIONS") and not own_page(request, rt):
        raise Forbidden("This request came from another site.", next_step="Use an API key for programs.")
    return principal


Caller = Annotated[Principal, Depends(caller)]
