"""The native forms: sign-in, set-up, invite, reset, sign-out. Each sets or clears an HttpOnly cookie and answers 303.

A form may only come from our own pages (its Origin is checked), and goes on only to a path of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse

from orion_app.api.access import COOKIE, WORKSPACE_COOKIE, Services, address, own_page
from orion_core.base.errors import Forbidden, InvalidInput, NotFound, OrionError, TooManyRequests, Unauthenticated
from orion_core.runtime import Runtime

router = APIRouter(prefix="/auth", include_in_schema=False)
_MAX_FORM = 16_384
_COOKIE_AGE_S = 90 * 86_400


async def _form(request: Request) -> Mapping[str, str]:
    if int(request.headers.get("content-length") or 0) > _MAX_FORM:
        raise InvalidInput("The form is too large.")
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


def _go(path: str, **query: str) -> RedirectResponse:
    answer = RedirectResponse(
        path + (f"?{urlencode({k: v for k, v in query.items() if v})}" if any(query.values()) else ""), status_code=303
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _inside(path: str) -> str:
    """`path` where it is one of our own, else the start page: a form must not send people elsewhere."""
    return (
        path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and not any(c < " " for c in path) else "/"
    )


def _signed_in(rt: Runtime, path: str, token: str) -> RedirectResponse:
    answer = _go(path)
    _set(answer, rt, COOKIE, token)
    answer.delete_cookie(WORKSPACE_COOKIE, path="/")
    return answer


def _set(answer: Any, rt: Runtime, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=_COOKIE_AGE_S, path="/", httponly=True, samesite="lax", secure=rt.settings.url.startswith("https")
    )


def reason(error: OrionError) -> str:
    """The word by which the entry pages know an error."""
    if error.detail.get("reason"):
        return str(error.detail["reason"])
    for kind, word in ((Unauthenticated, "credentials"), (TooManyRequests, "throttled"), (NotFound, "link"), (Forbidden, "credentials")):
        if isinstance(error, kind):
            return word
    return next((name.removesuffix("_name") for name in error.detail.get("fields", {})), "link")


@router.post("/login")
async def login(request: Request, rt: Services) -> RedirectResponse:
    """Sign in."""
    form = await _form(request)
    target = _inside(form.get("next", "/"))
    if not own_page(request, rt):
        return _go("/sign-in", error="origin")
    try:
        token = await rt.accounts.sign_in(
            form.get("email", ""), form.get("password", ""), address(request), request.headers.get("user-agent", "")
        )
    except OrionError as error:
        return _go("/sign-in", error=reason(error), email=form.get("email", "")[:254], next=target if target != "/" else "")
    return _signed_in(rt, target, token)


@router.post("/setup")
async def setup(request: Request, rt: Services) -> RedirectResponse:
    """Create the first owner."""
    form = await _form(request)
    token = form.get("token", "")
    if not own_page(request, rt):
        return _go("/setup", token=token, error="origin")
    try:
        session, _ = await rt.accounts.set_up(
            token,
            form.get("email", ""),
            form.get("name", ""),
            form.get("password", ""),
            form.get("workspace", ""),
            ip=address(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except OrionError as error:
        return _go("/setup", token=token, error=reason(error), email=form.get("email", "")[:254])
    return _signed_in(rt, "/", session)


@router.post("/invite")
async def invite(request: Request, rt: Services) -> RedirectResponse:
    """Join a workspace."""
    form = await _form(request)
    back = f"/invite/{quote(form.get('token', ''), safe='')}"
    if not own_page(request, rt):
        return _go(back, error="origin")
    try:
        session = await rt.accounts.accept_invite(
            form.get("token", ""),
            form.get("name", ""),
            form.get("password", ""),
            session_token=request.cookies.get(COOKIE, ""),
            ip=address(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except OrionError as error:
        return _go(back, error=reason(error))
    return _signed_in(rt, "/", session)


@router.post("/reset")
async def reset(request: Request, rt: Services) -> RedirectResponse:
    """Set a new password."""
    form = await _form(request)
    back = f"/reset/{quote(form.get('token', ''), safe='')}"
    if not own_page(request, rt):
        return _go(back, error="origin")
    try:
        await rt.accounts.reset_password(form.get("token", ""), form.get("password", ""), ip=address(request))
    except OrionError as error:
        return _go(back, error=reason(error))
    return _go("/sign-in")


@router.post("/logout")
async def logout(request: Request, rt: Services) -> RedirectResponse:
    """Sign out."""
    if own_page(request, rt):
        await rt.accounts.sign_out(request.cookies.get(COOKIE, ""))
    answer = _go("/sign-in")
    answer.delete_cookie(COOKIE, path="/")
    answer.delete_cookie(WORKSPACE_COOKIE, path="/")
    return answer


@router.post("/workspace")
async def workspace(request: Request, rt: Services) -> JSONResponse:
    """Look at another workspace; `{"workspace_id": "ws_…"}`."""
    principal = await rt.accounts.principal(request.cookies.get(COOKIE, ""))
    if principal is None:
        raise Unauthenticated("Sign in first.")
    if not own_page(request, rt):
        raise Forbidden("This request came from another site.")
    body = await request.json()
    wanted = body.get("workspace_id") if isinstance(body, dict) else None
    if not isinstance(wanted, str):
        raise InvalidInput("workspace_id: name the workspace.")
    await rt.accounts.switch_workspace(principal, wanted)
    answer = JSONResponse({"workspace_id": wanted})
    answer.delete_cookie(WORKSPACE_COOKIE, path="/")
    return answer
