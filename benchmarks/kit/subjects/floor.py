"""The floor: what a person writes for exactly this list and these columns. aiohttp, msgspec, raw upserts into Orion's own table.

It fetches, decodes typed and stores the typed columns with their indexes; nothing else: no raw, no custom fields, no hash, no history, no
request log, no lease. `raw`: the provider's bytes are stored beside them. `ahead`: the next page is asked for while this one is stored;
without it a plain serial client. `store`: "none" fetches, decodes and hashes alone.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import Any

import aiohttp
import msgspec

from benchmarks.kit.measure import Meter
from benchmarks.kit.places import KEY

BATCH = 2_000
COLUMNS = (
    "workspace_id",
    "connection_id",
    "stream",
    "remote_id",
    "version",
    "raw",
    "raw_hash",
    "data",
    "mapping_version",
    "schema_version",
    "run_id",
    "synced_at",
    "changed_tx",
    "remote_created_at",
    "name",
    "email",
    "phone",
    "company",
    "currency",
    "country",
    "balance_minor",
)
PG_TYPES = (
    "text",
    "text",
    "text",
    "text",
    "int4",
    "text",
    "int8",
    "text",
    "int4",
    "text",
    "text",
    "int8",
    "int8",
    "int8",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "int8",
)
TYPED = COLUMNS[13:]
CONFLICT = "ON CONFLICT (workspace_id, connection_id, stream, remote_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in TYPED
)


class Address(msgspec.Struct, gc=False):
    country: str | None = None


class Customer(msgspec.Struct, gc=False):
    id: str
    created: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    currency: str | None = None
    balance: int | None = None
    address: Address | None = None
    metadata: dict[str, str] = {}


class Page(msgspec.Struct):
    data: list[Customer]
    has_more: bool


class Bytes(msgspec.Struct):
    data: list[msgspec.Raw]
    has_more: bool


# As long as Orion's own: keys of the same length in the same indexes.
SCOPE = ("ws_01k9floorfloorfloorfloorfl", "conn_01k9floorfloorfloorfloorfl", "customers")
RUN = "run_01k9floorfloorfloorfloorfl"


def row(c: Customer, raw: str = "") -> tuple[Any, ...]:
    return (
        *SCOPE,
        c.id,
        1,
        raw,
        0,
        "{}",
        1,
        "1.0.0",
        RUN,
        1_790_000_000_000_000,
        7,
        c.created * 1_000_000,
        c.name,
        c.email,
        c.phone,
        c.metadata.get("company"),
        c.currency and c.currency.upper(),
        c.address and c.address.country,
        c.balance,
    )


Rows = Iterable[tuple[Any, ...]]


@asynccontextmanager
async def sqlite(url: str) -> Any:
    connection = sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY", "wal_autocheckpoint=16384"):
        connection.execute(f"PRAGMA {pragma}")
    one = "(" + ",".join("?" * len(COLUMNS)) + ")"
    statement = f"INSERT INTO customers ({', '.join(COLUMNS)}) VALUES {one} {CONFLICT}"

    async def store(rows: Rows) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")

    yield store
    connection.close()


@asynccontextmanager
async def postgresql(url: str) -> Any:
    import psycopg

    names = ", ".join(COLUMNS)
    async with await psycopg.AsyncConnection.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        await connection.execute("SELECT set_config('app.workspace_id', %s, false)", (SCOPE[0],))
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, PG_TYPES, strict=True))
        await connection.execute(f"CREATE TEMP TABLE floor_in ({columns}) ON COMMIT DELETE ROWS")

        async def store(rows: Rows) -> None:
            async with connection.transaction(), connection.cursor() as cursor:
                async with cursor.copy(f"COPY floor_in ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(PG_TYPES)
                    for each in rows:
                        await copy.write_row(each)
                await cursor.execute(f"INSERT INTO customers ({names}) SELECT {names} FROM floor_in {CONFLICT}")

        yield store


@asynccontextmanager
async def nowhere(_url: str) -> Any:
    yield None


async def main(args: dict[str, Any]) -> dict[str, Any]:
    """`lab`, `db`, `store`: "sqlite", "postgresql" or "none", `ahead`."""
    decode, decode_bytes, decode_one = (msgspec.json.Decoder(kind).decode for kind in (Page, Bytes, Customer))
    hashes: dict[str, bytes] = {}
    count = 0
    headers = {"Authorization": f"Bearer {KEY}"}
    opened = {"sqlite": sqlite, "postgresql": postgresql, "none": nowhere}[args["store"]]
    async with aiohttp.ClientSession(headers=headers) as session, opened(args["db"]) as store:

        async def get(after: str) -> bytes:
            params = {"limit": "100", **({"starting_after": after} if after else {})}
            async with session.get(f"{args['lab']}/stripe/v1/customers", params=params) as answer:
                return await answer.read()

        meter = Meter(args.get("server_pid")).start()
        waiting: list[tuple[Any, ...]] = []
        page: Any
        asked = asyncio.ensure_future(get(""))
        while True:
            body = await asked
            if store is None:
                page = decode_bytes(body)
                for raw in page.data:
                    data = bytes(raw)
                    last = decode_one(data)
                    hashes[last.id] = blake2b(data, digest_size=8).digest()
                count += len(page.data)
                last_id = last.id
            else:
                if args.get("raw"):
                    page = decode_bytes(body)
                    found = [bytes(raw) for raw in page.data]
                    typed = list(map(decode_one, found))
                    waiting += [row(each, data.decode()) for each, data in zip(typed, found, strict=True)]
                else:
                    page = decode(body)
                    typed = page.data
                    waiting += map(row, typed)
                count += len(typed)
                last_id = typed[-1].id
            if page.has_more and args.get("ahead", True):
                asked = asyncio.ensure_future(get(last_id))
                await asyncio.sleep(0)
            if store is not None and (len(waiting) >= BATCH or not page.has_more):
                await store(waiting)
                waiting = []
            if not page.has_more:
                break
            if not args.get("ahead", True):
                asked = asyncio.ensure_future(get(last_id))
        meter.stop()
    return meter.result(count)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
