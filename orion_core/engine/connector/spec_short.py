"""The short form of a connector description: seven keys, the rest has defaults.

{"name": "Acme", "description": "…", "api_base_url": "https://api.acme.example", "auth_type": "bearer",
 "endpoints": [{"name": "people", "path": "/people", "records_path": "items", "model": "customer"}],
 "field_mappings": {"people": {"email": "mail", "name": "full_name"}}}
"""

from __future__ import annotations

import re
from typing import Any

SHORT_KEYS = frozenset({"api_base_url", "auth_type", "endpoints", "field_mappings"})
# Other words people use for a way to sign in.
AUTH_WORDS = {
    "oauth2": "oauth2_code",
    "oauth": "oauth2_code",
    "apikey": "api_key",
    "token": "bearer",
    "client_credentials": "oauth2_client_credentials",
}


def from_short_form(data: dict[str, Any]) -> dict[str, Any]:
    """The long form of a short description. Keys of the long form stay and win."""
    rest = {key: value for key, value in data.items() if key not in SHORT_KEYS}
    mappings = data.get("field_mappings") or {}
    long: dict[str, Any] = {}
    if "name" in data:
        long["slug"] = re.sub(r"[^a-z0-9]+", "-", str(data["name"]).lower()).strip("-")
    if "api_base_url" in data:
        long["base_url"] = data["api_base_url"]
    if "auth_type" in data:
        word = str(data["auth_type"])
        long["auth"] = [{"kind": AUTH_WORDS.get(word, word)}]
    if "endpoints" in data:
        endpoints = data["endpoints"]
        items = [{"name": name, **value} for name, value in endpoints.items()] if isinstance(endpoints, dict) else list(endpoints)
        long["streams"] = [_stream(item, mappings) for item in items]
    return {**long, **rest}


def _stream(item: Any, mappings: dict[str, Any]) -> Any:
    if not isinstance(item, dict):
        return item
    fields = mappings.get(item.get("name", ""), {})
    if not fields or "mapping" in item:
        return item
    rules = [{"field": field, **(path if isinstance(path, dict) else {"path": path})} for field, path in fields.items()]
    return {**item, "mapping": {"model": item.get("model"), "rules": rules, "custom": [""]}}
