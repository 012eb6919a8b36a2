"""A connector description: JSON in and out, closed, plain about what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from orion_core.base.errors import InvalidInput
from orion_core.engine.connector.spec import ConnectorSpec, load_spec

MINIMAL: dict[str, Any] = {"slug": "acme", "name": "Acme", "base_url": "https://api.acme.example", "streams": [{"name": "people", "path": "/people"}]}


def stream(**more: Any) -> dict[str, Any]:
    return {**MINIMAL, "streams": [{"name": "people", "path": "/people", **more}]}


def test_round_trip_keeps_everything() -> None:
    spec = load_spec(stream(
        pagination={"kind": "keyset", "more_path": "has_more"}, cursor={"path": "updated", "param": "since", "format": "epoch"},
        mapping={"model": "customer", "rules": [{"field": "remote_id", "path": "id"}, {"field": "email", "path": "mail"}]},
        write={"create": {"path": "/people"}},
    ))
    assert load_spec(json.dumps(spec.to_json())) == spec
    assert ConnectorSpec.model_validate(spec.model_dump(mode="json")) == spec


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        load_spec(MINIMAL).name = "Other"


@pytest.mark.parametrize(("data", "path", "words"), [
    (stream(colour="red"), "streams[0]", ["'colour'", "pagination", "records_path"]),
    (stream(pagination={"kind": "scroll"}), "streams[0].pagination", ["keyset", "next_link", "cursor"]),
    (stream(pagination={"kind": "cursor", "next_path": "n", "limit": 5}), "streams[0].pagination.cursor", ["'limit'", "limit_param"]),
    (stream(order="up"), "streams[0].order", ["asc", "desc"]),
    (stream(mapping={"model": "customer", "rules": [{"field": "emial", "path": "x"}]}), "streams[0].mapping", ["emial", "email"]),
    ({**MINIMAL, "slug": "Acme Inc"}, "slug", ["lower-case"]),
    ({**MINIMAL, "base_url": "api.acme.example"}, "base_url", ["http(s)"]),
    ({**MINIMAL, "base_url": "https://user:pw@acme.example"}, "base_url", ["without user"]),
    ({**MINIMAL, "auth": [{"kind": "magic"}]}, "auth[0]", ["bearer", "oauth2_code"]),
    ({**MINIMAL, "test_stream": "pets"}, "(top level)", ["pets", "people"]),
    ({**MINIMAL, "streams": []}, "(top level)", ["at least one"]),
    ({**MINIMAL, "streams": MINIMAL["streams"] * 2}, "(top level)", ["people", "twice"]),
    ({"name": "x"}, "slug", ["required"]),
    ([1], "(top level)", ["dictionary"]),
])
def test_errors_name_the_path_and_what_is_allowed(data: Any, path: str, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_spec(data)
    fields = caught.value.detail["fields"]
    assert path in fields
    assert all(word in fields[path] for word in words), fields[path]
    assert caught.value.next_step


def test_short_form() -> None:
    spec = load_spec({
        "name": "Acme CRM", "description": "People.", "api_base_url": "https://api.acme.example/", "auth_type": "api_key",
        "endpoints": {"people": {"path": "/people", "records_path": "items", "model": "customer"}, "pets": {"path": "/pets"}},
        "field_mappings": {"people": {"remote_id": "id", "email": "mail", "tags": {"path": "labels", "transform": "list_of"}}},
    })
    assert (spec.slug, spec.api_base_url, spec.auth_type) == ("acme-crm", "https://api.acme.example", "api_key")
    assert [item.name for item in spec.streams] == ["people", "pets"]
    mapping = spec.stream("people").mapping
    assert mapping is not None and [rule.field for rule in mapping.rules] == ["remote_id", "email", "tags"]
    assert load_spec(spec.to_json()) == spec


def test_unknown_stream_lists_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="It has: people"):
        load_spec(MINIMAL).stream("pets")
