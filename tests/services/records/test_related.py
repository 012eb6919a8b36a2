"""What hangs on a record, on both databases."""

from __future__ import annotations

import pytest

from orion_core.base.errors import Forbidden, NotFound
from orion_core.platform.accounts.principal import Role
from orion_core.services.records import related
from tests.services.records.conftest import OTHER_WS, World, principal


async def _customers_and_invoices(world: World, invoices: int = 3) -> str:
    await world.store("customer", [{"id": "c1", "name": "Ada"}, {"id": "c2", "name": "Grace"}])
    await world.store("invoice", [{"id": f"i{n}", "number": f"N-{n}", "customer": "c1", "issued": 1_700_000_000 + n} for n in range(invoices)])
    await world.store("invoice", [{"id": "x1", "number": "X-1", "customer": "c1"}], connection="cn_two")
    return await world.id_of("customer", "c1")


@pytest.mark.parametrize("indexed", [True, False])
async def test_the_invoices_of_a_customer(world: World, indexed: bool) -> None:
    record_id = await _customers_and_invoices(world)
    if indexed:
        await world.index()
    [found] = await world.records.related(world.p, "customer", record_id)
    assert (found.model, found.title, found.count, found.more) == ("invoice", "Invoices", 3, False)
    page = await world.records.page(world.p, found.model, filters=found.filters)
    assert {row.label for row in page.rows} == {"N-0", "N-1", "N-2"}  # not the one of the other connection
    await world.delete("invoice", ["i0"])
    [found] = await world.records.related(world.p, "customer", record_id)
    assert found.count == 2
    assert await world.records.related(world.p, "customer", await world.id_of("customer", "c2")) == []


async def test_many_are_counted_up_to_a_point(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(related, "_MOST", 2)
    [found] = await world.records.related(world.p, "customer", await _customers_and_invoices(world))
    assert (found.count, found.more) == (2, True)


async def test_only_who_may(world: World) -> None:
    record_id = await _customers_and_invoices(world)
    with pytest.raises(NotFound):
        await world.records.related(principal(OTHER_WS), "customer", record_id)
    with pytest.raises(NotFound):
        await world.records.related(world.p, "planet", record_id)
    with pytest.raises(Forbidden):
        await world.records.related(principal(scopes=frozenset({"syncs:read"}), role=Role.admin), "customer", record_id)
