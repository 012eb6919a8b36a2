"""What people get wrong when they connect: each answer names the cause and a next step, and nothing is saved."""

from __future__ import annotations

from typing import Any

import pytest

from lab.serve import LabServer
from orion_core.base.errors import InvalidInput, OrionError
from orion_core.base.settings import Settings
from orion_core.platform.accounts.principal import Principal
from orion_core.runtime import Runtime
from orion_core.services.connections.types import NewConnection

KEY = {"api_key": "sk_test_lab_1"}


@pytest.mark.parametrize(
    ("credential", "base", "fault", "code", "says"),
    [
        ({"api_key": "sk_live_nobody_knows"}, "{lab}/stripe", "", "reauthorize", "key"),
        (KEY, "{lab}/nowhere", "", "remote_not_found", "404"),
        (KEY, "http://127.0.0.1:9", "", "egress_refused", "127.0.0.1"),
        (KEY, "http://10.1.2.3", "", "egress_refused", "private"),
        (KEY, "http://169.254.169.254", "", "egress_refused", "169.254.169.254"),
        (KEY, "https://no-such-host.invalid", "", "provider_unavailable", "no-such-host.invalid"),
        (KEY, "{lab}/stripe", "html", "bad_response", "web page"),
        (KEY, "{lab}/stripe", "bad_json", "provider_unavailable", "cut short"),
        (KEY, "{lab}/stripe", "deep", "bad_response", ""),
        (KEY, "{lab}/stripe", "huge", "bad_response", ""),
        (KEY, "{lab}/stripe", "403", "permission_missing", ""),
        (KEY, "{lab}/stripe", "500", "provider_unavailable", "500"),
        (KEY, "{lab}/stripe", "429", "rate_limited", ""),
        (KEY, "{lab}/stripe", "reset", "provider_unavailable", ""),
        (KEY, "{lab}/stripe", "truncate", "provider_unavailable", ""),
    ],
)
async def test_a_connection_that_cannot_work_is_refused_with_a_cause(
    rt: Runtime, p: Principal, lab: LabServer, credential: dict[str, str], base: str, fault: str, code: str, says: str
) -> None:
    if fault:
        lab.control("POST", "/faults", {"provider": "stripe", "kind": fault, "times": 99})
    new = NewConnection("stripe", "Broken", credential, base_url=base.format(lab=lab.url))
    tried = await rt.connections.test(p, new)
    assert not tried.ok and tried.error is not None
    assert tried.error["code"] == code, tried.error
    assert says.lower() in tried.error["message"].lower(), tried.error
    assert tried.error["next_step"]
    with pytest.raises(OrionError):
        await rt.connections.connect(p, new)
    assert await rt.connections.rows(p) == ()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"connector": "stripe", "name": "x", "credential": {}}, "api_key"),
        ({"connector": "stripe", "name": "x", "credential": {"api_key": "hello"}}, "api_key"),
        ({"connector": "stripe", "name": "x", "credential": {**KEY, "password": "x"}}, "password"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "base_url": "stripe"}, "base_url"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "base_url": "https://a@b.example"}, "base_url"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "streams": ["unicorns"]}, "streams"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "streams": []}, "streams"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "backfill_start": "yesterday"}, "backfill_start"),
        ({"connector": "stripe", "name": "x", "credential": KEY, "exclude": {"customers": ["id"]}}, "exclude"),
    ],
)
async def test_a_wrong_field_is_named(rt: Runtime, p: Principal, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await rt.connections.connect(p, NewConnection(**given), test=False)
    assert field in caught.value.detail["fields"]


async def test_production_mode_reaches_no_private_address(settings: Settings, p: Principal, lab: LabServer) -> None:
    from orion_core.platform.credentials import new_key

    production = settings.model_copy(update={"mode": "production"})
    strict = Settings.load(
        mode="production", data_dir=production.data_dir, database_url=production.database_url, lab_url=lab.url, secret_keys=new_key()
    )
    async with Runtime.open(strict) as rt:
        tried = await rt.connections.test(p, NewConnection("stripe", "x", KEY, base_url=f"{lab.url}/stripe"))
    assert not tried.ok and tried.error is not None
    assert tried.error["code"] == "egress_refused"
