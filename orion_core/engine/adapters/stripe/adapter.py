"""What is odd about Stripe: objects carry no time of change, so the event log tells; long invoices page their lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from orion_core.base.errors import ConnectorError, CursorExpired, Reauthorize, RemoteRejected, RetryLater
from orion_core.base.kit import clock, json
from orion_core.engine.adapters.stripe.spec import CREATED, PAGING, SPEC
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.reader import list_pages
from orion_core.engine.connector.registry import register_adapter
from orion_core.engine.connector.spec import RateLimitSpec
from orion_core.engine.connector.spec_streams import StreamSpec
from orion_core.engine.connector.times import parse_time
from orion_core.engine.connector.types import AccountInfo, Page, Query
from orion_core.engine.schema import UnifiedCustomer

# Events are kept for 30 days (https://docs.stripe.com/api/events); an hour less, so that none ends while we page.
EVENTS_REACH = timedelta(days=30) - timedelta(hours=1)
# Retrievals in flight; well below 25 a second per endpoint at 100 ms each (https://docs.stripe.com/rate-limits).
IN_FLIGHT = 4
SANDBOX_LIMIT = 25
# With it anyone may finish the payment: https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret
WITH_SECRETS = ("payments", "events")
_SECRET = re.compile(rb'("client_secret"\s*:\s*)"[^"]*"')
_HAS_MORE = re.compile(rb'"has_more"\s*:\s*true')


@dataclass(frozen=True, slots=True)
class Watch:
    """The events that tell of changes in a stream (at most 20 types a call): event type → where the object's id is."""

    types: dict[str, str]


def _own(noun: str, *verbs: str) -> dict[str, str]:
    return {f"{noun}.{verb}": "data.object.id" for verb in verbs}


WATCHES = {
    "customers": Watch(
        _own("customer", "created", "updated", "deleted")
        | dict.fromkeys(("customer.discount.created", "customer.discount.updated", "customer.discount.deleted"), "data.object.customer")
    ),
    "invoices": Watch(
        _own(
            "invoice",
            "created",
            "updated",
            "deleted",
            "finalized",
            "finalization_failed",
            "marked_uncollectible",
            "overdue",
            "overpaid",
            "paid",
            "payment_action_required",
            "payment_failed",
            "payment_succeeded",
            "sent",
            "voided",
        )
    ),
    "payments": Watch(
        _own(
            "payment_intent",
            "created",
            "amount_capturable_updated",
            "canceled",
            "partially_funded",
            "payment_failed",
            "processing",
            "requires_action",
            "succeeded",
        )
        | dict.fromkeys(
            (
                "charge.captured",
                "charge.failed",
                "charge.refunded",
                "charge.succeeded",
                "charge.updated",
                "charge.dispute.created",
                "charge.dispute.updated",
                "charge.dispute.closed",
            ),
            "data.object.payment_intent",
        )
    ),
    "products": Watch(
        _own("product", "created", "updated", "deleted")
        | dict.fromkeys(("price.created", "price.updated", "price.deleted"), "data.object.product")
    ),
}


class _Line(Struct, gc=False):
    id: str


class _Lines(Struct, gc=False):
    has_more: bool = False
    data: list[_Line] = []


class _Invoice(Struct, gc=False):
    id: str
    lines: _Lines | None = None


