"""What every adapter keeps, without test code of its own: one folder, one sample file a stream, and it is tested here.

Samples: `samples/<folder>/<stream>.json`, a list of records in the shape the provider sends.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from orion_core.base import errors as tree
from orion_core.base.errors import ConnectorError
from orion_core.engine import adapters as package
from orion_core.engine.connector import AdapterCapability, BaseAdapter, HttpResponse, StreamSpec, adapters, load_spec
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.registry import AdapterNotFound, get_adapter, register_adapter
from orion_core.engine.connector.testing import reply
from orion_core.engine.connector.webhooks import SCHEMES
from orion_core.engine.mapping import check, compile_mapping
from orion_core.engine.schema import MODELS
from tests.engine.adapters.fake_provider import CANARY, Provider, connect, numbered
from tests.engine.adapters.laws import lost_leaves, unwritten

HERE = Path(__file__).parent
FOLDERS = Path(package.__path__[0])
ALL = adapters()
STREAMS = [pytest.param(adapter, stream, id=f"{slug}-{stream.name}") for slug, adapter in ALL.items() for stream in adapter.spec.streams]
ADAPTERS = [pytest.param(adapter, id=slug) for slug, adapter in ALL.items()]
every_adapter = pytest.mark.parametrize("adapter", ADAPTERS)
every_stream = pytest.mark.parametrize(("adapter", "stream"), STREAMS)
Adapter = type[BaseAdapter[Any]]

RULES = {
    "bronze": {"contract-suite", "check-before-save", "readme", "docs-url", "sample-records"},
    "silver": {"incremental", "reauthorize", "rate-limits", "deletes-seen"},
    "gold": {"webhooks-verified", "custom-fields", "windows", "writes-idempotent", "batch-writes"},
}
STATUS = [(401, tree.Reauthorize), (403, tree.PermissionMissing), (404, tree.RemoteNotFound), (429, tree.RateLimited),
          (500, tree.ProviderUnavailable), (502, tree.ProviderUnavailable), (503, tree.ProviderUnavailable)]


def folder(adapter: Adapter) -> Path:
    return FOLDERS / adapter.spec.slug.replace("-", "_")


def samples(adapter: Adapter, stream: StreamSpec) -> list[dict[str, Any]]:
    file = HERE / "samples" / folder(adapter).name / f"{stream.name}.json"
    if not file.exists():
        return [{}]
    found: list[dict[str, Any]] = json.loads(file.read_text())
    return found


# The folder ------------------------------------------------------------------------------------------------------------------------


@every_adapter
def test_the_folder_is_complete(adapter: Adapter) -> None:
    assert adapter.__module__ == f"{package.__name__}.{folder(adapter).name}.adapter"
    for name in ("__init__.py", "spec.py", "mapping.py", "quality.yaml", "README.md"):
        assert (folder(adapter) / name).stat().st_size, name
    assert len((folder(adapter) / "README.md").read_text().split()) > 20


@every_adapter
def test_quality_is_answered(adapter: Adapter) -> None:
    answers = yaml.safe_load((folder(adapter) / "quality.yaml").read_text())
    assert {level: set(rules) for level, rules in answers.items()} == RULES
    for rules in answers.values():
        for rule, answer in rules.items():
            word, _, reason = answer.partition(":")
            assert word in ("done", "todo", "exempt") and (word == "done") != bool(reason.strip()), f"{rule}: {answer}"
    gold = {rule: answer == "done" for rules in answers.values() for rule, answer in rules.items()}
    streams = adapter.spec.streams
    assert gold["windows"] == any(stream.windows for stream in streams)
    assert gold["incremental"] == any(stream.cursor for stream in streams)
    assert gold["webhooks-verified"] == (adapter.spec.webhooks is not None)
    assert gold["batch-writes"] == any(stream.write and stream.write.batch for stream in streams)


@every_adapter
def test_the_spec_is_data(adapter: Adapter) -> None:
    spec = adapter.spec
    assert load_spec(json.dumps(spec.to_json())) == spec
    assert get_adapter(spec.slug) is adapter and spec.slug.replace("-", "_") == folder(adapter).name
    assert spec.docs_url.startswith("https://") and spec.description.endswith(".")
    assert spec.base_url.startswith("https://")
    for auth in spec.auth:
        assert auth.kind == "none" or (auth.help_url.startswith("https://") and auth.fields)
        assert all(field.title and field.name.isidentifier() for field in auth.fields)
    assert spec.rate_limit.requests > 0 and spec.rate_limit.per_s > 0


@every_adapter
def test_what_it_says_it_can_is_what_it_can(adapter: Adapter) -> None:
    spec = adapter.spec
    can = set(spec.capabilities)
    assert AdapterCapability.READ in can
    assert (AdapterCapability.WRITE in can) == any(stream.write for stream in spec.streams)
    assert (AdapterCapability.BATCH in can) == any(stream.write and stream.write.batch for stream in spec.streams)
    assert (AdapterCapability.WEBHOOK in can) == (spec.webhooks is not None)
    if spec.webhooks is not None:
        assert spec.webhooks.signature.scheme in SCHEMES


def test_an_unknown_slug_lists_the_known() -> None:
    with pytest.raises(AdapterNotFound) as caught:
        get_adapter("no-such")
    assert all(slug in caught.value.message for slug in ALL)


def test_two_adapters_may_not_share_a_slug() -> None:
    stripe = get_adapter("stripe")
    with pytest.raises(tree.ConfigurationError, match="Two adapters"):
        register_adapter("stripe")(type("Other", (BaseAdapter,), {"spec": stripe.spec}))
    with pytest.raises(tree.ConfigurationError, match="its spec says 'stripe'"):
        register_adapter("strype")(stripe)
    assert register_adapter("stripe")(stripe) is stripe


# The mapping -----------------------------------------------------------------------------------------------------------------------


@every_stream
def test_rules_target_the_model(adapter: Adapter, stream: StreamSpec) -> None:
    assert (stream.model is None) == (stream.mapping is None)
    if stream.mapping is None:
        return
    assert stream.model in MODELS and stream.mapping.model == stream.model
    assert check(stream.mapping) == {}
    assert any(rule.field == "remote_id" for rule in stream.mapping.rules)


@every_stream
async def test_samples_map_without_loss_and_come_back(adapter: Adapter, stream: StreamSpec) -> None:
    if stream.mapping is None:
        pytest.skip("the stream has no unified model")
    records = samples(adapter, stream)
    assert records != [{}], f"no samples/{folder(adapter).name}/{stream.name}.json"
    source, _ = connect(adapter, lambda request: reply({}, 404))
    compiled = source.mapping(stream.name)
    assert compiled is not None
    for raw in records:
        mapped = compiled.to_unified(raw)
        assert lost_leaves(raw, compiled.mapping, mapped) == []
        model = await source.to_unified(raw, stream=stream.name)
        assert model.remote_id == str(dig(raw, stream.id_path)) and model.raw == raw and model.connection_id == "conn_1"
        body = await source.from_unified(model, stream=stream.name)
        assert unwritten(raw, body, compiled) == []


@every_stream
def test_provenance_of_every_mapped_field(adapter: Adapter, stream: StreamSpec) -> None:
    if stream.mapping is None:
        pytest.skip("the stream has no unified model")
    compiled = compile_mapping(stream.mapping)
    for raw in samples(adapter, stream):
        for field in compiled.to_unified(raw).fields:
            told = compiled.provenance()
            assert any(item.field.split(".")[0].removesuffix("[]") == field for item in told), field


# Reading ---------------------------------------------------------------------------------------------------------------------------


@every_stream
@pytest.mark.parametrize("count", [0, 1, 3, 10])
async def test_every_page_once(adapter: Adapter, stream: StreamSpec, count: int) -> None:
    provider = Provider(stream, numbered(samples(adapter, stream), stream.id_path, count))
    source, _ = connect(adapter, provider)
    pages = [page async for page in source.fetch(stream.name)]
    ids = [identity for page in pages for identity in page.ids]
    assert ids == [str(1000 + number) for number in range(count)]
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(len(page.records) == len(page.ids) and page.requests for page in pages)
    assert all(str(dig(json.loads(data), stream.id_path)) == identity for page in pages for data, identity in zip(page.records, page.ids, strict=True))
    assert len({(request.full_url(), request.body) for request in provider.listed}) == len(provider.listed)
    if stream.cursor is not None:
        json.dumps([page.cursor for page in pages])


@every_stream
async def test_a_read_goes_on_after_any_page(adapter: Adapter, stream: StreamSpec) -> None:
    records = numbered(samples(adapter, stream), stream.id_path, 10)
    source, _ = connect(adapter, Provider(stream, records))
    pages = [page async for page in source.fetch(stream.name)]
    for index, page in enumerate(pages[:-1]):
        source, _ = connect(adapter, Provider(stream, records))
        rest = [more async for more in source.fetch(stream.name, resume=json.loads(json.dumps(page.resume)))]
        assert [more.ids for more in rest] == [more.ids for more in pages[index + 1:]]
        assert rest[-1].complete and rest[-1].cursor == pages[-1].cursor


@every_stream
async def test_a_page_loop_raises(adapter: Adapter, stream: StreamSpec) -> None:
    if stream.pagination.kind == "none":
        pytest.skip("one page")
    source, _ = connect(adapter, Provider(stream, numbered(samples(adapter, stream), stream.id_path, 10), broken=True))
    with pytest.raises(tree.BadResponse, match="circle"):
        async for _ in source.fetch(stream.name):
            pass


@every_stream
async def test_one_bad_record_does_not_stop_the_rest(adapter: Adapter, stream: StreamSpec) -> None:
    records: list[Any] = numbered(samples(adapter, stream), stream.id_path, 9)
    records[4] = {"no": "id"}
    source, _ = connect(adapter, Provider(stream, records))
    pages = [page async for page in source.fetch(stream.name)]
    assert sum(len(page.ids) for page in pages) == 8 and sum(len(page.poison) for page in pages) == 1


@every_stream
async def test_a_record_by_id(adapter: Adapter, stream: StreamSpec) -> None:
    [record] = numbered(samples(adapter, stream), stream.id_path, 1)
    source, _ = connect(adapter, lambda request: reply(record) if request.url.endswith("/1000") else reply({"results": [], "data": []}))
    found = await source.fetch_one(stream.name, "1000")
    assert found is not None and str(dig(json.loads(found), stream.id_path)) == "1000"
    gone, _ = connect(adapter, lambda request: reply({}, 404))
    assert await gone.fetch_one(stream.name, "1000") is None


@every_stream
async def test_windows_are_asked_for(adapter: Adapter, stream: StreamSpec) -> None:
    source, http = connect(adapter, Provider(stream, numbered(samples(adapter, stream), stream.id_path, 2)))
    windows = source.windows(stream.name, n=4)
    assert bool(windows) == (stream.windows is not None)
    for window in windows:
        async for _ in source.fetch(stream.name, window=window):
            pass
    if stream.windows is not None:
        sent = [{name for name, _ in request.params} & {stream.windows.gte_param, stream.windows.lt_param} for request in http.requests]
        assert [len(names) for names in sent] == [1, 2, 2, 1]


# Errors ----------------------------------------------------------------------------------------------------------------------------


@every_adapter
@pytest.mark.parametrize(("status", "kind"), STATUS)
async def test_status_says_what_to_do(adapter: Adapter, status: int, kind: type[ConnectorError]) -> None:
    source, _ = connect(adapter, lambda request: reply({"message": f"no {CANARY}", "error": {"message": f"no {CANARY}"}}, status, {"retry-after": "17"}))
    with pytest.raises(kind) as caught:
        await source.check()
    assert caught.value.next_step and adapter.spec.name in caught.value.message
    if isinstance(caught.value, tree.RetryLater):
        assert caught.value.after_s == 17
    assert CANARY not in json.dumps(caught.value.as_dict()) + repr(caught.value)


@every_adapter
@pytest.mark.parametrize("response", [
    HttpResponse(200, {"content-type": "text/html"}, b"<!doctype html><title>Sign in</title>"), HttpResponse(404, {"content-type": "text/html"}, b"<html>"),
    HttpResponse(200, {}, b""), HttpResponse(200, {}, b'{"canary-secret-4242": true}'), HttpResponse(302, {"location": "/login"}, b""),
    HttpResponse(200, {}, b'"text"'), HttpResponse(200, {}, b"[" * 50_000),
], ids=["page", "page404", "empty", "other", "redirect", "text", "deep"])
async def test_a_wrong_address_is_told_apart(adapter: Adapter, response: HttpResponse) -> None:
    source, _ = connect(adapter, lambda request: response)
    with pytest.raises(tree.BadResponse) as caught:
        await source.check()
    assert "base URL" in caught.value.message + caught.value.next_step


@every_adapter
@pytest.mark.parametrize("cut", [1, 20, 60])
async def test_a_body_cut_short_is_tried_again(adapter: Adapter, cut: int) -> None:
    stream = adapter.spec.stream(adapter.spec.test_stream or adapter.spec.streams[0].name)
    whole = Provider(stream, numbered(samples(adapter, stream), stream.id_path, 3))

    def handler(request: Any) -> HttpResponse:
        response = whole(request)
        return HttpResponse(response.status, response.headers, response.body[:-cut]) if whole.listed else response

    source, _ = connect(adapter, handler)
    with pytest.raises(tree.ProviderUnavailable, match="cut short"):
        async for _ in source.fetch(stream.name):
            pass


@every_adapter
async def test_secrets_do_not_show(adapter: Adapter) -> None:
    stream = adapter.spec.streams[0]
    source, http = connect(adapter, Provider(stream, numbered(samples(adapter, stream), stream.id_path, 4)))
    pages = [page async for page in source.fetch(stream.name)]
    shown = repr(source) + repr(source.config) + repr(http.requests) + repr([page.requests for page in pages]) + repr(vars(source))
    assert CANARY not in shown
    if adapter.spec.auth[0].kind != "none":
        assert CANARY in repr([request.headers for request in http.requests]) + repr([request.params for request in http.requests])


@every_adapter
async def test_the_connection_test_is_one_list_call_of_one_record(adapter: Adapter) -> None:
    stream = adapter.spec.stream(adapter.spec.test_stream or adapter.spec.streams[0].name)
    provider = Provider(stream, numbered(samples(adapter, stream), stream.id_path, 3))
    source, http = connect(adapter, provider)
    await source.check()
    assert len(provider.listed) == 1 and http.requests[0].url.endswith(stream.path)
    if stream.pagination.limit_param:
        assert "1" in {value for name, value in http.requests[0].params if name == stream.pagination.limit_param} | {
            str(json.loads(http.requests[0].body or b"{}").get(stream.pagination.limit_param))}
