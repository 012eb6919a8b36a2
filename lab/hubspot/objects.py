"""Single records and lists: https://developers.hubspot.com/docs/api/crm/understanding-the-crm"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from lab.http import Request, Response
from lab.hubspot.batch import Batch
from lab.hubspot.crm import Crm
from lab.hubspot.errors import input_json, invalid, not_found
from lab.hubspot.query import Search
from lab.hubspot.schema import ObjectType
from lab.ids import NumberCodec
from lab.store import Record

if TYPE_CHECKING:
    from lab.hubspot.api import HubSpot

JSON = "application/json;charset=utf-8"
_CACHE_BYTES = 256 * 1024 * 1024


def json_response(value: Any, status: int = 200) -> Response:
    """An answer in HubSpot's content type."""
    return Response(status, orjson.dumps(value), JSON)


def json_body(request: Request) -> Any:
    """The request's body, refused as HubSpot refuses what is no JSON."""
    try:
        return orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise input_json(str(error)) from None


class Params:
    """Query parameters; lists come comma separated or repeated."""

    def __init__(self, request: Request) -> None:
        self._pairs = request.params()

    def one(self, name: str, default: str = "") -> str:
        """The last value of a parameter."""
        return next((value for key, value in reversed(self._pairs) if key == name), default)

    def many(self, name: str) -> list[str] | None:
        """All values of a parameter; None when it was not sent."""
        found = [item for key, value in self._pairs if key == name for item in value.split(",") if item]
        return found or None

    def number(self, name: str, default: int) -> int:
        """An integer parameter."""
        value = self.one(name)
        if not value:
            return default
        if not value.lstrip("-").isdigit():
            raise invalid(f"Invalid integer value for {name}: {value}")
        return int(value)


class Objects:
    """Routes below ``/crm/v3/objects``."""

    def __init__(self, hubspot: HubSpot, crm: Crm) -> None:
        self._hubspot = hubspot
        self._crm = crm
        self._batch = Batch(hubspot, crm)
        self._search = Search(crm)
        # in prerendered mode a page is built once and then served as bytes
        self._pages: OrderedDict[tuple[str, int, str], bytes] = OrderedDict()
        self._pages_size = 0

    def answer(self, request: Request, rest: list[str]) -> Response | None:
        """Route a request; ``rest`` are the path segments after ``objects``."""
        obj = self._crm.type_of(rest[0])
        match request.method, rest[1:]:
            case "GET", []:
                return self._list(obj, request)
            case "POST", []:
                return self._create(obj, request)
            case "POST", ["search"]:
                lag = float(self._hubspot.settings["search_lag_s"])
                hidden = int((self._hubspot.context.now() - lag) * 1000) if lag else None
                return json_response(self._search.page(obj, json_body(request), hidden))
            case "POST", ["batch", verb]:
                return self._batch.answer(obj, verb, json_body(request))
            case "POST", ["merge" | "gdpr-delete" as verb]:
                return self._special(obj, verb, json_body(request))
            case "GET", [identifier]:
                return self._get(obj, identifier, Params(request))
            case "PATCH", [identifier]:
                return self._update(obj, identifier, request)
            case "DELETE", [identifier]:
                index = self._crm.collections[obj.name].index(identifier)
                # HubSpot answers 204 for what is already gone, and for what never was
                if index is not None and self._crm.collections[obj.name].has(index):
                    self._crm.archive(obj, index)
                return Response(204)
        return None

    def _list(self, obj: ObjectType, request: Request) -> Response:
        collection = self._crm.collections[obj.name]
        # associations change without a change of the record, so their pages are not kept
        if not self._hubspot.context.options.prerendered or collection.poisoned or "associations" in request.query:
            return Response(200, self._page(obj, request), JSON)
        key = (obj.name, collection.revision, request.query)
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = self._page(obj, request)
            self._pages_size += len(page)
            while self._pages_size > _CACHE_BYTES:
                self._pages_size -= len(self._pages.popitem(last=False)[1])
        return Response(200, page, JSON)

    def _page(self, obj: ObjectType, request: Request) -> bytes:
        params = Params(request)
        limit = params.number("limit", 10)
        if limit > 100 or limit < 1:
            raise invalid(f"The requested limit {limit} is not valid: it must be between 1 and 100")
        collection = self._crm.collections[obj.name]
        assert isinstance(collection.codec, NumberCodec)
        after = params.one("after")
        if after and not after.isdigit():
            raise invalid(f"Invalid after value: {after}")
        start = collection.codec.first_above(int(after)) if after else 0
        if params.one("archived").lower() == "true":
            source = iter(sorted(index for index in collection.gone if index >= start))
        else:
            source = collection.live(start)
        chosen = list(islice(source, limit + 1))
        more = len(chosen) > limit
        properties, associations = params.many("properties"), params.many("associations") or []
        history = params.many("propertiesWithHistory") or []
        rows = []
        for index in chosen[:limit]:
            view = self._crm.view(obj, index, properties, associations=associations, history=history)
            rows.append(collection.render(index, view))
        tail = b"}"
        if more:
            last = collection.id(chosen[limit - 1])
            link = f"https://api.hubapi.com/crm/v3/objects/{obj.name}?limit={limit}&after={last}"
            tail = b',"paging":' + orjson.dumps({"next": {"after": last, "link": link}}) + b"}"
        return b'{"results":[' + b",".join(rows) + b"]" + tail

    def _get(self, obj: ObjectType, identifier: str, params: Params) -> Response:
        index = self._crm.locate(obj, identifier, params.one("idProperty") or None)
        if index is None and params.one("archived").lower() == "true":
            index = self._crm.collections[obj.name].index(identifier)
        if index is None:
            raise not_found()
        view = self._crm.view(
            obj,
            index,
            params.many("properties"),
            associations=params.many("associations") or [],
            history=params.many("propertiesWithHistory") or [],
        )
        return Response(200, self._crm.collections[obj.name].render(index, view), JSON)

    def _create(self, obj: ObjectType, request: Request) -> Response:
        body = self._object(request)
        index = self._crm.create(obj, body.get("properties", {}))
        self._hubspot.connect_new(obj, index, body.get("associations"))
        return json_response(self._batch.whole(obj, index), 201)

    def _update(self, obj: ObjectType, identifier: str, request: Request) -> Response:
        index = self._crm.locate(obj, identifier, Params(request).one("idProperty") or None)
        if index is None:
            raise not_found()
        return json_response(self._crm.update(obj, index, self._object(request).get("properties", {})))

    @staticmethod
    def _object(request: Request) -> Record:
        body = json_body(request)
        if not isinstance(body, dict) or "properties" not in body:
            raise input_json("Some required fields were not set: [properties]")
        return body

    def _special(self, obj: ObjectType, verb: str, body: Any) -> Response | None:
        if verb == "merge":
            kept = self._crm.locate(obj, str(body.get("primaryObjectId")))
            lost = self._crm.locate(obj, str(body.get("objectIdToMerge")))
            if kept is None or lost is None or kept == lost:
                raise not_found()
            held = self._crm.collections[obj.name].get(lost)["properties"]
            mine = self._crm.collections[obj.name].get(kept)["properties"]
            writable = {
                name: value
                for name, value in held.items()
                if value and not mine.get(name) and not name.startswith("hs_") and name in obj.properties
            }
            self._crm.archive(obj, lost)
            return json_response(self._crm.update(obj, kept, writable))
        index = self._crm.locate(obj, str(body.get("objectId")), body.get("idProperty"))
        if obj.name != "contacts":
            return None
        if index is not None:
            self._crm.archive(obj, index)
        return Response(204)
