"""What the layer costs on top of the floor, measured in the same run; pages come from memory."""

from __future__ import annotations

import json
import time

import msgspec
import pytest

from orion_core.base.kit.redact import Secret
from orion_core.engine.adapters.stripe import StripeAdapter
from orion_core.engine.connector.http import HttpRequest
from orion_core.engine.connector.testing import FakeHttp, reply
from orion_core.engine.connector.types import AdapterConfig

PAGES, SIZE = 200, 100


def pages() -> list[bytes]:
    record = {"object": "customer", "created": 1779831987, "address": {"city": "Berlin", "line1": "x" * 40}, "description": "d" * 700, "metadata": {"a": "b" * 250},
              "email": "someone@example.org", "name": "Some One", "phone": None, "preferred_locales": [], "shipping": None, "tax_exempt": "none"}
    return [json.dumps({"object": "list", "data": [{"id": f"cus_{page}_{number}", **record} for number in range(SIZE)], "has_more": page < PAGES - 1,
                        "url": "/v1/customers"}).encode() for page in range(PAGES)]


class Floor(msgspec.Struct):
    data: list[msgspec.Raw]


@pytest.mark.serial
async def test_fetch_split_and_peek_cost_a_few_floors() -> None:
    bodies = pages()
    assert 1_000 < len(bodies[0]) / SIZE < 1_500
    decoder = msgspec.json.Decoder(Floor)
    floors, ours = [], []
    for _ in range(3):
        began = time.process_time()
        for body in bodies:
            [bytes(item) for item in decoder.decode(body).data]
        floors.append(time.process_time() - began)
        waiting = iter(bodies)

        def handler(request: HttpRequest, waiting: object = waiting) -> object:
            return reply(next(waiting), headers={"date": "Tue, 26 May 2026 22:11:46 GMT"})  # type: ignore[call-overload]

        adapter = StripeAdapter(AdapterConfig(credential={"api_key": Secret("sk_test_x")}), FakeHttp(handler))  # type: ignore[arg-type]
        count, began = 0, time.process_time()
        async for page in adapter.fetch("customers"):
            count += len(page.records)
        ours.append(time.process_time() - began)
        assert count == PAGES * SIZE
    per_second = PAGES * SIZE / sorted(ours)[1]
    print(f"{per_second:,.0f} records/s of processor time, {sorted(ours)[1] / sorted(floors)[1]:.1f} x the floor")
    assert sorted(ours)[1] <= 6 * sorted(floors)[1]
