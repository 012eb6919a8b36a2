"""The records page over many rows: synced from the lab, indexed, then asked for pages as people ask."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.kit.measure import peak_mb, percentile
from benchmarks.kit.subjects.orion import Indexing, connect, pull
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime, Silent

SORTS = ("remote_updated_at", "name", "email")
# Frequent and rare words, beginnings, several words, digits, what does not occur.
WORDS = (
    "sato",
    "amelia",
    "gmbh",
    "logistics",
    "adaeze adeyemi",
    "anna",
    "com",
    "example",
    "zof",
    "o",
    "+4420",
    "0803 555",
    "lagos",
    "zq",
    "cus_0000",
    "nobody at all",
    "optics3999",
    "émile",
    "佐藤",
    "\U0001f600",
)
FILTERS: tuple[dict[str, str], ...] = (
    {"currency": "EUR"},
    {"country": "JP"},
    {"currency": "KWD"},
    {"country": "NG", "currency": "NGN"},
    {"flagged": "yes"},
    {"updated_within": "24h"},
)


async def main(args: dict[str, Any]) -> dict[str, Any]:
    """`lab`, `db`, `admin`, `folder`, `pages`: how many a kind of question gets."""
    settings = Settings.load(
        data_dir=Path(args["folder"]) / "data", database_url=args["db"], database_admin_url=args["admin"], lab_url=args["lab"]
    )
    async with Runtime.open(settings, bell=Silent()) as rt:
        p, connection_id = await connect(rt, args["lab"])
        Indexing(rt, off=True)
        started = time.perf_counter()
        await pull(rt, p, connection_id)
        pulled = time.perf_counter()
        indexed = 0
        while some := await rt.records.index(p.workspace_id, "customer"):
            indexed += some
        result: dict[str, Any] = {"rows": indexed, "pull_s": pulled - started, "index_s": time.perf_counter() - pulled}
        result["times"] = await _ask(rt, p, int(args["pages"]))
        result["peak_mb"] = peak_mb()
        return result


async def _ask(rt: Runtime, p: Principal, pages: int) -> dict[str, Any]:
    rng = random.Random(5)
    times: dict[str, list[tuple[float, str]]] = {}

    async def ask(kind: str, **given: Any) -> str | None:
        began = time.perf_counter()
        page = await rt.records.page(p, "customer", **given)
        times.setdefault(kind, []).append(
            ((time.perf_counter() - began) * 1000, " ".join(f"{k}={v}" for k, v in given.items() if k != "cursor"))
        )
        return page.next

    for sort in SORTS:  # what a first page costs once, not every time
        await rt.records.page(p, "customer", sort=sort)
    for _ in range(max(1, pages // 12)):
        sort = rng.choice(("", "-")) + rng.choice(SORTS)
        cursor = await ask("first page", sort=sort)
        for _ in range(12):
            if cursor is not None:
                cursor = await ask("next page", sort=sort, cursor=cursor)
    for number in range(pages):
        sort = rng.choice(("", "-")) + rng.choice(SORTS)
        cursor = await ask("search", q=WORDS[number % len(WORDS)], sort=sort)
        if cursor and number % 3 == 0:
            await ask("search, next page", q=WORDS[number % len(WORDS)], sort=sort, cursor=cursor)
        await ask("any sort", sort=sort)
        await ask("filter", filters=FILTERS[number % len(FILTERS)], sort=sort)
    return {
        kind: {
            "n": len(found),
            "p50": percentile([ms for ms, _ in found], 0.5),
            "p95": percentile([ms for ms, _ in found], 0.95),
            "max": max(found)[0],
            "slowest": max(found)[1],
        }
        for kind, found in times.items()
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
