"""Recorded exchanges of the real services: those with a unified model map without loss, all others pass paging, errors and raw."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orion_core.base import errors as tree
from orion_core.base.kit.redact import redact_text
from orion_core.engine.connector import adapters
from orion_core.engine.connector.errors import error_from
from orion_core.engine.connector.http import HttpRequest
from orion_core.engine.connector.pages import PageDecoder
from orion_core.engine.connector.testing import reply
from orion_core.engine.mapping import compile_mapping
from tests.engine.adapters.fake_provider import connect
from tests.engine.adapters.laws import lost_leaves, unwritten

FOLDER = Path(os.environ.get("ORION_EVIDENCE", Path(__file__).parents[4] / "shared" / "evidence")) / "payloads"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"no recorded payloads at {FOLDER}")
SLUGS = ("stripe", "hubspot")
STRIPE_STREAMS = {"customer": "customers", "invoice": "invoices", "payment_intent": "payments", "product": "products", "event": "events"}
RECORDS_PATH = {"stripe": "data", "hubspot": "results"}


def exchanges() -> Iterator[Any]:
    for slug in SLUGS:
        for file in sorted((FOLDER / slug).glob("[!_]*.json")) if FOLDER.exists() else []:
            document = json.loads(file.read_text())
            for number, exchange in enumerate(document.get("exchanges", [])):
                yield pytest.param(slug, exchange, id=f"{slug}-{file.stem}-{number}")


def stripe_objects(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if "id" in value and value.get("object") in STRIPE_STREAMS and not value.get("deleted"):
            yield STRIPE_STREAMS[value["object"]], value
        for item in value.values():
            yield from stripe_objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from stripe_objects(item)


def mapped_objects() -> Iterator[Any]:
    for parameter in exchanges():
        slug, exchange = parameter.values
        found: list[tuple[str, dict[str, Any]]] = []
        if slug == "stripe":
            found = list(stripe_objects(exchange["response"]))
        else:
            kind = exchange["path"].partition("/objects/")[2].split("/")[0]
            known = {stream.name for stream in adapters()["hubspot"].spec.streams}
            response = exchange["response"] if isinstance(exchange["response"], dict) else {}
            found = [(kind, item) for item in response.get("results", [response]) if "id" in item] if kind in known else []
        for number, (stream, record) in enumerate(found):
            yield pytest.param(slug, stream, record, id=f"{parameter.id}-{stream}-{number}")
    resources = json.loads((FOLDER / "stripe" / "fixtures3.json").read_text())["resources"] if FOLDER.exists() else {}
    for name, value in resources.items():
        for number, (stream, record) in enumerate(stripe_objects(value)):
            yield pytest.param("stripe", stream, record, id=f"fixture-{name}-{stream}-{number}")


@pytest.mark.parametrize(("slug", "stream", "record"), mapped_objects())
async def test_maps_without_losing_a_field(slug: str, stream: str, record: dict[str, Any]) -> None:
    source, _ = connect(adapters()[slug], lambda request: reply({}, 404))
    compiled = source.mapping(stream)
    assert compiled is not None
    mapped = compiled.to_unified(record)
    assert lost_leaves(record, compiled.mapping, mapped) == []
    assert not [flag for flag in mapped.flags if not flag.endswith("email_malformed")]
    model = await source.to_unified(record, stream=stream)
    assert model.remote_id == str(record["id"])
    assert unwritten(record, await source.from_unified(model, stream=stream), compiled) == []


def is_list(slug: str, exchange: dict[str, Any]) -> bool:
    return isinstance(exchange["response"], dict) and isinstance(exchange["response"].get(RECORDS_PATH[slug]), list)


@pytest.mark.parametrize(("slug", "exchange"), [item for item in exchanges() if is_list(*item.values)])
async def test_lists_are_cut_and_kept_as_sent(slug: str, exchange: dict[str, Any]) -> None:
    response, path = exchange["response"], RECORDS_PATH[slug]
    records = [item for item in response[path] if isinstance(item, dict) and "__truncated__" not in item]
    split = PageDecoder(path, "id", None, ("has_more", "paging.next.after")).split(json.dumps({**response, path: records}).encode())
    assert [json.loads(item) for item in split.records] == records and split.poison == []
    assert split.ids == [str(item["id"]) for item in records]


@pytest.mark.parametrize(("slug", "exchange"), exchanges())
async def test_single_objects_are_fetched_or_refused(slug: str, exchange: dict[str, Any]) -> None:
    source, http = connect(adapters()[slug], lambda request: reply(exchange["response"] if exchange["response"] != "" else None, exchange["status"]))
    answer = await source.passthrough(exchange["method"], exchange["path"])
    assert answer.status == exchange["status"] and http.requests[0].url.endswith(exchange["path"])


@pytest.mark.parametrize("slug", SLUGS)
def test_recorded_errors_say_what_to_do(slug: str) -> None:
    spec = adapters()[slug].spec
    kinds = {400: tree.RemoteRejected, 401: tree.Reauthorize, 403: tree.PermissionMissing, 429: tree.RateLimited}
    for recorded in json.loads((FOLDER / slug / "_errors.json").read_text()):
        error = error_from(spec, HttpRequest("GET", spec.base_url + "/x"), reply(recorded["body"], recorded["status"]))
        assert isinstance(error, kinds[recorded["status"]]), recorded
        said = recorded["body"].get("message") or recorded["body"]["error"]["message"]
        assert redact_text(said) in error.message


def test_every_stripe_fixture_with_a_model_is_mapped() -> None:
    resources = json.loads((FOLDER / "stripe" / "fixtures3.json").read_text())["resources"]
    spec = adapters()["stripe"].spec
    for kind, stream in STRIPE_STREAMS.items():
        mapping = spec.stream(stream).mapping
        assert mapping is not None and compile_mapping(mapping).to_unified(resources[kind]).fields["remote_id"] == resources[kind]["id"]
