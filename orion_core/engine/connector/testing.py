"""A network that is a function: the double for adapters, third-party ones included.

http = FakeHttp(lambda request: reply({"data": [], "has_more": False}))
adapter = get_adapter("stripe")(AdapterConfig(credential=...), http)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from orion_core.base.kit import json
from orion_core.engine.connector.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]


class FakeHttp:
    """Answers from `handler` and remembers what was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        answer = self.handler(request)
        response = answer if isinstance(answer, HttpResponse) else await answer
        response.url = response.url or request.full_url()
        return response


def reply(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer; `body` is bytes, or values that become JSON."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
    return HttpResponse(status, {"content-type": "application/json", **(headers or {})}, data, 1.0)


def script(*answers: HttpResponse) -> Handler:
    """A handler that gives these answers in turn, the last one for ever."""
    waiting = list(answers)
    return lambda request: waiting.pop(0) if len(waiting) > 1 else waiting[0]
