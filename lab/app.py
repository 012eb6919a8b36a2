"""The lab as a whole: which provider answers, and everything that happens around it."""

from __future__ import annotations

import sys
import time
import traceback
from importlib import import_module

import orjson

from lab.control import Control
from lab.faults import STATUS_KINDS, Fault, FaultBoard, distort
from lab.http import Request, Response
from lab.journal import Seen
from lab.provider import Context, Options, Provider
from lab.world import World

# slug → module and class; a provider is imported only when it is served
PROVIDERS: dict[str, tuple[str, str]] = {
    "stripe": ("lab.stripe", "Stripe"),
    "hubspot": ("lab.hubspot", "HubSpot"),
}


def _provider(slug: str, context: Context) -> Provider:
    module, name = PROVIDERS[slug]
    made = getattr(import_module(module), name)(context)
    assert isinstance(made, Provider)
    return made


class Lab:
    """Answers every request of a lab; one instance per process."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started_at = time.time()
        self.faults = FaultBoard()
        self.latency = options.latency_ms / 1000
        self.context: Context
        self.providers: dict[str, Provider]
        self.build(options)
        self._control = Control(self)

    def build(self, options: Options) -> None:
        """Make the universe anew; everything written so far is forgotten."""
        unknown = set(options.providers) - set(PROVIDERS)
        if unknown:
            raise ValueError(f"no such provider: {', '.join(sorted(unknown))}; known: {', '.join(PROVIDERS)}")
        self.options = options
        self.faults.clear()
        self.context = Context(options, World(options.size, options.seed))
        self.providers = {slug: _provider(slug, self.context) for slug in options.providers}

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises."""
        _, slug, rest = request.path.split("/", 2) if request.path.count("/") > 1 else ("", request.path[1:], "")
        provider = self.providers.get(slug)
        if provider is None:
            return self._control.handle(request)
        request.path = "/" + rest
        return self._provide(provider, request)

    def _provide(self, provider: Provider, request: Request) -> Response:
        began = time.perf_counter()
        path = request.path
        fault = self.faults.take(provider.slug, request.method, path) if self.faults.faults else None
        try:
            response = self._answer(provider, request, fault)
        except Exception as error:  # a bug in the lab must look like one, not like a provider's error
            body = orjson.dumps({"lab_error": f"{type(error).__name__}: {error}", "path": path})
            response = Response(599, body)
            sys.stderr.write(f"lab: {request.method} {path} failed\n{traceback.format_exc()}")
        if fault is not None and fault.kind not in STATUS_KINDS:
            response = distort(fault, response)
        if self.latency:
            response.delay += self.latency
        spent = (time.perf_counter() - began) * 1000
        self.context.journal.saw(
            Seen(
                self.context.journal.total + 1,
                self.context.now(),
                provider.slug,
                request.method,
                path,
                request.query,
                response.status,
                round(spent, 3),
                request.headers.get("authorization", "")[-4:],
                request.headers.get("idempotency-key"),
                fault.kind if fault else None,
                len(response.body),
            )
        )
        return response

    def _answer(self, provider: Provider, request: Request, fault: Fault | None) -> Response:
        if fault is None or fault.kind not in STATUS_KINDS:
            return provider.handle(request)
        if fault.when == "after":
            provider.handle(request)
        failure = provider.failure(request, fault, STATUS_KINDS[fault.kind])
        if fault.retry_after:
            failure.headers["Retry-After"] = fault.retry_after
        if fault.sticky:
            provider.remember(request, failure)
        return failure
