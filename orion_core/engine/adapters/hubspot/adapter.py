"""What is odd about HubSpot: properties must be named, changes are searched for, deletions are a list of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from orion_core.base.errors import ConnectorError, Reauthorize, RemoteNotFound, RetryLater
from orion_core.base.kit import json
from orion_core.engine.adapters.hubspot import reading
from orion_core.engine.adapters.hubspot.batch import write_batch
from orion_core.engine.adapters.hubspot.mapping import with_currency
from orion_core.engine.adapters.hubspot.properties import MERGED, Properties, too_long
from orion_core.engine.adapters.hubspot.spec import OBJECTS, OVERLAP_S, SPEC
from orion_core.engine.connector.adapter import BaseAdapter
from orion_core.engine.connector.http import HttpClient
from orion_core.engine.connector.pages import compact
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.reader import list_pages
from orion_core.engine.connector.registry import register_adapter
from orion_core.engine.connector.spec_streams import CursorSpec, KeysetPaging, StreamSpec
from orion_core.engine.connector.times import parse_time, render_time
from orion_core.engine.connector.types import AccountInfo, AdapterConfig, Page, Query, RowOutcome
from orion_core.engine.connector.writer import Mode
from orion_core.engine.mapping import CompiledMapping, compile_mapping
from orion_core.engine.schema import UnifiedCustomer

# A call names this property only to get small records while the real ones are read by id.
SMALLEST = "hs_object_id"
IN_FLIGHT = 4


@register_adapter("hubspot")
class HubSpotAdapter(BaseAdapter[UnifiedCustomer]):
    """HubSpot's CRM objects. Incremental: searched by time of change in the order of ids, then the archived ones."""

    spec = SPEC

    def __init__(self, config: AdapterConfig, client: HttpClient) -> None:
        super().__init__(config, client)
        self.properties = Properties(self.session, config.settings.get("properties"))

    async def account(self) -> AccountInfo:
        """The portal: https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide"""
        try:
            found = await self.session.get_json("/account-info/v3/details", lane="person")
        except (Reauthorize, RetryLater):
            raise
        except ConnectorError:
            return AccountInfo()
        portal, currency = dig(found, "portalId"), dig(found, "companyCurrency")
        return AccountInfo(
            str(portal) if portal else None, f"HubSpot {portal}" if portal else None, {"currency": currency} if currency else {}
        )

    def mapping(self, stream: str) -> CompiledMapping | None:
        """As the spec says; amounts without a currency of their own are in the account's (`settings["currency"]`)."""
        found = self.config.mappings.get(stream) or self.spec.stream(stream).mapping
        return compile_mapping(with_currency(found, str(self.config.settings.get("currency") or "USD"))) if found else None

    async def pages(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        """In full: the list. With `since`: what changed, then (with `deletes`) what was archived."""
        async with aclosing(self._list(stream, query) if query.since is None else self._changes(stream, query)) as source:
            async for page in source:
                if stream.name == "invoices" and page.records:
                    await reading.add_line_items(self.session, page, query.lane)
                for record in page.records:
                    page.deleted += _merged(record)
                yield page

    async def fetch_one(self, stream: str, remote_id: str) -> bytes | None:
        """One record with all its properties and associations."""
        found = await self._retrieve(stream, remote_id, "person")
        if found is None or stream != "invoices":
            return found
        page = Page([found], [remote_id])
        await reading.add_line_items(self.session, page, "person")
        return page.records[0]

    async def _retrieve(self, stream: str, remote_id: str, lane: str) -> bytes | None:
        spec, kind = self.spec.stream(stream), OBJECTS[stream]
        names = await self.properties.names(stream, spec.mapping)
        long = too_long(names)
        path = f"{spec.path}/{quote(remote_id, safe='')}"
        request = self.session.request("GET", path, params=_names([SMALLEST] if long else names, kind.associated), lane=lane)
        response = await self.session.send(request, accept=(404, 410))
        if response.status in (404, 410):
            return None
        page = Page([compact(response.body)], [remote_id])
        if long:
            await self._fill(stream, page, names, lane)
        return page.records[0]

    async def _associate(self, stream: str, page: Page, lane: str) -> None:
        """Give the records of a search the associations a list would have sent; where there is no batch call for it, one by one."""
        try:
            await reading.add_associations(self.session, stream, OBJECTS[stream].associated, page, lane)
        except RemoteNotFound:
            gate = asyncio.Semaphore(IN_FLIGHT)

            async def one(index: int, identity: str) -> None:
                async with gate:
                    page.records[index] = await self._retrieve(stream, identity, lane) or page.records[index]

            await asyncio.gather(*(one(index, identity) for index, identity in enumerate(page.ids)))

    async def _list(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        names = await self.properties.names(stream.name, stream.mapping, query.exclude)
        long = too_long(names)
        extra = _names([SMALLEST] if long else names, OBJECTS[stream.name].associated)
        async with aclosing(list_pages(self.session, stream, query, extra=extra)) as source:
            async for page in source:
                if long:
                    await self._fill(stream.name, page, names, query.lane)
                yield page

    async def _fill(self, kind: str, page: Page, names: list[str], lane: str) -> None:
        """Replace the small records of a page by whole ones, keeping their associations."""
        whole = await reading.read_many(self.session, kind, page.ids, names, lane)
        for index, identity in enumerate(page.ids):
            if identity in whole:
                links = json.loads(page.records[index]).get("associations")
                page.records[index] = reading.with_key(whole[identity], "associations", links) if links else whole[identity]

    async def _changes(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        saved = dict(query.resume or {"phase": "changed"})
        kind = OBJECTS[stream.name]
        if saved["phase"] == "changed":
            names = await self.properties.names(stream.name, stream.mapping, query.exclude)
            search = _search(stream, kind.changed, names)
            asked = replace(query, resume=saved if "next" in saved else None)
            async with aclosing(list_pages(self.session, search, asked)) as source:
                async for page in source:
                    await self._associate(stream.name, page, query.lane)
                    page.complete = page.complete and not query.deletes
                    if page.resume is None and query.deletes:
                        page.resume = saved = {"next": {}, "cursor": page.cursor, "began": True, "phase": "archived"}
                    elif page.resume is not None:
                        page.resume = {**page.resume, "phase": "changed"}
                    yield page
        if not query.deletes:
            return
        bound = render_time(parse_time(query.since, "epoch_ms") - timedelta(seconds=OVERLAP_S), "iso_ms")
        archive = stream.model_copy(update={"params": {"archived": "true"}})
        async with aclosing(list_pages(self.session, archive, Query(resume=saved, lane=query.lane))) as source:
            async for page in source:
                resume = {**page.resume, "phase": "archived"} if page.resume else None
                yield replace(page, records=[], ids=[], resume=resume, deleted=reading.archived_since(page, bound))

    def outgoing(self, stream: str, kind: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Every value is sent as text; an empty one clears the property."""
        properties = fields.get("properties", fields)
        return {**(fields if "properties" in fields else {}), "properties": {name: as_text(value) for name, value in properties.items()}}

    async def write_ready(self, stream: StreamSpec, rows: Sequence[Mapping[str, Any]], mode: Mode) -> list[RowOutcome]:
        """100 rows a call; a row that fails does not stop the others."""
        return await write_batch(self.session, stream, rows, mode)


def as_text(value: Any) -> str:
    """A property value as HubSpot takes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ";".join(map(as_text, value))
    return json.dumps_text(value).strip('"') if hasattr(value, "isoformat") else str(value)


def _names(names: Sequence[str], associated: Sequence[str]) -> tuple[tuple[str, str], ...]:
    params = [("properties", ",".join(names))] if names else []
    return (*params, *([("associations", ",".join(associated))] if associated else []))


def _search(stream: StreamSpec, changed: str, names: Sequence[str]) -> StreamSpec:
    """The search for what changed, in the order of ids: each page asks for ids above the last one, so that the limit of 10,000
    results a query is never met. https://developers.hubspot.com/docs/api-reference/search/guide
    """
    body = {
        "filterGroups": [
            {
                "filters": [
                    {"propertyName": changed, "operator": "GTE", "value": "0"},
                    {"propertyName": "hs_object_id", "operator": "GT", "value": "0"},
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(names),
    }
    return stream.model_copy(
        update={
            "method": "POST",
            "path": stream.path + "/search",
            "body": body,
            "pagination": KeysetPaging(param="filterGroups.0.filters.1.value", more_path="paging.next.after", location="body"),
            "cursor": CursorSpec(
                path="updatedAt", format="epoch_ms", param="filterGroups.0.filters.0.value", location="body", overlap_s=OVERLAP_S
            ),
        }
    )


def _merged(record: bytes) -> list[str]:
    """Ids of the records this one took in."""
    start = record.find(b'"' + MERGED.encode() + b'":"')
    if start < 0:
        return []
    value = record[start + len(MERGED) + 4 :].split(b'"', 1)[0].decode("ascii", "ignore")
    return [identity for identity in value.split(";") if identity.isdigit()]
