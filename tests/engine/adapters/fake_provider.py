"""A provider made from a spec and sample records: pages them as the spec says, and knows nothing else."""

from __future__ import annotations

import json
from typing import Any

from orion_core.base.kit.redact import Secret
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.paths import plant
from orion_core.engine.connector.spec_streams import (
    CursorPaging,
    KeysetPaging,
    NextLinkPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    StreamSpec,
)
from orion_core.engine.connector.testing import FakeHttp, reply
from orion_core.engine.connector.types import AdapterConfig

SIZE = 3
CANARY = "canary-secret-4242"


def config(adapter: type[BaseAdapter[Any]]) -> AdapterConfig:
    """A connection whose every secret is the canary."""
    fields = [field.name for auth in adapter.spec.auth for field in auth.fields]
    return AdapterConfig("conn_1", credential={name: Secret(CANARY) for name in [*fields, "access_token", "refresh_token"]})


def numbered(samples: list[dict[str, Any]], id_path: str, count: int) -> list[dict[str, Any]]:
    """`count` records in the shape of the samples, each with an id of its own."""
    made = []
    for number in range(count):
        record = json.loads(json.dumps(samples[number % len(samples)]))
        plant(record, id_path, str(1000 + number))
        made.append(record)
    return made


class Provider:
    """Answers the stream's list call; any other call finds nothing. `broken` makes every page lead back to itself."""

    def __init__(self, stream: StreamSpec, records: list[Any], broken: bool = False) -> None:
        self.stream, self.records, self.broken = stream, records, broken
        self.listed: list[HttpRequest] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != self.stream.method or not request.url.split("?")[0].endswith(self.stream.path):
            return reply({}, 404) if request.method == "GET" else reply({self.stream.records_path.split(".")[0] or "data": []})
        self.listed.append(request)
        asked = dict(request.params) if self.stream.pagination.location == "query" else json.loads(request.body or b"{}")
        start = 0 if self.broken else self._start(request, asked)
        return self._page(request, start)

    def _start(self, request: HttpRequest, asked: dict[str, Any]) -> int:
        match self.stream.pagination:
            case CursorPaging(param=param):
                return int(asked.get(param, 0))
            case KeysetPaging(param=param):
                return int(asked[param]) - 999 if param in asked else 0
            case OffsetPaging(param=param, start=first):
                return int(asked.get(param, first)) - first
            case PagePaging(param=param, start=first):
                return (int(asked.get(param, first)) - first) * SIZE
            case NextLinkPaging():
                return int(request.url.partition("from=")[2] or 0)
        return 0

    def _page(self, request: HttpRequest, start: int) -> HttpResponse:
        paging = self.stream.pagination
        size = len(self.records) if isinstance(paging, NoPaging) else SIZE
        records, more = self.records[start:start + size], self.broken or start + size < len(self.records)
        document: dict[str, Any] = {}
        headers: dict[str, str] = {"date": "Tue, 26 May 2026 12:00:00 GMT"}
        link = f"{request.url.split('?')[0]}?from={start + size}"
        for path, value in {
            getattr(paging, "next_path", None): str(start + size) if more else None,
            getattr(paging, "more_path", None): more,
            getattr(paging, "total_path", None): len(self.records),
            getattr(paging, "pages_path", None): -(-len(self.records) // SIZE),
            paging.path if isinstance(paging, NextLinkPaging) else None: link if more else None,
        }.items():
            if path and value is not None:
                plant(document, path, value)
        if isinstance(paging, NextLinkPaging) and paging.path is None and more:
            headers["link"] = f'<{link}>; rel="next"'
        if not self.stream.records_path:
            return reply(records, headers=headers)
        plant(document, self.stream.records_path, records)
        return reply(document, headers=headers)


def connect(adapter: type[BaseAdapter[Any]], handler: Any) -> tuple[BaseAdapter[Any], FakeHttp]:
    """The adapter against a handler."""
    http = FakeHttp(handler)
    return adapter(config(adapter), http), http
