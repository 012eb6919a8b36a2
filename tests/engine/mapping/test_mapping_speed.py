"""The hot path stays hot: a ratio to decoding the same record, so that a slow machine does not matter."""

from __future__ import annotations

from timeit import timeit
from typing import Any

import orjson

from orion_core.engine.mapping import Mapping, compile_mapping


def test_mapping_costs_a_few_decodes(stripe_customer: Mapping, stripe_raw: dict[str, Any]) -> None:
    address = {"city": "Bern", "country": "CH", "line1": "Weg 1", "line2": None, "postal_code": "3000", "state": None}
    raw = {**stripe_raw, "shipping": {"address": address, "name": "Ada", "phone": None}}
    body, compiled = orjson.dumps(raw), compile_mapping(stripe_customer)
    decode = mapping = 1.0
    for _ in range(40):  # taken in turns, so that a busy moment of the machine hits both or is forgotten
        decode = min(decode, timeit(lambda: orjson.loads(body), number=100))
        mapping = min(mapping, timeit(lambda: compiled.to_unified(raw), number=100))
    # Measured 4.5; one needless pass over the record or a model per record costs more than the rest of this margin.
    assert mapping < 10 * decode
