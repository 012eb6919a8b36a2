"""Errors as problem details (RFC 9457): title, status, detail, and Orion's `code` and `next_step`."""

from __future__ import annotations

import logging
import math
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from orion_core.base.errors import InvalidInput, OrionError, RetryLater, TooManyRequests

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


def problem(error: OrionError) -> JSONResponse:
    """The answer to a request that ended with `error`."""
    headers = {}
    after = error.after_s if isinstance(error, (TooManyRequests, RetryLater)) else None
    if after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(after)))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="orion"'
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": type(error).__name__,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "next_step": error.next_step,
    }
    if error.detail:
        body["errors" if "fields" in error.detail else "context"] = error.detail.get("fields", error.detail)
    return JSONResponse(body, status_code=error.status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of the API this way."""

    @app.exception_handler(OrionError)
    async def _known(_request: Request, error: OrionError) -> JSONResponse:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        fields = {".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]): item["msg"] for item in error.errors()}
        first = next(iter(fields.items()))
        return problem(
            InvalidInput(f"{first[0]}: {first[1]}.", next_step="Correct the fields named under errors.", detail={"fields": fields})
        )

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": str(error.detail),
            "code": "http",
            "next_step": "See the API's description at /api/v1/docs.",
        }
        return JSONResponse(body, status_code=error.status_code, media_type=MEDIA_TYPE, headers=error.headers)

    @app.exception_handler(Exception)
    async def _unknown(request: Request, error: Exception) -> JSONResponse:
        logger.exception("%s %s failed", request.method, request.url.path)
        return problem(OrionError("Orion failed to answer this request.", next_step="Try again; the server's log holds the cause."))
