"""Which path does what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from lab.http import Request, Response
from lab.store import Record
from lab.stripe import listing, static
from lab.stripe.errors import StripeError, no_such, unknown_parameter, unrecognized
from lab.stripe.events import KEPT
from lab.stripe.forms import Form, integer
from lab.stripe.hooks import Hooks
from lab.stripe.resources import NOUNS, PAGING
from lab.stripe.search import search
from lab.stripe.writes import PARAMETERS

if TYPE_CHECKING:
    from lab.stripe.api import Stripe

_DELETABLE = frozenset({"customers", "products", "invoices"})
_SEARCHABLE = frozenset({"customers", "invoices", "charges", "payment_intents", "products", "prices"})


def _json(value: Any) -> Response:
    return Response(200, orjson.dumps(value))


class Routes:
    """Answers requests that may pass."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._resources = stripe.resources
        self._hooks = Hooks(stripe)

    def answer(self, request: Request) -> Response:
        """Route one request."""
        form = self._stripe.form(request)
        parts = request.path.strip("/").split("/")
        if parts[0] == "v1" and len(parts) > 1:
            response = self._route(request.method, parts[1], parts[2:], form)
            if response is not None:
                return response
        raise unrecognized(request.method, request.path)

    def _route(self, method: str, name: str, rest: list[str], form: Form) -> Response | None:
        if name == "webhook_endpoints":
            return self._hooks.answer(method, rest, form)
        if name == "events" and method == "GET":
            return self._events(rest, form)
        if name in ("account", "accounts") and method == "GET" and len(rest) <= 1:
            return _json(static.account())
        if name == "balance" and method == "GET" and not rest:
            return _json(static.balance())
        if name == "invoiceitems" and method == "POST" and not rest:
            return _json(self._stripe.operations.invoice_item(form))
        if name not in self._resources.all:
            return None
        if not rest:
            return self._collection(method, name, form)
        if rest == ["search"] and method == "GET" and name in _SEARCHABLE:
            return Response(200, search(self._resources, name, form))
        if len(rest) == 1:
            return self._single(method, name, rest[0], form)
        if len(rest) == 2:
            return self._action(method, name, rest[0], rest[1], form)
        return None

    def _collection(self, method: str, name: str, form: Form) -> Response | None:
        if method == "POST" and name in PARAMETERS and name != "charges":
            return self._shown(name, self._stripe.operations.create(name, form), form)
        if method != "GET":
            return None
        resources = self._resources
        source = resources.all[name]
        paths = [str(path).removeprefix("data.") for path in form.get("expand", [])]
        render = None
        if paths or name == "invoices":

            def write(index: int) -> bytes:
                record = resources.show(name, index)
                return source.render(index, resources.expand(record, paths) if paths else record)

            render = write
        body = listing.page(
            source,
            form,
            f"/v1/{name}",
            NOUNS[name],
            accepts=resources.filters(name, form),
            candidates=resources.candidates(name, form),
            render=render,
            prerendered=resources.prerendered.get(name),
        )
        return Response(200, body)

    def _single(self, method: str, name: str, identifier: str, form: Form) -> Response | None:
        index = self._resources.all[name].index(identifier)
        if index is None:
            raise no_such(NOUNS[name], identifier)
        live = self._resources.all[name].has(index)
        if method == "GET":
            if not live:
                return _json({"id": identifier, "object": NOUNS[name], "deleted": True})
            return self._shown(name, index, form)
        if not live:
            raise no_such(NOUNS[name], identifier)
        if method == "POST" and name in PARAMETERS:
            self._stripe.operations.update(name, index, form)
            return self._shown(name, index, form)
        if method == "DELETE" and name in _DELETABLE:
            self._stripe.operations.delete(name, index)
            return _json({"id": identifier, "object": NOUNS[name], "deleted": True})
        return None

    def _shown(self, name: str, index: int, form: Form) -> Response:
        record = self._resources.show(name, index)
        if form.get("expand"):
            record = self._resources.expand(record, [str(path) for path in form["expand"]])
        return Response(200, self._resources.all[name].render(index, record))

    def _action(self, method: str, name: str, identifier: str, verb: str, form: Form) -> Response | None:
        index = self._resources.all[name].index(identifier)
        if index is None or not self._resources.all[name].has(index):
            raise no_such(NOUNS[name], identifier)
        if method == "GET" and (name, verb) == ("invoices", "lines"):
            return Response(200, self._lines(self._resources.all[name].get(index), form))
        if method == "POST" and self._stripe.operations.act(name, index, verb, form):
            return self._shown(name, index, form)
        return None

    @staticmethod
    def _lines(invoice: Record, form: Form) -> bytes:
        """Lines of an invoice, in their own order: https://docs.stripe.com/api/invoice-line-item/invoice_lines"""
        for name in form:
            if name not in PAGING:
                raise unknown_parameter(name)
        limit = listing.limit_of(form)
        lines = invoice["lines"]["data"]
        places = {line["id"]: place for place, line in enumerate(lines)}
        start = 0
        if "starting_after" in form:
            if form["starting_after"] not in places:
                raise no_such("invoice line item", str(form["starting_after"]), param="starting_after", status=400)
            start = places[form["starting_after"]] + 1
        chosen = lines[start : start + limit]
        return orjson.dumps(
            {
                "object": "list",
                "data": chosen,
                "has_more": start + limit < len(lines),
                "total_count": len(lines),
                "url": invoice["lines"]["url"],
            }
        )

    def _events(self, rest: list[str], form: Form) -> Response | None:
        log = self._stripe.events
        if len(rest) == 1:
            index = log.index(rest[0])
            if index is None:
                raise no_such("event", rest[0])
            return Response(200, log.render(index))
        if rest:
            return None
        for name in form:
            if name not in PAGING | {"type", "types", "delivery_success"}:
                raise unknown_parameter(name)
        if "type" in form and "types" in form:
            raise StripeError(400, "You may only specify one of these parameters: type, types.", param="types")
        kinds = form.get("types") or ([form["type"]] if "type" in form else [])
        # events are kept for thirty days
        oldest = int(self._stripe.context.now()) - KEPT
        created = form.get("created", {})
        if isinstance(created, dict):
            since = max(oldest, integer("created[gte]", created.get("gte", oldest)))
            form = dict(form, created=created | {"gte": str(since)})
        candidates = log.of_types([str(kind) for kind in kinds], log.first_from(oldest)) if kinds else None
        return Response(200, listing.page(log, form, "/v1/events", "event", candidates=candidates))
