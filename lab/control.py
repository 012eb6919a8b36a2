"""The control interface under ``/_lab``: faults, limits, changes, truth.

It answers only requests about the lab itself and stays out of the providers' way; no
provider has a path that begins with ``/_lab``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import orjson

from lab.http import Request, Response
from lab.poison import KINDS, WHOLE
from lab.provider import Provider
from lab.webhooks import Target

if TYPE_CHECKING:
    from lab.app import Lab

Json = dict[str, Any]


class ControlError(Exception):
    """What was asked of control cannot be done; the text says why."""


def _answer(value: Any, status: int = 200) -> Response:
    return Response(status, orjson.dumps(value, option=orjson.OPT_INDENT_2))


def _limits_of(provider: Provider) -> Json:
    return {name: {"most": limit.most, "seconds": limit.seconds} for name, limit in provider.limits.items()}


class Control:
    """Routes of the control interface."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._mutations = 0
        self._routes: dict[tuple[str, str], Callable[[Json], Response]] = {
            ("GET", "/"): self._index,
            ("GET", "/health"): lambda _: _answer({"status": "ok"}),
            ("GET", "/_lab/state"): self._state,
            ("GET", "/_lab/requests"): self._requests,
            ("GET", "/_lab/ledger"): self._ledger,
            ("GET", "/_lab/truth"): self._truth,
            ("GET", "/_lab/faults"): lambda _: _answer([asdict(fault) for fault in self._lab.faults.faults]),
            ("POST", "/_lab/faults"): lambda body: _answer(asdict(self._lab.faults.add(body)), 201),
            ("DELETE", "/_lab/faults"): lambda _: _answer({"cleared": self._lab.faults.clear()}),
            ("POST", "/_lab/reset"): self._reset,
            ("POST", "/_lab/mutate"): self._mutate,
            ("POST", "/_lab/poison"): self._poison,
            ("DELETE", "/_lab/poison"): self._heal,
            ("POST", "/_lab/limits"): self._limits,
            ("POST", "/_lab/latency"): self._latency,
            ("POST", "/_lab/clock"): self._clock,
            ("POST", "/_lab/tokens"): self._tokens,
            ("POST", "/_lab/settings"): self._settings,
            ("GET", "/_lab/webhooks"): lambda _: _answer(self._lab.context.webhooks.report()),
            ("POST", "/_lab/webhooks"): self._webhook,
            ("DELETE", "/_lab/webhooks"): self._drop_webhooks,
        }

    def handle(self, request: Request) -> Response:
        """Answer a control request, with the reason when it is refused."""
        method = "GET" if request.method == "HEAD" else request.method
        route = self._routes.get((method, request.path.rstrip("/") or "/"))
        if route is None:
            known = ", ".join(f"{verb} {path}" for verb, path in self._routes)
            return _answer({"error": f"no {request.method} {request.path} here", "known": known}, 404)
        try:
            body = orjson.loads(request.body) if request.body else {}
            if not isinstance(body, dict):
                raise ControlError("the body must be a JSON object")
            return route(dict(request.params()) | body)
        except (ControlError, ValueError, TypeError, KeyError) as error:
            return _answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _provider(self, body: Json) -> Provider:
        slug = body.get("provider")
        if slug not in self._lab.providers:
            raise ControlError(f"provider must be one of {', '.join(self._lab.providers)}")
        return self._lab.providers[str(slug)]

    def _index(self, _: Json) -> Response:
        return _answer(
            {
                "lab": "fake providers for Orion",
                "size": self._lab.options.size,
                "seed": self._lab.options.seed,
                "providers": {slug: provider.hello() for slug, provider in self._lab.providers.items()},
                "control": sorted({f"{verb} {path}" for verb, path in self._routes}),
            }
        )

    def _state(self, _: Json) -> Response:
        lab = self._lab
        journal = lab.context.journal
        return _answer(
            {
                "options": asdict(lab.options),
                "uptime_s": round(time.time() - lab.started_at, 3),
                "counts": {
                    slug: {name: len(collection) for name, collection in provider.collections.items()}
                    for slug, provider in lab.providers.items()
                },
                "requests": {
                    "total": journal.total,
                    "by_provider": dict(journal.by_provider),
                    "by_status": dict(journal.by_status),
                },
                "faults": [asdict(fault) for fault in lab.faults.faults],
                "webhooks_pending": lab.context.webhooks.pending,
                "limits": {
                    slug: _limits_of(provider)
                    for slug, provider in lab.providers.items()
                },
                "ledger": journal.ledger()[-1_000:],
            }
        )

    def _requests(self, body: Json) -> Response:
        provider = body.get("provider") or None
        return _answer({"requests": self._lab.context.journal.recent(provider, int(body.get("limit", 1_000)))})

    def _ledger(self, body: Json) -> Response:
        return _answer({"ledger": self._lab.context.journal.ledger(body.get("provider") or None)})

    def _truth(self, body: Json) -> Response:
        collections = self._provider(body).collections
        name = str(body.get("object", ""))
        if name not in collections:
            raise ControlError(f"object must be one of {', '.join(collections)}")
        stream = collections[name].truth(hashes=body.get("hash", "1") != "0")
        return Response(200, content_type="application/x-ndjson", stream=stream)

    def _reset(self, body: Json) -> Response:
        options = self._lab.options
        providers = body.get("providers", options.providers)
        options = replace(
            options,
            size=int(body.get("size", options.size)),
            seed=int(body.get("seed", options.seed)),
            providers=tuple(providers),
            prerendered=bool(body.get("prerendered", options.prerendered)),
            limits=str(body.get("limits", options.limits)),
        )
        self._mutations = 0
        self._lab.build(options)
        return _answer({"options": asdict(options)})

    def _mutate(self, body: Json) -> Response:
        provider = self._provider(body)
        self._mutations += 1
        seed = body.get("seed", f"{self._lab.options.seed}:{self._mutations}")
        done = provider.mutate(
            str(body.get("object", "")),
            random.Random(str(seed)),
            int(body.get("n") or body.get("updates") or 0),
            int(body.get("deletes", 0)),
            int(body.get("creates", 0)),
        )
        return _answer(done)

    def _poison(self, body: Json) -> Response:
        collections = self._provider(body).collections
        name, kind, index = str(body.get("object", "")), str(body.get("kind", "")), int(body.get("index", 0))
        if name not in collections:
            raise ControlError(f"object must be one of {', '.join(collections)}")
        if kind not in KINDS and kind not in WHOLE:
            raise ControlError(f"kind must be one of {', '.join([*KINDS, *WHOLE])}")
        if not collections[name].has(index):
            raise ControlError(f"{name} has no live record {index}")
        collections[name].poison(index, kind)
        return _answer({"id": collections[name].id(index), "kind": kind}, 201)

    def _heal(self, _: Json) -> Response:
        for provider in self._lab.providers.values():
            for collection in provider.collections.values():
                collection.heal()
        return _answer({"healed": True})

    def _limits(self, body: Json) -> Response:
        provider = self._provider(body)
        provider.configure_limits({name: v for name, v in body.items() if isinstance(v, dict)})
        return _answer(_limits_of(provider))

    def _latency(self, body: Json) -> Response:
        self._lab.latency = float(body.get("ms", 0)) / 1000
        return _answer({"ms": self._lab.latency * 1000})

    def _clock(self, body: Json) -> Response:
        self._lab.context.skew = float(body.get("skew_s", 0))
        return _answer({"now": self._lab.context.now()})

    def _tokens(self, body: Json) -> Response:
        revoked = self._provider(body).revoked
        for token in body.get("revoke", []):
            revoked.add(str(token))
        for token in body.get("restore", []):
            revoked.discard(str(token))
        return _answer({"revoked": sorted(revoked)})

    def _settings(self, body: Json) -> Response:
        settings = self._provider(body).settings
        unknown = set(body) - set(settings) - {"provider"}
        if unknown:
            raise ControlError(f"no such setting: {', '.join(sorted(unknown))}; there are: {', '.join(settings) or 'none'}")
        settings.update({name: value for name, value in body.items() if name != "provider"})
        return _answer(settings)

    def _webhook(self, body: Json) -> Response:
        webhooks = self._lab.context.webhooks
        provider = self._provider(body)
        number = len(webhooks.targets) + 1
        target = Target(
            str(body.get("id", f"lab_target_{number}")),
            provider.slug,
            str(body["url"]),
            str(body.get("secret", f"lab-webhook-secret-{provider.slug}")),
            tuple(body.get("events", ("*",))),
            bad_signature=bool(body.get("bad_signature", False)),
            copies=int(body.get("copies", 1)),
            signed_url=str(body.get("signed_url", "")),
        )
        webhooks.targets[target.id] = target
        return _answer(asdict(target), 201)

    def _drop_webhooks(self, body: Json) -> Response:
        targets = self._lab.context.webhooks.targets
        wanted = str(body.get("id", ""))
        gone = [key for key in targets if not wanted or key == wanted]
        for key in gone:
            del targets[key]
        return _answer({"removed": gone})
