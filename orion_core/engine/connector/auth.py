"""Signing requests and speaking OAuth 2.0 token calls, without any I/O: requests go out, responses come in, by other hands.

Provider docs: https://www.rfc-editor.org/rfc/rfc6749 and https://www.rfc-editor.org/rfc/rfc9700
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from orion_core.base.errors import BadResponse, ConfigurationError, ConnectorError, OrionError, ProviderUnavailable, Reauthorize
from orion_core.base.kit import json
from orion_core.base.kit.redact import Secret, redact_text
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.spec_auth import (
    ApiKeyAuth,
    AuthSpec,
    BasicAuth,
    BearerAuth,
    ClientCredentialsAuth,
    CodeAuth,
)
from orion_core.engine.connector.types import Credential

ACCESS_TOKEN, REFRESH_TOKEN = "access_token", "refresh_token"
TOKEN_DEADLINE_S = 20.0
# RFC 6749 §5.2: errors that another try with the same grant cannot mend.
DEAD_GRANT = frozenset(
    {"invalid_grant", "BAD_REFRESH_TOKEN", "invalid_refresh_token", "token_revoked", "token_expired", "account_inactive"}
)
WRONG_CLIENT = frozenset({"invalid_client", "unauthorized_client", "bad_client_secret", "BAD_CLIENT_ID"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token answer. `refresh_token` None: the old one stays. `extra`: what else the provider sent (account id, instance URL)."""

    access_token: Secret
    refresh_token: Secret | None
    expires_at: datetime | None
    scopes: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def merged_into(self, credential: Credential) -> dict[str, Secret]:
        """`credential` with the new tokens in place."""
        fresh = {**credential, ACCESS_TOKEN: self.access_token}
        return {**fresh, REFRESH_TOKEN: self.refresh_token} if self.refresh_token else fresh


def apply(auth: AuthSpec, credential: Credential, request: HttpRequest) -> HttpRequest:
    """`request` with the credential on it; the given request stays as it is.

    Raises:
        Reauthorize: the credential lacks a field the kind needs.
    """
    match auth:
        case ApiKeyAuth(location="query"):
            return replace(request, params=[*request.params, (auth.name, auth.prefix + _value(auth, credential, 0))])
        case ApiKeyAuth():
            header, value = auth.name, auth.prefix + _value(auth, credential, 0)
        case BearerAuth():
            header, value = "Authorization", f"Bearer {_value(auth, credential, 0)}"
        case BasicAuth():
            user, password = _value(auth, credential, 0), _value(auth, credential, 1) if len(auth.fields) > 1 else ""
            header, value = "Authorization", f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
        case ClientCredentialsAuth() | CodeAuth():
            header, value = "Authorization", f"Bearer {_named(auth, credential, ACCESS_TOKEN)}"
        case _:
            return request
    if any(char in value for char in "\r\n\0") or not value.isascii():
        raise Reauthorize(
            "The credential holds characters that cannot be sent (a line break or a non-ASCII letter).",
            next_step="Copy the key once more from the provider and enter it again.",
        )
    return replace(request, headers={**request.headers, header: value})


def refresh_due(expires_at: datetime | None, issued_at: datetime | None, now: datetime) -> bool:
    """Whether a token should be renewed by now: at its end minus 120 s or 10 % of its life, whichever is more."""
    if expires_at is None:
        return False
    life_s = (expires_at - issued_at).total_seconds() if issued_at else 0.0
    return now >= expires_at - timedelta(seconds=max(120.0, life_s * 0.10))


def token_request(auth: ClientCredentialsAuth | CodeAuth, credential: Credential, *, token_url: str | None = None) -> HttpRequest:
    """The call that renews: a refresh for the code flow, a fresh grant for client credentials."""
    grant = {"grant_type": "client_credentials"}
    if isinstance(auth, CodeAuth):
        grant = {"grant_type": "refresh_token", "refresh_token": _named(auth, credential, REFRESH_TOKEN)}
    elif auth.scopes:
        grant["scope"] = " ".join(auth.scopes)
    return _token_call(auth, credential, grant, token_url)


