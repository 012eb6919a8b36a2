"""The fake HubSpot: tokens, limits, routing. https://developers.hubspot.com/docs/api/overview"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from lab.faults import Fault
from lab.http import Request, Response
from lab.hubspot.about import About
from lab.hubspot.associations import Associations
from lab.hubspot.crm import PORTAL, Crm
from lab.hubspot.drift import drift
from lab.hubspot.engagements import Engagements
from lab.hubspot.errors import HubSpotError, rate_limited
from lab.hubspot.links import TYPES
from lab.hubspot.oauth import APP, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, OAuth
from lab.hubspot.objects import Objects, json_response
from lab.hubspot.schema import ObjectType
from lab.limits import Limit
from lab.provider import Context, Provider
from lab.store import Collection, Record

TOKEN = "pat-lab-orion-4242"  # noqa: S105 - opens nothing but the lab
# /crm/objects/2026-03/contacts is the dated form of /crm/v3/objects/contacts
_DATED = re.compile(r"^/(crm|oauth|account-info)/([a-z-]+)/\d{4}-\d{2}(?=/|$)")
_EVENTS_A_MESSAGE = 100


class HubSpot(Provider):
    """One portal. Any token that begins with ``pat-`` is good until control revokes it."""

    slug = "hubspot"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        real = context.options.limits == "real"
        # https://developers.hubspot.com/docs/api/usage-details: a private app of a Pro account
        self.limits = {
            "burst": Limit("TEN_SECONDLY_ROLLING", 190 if real else 0, 10.0),
            "daily": Limit("DAILY", 650_000 if real else 0, 86_400.0),
            "search": Limit("SECONDLY", 5 if real else 0, 1.0),
        }
        self.settings = {"access_token_seconds": 1_800, "rotate_refresh_tokens": True, "search_lag_s": 0}
        self.oauth = OAuth(self)
        self.crm = Crm(self)
        self._objects = Objects(self, self.crm)
        self._associations = Associations(self.crm)
        self._about = About(self, self.crm)
        self._engagements = Engagements(self, self.crm)
        self._correlation = ""
        self._key: str | None = None
        self._events: list[Record] = []
        self._event_number = int(context.now() * 100)

    @property
    def collections(self) -> Mapping[str, Collection]:
        return self.crm.collections

    def hello(self) -> dict[str, Any]:
        return {
            "key": TOKEN,
            "base_path": "/hubspot",
            "try": "/hubspot/crm/v3/objects/contacts?limit=3",
            "oauth": {
                "authorize_path": "/hubspot/oauth/authorize",
                "token_path": "/hubspot/oauth/v1/token",
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "refresh_token": REFRESH_TOKEN,
            },
        }

    def handle(self, request: Request) -> Response:
        self._correlation = str(uuid.uuid4())
        self._key = request.headers.get("idempotency-key")
        self._events = []
        token = ""
        try:
            request.path = _DATED.sub(r"/\1/v3/\2" if "/crm/" in request.path else r"/\1/v3", request.path)
            parts = [part for part in request.path.split("/") if part]
            if parts[:1] == ["oauth"]:
                response = self.oauth.answer(request, parts[1:])
            else:
                token = self.oauth.check(request.bearer())
                self._throttle(token, request)
                response = self._route(request, parts)
            if response is None:
                raise HubSpotError(404, "resource not found", "OBJECT_NOT_FOUND")
        except HubSpotError as error:
            response = error.response(self._correlation)
        except (AttributeError, KeyError, TypeError) as error:
            # a body of another shape than the endpoint reads: HubSpot's parser says so in a 400
            problem = HubSpotError(400, f"Invalid input JSON on line 1, column 1: {error}", "VALIDATION_ERROR")
            response = problem.response(self._correlation)
        self._send_events()
        return self._dress(request, response, token)

    def _route(self, request: Request, parts: list[str]) -> Response | None:
        match parts:
            case ["crm", "v3", "objects", _, _, "associations", *_]:
                return self._associations.of_record(request, parts[3:])
            case ["crm", "v3", "objects", _, *_]:
                return self._objects.answer(request, parts[3:])
            case ["crm", "v4", "objects", _, _, "associations", *_]:
                return self._associations.of_record(request, parts[3:])
            case ["crm", "v4", "associations", _, _, *_]:
                return self._associations.between(request, parts[3:])
            case ["crm", "v3", "properties", *rest]:
                return self._about.properties(request, rest)
            case ["crm", "v3", "owners", *rest]:
                return self._about.owners(request, rest)
            case ["crm", "v3", "pipelines", *rest]:
                return self._about.pipelines(request, rest)
            case ["crm-object-schemas", "v3", "schemas", *rest] | ["crm", "v3", "schemas", *rest]:
                return self._about.schemas(rest)
            case ["account-info", "v3", "details"]:
                return self._about.account()
            case ["engagements", "v1", "engagements", *rest]:
                return self._engagements.answer(request, rest)
            case ["automation", "v4", "flows", *rest] if not rest:
                return json_response({"results": []})
        return None

    def _throttle(self, token: str, request: Request) -> None:
        now = self.context.now()
        if request.path.endswith("/search"):
            if not self.limits["search"].take(token, now):
                raise rate_limited("SECONDLY", self._correlation)
            return
        if not self.limits["daily"].take(token, now):
            raise rate_limited("DAILY", self._correlation)
        if not self.limits["burst"].take(token, now):
            raise rate_limited("TEN_SECONDLY_ROLLING", self._correlation)

    def _dress(self, request: Request, response: Response, token: str) -> Response:
        response.headers["X-HubSpot-Correlation-Id"] = self._correlation
        # searches carry no rate headers, nor do answers to nobody
        if token and not request.path.endswith("/search"):
            burst, daily = self.limits["burst"], self.limits["daily"]
            if burst.most:
                response.headers |= {
                    "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(burst.seconds * 1000)),
                    "X-HubSpot-RateLimit-Max": str(burst.most),
                    "X-HubSpot-RateLimit-Remaining": str(burst.remaining(token)),
                }
            if daily.most:
                response.headers |= {
                    "X-HubSpot-RateLimit-Daily": str(daily.most),
                    "X-HubSpot-RateLimit-Daily-Remaining": str(daily.remaining(token)),
                }
        return response

    def failure(self, request: Request, fault: Fault, status: int) -> Response:
        self._correlation = str(uuid.uuid4())
        if status == 429:
            error = rate_limited(fault.reason or "TEN_SECONDLY_ROLLING", self._correlation)
        elif status == 401:
            error = self.oauth.expired(42.0)
        elif status >= 500:
            error = HubSpotError(status, "internal error", "INTERNAL_ERROR" if status == 500 else "")
        else:
            error = HubSpotError(status, "The lab was told to refuse this request.", "VALIDATION_ERROR")
        return self._dress(request, error.response(self._correlation), "")

    def journal(self, operation: str, obj: str, identifier: str) -> None:
        """Note a write in the ledger."""
        self.context.journal.wrote(self.context.now(), self.slug, obj, identifier, operation, self._key)

    def tell(self, obj: str, what: str, identifier: str, name: str = "", value: str | None = None) -> None:
        """Queue an event for webhooks: https://developers.hubspot.com/docs/api/webhooks"""
        self._event_number += 1
        event: Record = {
            "eventId": self._event_number, "subscriptionId": 2_400_000 + len(obj) * 10 + len(what), "portalId": PORTAL,
            "appId": APP, "occurredAt": int(self.context.now() * 1000), "subscriptionType": f"{obj}.{what}",
            "attemptNumber": 0, "objectId": int(identifier), "changeSource": "INTEGRATION",
        }  # fmt: skip
        if what == "propertyChange":
            event |= {"propertyName": name, "propertyValue": value or ""}
        else:
            event["changeFlag"] = "CREATED" if what == "creation" else "DELETED"
        self._events.append(event)

    def _send_events(self) -> None:
        if not self._events:
            return
        for target in self.context.webhooks.targets.values():
            wanted = [e for e in self._events if target.provider == self.slug and target.wants(e["subscriptionType"])]
            for start in range(0, len(wanted), _EVENTS_A_MESSAGE):
                part = wanted[start : start + _EVENTS_A_MESSAGE]
                self.context.webhooks.send(target, part[0]["subscriptionType"], orjson.dumps(part))
        self._events = []

    def connect_new(self, obj: ObjectType, index: int, associations: Any) -> None:
        """Associations given at creation: ``[{"to": {"id"}, "types": [{"associationTypeId"}]}]``."""
        for item in associations or []:
            numbers = {int(kind["associationTypeId"]) for kind in item["types"]}
            target = self._target(obj.name, numbers)
            other = self.crm.locate(self.crm.types[target], str(item["to"]["id"]))
            if other is not None:
                self.crm.links.connect(obj.name, target, index, other, numbers)

    @staticmethod
    def _target(source: str, numbers: set[int]) -> str:
        for (start, end), types in TYPES.items():
            if start == source and numbers & {number for number, _ in types}:
                return end
        raise HubSpotError(400, f"One or more association types are invalid: {sorted(numbers)}", "VALIDATION_ERROR")

    def mutate(self, obj: str, rng: random.Random, updates: int, deletes: int, creates: int) -> dict[str, list[str]]:
        self._events = []
        done = drift(self, obj or "contacts", rng, updates, deletes, creates)
        self._send_events()
        return done
