"""Orion's own reading without a database: its adapter through its HTTP door, cut into records, hashed. What an unchanged re-sync cannot do without."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from benchmarks.kit.measure import Meter
from benchmarks.kit.places import KEY
from orion_core.base.egress import EgressClient, EgressPolicy
from orion_core.base.kit.redact import Secret
from orion_core.engine.adapters.stripe import StripeAdapter
from orion_core.engine.connector import AdapterConfig
from orion_core.services.sync.planner import PARTS
from orion_core.services.sync.store import record_hash


async def main(args: dict[str, Any]) -> dict[str, Any]:
    """`lab`."""
    policy = EgressPolicy.for_mode(production=False, allow_private=False, allowed_hosts=(args["lab"].removeprefix("http://"),))
    async with EgressClient(policy) as client:
        config = AdapterConfig(credential={"api_key": Secret(KEY)}, base_url=f"{args['lab']}/stripe")
        adapter = StripeAdapter(config, client.bind("bench"))
        hashes: dict[str, int] = {}

        async def read(window: Any) -> None:
            async for page in adapter.fetch("customers", window=window):
                for remote_id, record in zip(page.ids, page.records, strict=True):
                    hashes[remote_id] = record_hash(record)

        meter = Meter().start()
        windows = await adapter.plan_windows("customers", PARTS)
        await asyncio.gather(*(read(window) for window in windows))
        meter.stop()
    return meter.result(len(hashes))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.argv[1])))))
