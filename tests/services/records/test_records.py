"""Records as people and programs see them, on both databases."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orion_core.base.errors import Forbidden, InvalidInput, NotFound
from orion_core.engine.schema import UnifiedCustomer
from orion_core.platform.accounts.principal import Role
from orion_core.services.records import reading
from tests.services.records.conftest import OTHER_WS, T0, World, principal

ADA = {
    "id": "c1", "object": "customer", "name": "Ada Lovelace", "email": "ada@example.com", "phone": " +44 20 7946 0001 ", "currency": "gbp", "balance": -1250,
    "company": {"name": ""}, "organisation": "Analytical Engines", "stage": "customer", "address": {"city": "London", "country": "GB"},
    "metadata": {"plan": "gold", "seats": 4}, "created": 1_700_000_000, "updated": 1_700_000_500,
}


async def people(world: World, number: int = 12, **more: Any) -> None:
    await world.store("customer", [
        {"id": f"p{i:02}", "name": f"Person {i:02}", "email": f"p{i}@example.com", "currency": "eur" if i % 3 else "usd", "updated": 1_700_000_000 + i}
        for i in range(number)], **more)


# -- the list ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("indexed", [True, False])
async def test_pages_forwards_and_back(world: World, indexed: bool) -> None:
    await people(world)
    if indexed:
        await world.index()
    first = await world.records.page(world.p, "customer", limit=5)
    assert [row.label for row in first.rows] == [f"Person {i:02}" for i in (11, 10, 9, 8, 7)]
    assert (first.total, first.total_exact, first.previous, first.behind) == (12, True, None, 0)
    second = await world.records.page(world.p, "customer", limit=5, cursor=first.next)
    third = await world.records.page(world.p, "customer", limit=5, cursor=second.next)
    assert [row.label for row in third.rows] == ["Person 01", "Person 00"] and third.next is None
    back = await world.records.page(world.p, "customer", limit=5, cursor=third.previous)
    assert [row.id for row in back.rows] == [row.id for row in second.rows] and back.next and back.previous
    start = await world.records.page(world.p, "customer", limit=5, cursor=back.previous)
    assert [row.id for row in start.rows] == [row.id for row in first.rows] and start.previous is None and start.next
    row = first.rows[0]
    assert row.source.name == "Stripe EU" and row.source.connector == "stripe" and row.display["currency"] == "EUR"
    assert row.updated_at == datetime.fromtimestamp(1_700_000_011, UTC) and not row.deleted


async def test_a_page_stays_put_while_rows_come_and_go(world: World) -> None:
    await people(world, 10)
    await world.index()
    first = await world.records.page(world.p, "customer", limit=4)
    await world.store("customer", [{"id": "new", "name": "Newest", "updated": 1_800_000_000}, {"id": "p05", "name": "Person 05", "updated": 1_800_000_001}])
    await world.delete("customer", ["p07"])
    second = await world.records.page(world.p, "customer", limit=4, cursor=first.next)
    assert [row.label for row in second.rows] == ["Person 04", "Person 03", "Person 02", "Person 01"], "no row twice, the moved one is above"


async def test_filters_and_search(world: World) -> None:
    await people(world)
    await world.store("customer", [{"id": "x1", "name": "Zoë Müller", "email": "zoe(at)nowhere", "active": False, "address": {"country": "SE"}}], connection="cn_two")
    await world.delete("customer", ["p03"])

    async def found(q: str = "", **filters: str) -> list[str]:
        return [row.remote_id for row in (await world.records.page(world.p, "customer", q=q, filters=filters, sort="name")).rows]

    for _ in range(2):  # once from the rows themselves, once from the index
        assert await found("muller") == await found("ZOE") == await found("zo mü") == ["x1"]
        assert await found(connection="cn_two") == ["x1"] and len(await found(connection="cn_one")) == 11
        assert await found(currency="USD") == ["p00", "p06", "p09"] and await found(currency="usd", deleted="any") == ["p00", "p03", "p06", "p09"]
        assert await found(deleted="yes") == ["p03"] and await found(flagged="yes") == ["x1"] and len(await found(flagged="no")) == 11
        assert await found(is_active="no") == ["x1"] and await found(country="se") == ["x1"]
        assert await found("p1@", currency="eur") == ["p01"] and await found("p11@example.com") == ["p11"]
        assert await found("person", connection="cn_two") == [] and await found("it's %_") == []
        await world.index()
    page = await world.records.page(world.p, "customer", filters={"connection": "cn_one"})
    assert (page.total, page.total_exact) == (11, True)
    assert (await world.records.page(world.p, "customer", q="person")).total == 11


@pytest.mark.parametrize(("arguments", "word"), [
    ({"filters": {"colour": "red"}}, "connection, stream, updated_within"), ({"filters": {"deleted": "perhaps"}}, "yes, no or any"),
    ({"filters": {"updated_within": "soon"}}, "24h"), ({"filters": {"is_active": "maybe"}}, "yes or no"), ({"sort": "salary"}, "name, email"),
    ({"limit": 0}, "1 to 500"), ({"limit": 501}, "1 to 500"), ({"cursor": "rubbish"}, "not one that this list gave out"), ({"cursor": "éé"}, "not one"),
    ({"cursor": "WyJuIiwiIiwiIiwxXQ"}, "another list"), ({"cursor": "bnVsbA"}, "not one"), ({"cursor": "W1tdLFtdLFtdLFtdXQ"}, "not one"),
])
async def test_what_is_not_understood_is_named(world: World, arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput, match=word) as caught:
        await world.records.page(world.p, "customer", **arguments)
    assert caught.value.detail["fields"]


async def test_a_cursor_belongs_to_its_list(world: World) -> None:
    await people(world)
    page = await world.records.page(world.p, "customer", limit=3)
    for arguments in ({"sort": "name"}, {"q": "x"}, {"filters": {"currency": "eur"}}):
        with pytest.raises(InvalidInput, match="another list"):
            await world.records.page(world.p, "customer", cursor=page.next, limit=3, **arguments)  # type: ignore[arg-type]


async def test_any_text_may_be_asked_for(world: World) -> None:
    await people(world, 2)
    for nasty in ("\0", "\ud800", "'\"; drop", "%", "_", "\\", "a" * 5_000, "\U0001f600", "-", "*", "AND OR NOT", "(", "\t\n"):
        for indexed in (False, True):
            await world.records.page(world.p, "customer", q=nasty, filters={"currency": nasty, "connection": nasty})
            await world.records.search(world.p, nasty)
            if indexed:
                await world.index()
    assert (await world.records.page(world.p, "customer", q=" ")).total == 2


async def test_models_titles_and_filters(world: World) -> None:
    await people(world)
    await world.delete("customer", ["p01"])
    await world.store("", [{"id": "t1", "name": "A thing"}])
    await world.index()
    counts = {count.model: count for count in await world.records.models(world.p)}
    assert (counts["customer"].title_plural, counts["customer"].total) == ("Customers", 11)
    assert (counts[""].title_plural, counts[""].total, counts["invoice"].total) == ("Other records", 1, 0)
    filters = {view.name: view for view in await world.records.filters(world.p, "customer")}
    assert filters["currency"].options == (("eur", "EUR"), ("usd", "USD")) and ("cn_two", "HubSpot") in filters["connection"].options
    page = await world.records.page(world.p, "other")
    assert page.rows[0].label == "A thing" and page.rows[0].source.stream == "things"
    for view in filters.values():
        for value, _ in view.options:
            await world.records.page(world.p, "customer", filters={view.name: value})


# -- one record --------------------------------------------------------------------------------------------------------


async def test_a_record_with_everything_in_it(world: World) -> None:
    await world.store("customer", [ADA], run="run_7")
    detail = await world.records.get(world.p, "customer", await world.id_of("customer", "c1"))
    fields = {view.name: view for view in detail.fields}
    assert detail.label == "Ada Lovelace" and detail.run_id == "run_7" and detail.mapping_version == 3 and detail.version == 1
    assert (fields["balance_minor"].value, fields["balance_minor"].display, fields["balance_minor"].hint) == (-1250, "-12.50 GBP", "money")
    city = fields["billing_address.city"]
    assert (city.value, city.title, city.group) == ("London", "City", "Billing address")
    assert city.source is not None and (city.source.path, city.source.source.name, city.source.run_id) == ("address.city", "Stripe EU", "run_7")
    assert fields["phone"].source is not None and fields["phone"].source.transform == "trim" and fields["phone"].value == "+44 20 7946 0001"
    assert fields["company"].value == "Analytical Engines" and fields["email"].hint == "email"
    assert {view.name: view.value for view in detail.custom} == {"custom_fields.plan": "gold", "custom_fields.seats": 4}
    assert detail.custom[0].source is not None and detail.custom[0].source.path == "metadata.plan"
    assert json.loads(detail.raw) == ADA and '\n  "name": "Ada Lovelace"' in detail.raw
    assert detail.remote_created_at == datetime.fromtimestamp(1_700_000_000, UTC) and detail.verified_at == T0


async def test_the_unified_model(world: World) -> None:
    await world.store("customer", [ADA])
    model = await world.records.unified(world.p, "customer", await world.id_of("customer", "c1"))
    assert isinstance(model, UnifiedCustomer)
    assert (model.name, model.balance_minor, model.currency, model.custom_fields) == ("Ada Lovelace", -1250, "GBP", {"plan": "gold", "seats": 4})
    assert model.raw == ADA and model.connection_id == "cn_one" and model.remote_updated_at == datetime.fromtimestamp(1_700_000_500, UTC)
    assert model.billing_address is not None and model.billing_address.city == "London" and model.is_active is True
    await world.store("", [{"id": "t1"}])
    with pytest.raises(NotFound):
        await world.records.unified(world.p, "other", await world.id_of("", "t1"))


async def test_why_is_this_value_here(world: World) -> None:
    await world.store("customer", [{**ADA, "email": "ada(at)example"}], run="run_7")
    record_id = await world.id_of("customer", "c1")
    phone = await world.records.why(world.p, "customer", record_id, "phone")
    assert [step.kind for step in phone] == ["sent", "rule", "stored"]
    assert (phone[0].path, phone[0].after, phone[1].before, phone[1].after) == ("phone", " +44 20 7946 0001 ", " +44 20 7946 0001 ", "+44 20 7946 0001")
    assert phone[1].transform == "trim" and phone[2].run_id == "run_7" and phone[2].after == "+44 20 7946 0001"
    email = await world.records.why(world.p, "customer", record_id, "email")
    assert email[-1].kind == "flag" and "malformed" in email[-1].title
    company = await world.records.why(world.p, "customer", record_id, "company")
    assert [step.kind for step in company if step.path == "organisation"] == ["sent"]
    active = await world.records.why(world.p, "customer", record_id, "is_active")
    assert active[0].kind == "default" and active[0].after is True
    assert (await world.records.why(world.p, "customer", record_id, "custom_fields.plan"))[0].path == "metadata.plan"
    assert (await world.records.why(world.p, "customer", record_id, "billing_address.city"))[0].after == "London"
    assert (await world.records.why(world.p, "customer", record_id, "notes"))[0].title == "No rule reads this field"


async def test_history_and_as_of(world: World) -> None:
    await world.store("customer", [ADA], at=10)
    await world.store("customer", [{**ADA, "balance": 0, "metadata": {"plan": "silver"}}], at=20, run="run_2")
    await world.delete("customer", ["c1"], at=30)
    await world.store("customer", [{**ADA, "balance": 0, "metadata": {"plan": "silver"}}], at=40, run="run_3")
    await world.store("customer", [{**ADA, "balance": 0, "metadata": {"plan": "silver"}}], at=50, run="run_4", mapping_version=4)
    record_id = await world.id_of("customer", "c1")
    rows = await world.records.history(world.p, "customer", record_id)
    assert [(row.version, row.kind) for row in rows] == [(5, "remapped"), (4, "restored"), (3, "deleted"), (2, "changed"), (1, "created")]
    assert {change.field: (change.old_display, change.new_display) for change in rows[3].changes} == {
        "balance_minor": ("-12.50 GBP", "0.00 GBP"), "custom_fields.plan": ("gold", "silver"), "custom_fields.seats": ("4", "")}
    assert rows[0].changes == () and rows[1].valid_to == rows[0].valid_from and rows[0].valid_to is None

    async def at(micros: int) -> Any:
        return await world.records.as_of(world.p, "customer", record_id, T0 + timedelta(microseconds=micros))

    with pytest.raises(NotFound, match="not stored yet"):
        await at(9)
    for micros, version in ((10, 1), (19, 1), (20, 2), (30, 3), (45, 4), (50, 5), (10_000, 5)):
        assert (await at(micros)).version == version
    first = await at(15)
    assert next(view.value for view in first.fields if view.name == "balance_minor") == -1250 and first.valid_to == T0 + timedelta(microseconds=20)
    assert (await at(35)).deleted_at is not None and (await at(45)).deleted_at is None
    assert [view.value for view in first.fields if view.name == "is_active"] == [True]


async def test_neighbours(world: World) -> None:
    await people(world, 5)
    ids = [await world.id_of("customer", f"p{i:02}") for i in range(5)]
    for _ in range(2):
        assert await world.records.neighbours(world.p, "customer", ids[2], sort="name") == (ids[1], ids[3])
        assert await world.records.neighbours(world.p, "customer", ids[4], sort="name") == (ids[3], None)
        assert await world.records.neighbours(world.p, "customer", ids[4], sort="-name") == (None, ids[3])
        await world.index()


async def test_raw_that_is_odd(world: World) -> None:
    await world.store("", [{"id": "t1", "amount": 1.10, "deep": {"a": [{}, [], {"b": "x\"}],{"}]}, "text": "a\0b"}])
    detail = await world.records.get(world.p, "other", await world.id_of("", "t1"))
    assert json.loads(detail.raw)["deep"] == {"a": [{}, [], {"b": "x\"}],{"}]} and "\\u0000" in detail.raw
    assert reading.pretty('{"n": 1.10, "e": {}, "l": [1,2]}') == '{\n  "n": 1.10,\n  "e": {},\n  "l": [\n    1,\n    2\n  ]\n}'
    assert reading.pretty("{broken") == "{broken" and reading.pretty("null") == "null"


# -- who may -----------------------------------------------------------------------------------------------------------


async def test_another_workspace_sees_nothing(world: World) -> None:
    await world.store("customer", [ADA])
    await world.index()
    record_id = await world.id_of("customer", "c1")
    other = principal(OTHER_WS)
    for call in (world.records.get(other, "customer", record_id), world.records.unified(other, "customer", record_id),
                 world.records.why(other, "customer", record_id, "name"), world.records.history(other, "customer", record_id),
                 world.records.as_of(other, "customer", record_id, T0), world.records.neighbours(other, "customer", record_id)):
        with pytest.raises(NotFound):
            await call
    assert (await world.records.page(other, "customer")).rows == [] and await world.records.search(other, "ada") == []
    assert (await world.records.changes(other, "customer")).data == [] and sum(count.total for count in await world.records.models(other)) == 0
    assert [line async for line in world.records.export(other, "customer", format="jsonl")] == []
    first = await world.records.page(world.p, "customer")
    assert first.rows and (await world.records.page(other, "customer", filters={"connection": "cn_one"})).total == 0


async def test_an_api_key_needs_the_scope(world: World) -> None:
    without = principal(scopes=frozenset({"syncs:read"}), role=Role.admin)
    for call in (world.records.models(without), world.records.page(without, "customer"), world.records.get(without, "customer", "1"),
                 world.records.search(without, "x"), world.records.changes(without, "customer"), world.records.filters(without, "customer")):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(Forbidden):
        world.records.export(without, "customer")
    assert (await world.records.page(principal(scopes=frozenset({"records:read"})), "customer")).rows == []


@pytest.mark.parametrize("record_id", ["", "0", "-1", "abc", "9" * 30, "1.5", "\u0661", "1; drop"])
async def test_ids_that_are_none(world: World, record_id: str) -> None:
    with pytest.raises(NotFound):
        await world.records.get(world.p, "customer", record_id)
    with pytest.raises(NotFound, match="There are: customer"):
        await world.records.get(world.p, "unicorn", "1")


# -- export and palette ------------------------------------------------------------------------------------------------


async def test_export(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from orion_core.services.records import export

    monkeypatch.setattr(export, "_BATCH", 4)
    await people(world, 10)
    await world.store("customer", [{"id": "f1", "name": "=HYPERLINK(1)", "email": "@x", "phone": "+1", "updated": 1, "balance": -5}])
    text = b"".join([part async for part in world.records.export(world.p, "customer", sort="name")]).decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 11 and [line["remote_id"] for line in lines][:3] == ["f1", "p00", "p01"]
    assert (lines[0]["name"], lines[0]["email"], lines[0]["phone"], lines[0]["balance_minor"]) == ("'=HYPERLINK(1)", "'@x", "'+1", "-5")
    assert lines[0]["flags"] == "email_malformed" and lines[1]["remote_updated_at"] == "2023-11-14T22:13:20Z"
    parts = [part async for part in world.records.export(world.p, "customer", q="person", filters={"currency": "usd"}, sort="-name", format="jsonl")]
    objects = [json.loads(line) for part in parts for line in part.splitlines()]
    assert [each["remote_id"] for each in objects] == ["p09", "p06", "p03", "p00"] and objects[0]["schema_version"] == "1.0.0"
    assert UnifiedCustomer.from_stored(objects[0]).name == "Person 09"
    with pytest.raises(InvalidInput, match="csv, jsonl"):
        world.records.export(world.p, "customer", format="xls")


async def test_the_palette(world: World) -> None:
    await people(world)
    await world.store("customer", [ADA, {"id": "c2", "name": "Beth Ada-Stone", "email": "b@example.com"}, {"id": "c3", "name": "Adamant"}])
    await world.store("invoice", [{"id": "in_1", "number": "INV-ADA-1", "status": "paid"}])
    for _ in range(2):
        hits = await world.records.search(world.p, "ada")
        assert [hit.label for hit in hits][:2] in (["Ada Lovelace", "Adamant"], ["Adamant", "Ada Lovelace"]) and len(hits) == 4
        assert {hit.model_title for hit in hits} == {"Customer", "Invoice"}
        assert (await world.records.search(world.p, "in_1"))[0].model == "invoice"
        assert await world.records.search(world.p, "") == [] and len(await world.records.search(world.p, "person", 3)) == 3
        await world.index()
