"""Tokens: https://developers.hubspot.com/docs/api/oauth-quickstart-guide

A private app's token begins with ``pat-`` and is good until control revokes it. OAuth
access tokens live half an hour; a refresh token is exchanged for a new one and dies
(``rotate_refresh_tokens`` in the settings), so that a client which does not store the
new one is found out.
"""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import orjson

from lab.http import Request, Response
from lab.hubspot.crm import PORTAL
from lab.hubspot.errors import HubSpotError
from lab.hubspot.objects import JSON, json_response
from lab.hubspot.times import iso
from lab.store import Record

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

CLIENT_ID = "lab-client-id"
CLIENT_SECRET = "lab-client-secret"  # noqa: S105 - opens nothing but the lab
APP = 18221010
USER = 88842095
REFRESH_TOKEN = "lab-refresh-token"  # noqa: S105 - opens nothing but the lab
SCOPES = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.companies.read",
          "crm.objects.companies.write", "crm.objects.deals.read", "crm.objects.deals.write",
          "crm.objects.invoices.read", "crm.objects.line_items.read", "crm.objects.products.read", "tickets",
          "crm.objects.owners.read", "crm.schemas.contacts.read"]  # fmt: skip


@dataclass(slots=True)
class Access:
    """An access token somebody was given."""

    expires_at: float
    client_id: str


