"""Stripe's own ways: the event log, long invoices, money, keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from orion_core.base import errors as tree
from orion_core.base.kit.redact import Secret
from orion_core.engine.adapters.stripe import StripeAdapter
from orion_core.engine.adapters.stripe.adapter import WATCHES
from orion_core.engine.adapters.stripe.spec import API_VERSION
from orion_core.engine.connector import AdapterConfig, HttpRequest, HttpResponse
from orion_core.engine.connector.testing import FakeHttp, reply, script

NOW = int(datetime.now(UTC).timestamp())
SINCE = NOW - 86_400


def stripe(handler: Any, key: str = "sk_test_canary4242", **config: Any) -> tuple[StripeAdapter, FakeHttp]:
    http = FakeHttp(handler)
    return StripeAdapter(AdapterConfig("conn", credential={"api_key": Secret(key)}, **config), http), http


class Account:
    """A fake account: customers by id, an event log, and what was asked."""

    def __init__(self, customers: dict[str, dict[str, Any]], events: list[dict[str, Any]], page: int = 100) -> None:
        self.customers, self.events, self.page = customers, events, page

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path, asked = request.url.partition("api.stripe.com")[2], dict(request.params)
        if path == "/v1/events":
            types = {value for name, value in asked.items() if name.startswith("types[")}
            assert types <= set(WATCHES["customers"].types) and 0 < len(types) <= 20
            return self._list([event for event in self.events if event["type"] in types], asked)
        if path == "/v1/customers":
            return self._list(sorted(self.customers.values(), key=lambda item: -item["created"]), asked)
        found = self.customers.get(path.rpartition("/")[2])
        return reply(found) if found else reply({"id": path.rpartition("/")[2], "object": "customer", "deleted": True})

    def _list(self, records: list[dict[str, Any]], asked: dict[str, str]) -> HttpResponse:
        records = [item for item in records if item["created"] >= int(asked.get("created[gte]", 0))]
        start = next((index + 1 for index, item in enumerate(records) if item["id"] == asked.get("starting_after")), 0)
        return reply({"object": "list", "data": records[start:start + self.page], "has_more": start + self.page < len(records)},
                     headers={"date": datetime.fromtimestamp(NOW, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")})


def customer(identity: str, created: int = SINCE - 9999, **more: Any) -> dict[str, Any]:
    return {"id": identity, "object": "customer", "created": created, **more}


def event(number: int, kind: str, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": f"evt_{number}", "object": "event", "created": NOW - number, "type": kind, "data": {"object": {**target, "stale": True}}, **more}


async def changes(source: StripeAdapter, **kwargs: Any) -> tuple[list[dict[str, Any]], list[str], list[Any]]:
    pages = [page async for page in source.fetch("customers", **{"since": SINCE, **kwargs})]
    return [json.loads(record) for page in pages for record in page.records], [identity for page in pages for identity in page.deleted], pages


async def test_the_version_is_pinned_and_the_key_sent() -> None:
    source, http = stripe(script(reply({"data": [], "has_more": False})))
    await source.check()
    assert http.requests[0].headers["Stripe-Version"] == API_VERSION and http.requests[0].headers["Authorization"] == "Bearer sk_test_canary4242"


async def test_changes_are_new_objects_and_those_events_speak_of_in_their_present_state() -> None:
    account = Account(
        {"cus_new": customer("cus_new", SINCE + 50, v=1), "cus_old": customer("cus_old", v=2), "cus_same": customer("cus_same")},
        [event(1, "customer.updated", customer("cus_old")), event(2, "customer.deleted", customer("cus_gone")),
         event(3, "customer.updated", customer("cus_new", SINCE + 50)), event(4, "customer.updated", customer("cus_old")),
         event(5, "customer.updated", customer("cus_gone")), event(6, "customer.discount.created", {"id": "di_1", "customer": "cus_old"})])
    source, http = stripe(account)
    records, deleted, pages = await changes(source)
    assert [(item["id"], item.get("v")) for item in records] == [("cus_new", 1), ("cus_old", 2)]
    assert not any("stale" in item for item in records) and deleted == ["cus_gone"]
    assert pages[-1].complete and [page.complete for page in pages[:-1]] == [False] * (len(pages) - 1)
    assert pages[-1].cursor == NOW and {dict(request.params).get("created[gte]") for request in http.requests[:1]} == {str(SINCE - 60)}
    retrieved = [request.url for request in http.requests if request.url.count("/") > 4]
    assert len(retrieved) == len(set(retrieved)) == 2


async def test_a_deletion_undone_is_not_a_deletion() -> None:
    account = Account({"cus_back": customer("cus_back")}, [event(1, "customer.deleted", customer("cus_back"))])
    records, deleted, _ = await changes(stripe(account)[0])
    assert [item["id"] for item in records] == ["cus_back"] and deleted == []


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_changes_go_on_after_any_page(page: int) -> None:
    many = {f"cus_{number}": customer(f"cus_{number}", SINCE + number) for number in range(4)} | {f"cus_o{number}": customer(f"cus_o{number}") for number in range(4)}
    events = [event(number, "customer.updated", many[f"cus_o{number}"]) for number in range(4)]
    _, _, pages = await changes(stripe(Account(many, events, page))[0])
    wanted = {identity for one in pages for identity in one.ids}
    assert wanted == set(many)
    for index, one in enumerate(pages[:-1]):
        records, _, rest = await changes(stripe(Account(many, events, page))[0], resume=json.loads(json.dumps(one.resume)))
        assert {item["id"] for item in records} | {identity for done in pages[:index + 1] for identity in done.ids} == wanted
        assert rest[-1].complete and rest[-1].cursor == pages[-1].cursor


async def test_too_old_a_cursor_asks_for_a_full_read() -> None:
    source, http = stripe(script(reply({})))
    with pytest.raises(tree.CursorExpired, match="30 days"):
        await changes(source, since=NOW - 31 * 86_400)
    assert http.requests == []
    with pytest.raises(tree.InvalidInput):
        await changes(source, since="yesterday")


async def test_a_start_object_deleted_meanwhile_restarts_the_stream() -> None:
    gone = reply({"error": {"code": "resource_missing", "message": "No such customer: 'cus_1'", "param": "starting_after", "type": "invalid_request_error"}}, 400)
    source, _ = stripe(script(reply({"data": [customer("cus_1")], "has_more": True}), gone))
    with pytest.raises(tree.CursorExpired):
        async for _ in source.fetch("customers"):
            pass


def test_watches_stay_within_one_call() -> None:
    for watch in WATCHES.values():
        assert len(watch.types) <= 20


def lines(start: int, count: int) -> list[dict[str, Any]]:
    return [{"id": f"il_{number}", "object": "line_item", "amount": number, "currency": "usd", "big": 12345678901234567890} for number in range(start, start + count)]


async def test_an_invoice_has_all_its_lines() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        asked = dict(request.params)
        if request.url.endswith("/lines"):
            start = int(asked["starting_after"].removeprefix("il_")) + 1
            return reply(json.dumps({"object": "list", "data": lines(start, min(100, 250 - start)), "has_more": start + 100 < 250}, indent=2).encode())
        short = {"id": "in_2", "note": '"has_more":true is text', "lines": {"data": lines(0, 2), "has_more": False}}
        return reply({"data": [{"id": "in_1", "lines": {"object": "list", "data": lines(0, 10), "has_more": True, "total_count": 250}, "total": 10.10}, short],
                      "has_more": False})

    source, http = stripe(handler)
    [page] = [page async for page in source.fetch("invoices")]
    first, second = map(json.loads, page.records)
    assert [line["id"] for line in first["lines"]["data"]] == [f"il_{number}" for number in range(250)]
    assert first["lines"]["has_more"] is False and first["lines"]["data"][200]["big"] == 12345678901234567890 and b'"total":10.1' in page.records[0]
    assert len(second["lines"]["data"]) == 2 and len(http.requests) == 1 + 3 == len(page.requests)


async def test_client_secrets_are_blanked() -> None:
    secret = {"id": "pi_1", "client_secret": "pi_1_secret_canary", "status": "succeeded"}
    source, _ = stripe(lambda request: reply(secret) if request.url.endswith("pi_1") else reply({"data": [secret, {"id": "e", "data": {"object": secret}}], "has_more": False}))
    for stream in ("payments", "events"):
        [page] = [page async for page in source.fetch(stream)]
        assert b"canary" not in b"".join(page.records) and json.loads(page.records[0])["client_secret"] is None
    assert b"canary" not in (await source.fetch_one("payments", "pi_1") or b"")


@pytest.mark.parametrize(("currency", "sent", "minor"), [("usd", 1050, 1050), ("jpy", 500, 500), ("kwd", 1050, 1050), ("isk", 150000, 1500), ("ugx", 100, 1), ("mga", 7, 700), ("xyz", 9, 9)])
async def test_money_is_exact_in_every_currency(currency: str, sent: int, minor: int) -> None:
    source, _ = stripe(script(reply({})))
    raw = {"id": "pi_1", "amount": sent, "currency": currency}
    model = await source.to_unified(raw, stream="payments")
    assert (model.amount_minor, model.currency) == (minor, currency.upper())  # type: ignore[attr-defined]
    assert ("currency_unknown" in model.flags) == (currency == "xyz")
    assert (await source.from_unified(model, stream="payments"))["amount"] == sent


async def test_unit_prices_keep_fractions_of_a_cent() -> None:
    raw = {"id": "prod_1", "default_price": {"id": "price_1", "currency": "usd", "unit_amount_decimal": "0.35", "unit_amount": None}}
    model = await stripe(script(reply({})))[0].to_unified(raw, stream="products")
    assert model.unit_price == Decimal("0.0035") and model.default_price_id == "price_1"  # type: ignore[attr-defined]


async def test_create_and_update() -> None:
    source, http = stripe(script(reply({"id": "cus_1"})))
    from orion_core.engine.schema import UnifiedAddress, UnifiedCustomer

    person = UnifiedCustomer(name="Grete", email="g@x.org", company="Söhne", billing_address=UnifiedAddress(line1="A 1", line2=None), balance_minor=-5, currency="EUR", is_active=True)
    fields = await source.from_unified(person, stream="customers")
    made = await source.create("customers", {**fields, "metadata": {**fields["metadata"], "plan": "gold"}}, idempotency_key="op-1")
    assert made.remote_id == "cus_1" and http.requests[0].headers["Idempotency-Key"] == "op-1"
    assert sorted(parse_qsl((http.requests[0].body or b"").decode(), keep_blank_values=True)) == [
        ("address[line1]", "A 1"), ("address[line2]", ""), ("balance", "-5"), ("email", "g@x.org"), ("metadata[company]", "Söhne"), ("metadata[plan]", "gold"), ("name", "Grete")]
    await source.update("customers", "cus_1", {"phone": None})
    assert http.requests[1].url.endswith("/v1/customers/cus_1") and http.requests[1].method == "POST" and http.requests[1].body == b"phone="


async def test_what_stripe_computes_is_not_written() -> None:
    source, http = stripe(script(reply({"id": "x"})))
    raw = json.loads('{"id":"in_1","customer":"cus_1","customer_address":null,"currency":"usd","total":5,"description":"hi"}')
    await source.create("invoices", await source.from_unified(await source.to_unified(raw, stream="invoices"), stream="invoices"))
    assert dict(parse_qsl((http.requests[0].body or b"").decode())) == {"customer": "cus_1", "currency": "usd", "description": "hi"}
    priced = {"name": "N", "default_price": "price_1", "default_price_data": {"currency": "usd", "unit_amount_decimal": "5"}}
    await source.create("products", priced)
    await source.update("products", "prod_1", priced)
    assert "default_price=" not in (http.requests[1].body or b"").decode() and "default_price_data" not in (http.requests[2].body or b"").decode()


@pytest.mark.parametrize(("status", "body", "kind"), [
    (429, {"error": {"code": "lock_timeout", "message": "locked"}}, tree.RetryLater), (429, {"error": {"code": "rate_limit"}}, tree.RateLimited),
    (409, {"error": {"code": "idempotency_key_in_use"}}, tree.RetryLater), (401, {"error": {"code": "api_key_expired"}}, tree.Reauthorize),
    (402, {"error": {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}}, tree.RemoteRejected),
    (400, {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests"}}, tree.RemoteRejected),
])
async def test_provider_codes(status: int, body: dict[str, Any], kind: type[Exception]) -> None:
    source, _ = stripe(script(reply(body, status)))
    with pytest.raises(kind):
        await source.create("customers", {})


def test_the_limit_follows_the_key() -> None:
    def limit(key: str, **config: Any) -> int | None:
        found = stripe(script(reply({})), key, **config)[0].rate_limit()
        return found.requests if found else None

    assert (limit("sk_live_x"), limit("sk_test_x"), limit("rk_test_x"), limit("sk_test_x", base_url="http://127.0.0.1:1/stripe")) == (100, 25, 25, None)


async def test_a_restricted_key_may_not_see_the_account() -> None:
    def handler(request: HttpRequest) -> HttpResponse:
        return reply({"error": {"message": "no"}}, 403) if "account" in request.url else reply({"data": [], "has_more": False})

    assert (await stripe(handler)[0].check()).label is None


# Against the lab -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def connected(at_lab: Any) -> Iterator[StripeAdapter]:
    yield at_lab("stripe")


@pytest.mark.parametrize("stream", ["customers", "invoices", "payments", "products", "events"])
async def test_lab_every_record_maps(connected: StripeAdapter, stream: str) -> None:
    compiled, seen = connected.mapping(stream), set()
    assert compiled is not None
    async for page in connected.fetch(stream):
        assert page.poison == []
        for record, identity in zip(page.records, page.ids, strict=True):
            assert compiled.to_unified(json.loads(record)).fields["remote_id"] == identity
        seen |= set(page.ids)
    assert len(seen) >= 10
    windows = await connected.plan_windows(stream, 8)
    parts = [identity for window in windows async for page in connected.fetch(stream, window=window) for identity in page.ids]
    assert not windows or (len(parts) == len(set(parts)) and set(parts) == seen)


async def test_lab_write_then_read_the_change(connected: StripeAdapter, lab: Any) -> None:
    info = await connected.check()
    assert info.label and info.settings["currency"]
    pages = [page async for page in connected.fetch("customers")]
    cursor, known = pages[-1].cursor, [identity for page in pages for identity in page.ids]
    made = await connected.create("customers", {"name": "New", "metadata": {"plan": "gold"}}, idempotency_key="key-1")
    again = await connected.create("customers", {"name": "New", "metadata": {"plan": "gold"}}, idempotency_key="key-1")
    assert made.remote_id == again.remote_id
    await connected.update("customers", known[5], {"name": "Changed"})
    assert await connected.delete("customers", known[7]) is True
    changed = [page async for page in connected.fetch("customers", since=cursor)]
    found = {identity: json.loads(record) for page in changed for identity, record in zip(page.ids, page.records, strict=True)}
    assert set(found) == {made.remote_id, known[5]} and found[known[5]]["name"] == "Changed"
    assert [identity for page in changed for identity in page.deleted] == [known[7]]
    assert await connected.fetch_one("customers", known[7]) is None
    outcomes = await connected.write_batch("customers", [{"remote_id": known[1], "fields": {"name": "B"}}, {"remote_id": "cus_none", "fields": {}}], mode="update")
    assert [row.ok for row in outcomes] == [True, False] and isinstance(outcomes[1].error, tree.RemoteNotFound)


async def test_lab_equal_records_have_equal_bytes_however_read(connected: StripeAdapter) -> None:
    for stream in ("customers", "invoices", "payments", "products"):
        page = await anext(connected.fetch(stream))
        for record, identity in list(zip(page.records, page.ids, strict=True))[:5]:
            assert await connected.fetch_one(stream, identity) == record


async def test_lab_wrong_key(at_lab: Any, lab: Any, http: Any) -> None:
    source = StripeAdapter(AdapterConfig(base_url=f"{lab.url}/stripe", credential={"api_key": Secret("not-a-key")}), http)
    with pytest.raises(tree.Reauthorize):
        await source.check()
    past = datetime.now(UTC) - timedelta(days=40)
    with pytest.raises(tree.CursorExpired):
        async for _ in at_lab("stripe").fetch("invoices", since=int(past.timestamp())):
            pass
