"""The fake Stripe: authentication, idempotency, routing. https://docs.stripe.com/api"""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from lab.faults import Fault
from lab.http import Request, Response
from lab.ids import mix, token
from lab.limits import Limit
from lab.provider import Context, Provider
from lab.store import Collection, Record
from lab.stripe import errors, forms
from lab.stripe.errors import StripeError
from lab.stripe.events import EventLog
from lab.stripe.operations import Operations
from lab.stripe.resources import Resources
from lab.stripe.routes import Routes

VERSION = "2026-10-28.endive"
KEY = "sk_test_lab_orion_4242"
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_KEPT_KEYS = 200_000


class Stripe(Provider):
    """One Stripe account in test mode.

    Every key that begins with ``sk_test_`` or ``rk_test_`` is good until control
    revokes it; a restricted key with ``readonly`` in it may not write.
    """

    slug = "stripe"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        real = context.options.limits == "real"
        # https://docs.stripe.com/rate-limits: 100 operations a second in live mode
        self.limits = {"rate": Limit("rate", 100 if real else 0, 1.0)}
        self.resources = Resources(context)
        self.events = EventLog(VERSION)
        self.events.seed(int(context.now()), self._background)
        self.operations = Operations(self)
        self.routes = Routes(self)
        self.request_id = ""
        self.idempotency_key: str | None = None
        self._counter = mix(context.options.seed)
        self._kept: OrderedDict[str, tuple[str, Response]] = OrderedDict()

    @property
    def collections(self) -> Mapping[str, Collection]:
        return self.resources.all

    def hello(self) -> dict[str, Any]:
        return {"key": KEY, "base_path": "/stripe", "try": "/stripe/v1/customers?limit=3", "version": VERSION}

    def _background(self, number: int) -> tuple[str, Record]:
        """What a quiet account's event log tells of: now a customer, now a paid invoice."""
        if number % 3 == 0:
            invoice = number % self.resources.invoices.layout.total // 20 * 20
            return "invoice.paid", self.resources.show("invoices", invoice)
        return "customer.updated", self.resources.show("customers", number % self.context.world.size)

    def handle(self, request: Request) -> Response:
        self._counter += 1
        self.request_id = "req_" + token(self._counter, 14)
        self.idempotency_key = request.headers.get("idempotency-key") if request.method == "POST" else None
        try:
            key = self._authenticate(request)
            self._throttle(key)
            self._check_version(request)
            response = self._once(request, key)
        except StripeError as error:
            response = error.response(self.request_id)
        return self._dress(request, response)

    def _dress(self, request: Request, response: Response) -> Response:
        response.headers.setdefault("Request-Id", self.request_id)
        response.headers["Stripe-Version"] = request.headers.get("stripe-version", VERSION)
        if self.idempotency_key:
            response.headers["Idempotency-Key"] = self.idempotency_key
        return response

    def _authenticate(self, request: Request) -> str:
        given = request.headers.get("authorization", "")
        scheme, _, value = given.partition(" ")
        key = value.strip()
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(key).decode("utf-8", "replace").partition(":")[0]
            except ValueError:
                key = ""
        challenge = {"WWW-Authenticate": 'Basic realm="Stripe"'}
        if not key or scheme.lower() not in ("bearer", "basic"):
            raise StripeError(401, errors.NO_KEY, headers=challenge)
        if key in self.revoked:
            raise StripeError(401, f"Expired API Key provided: {errors.mask(key)}", code="api_key_expired",
                              headers=challenge)  # fmt: skip
        if not key.startswith(("sk_test_", "rk_test_")):
            raise StripeError(401, f"Invalid API Key provided: {errors.mask(key)}", headers=challenge)
        if key.startswith("rk_test_") and "readonly" in key and request.method in ("POST", "DELETE"):
            raise StripeError(
                403,
                f"The provided key '{errors.mask(key)}' does not have the required permissions for this endpoint on "
                "account 'acct_1LabOrionXk1'.",
            )
        return key

    def _throttle(self, key: str) -> None:
        if not self.limits["rate"].take(key, self.context.now()):
            raise self._too_many("global-rate")

    @staticmethod
    def _too_many(reason: str) -> StripeError:
        return StripeError(
            429,
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
            code="rate_limit",
            headers={"Stripe-Rate-Limited-Reason": reason, "Stripe-Should-Retry": "true"},
        )

    @staticmethod
    def _check_version(request: Request) -> None:
        version = request.headers.get("stripe-version")
        if version and not _VERSION.fullmatch(version):
            raise StripeError(400, f"Invalid Stripe API version: {version}")

    def _once(self, request: Request, key: str) -> Response:
        """Do a write once per idempotency key: https://docs.stripe.com/api/idempotent_requests"""
        if self.idempotency_key is None:
            return self.routes.answer(request)
        if len(self.idempotency_key) > 255:
            raise StripeError(400, "Idempotency keys can be at most 255 characters.", kind="idempotency_error")
        mark = self._fingerprint(request)
        kept = self._kept.get(self.idempotency_key)
        if kept is None:
            response = self.routes.answer(request)
            self.remember(request, response)
            return response
        if kept[0] != mark:
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{self.idempotency_key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        original = kept[1]
        if original.status < 300:
            body: Record = orjson.loads(original.body)
            self.journal("replay", str(body.get("object")), str(body.get("id")), replayed=True)
        headers = {"Idempotent-Replayed": "true", "Original-Request": original.headers["Request-Id"]}
        return replace(original, headers=headers)

    @staticmethod
    def _fingerprint(request: Request) -> str:
        return hashlib.sha256(f"{request.method} {request.path}?{request.query}\n".encode() + request.body).hexdigest()

    def remember(self, request: Request, response: Response) -> None:
        """Keep an answer for its idempotency key; validation errors never get here."""
        key = request.headers.get("idempotency-key")
        if key and request.method == "POST":
            kept = replace(response, headers=dict(response.headers))
            kept.headers.setdefault("Request-Id", self.request_id)
            self._kept[key] = (self._fingerprint(request), kept)
            if len(self._kept) > _KEPT_KEYS:
                self._kept.popitem(last=False)

    def failure(self, request: Request, fault: Fault, status: int) -> Response:
        self._counter += 1
        self.request_id = "req_" + token(self._counter, 14)
        self.idempotency_key = request.headers.get("idempotency-key") if request.method == "POST" else None
        key = request.bearer() or ""
        if status == 429:
            error = self._too_many(fault.reason or "global-rate")
        elif status == 401:
            error = StripeError(401, f"Expired API Key provided: {errors.mask(key)}", code="api_key_expired")
        elif status == 409:
            error = StripeError(
                409, "There is currently another in-progress request using this Idempotent Key.", kind="idempotency_error"
            )
        elif status >= 500:
            error = StripeError(status, "An unknown error occurred", kind="api_error")
        else:
            error = StripeError(status, "The lab was told to refuse this request.")
        return self._dress(request, error.response(self.request_id))

    def journal(self, operation: str, obj: str, identifier: str, *, replayed: bool = False) -> None:
        """Note a write in the ledger."""
        self.context.journal.wrote(
            self.context.now(), self.slug, obj, identifier, operation, self.idempotency_key, replayed=replayed
        )

    def emit(self, kind: str, record: Record, previous: Record | None = None, *, quiet: bool = False) -> None:
        """Append an event and send it to the webhook endpoints that want it."""
        targets = self.context.webhooks.wanted(self.slug, kind)
        request_id, key = (None, None) if quiet else (self.request_id, self.idempotency_key)
        body = self.events.emit(kind, record, previous, int(self.context.now()), request_id, key, len(targets))
        for target in targets:
            self.context.webhooks.send(target, kind, body)

    def mutate(self, obj: str, rng: random.Random, updates: int, deletes: int, creates: int) -> dict[str, list[str]]:
        return self.operations.mutate(obj or "customers", rng, updates, deletes, creates)

    def form(self, request: Request) -> forms.Form:
        """The request's parameters."""
        return forms.of(request)
