"""HubSpot's error bodies: https://developers.hubspot.com/docs/api/error-handling"""

from __future__ import annotations

from typing import Any

import orjson

from lab.http import Response


class HubSpotError(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        message: str,
        category: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        context: dict[str, list[str]] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.errors = errors
        self.context = context
        self.extra = extra or {}

    def body(self, correlation: str) -> dict[str, Any]:
        """The error as HubSpot writes it."""
        out: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation}
        if self.context:
            out["context"] = self.context
        if self.errors:
            out["errors"] = self.errors
        if self.category:
            out["category"] = self.category
        return out | self.extra

    def response(self, correlation: str) -> Response:
        """The error as a response."""
        return Response(self.status, orjson.dumps(self.body(correlation)), "application/json;charset=utf-8")


def invalid(message: str, *, errors: list[dict[str, Any]] | None = None) -> HubSpotError:
    """A request HubSpot does not take."""
    return HubSpotError(400, message, "VALIDATION_ERROR", errors=errors)


def input_json(message: str) -> HubSpotError:
    """A body that is not what the endpoint reads."""
    return invalid(f"Invalid input JSON on line 1, column 1: {message}")


def not_found() -> HubSpotError:
    """No such object."""
    return HubSpotError(404, "resource not found", "OBJECT_NOT_FOUND")


def rate_limited(policy: str, correlation: str) -> HubSpotError:
    """Too many requests; ``policy`` is SECONDLY, TEN_SECONDLY_ROLLING or DAILY."""
    words = policy.lower().replace("_", " ") if policy == "DAILY" else policy.lower()
    return HubSpotError(
        429,
        f"You have reached your {words} limit.",
        "",
        extra={"errorType": "RATE_LIMIT", "policyName": policy, "requestId": correlation},
    )
