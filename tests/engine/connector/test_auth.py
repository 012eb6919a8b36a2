"""Credentials on requests, token calls: no network at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import TypeAdapter

from orion_core.base import errors as tree
from orion_core.base.kit.redact import Secret
from orion_core.engine.connector import auth as sign
from orion_core.engine.connector.http import HttpRequest
from orion_core.engine.connector.spec_auth import AuthSpec, ClientCredentialsAuth, CodeAuth
from orion_core.engine.connector.testing import reply

NOW = datetime(2026, 5, 26, 12, 0, tzinfo=UTC)
CODE = CodeAuth(authorize_url="https://p.example/authorize", token_url="https://p.example/token")
SECRETS = {name: Secret(value) for name, value in {
    "client_id": "id", "client_secret": "s&cret", "refresh_token": "r1", "access_token": "acc3ss", "api_key": "kkkkk9", "token": "t0ken9", "username": "u", "password": "p:w",
}.items()}


def auth(**data: Any) -> AuthSpec:
    made: AuthSpec = TypeAdapter(AuthSpec).validate_python(data)
    return made


@pytest.mark.parametrize(("data", "header", "value"), [
    ({"kind": "api_key"}, "X-API-Key", "kkkkk9"),
    ({"kind": "api_key", "name": "Authorization", "prefix": "Token "}, "Authorization", "Token kkkkk9"),
    ({"kind": "bearer"}, "Authorization", "Bearer t0ken9"),
    ({"kind": "basic"}, "Authorization", "Basic dTpwOnc="),
    ({"kind": "oauth2_client_credentials", "token_url": "https://p.example/t"}, "Authorization", "Bearer acc3ss"),
])
def test_header(data: dict[str, Any], header: str, value: str) -> None:
    request = HttpRequest("GET", "https://p.example/")
    signed = sign.apply(auth(**data), SECRETS, request)
    assert signed.headers == {header: value} and request.headers == {}
    assert value.rpartition(" ")[2] not in repr(signed)


def test_query_key_and_none() -> None:
    request = HttpRequest("GET", "https://p.example/", [("a", "1")])
    assert sign.apply(auth(kind="api_key", location="query", name="hapikey"), SECRETS, request).params == [("a", "1"), ("hapikey", "kkkkk9")]
    assert sign.apply(auth(kind="none"), {}, request) is request


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "käse", "nul\0"])
def test_what_cannot_be_sent_is_refused(value: str) -> None:
    with pytest.raises(tree.Reauthorize) as caught:
        sign.apply(auth(kind="bearer"), {"token": Secret(value)}, HttpRequest("GET", "https://p.example/"))
    assert value not in str(caught.value)


def test_missing_field_is_named() -> None:
    with pytest.raises(tree.Reauthorize, match="access token"):
        sign.apply(auth(kind="bearer"), {}, HttpRequest("GET", "https://p.example/"))


@pytest.mark.parametrize(("life_s", "left_s", "due"), [(1800, 181, False), (1800, 180, True), (600, 121, False), (600, 120, True), (86400, 8641, False), (86400, 8640, True)])
def test_refresh_is_due(life_s: int, left_s: int, due: bool) -> None:
    expires = NOW + timedelta(seconds=left_s)
    assert sign.refresh_due(expires, expires - timedelta(seconds=life_s), NOW) is due
    assert sign.refresh_due(None, None, NOW) is False


def test_token_calls() -> None:
    refresh = sign.token_request(CODE, SECRETS)
    assert parse_qs((refresh.body or b"").decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["r1"], "client_id": ["id"], "client_secret": ["s&cret"]}
    assert refresh.timeout_s == 20 and not refresh.idempotent
    basic = sign.token_request(CODE.model_copy(update={"client_auth": "basic"}), SECRETS, token_url="https://lab/token")
    assert basic.headers["Authorization"].startswith("Basic ") and basic.url == "https://lab/token" and b"cret" not in (basic.body or b"")
    client = ClientCredentialsAuth(token_url="https://p.example/token", scopes=("a", "b"))
    assert parse_qs((sign.token_request(client, SECRETS).body or b"").decode())["scope"] == ["a b"]
    code = sign.code_request(CODE, SECRETS, code="c", redirect_uri="https://o/cb", verifier="v")
    assert parse_qs((code.body or b"").decode())["code_verifier"] == ["v"]


def test_token_answers() -> None:
    token = sign.parse_token(CODE, reply({"access_token": "a2", "refresh_token": "r2", "expires_in": 1800, "scope": "x y", "hub_id": 7}), NOW)
    assert token.access_token.reveal() == "a2" and token.expires_at == NOW + timedelta(seconds=1800)
    assert token.scopes == ("x", "y") and token.extra["hub_id"] == 7 and "a2" not in repr(token)
    merged = token.merged_into(SECRETS)
    assert (merged["refresh_token"].reveal(), merged["client_id"].reveal()) == ("r2", "id")
    kept = sign.parse_token(CODE, reply({"access_token": "a3"}), NOW)
    assert kept.expires_at is None and kept.merged_into(SECRETS)["refresh_token"].reveal() == "r1"


@pytest.mark.parametrize(("status", "body", "kind"), [
    (400, {"error": "invalid_grant"}, tree.Reauthorize), (400, {"status": "BAD_REFRESH_TOKEN"}, tree.Reauthorize),
    (200, {"ok": False, "error": "token_revoked"}, tree.Reauthorize), (401, {"error": "invalid_client"}, tree.ConfigurationError),
    (503, b"<html>", tree.ProviderUnavailable), (429, {}, tree.ProviderUnavailable), (200, {}, tree.BadResponse), (200, [1], tree.BadResponse),
    (403, {"message": "no"}, tree.Reauthorize),
])
def test_token_errors(status: int, body: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        sign.parse_token(CODE, reply(body, status), NOW)
