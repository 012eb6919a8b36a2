"""Read a stream page by page as its spec says: filters, paging, the cursor, and the next page while this one is being stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from orion_core.base.kit import clock, json
from orion_core.engine.connector.http import HttpRequest, HttpResponse
from orion_core.engine.connector.pages import Split, decoder_for
from orion_core.engine.connector.pagination import Guard, PageFacts, Paginator, Position, paginator_for
from orion_core.engine.connector.paths import plant
from orion_core.engine.connector.session import Session, charset_of, info_of
from orion_core.engine.connector.spec_streams import StreamSpec
from orion_core.engine.connector.times import http_date, is_time, native_time, parse_time, render_time
from orion_core.engine.connector.types import OPEN_END, OPEN_START, Page, Query

Extra = tuple[tuple[str, str], ...]


class Progress:
    """The cursor of a read that is under way.

    A read sorted by the cursor field ends where its newest record is. Any other read only promises to have seen what was there
    when it began, so its cursor is its beginning, by the provider's own clock.
    """

    def __init__(self, stream: StreamSpec, query: Query) -> None:
        self.spec = stream.cursor
        self.follows_records = self.spec is not None and (stream.order == "asc" or not is_time(self.spec.format))
        saved = query.resume or {}
        self.value: Any = saved.get("cursor", query.since)
        self.began = saved.get("began") is not None

    def note(self, split: Split, response: HttpResponse) -> None:
        """Take a page into account."""
        if self.spec is None:
            return
        if self.follows_records:
            for value in split.cursors:
                if isinstance(value, (str, int, float)) and (self.value is None or _newer(value, self.value)):
                    self.value = value
        elif not self.began:
            began = http_date(response.headers.get("date")) or clock.now() - timedelta(seconds=self.spec.overlap_s)
            value = native_time(began, self.spec.format)
            self.value = value if self.value is None or _newer(value, self.value) else self.value
            self.began = True

    def resume(self, position: Position | None) -> dict[str, Any] | None:
        """What `fetch` needs to go on, None at the end."""
        if position is None:
            return None
        return {"next": position, "cursor": self.value, **({"began": True} if self.began else {})}


def _newer(left: Any, right: Any) -> bool:
    try:
        return bool(left > right)
    except TypeError:
        return str(left) > str(right)


async def list_pages(session: Session, stream: StreamSpec, query: Query, *, extra: Extra = ()) -> AsyncGenerator[Page, None]:
    """The pages of `stream`, one call each. `extra` parameters come on top of the spec's.

    Raises:
        ConnectorError: by the error table; nothing of a page that failed is handed out.
    """
    paginator = paginator_for(stream.pagination)
    cursor_path = stream.cursor.path if stream.cursor else None
    decoder = decoder_for(stream.records_path, stream.id_path, cursor_path, tuple(paginator.body_paths))
    progress, guard = Progress(stream, query), Guard()
    position: Position | None = dict((query.resume or {}).get("next", {}))
    while position is not None:
        request = page_request(session, stream, query, paginator, position, extra)
        response = await session.send(request)
        split = Split([], [], [], {}, 0, None) if response.status == 204 else decoder.split(response.body, charset_of(response))
        progress.note(split, response)
        position = paginator.get_next(position, PageFacts(split.count, split.last_id, split.values, response.headers, request.full_url()))
        guard.check(position, split.ids)
        yield Page(
            split.records,
            split.ids,
            progress.resume(position),
            progress.value,
            complete=position is None,
            poison=split.poison,
            warnings=split.warnings,
            requests=[info_of(request, response)],
        )


def page_request(
    session: Session,
    stream: StreamSpec,
    query: Query,
    paginator: Paginator,
    position: Position,
    extra: Extra = (),
    page_size: int | None = None,
) -> HttpRequest:
    """The call for the page at `position`."""
    if "link" in position:
        return session.follow(position["link"], query.lane)
    paging = stream.pagination
    asked: dict[str, Any] = {}
    size = page_size or stream.page_size
    if paging.limit_param and size:
        asked[paging.limit_param] = size
    asked |= paginator.place(position)
    in_body = {**asked} if paging.location == "body" else {}
    params = [*stream.params.items(), *extra, *filters(stream, query, "query")]
    if paging.location == "query":
        params += [(name, str(value)) for name, value in asked.items()]
    bounds = filters(stream, query, "body")
    if stream.body is None and not in_body and not bounds:
        return session.request(stream.method, stream.path, params=params, lane=query.lane, idempotent=True)
    document: dict[str, Any] = json.loads(json.dumps(stream.body or {}))
    for name, value in [*bounds, *in_body.items()]:
        plant(document, name, value)
    return session.request(stream.method, stream.path, params=params, body=json.dumps(document), lane=query.lane, idempotent=True)


def filters(stream: StreamSpec, query: Query, location: str) -> list[tuple[str, str]]:
    """The parameters that narrow a read to what changed, or to a window."""
    found: list[tuple[str, str]] = []
    cursor, windows = stream.cursor, stream.windows
    if query.since is not None and cursor is not None and cursor.param and cursor.location == location:
        value = str(query.since)
        if is_time(cursor.format):
            value = render_time(parse_time(query.since, cursor.format) - timedelta(seconds=cursor.overlap_s), cursor.format)
        found.append((cursor.param, cursor.template.replace("{value}", value)))
    if query.window is not None and windows is not None and location == "query":
        start, end = query.window
        if start > OPEN_START:
            found.append((windows.gte_param, render_time(start, windows.format)))
        if end < OPEN_END:
            found.append((windows.lt_param, render_time(end, windows.format)))
    return found


async def read_ahead(pages: AsyncGenerator[Page, None], depth: int = 1) -> AsyncIterator[Page]:
    """`pages`, with up to `depth` of them fetched while the consumer is busy. An error comes after the pages before it."""
    if depth < 1:
        async with aclosing(pages):
            async for page in pages:
                yield page
        return
    waiting: asyncio.Queue[Page | Exception | None] = asyncio.Queue()
    room = asyncio.Semaphore(depth)

    async def pull() -> None:
        try:
            while True:
                await room.acquire()
                page = await anext(pages, None)
                waiting.put_nowait(page)
                if page is None:
                    return
        except Exception as error:
            waiting.put_nowait(error)

    task = asyncio.create_task(pull())
    try:
        while (item := await waiting.get()) is not None:
            if isinstance(item, Exception):
                raise item
            room.release()
            await asyncio.sleep(0)  # lets the next call leave before the consumer takes the processor
            yield item
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pages.aclose()
