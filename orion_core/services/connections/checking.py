"""What people enter when they connect, checked before anything is called or stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from orion_core.base.errors import InvalidInput
from orion_core.base.kit.redact import Secret, redact_url
from orion_core.engine.connector import ConnectorSpec
from orion_core.services.connections.types import NewConnection


def credential(spec: ConnectorSpec, new: NewConnection) -> dict[str, Secret]:
    """The fields of a credential, cleaned.

    Raises:
        InvalidInput: a field is missing, unknown, or does not look like one; `detail["fields"]` names each.
    """
    auth = spec.auth_of(new.auth_kind)
    allowed = {item.name: item for item in auth.fields} | (
        {"refresh_token": None, "access_token": None} if auth.kind.startswith("oauth2") else {}
    )
    wrong: dict[str, str] = {
        name: f"not a field of {spec.name}; it has: {', '.join(allowed)}" for name in new.credential if name not in allowed
    }
    for item in auth.fields:
        value = new.credential.get(item.name, "").strip()
        if item.required and not value:
            wrong[item.name] = f"enter the {item.title}"
        elif value and item.pattern and not _matches(item.pattern, value):
            wrong[item.name] = f"this does not look like a {item.title}" + (
                f" (for example {item.placeholder})" if item.placeholder else ""
            )
    if wrong:
        name, why = next(iter(wrong.items()))
        raise InvalidInput(f"{name}: {why}.", next_step="Correct the marked fields.", detail={"fields": wrong})
    return {name: Secret(value.strip()) for name, value in new.credential.items() if value.strip()}


def config(spec: ConnectorSpec, streams: Sequence[str] | None, exclude: Mapping[str, Sequence[str]], backfill_start: str) -> dict[str, Any]:
    """What a connection reads, checked.

    Raises:
        InvalidInput: a stream is unknown, none is chosen, the date is none, or an id would be left out.
    """
    known = [stream.name for stream in spec.streams]
    unknown = [name for name in [*(streams or ()), *exclude] if name not in known]
    if unknown:
        raise InvalidInput(
            f"{spec.name} has no stream {', '.join(unknown)}. It has: {', '.join(known)}.", detail={"fields": {"streams": "unknown"}}
        )
    if streams is not None and not streams:
        raise InvalidInput("Choose at least one stream.", detail={"fields": {"streams": "choose at least one"}})
    if backfill_start:
        try:
            date.fromisoformat(backfill_start)
        except ValueError as error:
            raise InvalidInput(
                "The backfill start is a date such as 2024-01-31.", detail={"fields": {"backfill_start": "not a date"}}
            ) from error
    for name, paths in exclude.items():
        if spec.stream(name).id_path in paths:
            raise InvalidInput(f"The id of {name} cannot be left out.", detail={"fields": {"exclude": "the id is needed"}})
    return {
        "streams": list(streams) if streams is not None else [stream.name for stream in spec.streams if stream.selected],
        "exclude": {name: list(paths) for name, paths in exclude.items() if paths},
        "backfill_start": backfill_start or None,
    }


def address(value: str, default: str) -> str:
    """A base URL without a trailing slash; empty where it is the connector's own."""
    text = value.strip().rstrip("/")
    if not text or text == default:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise InvalidInput(
            f"{redact_url(text)!r} is not an address such as https://api.example.com.",
            detail={"fields": {"base_url": "write the whole address, without user, query or fragment"}},
        )
    return text


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None
