"""Each figure of the mission beside what is measured here.

The mission's figures are per object or per call; those of connectors that come later (Salesforce, QuickBooks, Claude) are listed without a
measurement. What issue 2 asks for is measured by `pull`, `records_page` and `kills`; `--with` runs them, too.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.kit import kills, pull, records_page, show
from benchmarks.kit.measure import middle, percentile
from benchmarks.kit.options import parser
from benchmarks.kit.places import KEY, places
from lab.serve import LabServer
from orion_core.base.egress import EgressClient, EgressPolicy
from orion_core.base.kit.redact import Secret
from orion_core.base.settings import Settings
from orion_core.engine.adapters.hubspot import HubSpotAdapter
from orion_core.engine.adapters.stripe.mapping import CUSTOMER, INVOICE
from orion_core.engine.adapters.stripe.spec import SPEC
from orion_core.engine.connector import AdapterConfig
from orion_core.engine.connector.webhooks import Message, verify
from orion_core.engine.mapping import compile_mapping
from orion_core.platform.accounts.principal import Principal
from orion_core.platform.credentials import CredentialManager, new_key
from orion_core.runtime import Runtime, Silent


def main(argv: list[str] | None = None) -> dict[str, Any]:
    made = parser(__doc__ or "", full="more repetitions; the other benchmarks with --full", small="few repetitions")
    made.add_argument("--with", dest="others", type=lambda text: text.split(","), default=[], help="pull,records_page,kills")
    options = made.parse_args(argv)
    repeat = 20_000 if options.full else 200 if options.small else 2_000
    figures = [*_pure(repeat), *asyncio.run(_over_http(20 if not options.small else 2))]
    print(f"p50 and p95 of {repeat:,} (calls over HTTP: fewer); {show.machine()}")
    rows = [[each["name"], each["mission"], each["p50_ms"], each["p95_ms"], "holds" if each["holds"] else "MISSED"] for each in figures]
    show.table("The mission's figures", ["", "mission", "p50 ms", "p95 ms", ""], rows)
    later = [
        ("Salesforce bulk insert, 1,000 / 10,000", "< 30 s / < 5 min"),
        ("QuickBooks query, 1,000", "< 10 s"),
        ("Schema analysis / field mapping / code generation (Claude)", "< 10 / 5 / 15 s"),
    ]
    show.table("With connectors and features to come", ["", "mission"], [[*each] for each in later])
    result: dict[str, Any] = {"figures": figures, "machine": show.machine()}
    size = ["--full"] if options.full else ["--small"] if options.small else []
    for name, other in (("pull", pull), ("records_page", records_page), ("kills", kills)):
        if name in options.others:
            result[name] = other.main(size)
    show.finish(result, as_json=options.json)
    return result


def _figure(name: str, mission: str, most_ms: float, times_ms: list[float]) -> dict[str, Any]:
    p95 = percentile(times_ms, 0.95)
    return {"name": name, "mission": mission, "p50_ms": middle(times_ms), "p95_ms": p95, "holds": p95 < most_ms}


def _timed(call: Callable[[], Any], repeat: int) -> list[float]:
    call()
    gc.collect()
    found = []
    for _ in range(repeat):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return found


def _pure(repeat: int) -> list[dict[str, Any]]:
    with LabServer(size=200, providers=("stripe",)) as lab:
        client = httpx.Client(base_url=f"{lab.url}/stripe", headers={"Authorization": f"Bearer {KEY}"})
        customer = client.get("/v1/customers?limit=1").json()["data"][0]
        invoice = client.get("/v1/invoices?limit=1").json()["data"][0]
        client.close()
    customers, invoices = compile_mapping(CUSTOMER), compile_mapping(INVOICE)
    mapped = customers.to_unified(customer)
    manager = CredentialManager([new_key()])
    token = manager.encrypt("sk_live_" + "x" * 99)
    body = json.dumps({"id": "evt_1", "type": "customer.updated", "data": {"object": customer}}).encode()
    at = datetime.now(UTC)
    stamp = str(int(at.timestamp()))
    signature = hmac.new(b"whsec_test", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    message = Message(body, {"stripe-signature": f"t={stamp},v1={signature}"})
    assert SPEC.webhooks is not None
    signed = SPEC.webhooks.signature
    check = lambda: verify(signed, message, ["whsec_test"], at)  # noqa: E731
    model = lambda: customers.model.from_fields(dict(mapped.fields), custom=mapped.custom, flags=mapped.flags, raw=customer)  # noqa: E731
    return [
        _figure("Schema validation, a customer as a pydantic model", "< 1 ms an object", 1, _timed(model, repeat)),
        _figure("Transformation, Stripe customer → unified", "< 5 ms a record", 5, _timed(lambda: customers.to_unified(customer), repeat)),
        _figure(
            "Transformation, Stripe invoice with lines → unified",
            "< 5 ms a record",
            5,
            _timed(lambda: invoices.to_unified(invoice), repeat),
        ),
        _figure(
            "Transformation, unified → Stripe customer", "< 5 ms a record", 5, _timed(lambda: customers.from_unified(mapped.fields), repeat)
        ),
        _figure("Webhook verification (Stripe)", "< 2 ms", 2, _timed(check, repeat)),
        _figure("Encryption of a credential", "< 1 ms", 1, _timed(lambda: manager.encrypt("sk_live_" + "x" * 99), repeat)),
        _figure("Decryption of a credential", "< 1 ms", 1, _timed(lambda: manager.decrypt(token), repeat)),
    ]


async def _over_http(repeat: int) -> list[dict[str, Any]]:
    batch: list[float] = []
    overview: list[float] = []
    with LabServer(size=200) as lab, places() as where, where.fresh("sqlite") as place:
        policy = EgressPolicy.for_mode(production=False, allow_private=False, allowed_hosts=(lab.url.removeprefix("http://"),))
        async with EgressClient(policy) as client:
            config = AdapterConfig(credential={"access_token": Secret("pat-lab-orion-4242")}, base_url=f"{lab.url}/hubspot")
            adapter = HubSpotAdapter(config, client.bind("bench"))
            for number in range(repeat):
                rows = [{"fields": {"email": f"b{number}-{row}@batch.example", "firstname": f"B{row}"}} for row in range(100)]
                began = time.perf_counter()
                done = await adapter.write_batch("contacts", rows)
                batch.append((time.perf_counter() - began) * 1000)
                assert all(each.ok for each in done), done[0]
        settings = Settings.load(data_dir=Path(place.folder) / "data", database_url=place.url, lab_url=lab.url)
        async with Runtime.open(settings, bell=Silent()) as rt:
            p = Principal.system(await rt.accounts.ensure_workspace("First"))
            connection_id = await rt.connections.connect_lab(p, "stripe")
            run_id = await rt.sync.start(p, connection_id)
            await rt.sync.execute(p.workspace_id, run_id)
            for _ in range(repeat):
                began = time.perf_counter()
                await rt.analytics.overview(p)
                overview.append((time.perf_counter() - began) * 1000)
    return [
        _figure("Batch create of 100 (HubSpot contacts, one call)", "~ 500 ms", 500, batch),
        _figure("Dashboard metrics (overview)", "< 500 ms", 500, overview),
    ]
