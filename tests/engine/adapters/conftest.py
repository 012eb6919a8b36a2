"""A lab for the adapters that have one, and a real client to reach it with."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from lab.serve import LabServer
from orion_core.base.errors import ProviderUnavailable
from orion_core.base.kit.redact import Secret
from orion_core.engine.connector import AdapterConfig, BaseAdapter, HttpRequest, HttpResponse, get_adapter

SIZE = 500
KEYS = {"stripe": {"api_key": "sk_test_lab_orion_4242"}, "hubspot": {"access_token": "pat-lab-orion-4242"}}


class AioHttp:
    """The smallest client that speaks HTTP: no policy, no retries."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(auto_decompress=True)
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        began = time.perf_counter()
        try:
            async with self.session.request(request.method, request.full_url(), data=request.body, headers=request.headers, allow_redirects=False) as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            raise ProviderUnavailable(f"The connection broke: {error}.") from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, headers, body, (time.perf_counter() - began) * 1000, request.full_url())


@pytest.fixture(scope="session")
def lab_process() -> Iterator[LabServer]:
    with LabServer(size=SIZE, seed=7) as server:
        yield server


@pytest.fixture
def lab(lab_process: LabServer) -> LabServer:
    """The lab as new."""
    lab_process.control("POST", "/reset", {"size": SIZE, "seed": 7, "limits": "off"})
    return lab_process


@pytest.fixture
async def http() -> AsyncIterator[AioHttp]:
    client = AioHttp()
    yield client
    await client.session.close()


@pytest.fixture
def at_lab(lab: LabServer, http: AioHttp) -> Any:
    """`at_lab("stripe")`: the adapter, connected to the lab."""

    def connect(slug: str, **config: Any) -> BaseAdapter[Any]:
        credential = {name: Secret(value) for name, value in KEYS[slug].items()}
        return get_adapter(slug)(AdapterConfig("conn_lab", base_url=f"{lab.url}/{slug}", credential=credential, **config), http)

    return connect
