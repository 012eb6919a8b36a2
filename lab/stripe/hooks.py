"""Webhook endpoints: https://docs.stripe.com/api/webhook_endpoints"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from lab.http import Response
from lab.ids import mix, token
from lab.store import Record
from lab.stripe.errors import StripeError, missing, no_such, unknown_parameter
from lab.stripe.forms import Form, metadata, text
from lab.stripe.listing import limit_of
from lab.webhooks import Target

if TYPE_CHECKING:
    from lab.stripe.api import Stripe

_KNOWN = frozenset({"url", "enabled_events", "description", "metadata", "disabled", "api_version", "expand", "connect"})


class Hooks:
    """Endpoints made through the API; events that match are really delivered."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._endpoints: dict[str, Record] = {}

    def answer(self, method: str, rest: list[str], form: Form) -> Response | None:
        """Route a request for ``/v1/webhook_endpoints``."""
        for name in form:
            if method == "POST" and name not in _KNOWN:
                raise unknown_parameter(name)
        if not rest:
            if method == "POST":
                return self._json(self._create(form))
            return self._list(form) if method == "GET" else None
        endpoint = self._endpoints.get(rest[0])
        if endpoint is None or len(rest) > 1:
            raise no_such("webhook endpoint", rest[0])
        if method == "POST":
            self._change(endpoint, form)
            self._aim(endpoint, self._stripe.context.webhooks.targets[endpoint["id"]].secret)
        if method == "DELETE":
            del self._endpoints[rest[0]]
            self._stripe.context.webhooks.targets.pop(rest[0], None)
            self._stripe.journal("delete", "webhook_endpoint", rest[0])
            return self._json({"id": rest[0], "object": "webhook_endpoint", "deleted": True})
        return self._json(endpoint) if method in ("GET", "POST") else None

    @staticmethod
    def _json(value: Any) -> Response:
        return Response(200, orjson.dumps(value))

    def _list(self, form: Form) -> Response:
        newest_first = list(reversed(self._endpoints.values()))
        if "starting_after" in form:
            ids = [endpoint["id"] for endpoint in newest_first]
            if form["starting_after"] not in ids:
                raise no_such("webhook endpoint", str(form["starting_after"]), param="starting_after", status=400)
            newest_first = newest_first[ids.index(form["starting_after"]) + 1 :]
        limit = limit_of(form)
        more = len(newest_first) > limit
        return self._json(
            {"object": "list", "data": newest_first[:limit], "has_more": more, "url": "/v1/webhook_endpoints"}
        )

    def _create(self, form: Form) -> Record:
        for name in ("url", "enabled_events"):
            if not form.get(name):
                raise missing(name)
        if len(self._endpoints) >= 16:
            raise StripeError(400, "You have reached the maximum of 16 test webhook endpoints.")
        bits = mix(len(self._endpoints) + int(self._stripe.context.now() * 1000))
        endpoint: Record = {
            "id": f"we_1{token(bits, 12)}LabOrionXk1",
            "object": "webhook_endpoint",
            "api_version": form.get("api_version"),
            "application": None,
            "created": int(self._stripe.context.now()),
            "description": None,
            "enabled_events": [],
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": "",
        }
        self._change(endpoint, form)
        secret = f"whsec_{token(bits + 1, 32)}"
        self._endpoints[endpoint["id"]] = endpoint
        self._aim(endpoint, secret)
        self._stripe.journal("create", "webhook_endpoint", endpoint["id"])
        # the only answer that ever holds the secret
        return endpoint | {"secret": secret}

    @staticmethod
    def _change(endpoint: Record, form: Form) -> None:
        if "url" in form:
            if not str(form["url"]).startswith(("http://", "https://")):
                raise StripeError(400, "Invalid URL: An explicit scheme (such as https) must be provided.", param="url",
                                  code="url_invalid")  # fmt: skip
            endpoint["url"] = str(form["url"])
        if "enabled_events" in form:
            endpoint["enabled_events"] = [str(name) for name in form["enabled_events"]]
        if "description" in form:
            endpoint["description"] = text(form["description"])
        if "metadata" in form:
            endpoint["metadata"] = metadata(endpoint["metadata"], form["metadata"])
        if "disabled" in form:
            endpoint["status"] = "disabled" if form["disabled"] == "true" else "enabled"

    def _aim(self, endpoint: Record, secret: str) -> None:
        self._stripe.context.webhooks.targets[endpoint["id"]] = Target(
            endpoint["id"], "stripe", endpoint["url"], secret, tuple(endpoint["enabled_events"]),
            enabled=endpoint["status"] == "enabled",
        )  # fmt: skip
