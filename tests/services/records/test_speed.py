"""How long a page takes. Here over a few thousand rows; `ORION_RECORDS_ROWS=1000000 pytest tests/services/records/test_speed.py` for the figure."""

from __future__ import annotations

import os
import random
import time

import pytest

from orion_core.base.db import bulk
from orion_core.base.db.tables import CustomerRecord
from orion_core.base.db.tables.records import to_micros
from tests.services.records.conftest import T0, WS, World

ROWS = int(os.environ.get("ORION_RECORDS_ROWS", "3000"))
FIRST = ["Amelia", "Noah", "Priya", "Mateo", "Claire", "Hana", "Oliver", "Zofia", "Samir", "Ingrid", "Lucas", "Eszter", "Tom", "Aino", "Rohan", "Greta", "Daniel", "Marta", "Jonas", "Yara"]
LAST = ["Brandt", "Lindqvist", "Raman", "Ibarra", "Dubois", "Sato", "Grant", "Nowak", "Haddad", "Moe", "Pereira", "Varga", "Whitaker", "Laine", "Mehta", "Weiss", "Osei", "Silva", "Meier", "Costa"]


@pytest.mark.serial
@pytest.mark.timeout(3_600)
async def test_pages_searches_and_orders_are_quick(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(1)
    columns = bulk.typed_columns(CustomerRecord)
    raw = b'{"pad": "' + b"x" * 1_300 + b'"}'
    for start in range(0, ROWS, 2_000):
        rows = []
        for number in range(start, min(ROWS, start + 2_000)):
            first, last = rng.choice(FIRST), rng.choice(LAST)
            typed = {"name": f"{first} {last} {number}", "email": f"{first}.{last}.{number}@example{number % 997}.com".lower(), "currency": "EUR"}
            rows.append(bulk.Incoming(f"cus_{rng.getrandbits(56):014x}", raw, number, tuple(typed.get(name) for name in columns), b"{}",
                                      remote_updated_at=to_micros(T0) + rng.randrange(10**12)))
        async with world.work.write(WS) as tx:
            await bulk.upsert(tx.session, CustomerRecord, connection_id="cn_one", stream="customers", run_id="run_1", mapping_version=1,
                              schema_version="1.0.0", rows=rows, existing={}, tx=await bulk.next_tx(tx.session), synced_at=to_micros(T0))
    while await world.records.index(WS, "customer"):
        pass
    next_pages, searches, palette = [], [], []
    for sort in ("name", "-name", "email", "-email", "remote_updated_at", "-remote_updated_at"):
        cursor: str | None = None
        for _ in range(6):
            started = time.perf_counter()
            page = await world.records.page(world.p, "customer", sort=sort, cursor=cursor)
            next_pages.append(time.perf_counter() - started)
            cursor = page.next
    for _ in range(60):
        number = rng.randrange(ROWS)
        q = rng.choice([f"{rng.choice(FIRST)} {rng.choice(LAST)}", rng.choice(LAST)[:4], f"example{number % 997}", f".{number}@", rng.choice(FIRST)[:2]])
        started = time.perf_counter()
        await world.records.page(world.p, "customer", q=q, sort=rng.choice(["-remote_updated_at", "-remote_updated_at", "name", "-email"]))
        searches.append(time.perf_counter() - started)
        started = time.perf_counter()
        await world.records.search(world.p, q)
        palette.append(time.perf_counter() - started)
    with capsys.disabled():
        print(f"\n{world.db.dialect}, {ROWS:,} rows: next page {_p95(next_pages)}, search {_p95(searches)}, palette {_p95(palette)}")
    slack = 3 if os.environ.get("CI") or ROWS < 100_000 else 1  # the small run watches for blunders, not for milliseconds
    assert sorted(next_pages)[int(len(next_pages) * 0.95)] < 0.150 * slack
    assert sorted(searches)[int(len(searches) * 0.95)] < 0.300 * slack
    assert sorted(palette)[int(len(palette) * 0.95)] < 0.100 * slack


def _p95(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2] * 1e3:.0f} p95 {ordered[int(len(ordered) * 0.95)] * 1e3:.0f} ms"
