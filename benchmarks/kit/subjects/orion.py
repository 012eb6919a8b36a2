"""Orion as people run it: the sync service of a whole runtime, in one process."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select

from benchmarks.kit.measure import Meter
from benchmarks.kit.places import KEY
from orion_core.base.db.tables import CustomerRecord, RecordVersion
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime, Silent
from orion_core.services.connections.types import NewConnection


class Indexing:
    """The search index is Orion's alone; what it costs is told beside the rest."""

    def __init__(self, rt: Runtime, *, off: bool = False, server_pid: int | None = None) -> None:
        self.meter = Meter(server_pid)
        self._inner = rt.sync.executor.after_stream
        self._off = off
        rt.sync.executor.after_stream = self

    async def __call__(self, workspace_id: str, model: str) -> None:
        if self._inner is None or self._off:
            return
        self.meter.start()
        await self._inner(workspace_id, model)
        self.meter.stop()

    def used(self) -> dict[str, float]:
        """Since the last time."""
        meter, self.meter = self.meter, Meter(self.meter.server_pid)
        return {"index_wall_s": meter.wall, "index_cpu_s": meter.cpu, "index_server_cpu_s": meter.server}


async def pull(rt: Runtime, p: Principal, connection_id: str, *, full: bool = False) -> tuple[str, str]:
    """Execute a run to its end, as workers do: for a while, then again."""
    run_id = await rt.sync.start(p, connection_id, full=full)
    while True:
        status = await rt.sync.execute(p.workspace_id, run_id)
        if status not in ("running", "busy"):
            return run_id, status


async def connect(rt: Runtime, lab: str) -> tuple[Principal, str]:
    """A workspace with a connection to the lab's Stripe, customers alone."""
    p = Principal.system(await rt.accounts.ensure_workspace("First"))
    new = NewConnection("stripe", "Lab", {"api_key": KEY}, base_url=f"{lab}/stripe", streams=["customers"])
    return p, await rt.connections.connect(p, new)


async def fingerprint(rt: Runtime, p: Principal) -> list[int]:
    """Changes whenever a record row is written."""
    async with rt.work.read(p.workspace_id) as session:
        statement = select(
            func.count(), func.max(CustomerRecord.changed_tx), func.max(CustomerRecord.synced_at), func.sum(CustomerRecord.version)
        )
        row = (await session.execute(statement)).one()
        kept = (await session.execute(select(func.count()).select_from(RecordVersion))).scalar_one()
    return [
        *(0 if value is None else int(value.timestamp() * 1e6) if hasattr(value, "timestamp") else int(value) for value in row),
        int(kept),
    ]


async def facts(rt: Runtime, p: Principal, connection_id: str) -> dict[str, Any]:
    """What is there afterwards: rows, and whether one in 97 holds raw, unified, custom fields and provenance."""
    from orion_core.engine.adapters.stripe.mapping import CUSTOMER
    from orion_core.engine.mapping import compile_mapping

    mapping = compile_mapping(CUSTOMER)
    looked = wrong = 0
    async with rt.work.read(p.workspace_id) as session:
        count = (await session.execute(select(func.count()).where(col(CustomerRecord.connection_id) == connection_id))).scalar_one()
        statement = select(CustomerRecord).where(col(CustomerRecord.connection_id) == connection_id, col(CustomerRecord.id) % 97 == 0)
        for row in (await session.execute(statement)).scalars():
            looked += 1
            raw, data, custom = json.loads(row.raw), json.loads(row.data), json.loads(row.custom or "null")
            why = next((item for item in mapping.explain("email", raw) if item.used), None)
            given = (
                raw["id"] == row.remote_id == data["remote_id"] and raw["email"] == row.email and raw["name"] == row.name,
                (custom or {}).get("next_invoice_sequence", -1) == raw.get("next_invoice_sequence", -1),
                bool(row.run_id) and row.raw_hash != 0,
                row.email is None or (why is not None and why.path == "email" and why.result == row.email),
            )
            wrong += not all(given)
    return {"rows": int(count), "looked_at": looked, "wrong": wrong}


async def main(args: dict[str, Any]) -> dict[str, Any]:
    """`lab`, `db`, `admin`, `folder`; `again`: an unchanged full run follows; `index`: false leaves the search index out."""
    settings = Settings.load(
        data_dir=Path(args["folder"]) / "data", database_url=args["db"], database_admin_url=args["admin"], lab_url=args["lab"]
    )
    async with Runtime.open(settings, bell=Silent()) as rt:
        p, connection_id = await connect(rt, args["lab"])
        indexing = Indexing(rt, off=not args.get("index", True), server_pid=args.get("server_pid"))
        meter = Meter(args.get("server_pid")).start()
        run_id, status = await pull(rt, p, connection_id)
        meter.stop()
        progress = await rt.sync.progress(p, run_id=run_id)
        assert progress is not None
        result: dict[str, Any] = {
            **meter.result(progress.run.read),
            "status": status,
            "changed": progress.run.changed,
            "set_aside": progress.run.set_aside,
            **indexing.used(),
        }
        if args.get("again"):
            before = await fingerprint(rt, p)
            meter = Meter(args.get("server_pid")).start()
            run_id, status = await pull(rt, p, connection_id, full=True)
            meter.stop()
            progress = await rt.sync.progress(p, run_id=run_id)
            assert progress is not None
            result["again"] = {
                **meter.result(progress.run.read),
                "status": status,
                "changed": progress.run.changed,
                "wrote_rows": await fingerprint(rt, p) != before,
                **indexing.used(),
            }
        if args.get("facts", True):
            result["facts"] = await facts(rt, p, connection_id)
        return result


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
