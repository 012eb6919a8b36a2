"""A canary credential goes through every way a call can fail; afterwards it is found nowhere it should not be."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlmodel import select

from lab.serve import LabServer
from orion_app.cli.output import plain
from orion_core.base.db.scope import tenant_classes
from orion_core.base.errors import OrionError
from orion_core.base.kit.redact import Secret
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import NewConnection

CANARY = "sk_test_CANARYcanaryCANARYcanary0123456789"
FAULTS = [
    "400",
    "401",
    "403",
    "404",
    "409",
    "429",
    "500",
    "502",
    "503",
    "html",
    "bad_json",
    "nan",
    "deep",
    "huge",
    "empty",
    "reset",
    "truncate",
]


async def _rows(rt: Runtime, workspace_id: str) -> str:
    found: list[Any] = []
    async with rt.work.read(workspace_id) as session:
        for cls in tenant_classes():
            found += [row.model_dump(mode="python") for row in (await session.execute(select(cls))).scalars()]
    return repr(found)


@pytest.mark.timeout(240)
async def test_a_secret_shows_up_nowhere(rt: Runtime, p: Principal, lab: LabServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    new = NewConnection("stripe", "Canary", {"api_key": CANARY}, base_url=f"{lab.url}/stripe", streams=["customers"])
    shown.append(repr(new))
    connection_id = await rt.connections.connect(p, new)
    for fault in FAULTS:
        lab.control("DELETE", "/faults")
        lab.control("POST", "/faults", {"provider": "stripe", "kind": fault, "times": 99, "retry_after": "600" if fault == "429" else ""})
        for attempt in (rt.connections.test(p, new), rt.connections.test_saved(p, connection_id), rt.connections.connect(p, new)):
            try:
                shown.append(json.dumps(plain(await attempt), default=str))
            except OrionError as error:
                shown += [str(error), repr(error), json.dumps(error.as_dict(), default=str), repr(error.__cause__), repr(error.__context__)]
        if fault in ("500", "502", "503", "reset", "truncate"):
            continue  # these are tried again for a while; the ones above end at once
        try:
            run_id = await rt.sync.start(p, connection_id, full=True)
            shown.append(await rt.sync.execute(p.workspace_id, run_id))
            shown.append(json.dumps(plain(await rt.sync.progress(p, run_id=run_id)), default=str))
            shown.append(json.dumps(plain(await rt.sync.requests(p, run_id, limit=200)), default=str))
            await rt.sync.stop(p, run_id)
        except OrionError as error:
            shown.append(json.dumps(error.as_dict(), default=str))
            await rt.connections.replace_credential(p, connection_id, {"api_key": CANARY})
    lab.control("DELETE", "/faults")
    for bad in (
        "http://127.0.0.1:9/",
        "http://169.254.169.254/",
        "http://[::1]:1/",
        "ftp://x/",
        f"http://{CANARY}@host/",
        "not an address",
    ):
        try:
            shown.append(repr(await rt.connections.test(p, NewConnection("stripe", "x", {"api_key": CANARY}, base_url=bad))))
        except OrionError as error:
            shown += [str(error), json.dumps(error.as_dict(), default=str)]
    shown += [repr(await rt.connections.get(p, connection_id)), repr(await rt.connections.rows(p)), repr(await rt.analytics.overview(p))]
    shown += [repr(Secret(CANARY)), repr(await rt.connections.opener.adapter(p.workspace_id, connection_id))]
    text = "\n".join(shown)
    assert CANARY not in text, text[max(0, text.find(CANARY) - 200) :][:400]
    assert CANARY not in caplog.text
    assert CANARY not in await _rows(rt, p.workspace_id)
