"""Stripe's error bodies: https://docs.stripe.com/api/errors"""

from __future__ import annotations

from typing import Any

import orjson

from lab.http import Response

DOCS = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An answer that is an error; ``code`` also makes the documentation link."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind
        self.headers = headers or {}

    def response(self, request_id: str) -> Response:
        """The error as Stripe sends it."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = DOCS + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        if self.status not in (401, 429) and self.status < 500:
            error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return Response(self.status, orjson.dumps({"error": error}), headers=dict(self.headers))


def no_such(what: str, identifier: str, *, param: str = "id", status: int = 404) -> StripeError:
    """``No such customer: 'cus_…'``"""
    return StripeError(status, f"No such {what}: '{identifier}'", code="resource_missing", param=param)


def unrecognized(method: str, path: str) -> StripeError:
    """A path Stripe does not have."""
    return StripeError(
        404,
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
    )


def unknown_parameter(name: str) -> StripeError:
    """A parameter the endpoint does not take."""
    return StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing(name: str) -> StripeError:
    """A required parameter was not sent."""
    return StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def bad_integer(name: str, value: str) -> StripeError:
    """Something that is no integer where one is needed."""
    return StripeError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)


def mask(key: str) -> str:
    """A key as Stripe shows it in errors: the ends, and stars between."""
    if len(key) < 12:
        return "*" * len(key)
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"


NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or "
    "we can help at https://support.stripe.com/."
)