class OAuth:
    """The authorization server of the fake HubSpot."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot
        self.tokens: dict[str, Access] = {}
        self.refresh: set[str] = {REFRESH_TOKEN}
        self._codes: dict[str, str] = {}

    def check(self, token: str | None) -> str:
        """The token if it may be used; raises HubSpot's 401 otherwise."""
        if token and token not in self._hubspot.revoked:
            if token.startswith("pat-"):
                return token
            access = self.tokens.get(token)
            now = self._hubspot.context.now()
            if access is not None and access.expires_at > now:
                return token
            if access is not None:
                raise self.expired(now - access.expires_at)
        raise HubSpotError(
            401,
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
            "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "INVALID_AUTHENTICATION",
        )

    def expired(self, seconds: float) -> HubSpotError:
        """What a token past its time is told."""
        moment = iso(int((self._hubspot.context.now() - seconds) * 1000))
        return HubSpotError(
            401,
            f"The OAuth token used to make this call expired {int(seconds)} second(s) ago.",
            "EXPIRED_AUTHENTICATION",
            context={"expire time": [moment]},
        )

    def answer(self, request: Request, rest: list[str]) -> Response | None:
        """Routes below ``/oauth``, none of which needs a token in the header."""
        match request.method, rest:
            case ("GET" | "POST", ["authorize"]):
                return self._authorize(request)
            case "POST", [_, "token"]:
                return self._token(request)
            case "GET", [_, "access-tokens", token]:
                return self._describe(token)
            case "GET", [_, "refresh-tokens", token] if token in self.refresh:
                return json_response({"token": token, "client_id": CLIENT_ID, "hub_id": PORTAL, "scopes": SCOPES,
                                      "token_type": "refresh", "user": "owner@orion-lab.example",
                                      "hub_domain": "orion-lab.example", "user_id": USER})  # fmt: skip
            case "DELETE", [_, "refresh-tokens", token]:
                self.refresh.discard(token)
                return Response(204)
            case "POST", ["v2", "private-apps", "get", "access-token-info"]:
                return json_response({"userId": USER, "hubId": PORTAL, "appId": APP, "scopes": SCOPES})
        return None

    def _authorize(self, request: Request) -> Response:
        """A consent page; ``auto=1`` or a POST grants at once."""
        params = dict(request.params()) | dict(parse_qsl(request.body.decode("utf-8", "replace")))
        target = params.get("redirect_uri", "")
        if not params.get("client_id") or not target.startswith(("http://", "https://")):
            return Response(400, b"client_id and redirect_uri are required", "text/plain")
        if request.method == "POST" or params.get("auto") == "1":
            code = secrets.token_urlsafe(24)
            self._codes[code] = target
            answer = {"code": code} | ({"state": params["state"]} if "state" in params else {})
            joint = "&" if "?" in target else "?"
            return Response(302, content_type="", headers={"Location": f"{target}{joint}{urlencode(answer)}"})
        fields = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in params.items()
        )
        page = (
            "<!DOCTYPE html><html lang=en><title>Lab HubSpot: connect an app</title>"
            "<body style='font-family:system-ui;max-width:32rem;margin:4rem auto'>"
            f"<h1>Connect to Orion Lab?</h1><p>The app <b>{html.escape(params['client_id'])}</b> asks for: "
            f"{html.escape(params.get('scope', 'crm'))}</p><form method=post>{fields}<button>Connect app</button></form>"
        )
        return Response(200, page.encode(), "text/html; charset=utf-8")

    @staticmethod
    def _refuse(status: str, message: str) -> Response:
        error = "invalid_client" if "CLIENT" in status else "invalid_grant"
        body = {"status": status, "message": message, "correlationId": secrets.token_hex(16), "error": error,
                "error_description": message}  # fmt: skip
        return Response(400, orjson.dumps(body), JSON)

    def _token(self, request: Request) -> Response:
        form = dict(request.params()) | dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("client_secret") != CLIENT_SECRET:
            return self._refuse("BAD_CLIENT_SECRET", "missing or invalid client secret")
        kind = form.get("grant_type")
        if kind == "authorization_code":
            target = self._codes.pop(form.get("code", ""), None)
            if target is None:
                return self._refuse("BAD_AUTH_CODE", "missing or unknown auth code")
            if target != form.get("redirect_uri"):
                return self._refuse("MISMATCH_REDIRECT_URI_AUTH_CODE", "redirect URI mismatch")
            return self._grant(form.get("client_id", CLIENT_ID), secrets.token_urlsafe(27))
        if kind == "refresh_token":
            old = form.get("refresh_token", "")
            if old not in self.refresh or old in self._hubspot.revoked:
                return self._refuse("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
            if not self._hubspot.settings["rotate_refresh_tokens"]:
                return self._grant(form.get("client_id", CLIENT_ID), old)
            self.refresh.discard(old)
            return self._grant(form.get("client_id", CLIENT_ID), secrets.token_urlsafe(27))
        return self._refuse("BAD_GRANT_TYPE", "missing or unknown grant type")

    def _grant(self, client_id: str, refresh_token: str) -> Response:
        life = int(self._hubspot.settings["access_token_seconds"])
        token = "lab-" + secrets.token_urlsafe(60)
        self.tokens[token] = Access(self._hubspot.context.now() + life, client_id)
        self.refresh.add(refresh_token)
        return json_response(
            {"token_type": "bearer", "refresh_token": refresh_token, "access_token": token, "expires_in": life,
             "hub_id": PORTAL, "scopes": SCOPES}
        )  # fmt: skip

    def _describe(self, token: str) -> Response:
        access = self.tokens.get(token)
        now = self._hubspot.context.now()
        if token in self._hubspot.revoked or (access is None and not token.startswith("pat-")):
            raise HubSpotError(404, f"Token {token[:8]}… is not known", "OBJECT_NOT_FOUND")
        left = int(access.expires_at - now) if access else 1_800
        signed: Record = {
            "expiresAt": int((now + left) * 1000), "scopes": "", "hubId": PORTAL, "userId": USER, "appId": APP,
            "signature": "", "scopeToScopeGroupPks": "", "newSignature": "", "hublet": "na1", "trialScopes": "",
            "trialScopeToScopeGroupPks": "", "isUserLevel": False, "installingUserId": USER,
            "isServiceAccount": False, "isPrivateDistribution": False,
        }  # fmt: skip
        return json_response(
            {
                "token": token, "user": "owner@orion-lab.example", "hub_domain": "orion-lab.example", "scopes": SCOPES,
                "signed_access_token": signed, "token_type": "access", "user_id": USER,
                "is_private_distribution": False, "hub_id": PORTAL, "expires_in": left, "app_id": APP,
            }
        )  # fmt: skip
