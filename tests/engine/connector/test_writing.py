"""Writes: bodies, keys, an outcome for each row."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from orion_core.base import errors as tree
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.spec import load_spec
from orion_core.engine.connector.testing import FakeHttp, reply, script
from orion_core.engine.connector.types import AdapterConfig
from orion_core.engine.connector.writer import form_encode
from orion_core.engine.schema import UnifiedBase

WRITE = {"create": {"path": "/items"}, "update": {"method": "PATCH", "path": "/items/{id}"}, "delete": {"method": "DELETE", "path": "/items/{id}"},
         "idempotency_header": "Idempotency-Key"}


def adapter(handler: Any, **write: Any) -> tuple[BaseAdapter[UnifiedBase], FakeHttp]:
    made = load_spec({"slug": "acme", "name": "Acme", "base_url": "https://api.acme.example",
                      "streams": [{"name": "items", "path": "/items", "write": {**WRITE, **write}}, {"name": "fixed", "path": "/fixed"}]})

    class Acme(BaseAdapter[UnifiedBase]):
        spec = made

    http = FakeHttp(handler)
    return Acme(AdapterConfig(), http), http


def test_bracket_form() -> None:
    fields = {"name": "A & B", "address": {"city": "Köln", "line2": None}, "list": ["x", {"y": True}], "n": 3, "off": False, "empty": {}}
    assert form_encode(fields) == [("name", "A & B"), ("address[city]", "Köln"), ("address[line2]", ""), ("list[0]", "x"), ("list[1][y]", "true"), ("n", "3"), ("off", "false")]


async def test_create_update_delete() -> None:
    source, http = adapter(script(reply({"id": 7}), reply({"id": 7}), reply(None, 204), reply({}, 404)), encoding="form")
    made = await source.create("items", {"a": {"b": "ü"}}, idempotency_key="key-1")
    assert (made.remote_id, made.created) == ("7", True)
    assert parse_qsl((http.requests[0].body or b"").decode()) == [("a[b]", "ü")]
    assert http.requests[0].headers["Idempotency-Key"] == "key-1" and http.requests[0].idempotent
    await source.update("items", "a/7", {"a": None})
    assert http.requests[1].url.endswith("/items/a%2F7") and not http.requests[1].idempotent
    assert await source.delete("items", "7") is True
    assert await source.delete("items", "7") is False
    assert {request.lane for request in http.requests} == {"person"}


async def test_envelope_and_record_path() -> None:
    source, http = adapter(script(reply({"item": {"id": "9"}})), envelope="item", record_path="item")
    assert (await source.create("items", {"a": 1})).remote_id == "9"
    assert json.loads(http.requests[0].body or b"") == {"item": {"a": 1}}


async def test_what_cannot_be_written_is_said() -> None:
    source, http = adapter(script(reply({})))
    with pytest.raises(tree.InvalidInput, match="cannot create"):
        await source.create("fixed", {})
    with pytest.raises(tree.InvalidInput, match="id"):
        await source.update("items", "", {})
    with pytest.raises(tree.InvalidInput, match="upsert"):
        await source.write_batch("items", [], mode="upsert")
    assert http.requests == []
    with pytest.raises(tree.BadResponse, match="did not say its id"):
        await source.create("items", {})


async def test_rows_one_by_one() -> None:
    source, _ = adapter(script(reply({"id": "1"}), reply({"message": "bad name"}, 422), reply({"id": "3"})))
    outcomes = await source.write_batch("items", [{"fields": {"n": number}} for number in range(3)])
    assert [(row.index, row.ok, row.remote_id) for row in outcomes] == [(0, True, "1"), (1, False, None), (2, True, "3")]
    assert isinstance(outcomes[1].error, tree.RemoteRejected) and "bad name" in outcomes[1].error.message


async def test_a_limit_ends_the_run_and_the_rest_is_told_to_wait() -> None:
    source, http = adapter(script(reply({"id": "1"}), reply({}, 429, {"retry-after": "9"})))
    outcomes = await source.write_batch("items", [{"fields": {}, "remote_id": str(number)} for number in range(4)], mode="update")
    assert [row.ok for row in outcomes] == [True, False, False, False] and len(http.requests) == 2
    assert all(isinstance(row.error, tree.RateLimited) and row.error.after_s == 9 for row in outcomes[1:])
