"""What HubSpot's lists leave out, fetched and put into the records: associated ids after a search, all properties, line items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from orion_core.base.kit import json
from orion_core.engine.connector.pages import compact
from orion_core.engine.connector.session import Session
from orion_core.engine.connector.types import Page

BATCH = 100  # inputs a call: https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide
LINE_PROPERTIES = (
    "amount",
    "createdate",
    "description",
    "discount",
    "hs_cost_of_goods_sold",
    "hs_discount_percentage",
    "hs_images",
    "hs_lastmodifieddate",
    "hs_line_item_currency_code",
    "hs_position_on_quote",
    "hs_product_id",
    "hs_recurring_billing_end_date",
    "hs_recurring_billing_period",
    "hs_recurring_billing_start_date",
    "hs_sku",
    "hs_tax_amount",
    "hs_tax_rate",
    "hs_total_discount",
    "hs_url",
    "name",
    "price",
    "quantity",
    "recurringbillingfrequency",
    "tax",
)


class _Archived(Struct, rename="camel", gc=False):
    id: str
    archived_at: str | None = None


class _Results(Struct, gc=False):
    results: list[Raw] = []


class _Id(Struct, gc=False):
    id: str


def archived_since(page: Page, bound: str) -> list[str]:
    """Ids of the archived records of a page that were archived at or after `bound` (ISO)."""
    found = (msgspec.json.decode(record, type=_Archived) for record in page.records)
    return [item.id for item in found if item.archived_at is None or item.archived_at >= bound]


async def read_many(session: Session, kind: str, ids: Sequence[str], properties: Sequence[str], lane: str) -> dict[str, bytes]:
    """Records by id, `BATCH` a call; an id HubSpot does not know is left out (207)."""
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), BATCH):
        body = {"inputs": [{"id": identity} for identity in ids[start : start + BATCH]], "properties": list(properties)}
        request = session.request("POST", f"/crm/v3/objects/{kind}/batch/read", body=json.dumps(body), lane=lane, idempotent=True)
        answer = msgspec.json.decode((await session.send(request)).body, type=_Results)
        for raw in answer.results:
            data = compact(bytes(raw))
            found[msgspec.json.decode(data, type=_Id).id] = data
    return found


async def associations_of(session: Session, kind: str, other: str, ids: Sequence[str], lane: str) -> dict[str, list[dict[str, str]]]:
    """For each record the associated ids, in the shape a list gives them: `{"id", "type"}`.

    https://developers.hubspot.com/docs/api-reference/crm-associations-v3/guide
    """
    found: dict[str, list[dict[str, str]]] = {}
    for start in range(0, len(ids), BATCH):
        body = {"inputs": [{"id": identity} for identity in ids[start : start + BATCH]]}
        answer = await session.post_json(f"/crm/v3/associations/{kind}/{other}/batch/read", body, lane=lane)
        for item in answer.get("results", []):
            found[str(item["from"]["id"])] = [{"id": str(to["id"]), "type": str(to.get("type", ""))} for to in item.get("to", [])]
    return found


async def add_associations(session: Session, kind: str, others: Sequence[str], page: Page, lane: str) -> None:
    """Give the records of a search the `associations` a list would have sent."""
    if not page.ids:
        return
    found = {other: await associations_of(session, kind, other, page.ids, lane) for other in others}
    for index, identity in enumerate(page.ids):
        own = {other.replace("_", " "): {"results": links[identity]} for other, links in found.items() if links.get(identity)}
        if own:
            page.records[index] = with_key(page.records[index], "associations", own)


async def add_line_items(session: Session, page: Page, lane: str) -> None:
    """Put the line items of invoices under `line_items`, each as HubSpot sends it."""
    wanted: list[list[str]] = []
    for record in page.records:
        links: Any = json.loads(record).get("associations") or {}
        results = (links.get("line items") or links.get("line_items") or {}).get("results", [])
        wanted.append(list(dict.fromkeys(str(item["id"]) for item in results)))
    flat = list(dict.fromkeys(identity for ids in wanted for identity in ids))
    items = await read_many(session, "line_items", flat, LINE_PROPERTIES, lane) if flat else {}
    for index, ids in enumerate(wanted):
        if ids:
            page.records[index] = with_key(
                page.records[index], "line_items", [Raw(items[identity]) for identity in ids if identity in items]
            )


def with_key(record: bytes, key: str, value: Any) -> bytes:
    """`record` with one more key; everything else keeps its bytes."""
    document = msgspec.json.decode(record, type=dict[str, Raw])
    document[key] = Raw(msgspec.json.encode(value))
    return msgspec.json.encode(document)