@register_adapter("stripe")
class StripeAdapter(BaseAdapter[UnifiedCustomer]):
    """Stripe. Incremental: new objects by `created`, changed and deleted ones by the event log, each retrieved in its present state."""

    spec = SPEC

    def rate_limit(self) -> RateLimitSpec | None:
        """100 calls a second, 25 in a sandbox (https://docs.stripe.com/rate-limits)."""
        found = super().rate_limit()
        key = self.config.credential.get("api_key")
        sandbox = found is not None and key is not None and "_test_" in key.reveal()[:8]
        return found.model_copy(update={"requests": SANDBOX_LIMIT}) if found and sandbox else found

    async def account(self) -> AccountInfo:
        """Name and home currency; a restricted key may not be allowed to see them."""
        try:
            found = await self.session.get_json("/v1/account", lane="person")
        except (Reauthorize, RetryLater):
            raise
        except ConnectorError:
            return AccountInfo()
        names = (dig(found, path) for path in ("settings.dashboard.display_name", "business_profile.name", "email", "id"))
        currency = dig(found, "default_currency")
        return AccountInfo(
            dig(found, "id"), next((str(name) for name in names if name), None), {"currency": str(currency).upper()} if currency else {}
        )

    async def pages(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        """Lists in full; with `since`, what is new and then what changed."""
        by_events = query.since is not None and stream.name in WATCHES
        async with aclosing(self._changes(stream, query) if by_events else self._list(stream, query)) as source:
            async for page in source:
                if stream.name == "invoices":
                    await self._complete_lines(page, query)
                elif stream.name in WITH_SECRETS:
                    page.records = [_blank(record) for record in page.records]
                yield page

    async def fetch_one(self, stream: str, remote_id: str) -> bytes | None:
        """One object in its present state."""
        found = await super().fetch_one(stream, remote_id)
        return _blank(found) if found is not None and stream in WITH_SECRETS else found

    async def _list(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        try:
            async with aclosing(list_pages(self.session, stream, query)) as source:
                async for page in source:
                    yield page
        except RemoteRejected as error:
            if error.detail.get("provider_code") == "resource_missing":  # `starting_after` names an object deleted since
                raise CursorExpired(f"The record after which {stream.name} was to be read on is gone.", detail=error.detail) from error
            raise

    async def _changes(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        """Phase "new": objects created since, a page a call. Phase "changed": ids from the event log, newest first, each retrieved.

        An event shows its object as it was, in the API version of that day; the retrieved object is how it is now, and a 404 or
        `deleted: true` is the proof of a deletion. The cursor is the beginning of the read by Stripe's clock.
        """
        since = parse_time(query.since, "epoch")
        if since < clock.now() - EVENTS_REACH:
            raise CursorExpired(f"Stripe keeps events for 30 days; the last read of {stream.name} was on {since:%Y-%m-%d}.")
        saved = dict(query.resume or {"phase": "new"})
        if saved["phase"] == "new":
            async for page in self._list(stream, Query(query.since, resume=saved if "next" in saved else None, lane=query.lane)):
                page.complete = False
                going_on = page.resume or {"next": {}, "cursor": page.cursor, "began": True}
                page.resume = saved = {**going_on, "phase": "new" if page.resume else "changed"}
                yield page
        watch = WATCHES[stream.name]
        log = self.spec.stream("events").model_copy(
            update={"params": {f"types[{index}]": name for index, name in enumerate(watch.types)}, "mapping": None}
        )
        fresh_from = int((since - timedelta(seconds=CREATED.overlap_s)).timestamp())
        seen: set[str] = set()
        async for events in self._list(log, Query(query.since, resume=saved, lane=query.lane)):
            ids = [identity for identity in _touched(watch, events.records, fresh_from) if identity not in seen]
            seen.update(ids)
            page = await self._retrieve(stream, list(dict.fromkeys(ids)))
            page.requests = [*events.requests, *page.requests]
            page.cursor, page.complete, page.warnings = events.cursor, events.complete, events.warnings
            page.resume = {**events.resume, "phase": "changed"} if events.resume else None
            yield page

    async def _retrieve(self, stream: StreamSpec, ids: list[str]) -> Page:
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def one(identity: str) -> bytes | None:
            async with gate:
                return await self.fetch_one(stream.name, identity)

        found = await asyncio.gather(*(one(identity) for identity in ids))
        page = Page([], [])
        for identity, record in zip(ids, found, strict=True):
            if record is None:
                page.deleted.append(identity)
            else:
                page.records.append(record)
                page.ids.append(identity)
        return page

    async def _complete_lines(self, page: Page, query: Query) -> None:
        """Put every line into invoices that came with the first ten only: https://docs.stripe.com/api/invoices/invoice_lines"""
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def complete(index: int) -> None:
            async with gate:
                page.records[index] = await self._with_all_lines(page, page.records[index], query)

        await asyncio.gather(*(complete(index) for index, record in enumerate(page.records) if _HAS_MORE.search(record)))

    async def _with_all_lines(self, page: Page, record: bytes, query: Query) -> bytes:
        try:
            invoice = msgspec.json.decode(record, type=_Invoice)
        except msgspec.MsgspecError:
            return record  # its lines are in no shape we know; the mapping will say so
        if invoice.lines is None or not invoice.lines.has_more or not invoice.lines.data:
            return record
        stream = StreamSpec(name="lines", path=f"/v1/invoices/{quote(invoice.id, safe='')}/lines", pagination=PAGING)
        rest: list[bytes] = []
        asked = Query(resume={"next": {"after": invoice.lines.data[-1].id}}, lane=query.lane)
        async for more in list_pages(self.session, stream, asked):
            rest += more.records
            page.requests += more.requests
        return _with_lines(record, rest)

    def outgoing(self, stream: str, kind: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without what Stripe computes itself; a price goes along with a new product only."""
        mapping = self.spec.stream(stream).mapping
        rules = mapping.rules if mapping else ()
        written = {rule.path.partition(".")[0] for rule in rules if rule.writes}
        computed = {rule.path.partition(".")[0] for rule in rules} - written
        computed |= {"default_price_data"} if kind == "update" or not dig(fields, "default_price_data.currency") else {"default_price"}
        return {name: value for name, value in fields.items() if name not in computed}


def _blank(record: bytes) -> bytes:
    return _SECRET.sub(rb"\1null", record)


def _touched(watch: Watch, events: Iterable[bytes], fresh_from: int) -> Iterable[str]:
    """Ids of the objects these events speak of, without those that phase "new" has read."""
    for data in events:
        event: Any = json.loads(data)
        path = watch.types.get(dig(event, "type") or "", "")
        found = dig(event, path) if path else None
        identity = found.get("id") if isinstance(found, dict) else found
        own = path == "data.object.id" and not str(event["type"]).endswith(".deleted")
        if isinstance(identity, str) and not (own and (dig(event, "data.object.created") or 0) >= fresh_from):
            yield identity


def _with_lines(record: bytes, rest: list[bytes]) -> bytes:
    """`record` with these lines after its own; everything else keeps its bytes."""
    invoice = msgspec.json.decode(record, type=dict[str, Raw])
    lines = msgspec.json.decode(invoice["lines"], type=dict[str, Raw])
    own = msgspec.json.decode(lines["data"], type=list[Raw])
    lines["data"] = Raw(msgspec.json.encode([*own, *map(Raw, rest)]))
    lines["has_more"] = Raw(b"false")
    invoice["lines"] = Raw(msgspec.json.encode(lines))
    return msgspec.json.encode(invoice)
