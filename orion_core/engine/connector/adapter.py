"""`BaseAdapter[T]`: a spec, run. A hand-written adapter overrides the hook that is odd about its provider, nothing else.

class AcmeAdapter(BaseAdapter[UnifiedCustomer]):
    spec = SPEC

adapter = AcmeAdapter(AdapterConfig(credential={"token": Secret("…")}), client)
async for page in adapter.fetch("people"):
    ...
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import quote

from orion_core.base.errors import InvalidInput
from orion_core.base.kit import clock, json
from orion_core.engine.connector import windowing, writer
from orion_core.engine.connector.http import HttpClient, HttpResponse
from orion_core.engine.connector.pages import PageDecoder, compact, decoder_for, leave_out
from orion_core.engine.connector.pagination import paginator_for
from orion_core.engine.connector.paths import dig
from orion_core.engine.connector.reader import list_pages, page_request, read_ahead
from orion_core.engine.connector.session import Params, Session, charset_of
from orion_core.engine.connector.spec import ConnectorSpec, RateLimitSpec
from orion_core.engine.connector.spec_streams import StreamSpec
from orion_core.engine.connector.types import AccountInfo, AdapterConfig, Page, Query, RowOutcome, Window, WriteResult
from orion_core.engine.mapping import CompiledMapping, compile_mapping
from orion_core.engine.schema import UnifiedBase, model_of

T = TypeVar("T", bound=UnifiedBase)


class BaseAdapter(Generic[T]):
    """Runs one connection of one connector. Holds no state between calls but the renewed token."""

    spec: ClassVar[ConnectorSpec]

    def __init__(self, config: AdapterConfig, client: HttpClient) -> None:
        self.config = config
        self.session = Session(self.spec, config, client)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.config.connection_id or 'unsaved'} at {self.session.base_url}>"

    # Reading ---------------------------------------------------------------------------------------------------------------------

    async def check(self, stream: str | None = None) -> AccountInfo:
        """Try the connection: one list call (limit 1) of `stream`, then who it is, as far as the provider says.

        Raises:
            ConnectorError: what is wrong and what to do about it.
        """
        chosen = self.spec.stream(stream or self.spec.test_stream or self.spec.streams[0].name)
        response = await self.session.send(
            page_request(self.session, chosen, Query(lane="person"), paginator_for(chosen.pagination), {}, page_size=1)
        )
        if response.status != 204:
            self._decoder(chosen).split(response.body, charset_of(response))
        return await self.account()

    async def account(self) -> AccountInfo:
        """Who the credential belongs to. A provider that does not say is not an error."""
        return AccountInfo()

    def rate_limit(self) -> RateLimitSpec | None:
        """Hook: this account's published limit; None where nobody knows it (the base URL is not the provider's own)."""
        return self.spec.rate_limit if self.session.base_url == self.spec.base_url else None

    async def fetch(
        self,
        stream: str,
        *,
        since: Any = None,
        window: Window | None = None,
        resume: Mapping[str, Any] | None = None,
        exclude: Sequence[str] = (),
        deletes: bool = True,
        lane: str | None = None,
        ahead: int = 1,
    ) -> AsyncIterator[Page]:
        """Yield the pages of `stream`; the next one is fetched while the consumer stores this one (`ahead` pages at most).

        Full: neither `since` nor `window`. Incremental: `since` is the cursor of the last complete read. Window: a part of a full
        read, from `windows`. `resume` goes on after the page that carried it (give the other arguments again). `exclude`: provider
        paths to leave out of every record. `deletes=False` skips calls made only to see deletions.

        Raises:
            CursorExpired: `since` is older than the provider remembers; read in full.
            RetryLater, Reauthorize, GiveUp: by the connector's error table. Pages already yielded stay valid.
        """
        spec = self.spec.stream(stream)
        if since is not None and spec.cursor is None:
            raise InvalidInput(
                f"{self.spec.name} cannot say what changed in {stream}; read it in full.", detail={"fields": {"since": "no cursor"}}
            )
        if window is not None and spec.windows is None:
            raise InvalidInput(f"{self.spec.name} cannot cut {stream} into windows.", detail={"fields": {"window": "not offered"}})
        query = Query(since, window, resume, frozenset(exclude), deletes, lane or ("incremental" if since is not None else "backfill"))
        async with aclosing(cast("AsyncGenerator[Page, None]", read_ahead(self.pages(spec, query), ahead))) as pages:
            async for page in pages:
                if query.exclude:
                    page.records = [leave_out(record, query.exclude) for record in page.records]
                    page.poison = [item._replace(data=b"") for item in page.poison]
                yield page

    def pages(self, stream: StreamSpec, query: Query) -> AsyncGenerator[Page, None]:
        """Hook: the pages a query asks for, in order."""
        return list_pages(self.session, stream, query)

    async def fetch_one(self, stream: str, remote_id: str) -> bytes | None:
        """One record as the provider sends it; None is proof that there is none (404, 410 or marked as gone)."""
        spec = self.spec.stream(stream)
        path = (spec.item_path or spec.path + "/{id}").replace("{id}", quote(remote_id, safe=""))
        request = self.session.request("GET", path, params=list(spec.item_params.items()), idempotent=True)
        response = await self.session.send(request, accept=(404, 410))
        if response.status in (404, 410):
            return None
        document = json.loads(response.body)
        return None if spec.gone_path and dig(document, spec.gone_path) else compact(response.body)

    def windows(self, stream: str, since: datetime | None = None, until: datetime | None = None, n: int = 8) -> list[Window]:
        """`n` windows of equal length that together cover every record; the first and the last are open outwards.

        `since`: where the data begins (see `find_start`). Empty where the provider offers no such filter.
        """
        spec = self.spec.stream(stream)
        return windowing.equal(spec, since, until or clock.now(), n) if spec.windows else []

    async def plan_windows(self, stream: str, n: int = 8, *, since: datetime | None = None, until: datetime | None = None) -> list[Window]:
        """At least `n` windows (where there is data for so many) that cover every record, cut where there are records.

        Asks for single records in up to four rounds of calls that go out together. Better balanced than `windows`: an account
        seldom grows evenly, and one old record does not stretch them. Empty where the provider offers no such filter.
        """
        spec = self.spec.stream(stream)
        return await windowing.cut(spec, partial(self._any_in, spec), since, until or clock.now(), n) if spec.windows else []

    async def find_start(self, stream: str, *, until: datetime | None = None, probes: int = 8, rounds: int = 3) -> datetime | None:
        """About where the stream's oldest record is, by asking for one record before each of a few times; None: it has none.

        `rounds` × one round trip (the probes of a round go out together).
        """
        spec = self.spec.stream(stream)
        return await windowing.find_start(spec, partial(self._any_in, spec), until or clock.now(), probes, rounds) if spec.windows else None

    async def _any_in(self, spec: StreamSpec, window: Window) -> bool:
        request = page_request(self.session, spec, Query(window=window, lane="backfill"), paginator_for(spec.pagination), {}, page_size=1)
        response = await self.session.send(request)
        return self._decoder(spec).split(response.body, charset_of(response)).count > 0

    def _decoder(self, spec: StreamSpec) -> PageDecoder:
        return decoder_for(
            spec.records_path, spec.id_path, spec.cursor.path if spec.cursor else None, tuple(paginator_for(spec.pagination).body_paths)
        )

    # Mapping ---------------------------------------------------------------------------------------------------------------------

    def mapping(self, stream: str) -> CompiledMapping | None:
        """The compiled mapping of a stream: the connection's own, else the connector's; None where there is none."""
        found = self.config.mappings.get(stream) or self.spec.stream(stream).mapping
        return compile_mapping(found) if found is not None else None

    async def to_unified(self, data: dict[str, Any], *, stream: str | None = None) -> T:
        """A provider's record as a unified model, with `raw` and everything without a home in `custom_fields`.

        Raises:
            RecordError: a field cannot be mapped; the message names it.
        """
        compiled = self._mapped(stream)
        mapped = compiled.to_unified(data)
        model = model_of(compiled.mapping.model)
        made = model.from_fields(
            mapped.fields, custom=mapped.custom, flags=mapped.flags, raw=data, connection_id=self.config.connection_id or None
        )
        return cast(T, made)

    async def from_unified(self, model: UnifiedBase, *, stream: str | None = None) -> dict[str, Any]:
        """The provider's fields for the fields set in `model`: what `create` and `update` take."""
        return self._mapped(stream).from_unified(model.as_fields())

    def _mapped(self, stream: str | None) -> CompiledMapping:
        name = stream or next((item.name for item in self.spec.streams if item.mapping), None)
        compiled = self.mapping(name) if name else None
        if compiled is None:
            raise InvalidInput(f"{self.spec.name} has no mapping for {name or 'any stream'}.", detail={"fields": {"stream": "no mapping"}})
        return compiled

    # Writing ---------------------------------------------------------------------------------------------------------------------

    async def create(self, stream: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None) -> WriteResult:
        """Create a record from the provider's fields. With a key the call may safely be repeated where the provider knows keys."""
        return await writer.write_one(
            self.session, self.spec.stream(stream), "create", self.outgoing(stream, "create", fields), idempotency_key=idempotency_key
        )

    async def update(self, stream: str, remote_id: str, fields: Mapping[str, Any], *, idempotency_key: str | None = None) -> WriteResult:
        """Change the given fields of a record; None empties one."""
        return await writer.write_one(
            self.session,
            self.spec.stream(stream),
            "update",
            self.outgoing(stream, "update", fields),
            remote_id=remote_id,
            idempotency_key=idempotency_key,
        )

    async def delete(self, stream: str, remote_id: str, *, idempotency_key: str | None = None) -> bool:
        """Delete (or archive) a record; False where there was none."""
        return await writer.delete_one(self.session, self.spec.stream(stream), remote_id, idempotency_key=idempotency_key)

    async def write_batch(self, stream: str, rows: Sequence[Mapping[str, Any]], *, mode: writer.Mode = "create") -> list[RowOutcome]:
        """Write rows `{"fields", "remote_id"?, "idempotency_key"?}`; one outcome a row, in order. Only failed rows need another try."""
        ready = [
            {**row, "fields": self.outgoing(stream, mode, row["fields"])} if isinstance(row.get("fields"), Mapping) else row for row in rows
        ]
        return await self.write_ready(self.spec.stream(stream), ready, mode)

    async def write_ready(self, stream: StreamSpec, rows: Sequence[Mapping[str, Any]], mode: writer.Mode) -> list[RowOutcome]:
        """Hook: send the rows, their fields as `outgoing` made them. Here one by one."""
        return await writer.write_rows(self.session, stream, rows, mode)

    def outgoing(self, stream: str, kind: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Hook: last touch on fields before a "create" or "update" (text for everything, nothing the provider would refuse, …)."""
        return fields

    async def passthrough(
        self, method: str, path: str, params: Params | Mapping[str, str] = (), body: Any = None, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        """Any call to the provider with this connection's credential; `path` stays on its host, any status is an answer."""
        pairs = list(params.items()) if isinstance(params, Mapping) else list(params)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        return await self.session.passthrough(method, path, params=pairs, body=data, headers=headers)