def code_request(
    auth: CodeAuth, credential: Credential, *, code: str, redirect_uri: str, verifier: str | None = None, token_url: str | None = None
) -> HttpRequest:
    """The call that turns an authorisation code into tokens."""
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return _token_call(auth, credential, {**grant, "code_verifier": verifier} if verifier else grant, token_url)


def parse_token(auth: ClientCredentialsAuth | CodeAuth, response: HttpResponse, now: datetime) -> Token:
    """The tokens of a token answer.

    Raises:
        Reauthorize: the grant is dead (`invalid_grant` and its kin, also in a 200 that says `ok: false`).
        ConfigurationError: the client id or secret of the OAuth app is wrong.
        ProviderUnavailable: 5xx or 429; the same grant may be tried again.
        BadResponse: a success that holds no access token.
    """
    try:
        body = json.loads(response.body)
    except OrionError:
        body = {}
    body = body if isinstance(body, dict) else {}
    token = body.get(ACCESS_TOKEN)
    if response.status < 300 and isinstance(token, str) and token and body.get("ok", True):
        seconds = body.get("expires_in", auth.default_expires_s)
        expires = now + timedelta(seconds=float(seconds)) if isinstance(seconds, (int, float, str)) and _number(seconds) else None
        refresh = body.get(REFRESH_TOKEN)
        scope = body.get("scope") or body.get("scopes") or ""
        scopes = tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else tuple(map(str, scope))
        hidden = {ACCESS_TOKEN, REFRESH_TOKEN, "id_token"}
        return Token(
            Secret(token),
            Secret(refresh) if isinstance(refresh, str) and refresh else None,
            expires,
            scopes,
            {key: value for key, value in body.items() if key not in hidden},
        )
    raise _token_error(response.status, body)


def _token_error(status: int, body: dict[str, Any]) -> ConnectorError | ConfigurationError:
    codes = {str(body.get(key)) for key in ("error", "status", "category", "code")}
    said = redact_text(str(body.get("error_description") or body.get("message") or body.get("error") or "no reason given"))[:200]
    detail = {"status": status, "provider_code": ", ".join(sorted(codes - {"None"}))}
    if codes & WRONG_CLIENT:
        return ConfigurationError(
            f"The provider does not accept the OAuth app's client id or secret: {said}.",
            detail=detail,
            next_step="Correct the client id and secret of the OAuth app.",
        )
    if codes & DEAD_GRANT:
        return Reauthorize(
            f"The provider ended this sign-in: {said}.",
            detail=detail,
            next_step="Open the connection and sign in again. Stored records stay.",
        )
    if status >= 500 or status in (408, 429):
        return ProviderUnavailable(f"The provider's token service answered {status}: {said}.", detail=detail)
    if status < 300:
        return BadResponse("The token service answered without an access token.", detail=detail)
    return Reauthorize(f"The provider refused to renew the sign-in ({status}): {said}.", detail=detail)


def _token_call(
    auth: ClientCredentialsAuth | CodeAuth, credential: Credential, grant: dict[str, str], token_url: str | None
) -> HttpRequest:
    client_id, client_secret = _named(auth, credential, "client_id"), _named(auth, credential, "client_secret")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    form = {**grant, **auth.token_params}
    if auth.client_auth == "basic":
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client_id, "client_secret": client_secret}
    return HttpRequest(
        "POST",
        token_url or auth.token_url,
        headers=headers,
        body=urlencode(form).encode(),
        timeout_s=TOKEN_DEADLINE_S,
        lane="person",
        idempotent=False,
    )


def _value(auth: AuthSpec, credential: Credential, index: int) -> str:
    item = auth.fields[index]
    found = credential.get(item.name)
    if found is None and item.required:
        raise Reauthorize(f"The credential has no {item.title.lower()}.")
    return found.reveal().strip() if found else ""


def _named(auth: AuthSpec, credential: Credential, name: str) -> str:
    found = credential.get(name)
    if found is None:
        raise Reauthorize(f"The credential has no {name.replace('_', ' ')} (kind {auth.kind}).")
    return found.reveal().strip()


def _number(value: float | str) -> bool:
    try:
        return 0 < float(value) < 10**10
    except ValueError:
        return False
