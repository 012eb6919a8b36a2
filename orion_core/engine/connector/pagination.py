"""From page to page. A paginator is pure: it places a position in a request and reads the next one off a page.

A position is a JSON-able dict, `{}` at the start. `Guard` ends loops: a provider that hands out the same position twice, or the
same page for two positions, would be read for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, cast
from urllib.parse import urljoin, urlsplit

from orion_core.base.errors import BadResponse
from orion_core.base.kit.redact import redact_url
from orion_core.engine.connector.spec_streams import (
    CursorPaging,
    KeysetPaging,
    NextLinkPaging,
    OffsetPaging,
    PagePaging,
    PaginationSpec,
)

Position = dict[str, Any]
_LINK = re.compile(r'<([^>]*)>\s*;[^<]*?rel\s*=\s*"?next"?', re.IGNORECASE)


@dataclass(slots=True)
class PageFacts:
    """What a paginator may know of a page: `values` are those at its `body_paths`; `count` and `last_id` before doubles were dropped."""

    count: int
    last_id: str | None
    values: Mapping[str, Any]
    headers: Mapping[str, str]
    url: str = ""


class Paginator(Protocol):
    """How one kind of paging goes on."""

    body_paths: tuple[str, ...]

    def place(self, position: Position) -> dict[str, Any]:
        """Parameters for the request at `position`."""
        ...

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        """The position after `page`, None at the end."""
        ...


class NoPaginator:
    body_paths: tuple[str, ...] = ()

    def place(self, position: Position) -> dict[str, Any]:
        return {}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        return None


class CursorPaginator:
    def __init__(self, spec: CursorPaging) -> None:
        self.spec = spec
        self.body_paths = (spec.next_path, *([spec.more_path] if spec.more_path else []))

    def place(self, position: Position) -> dict[str, Any]:
        return {self.spec.param: position["token"]} if "token" in position else {}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        token = page.values.get(self.spec.next_path)
        if token in (None, "", False) or (self.spec.more_path and not page.values.get(self.spec.more_path)):
            return None
        return {"token": token}


class NextLinkPaginator:
    """The next address must be on the same host: a token never travels to another one."""

    def __init__(self, spec: NextLinkPaging) -> None:
        self.spec = spec
        self.body_paths = (spec.path,) if spec.path else ()

    def place(self, position: Position) -> dict[str, Any]:
        return {}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        found = page.values.get(self.spec.path) if self.spec.path else _link_header(page.headers.get("link", ""))
        if not isinstance(found, str) or not found:
            return None
        link = urljoin(page.url, found)
        if urlsplit(link)[:2] != urlsplit(page.url)[:2]:
            raise BadResponse(
                f"The next page is on another host ({redact_url(link)}); Orion does not follow it with your credential.",
                next_step="Set the connection's base URL to the host the provider pages on.",
            )
        return {"link": link}


class OffsetPaginator:
    def __init__(self, spec: OffsetPaging) -> None:
        self.spec = spec
        self.body_paths = (spec.total_path,) if spec.total_path else ()

    def place(self, position: Position) -> dict[str, Any]:
        return {self.spec.param: position.get("offset", self.spec.start)}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        offset = position.get("offset", self.spec.start) + page.count
        total = page.values.get(self.spec.total_path) if self.spec.total_path else None
        done = page.count == 0 or (isinstance(total, int) and offset - self.spec.start >= total)
        return None if done else {"offset": offset}


class PagePaginator:
    def __init__(self, spec: PagePaging) -> None:
        self.spec = spec
        self.body_paths = (spec.pages_path,) if spec.pages_path else ()

    def place(self, position: Position) -> dict[str, Any]:
        return {self.spec.param: position.get("page", self.spec.start)}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        number = position.get("page", self.spec.start)
        pages = page.values.get(self.spec.pages_path) if self.spec.pages_path else None
        done = page.count == 0 or (isinstance(pages, int) and number - self.spec.start + 1 >= pages)
        return None if done else {"page": number + 1}


class KeysetPaginator:
    def __init__(self, spec: KeysetPaging) -> None:
        self.spec = spec
        self.body_paths = (spec.more_path,) if spec.more_path else ()

    def place(self, position: Position) -> dict[str, Any]:
        return {self.spec.param: position["after"]} if "after" in position else {}

    def get_next(self, position: Position, page: PageFacts) -> Position | None:
        if page.count == 0 or (self.spec.more_path and not page.values.get(self.spec.more_path)):
            return None
        if page.last_id is None:
            raise BadResponse(
                "The last record of a page has no id, so the next page cannot be asked for.",
                next_step="Check the stream's id_path against the provider's answer.",
            )
        return {"after": page.last_id}


_KINDS: dict[str, Any] = {
    "cursor": CursorPaginator,
    "next_link": NextLinkPaginator,
    "offset": OffsetPaginator,
    "page": PagePaginator,
    "keyset": KeysetPaginator,
}


def paginator_for(spec: PaginationSpec) -> Paginator:
    """The paginator a pagination spec asks for."""
    kind = _KINDS.get(spec.kind)
    return cast(Paginator, kind(spec) if kind else NoPaginator())


@dataclass(slots=True)
class Guard:
    """Remembers where a read has been.

    Raises (from `check`):
        BadResponse: a position came a second time, or two positions gave the same page; the message names it.
    """

    ADVICE: ClassVar[str] = "Check the stream's pagination settings; if they are right, this is a fault of the provider."

    seen: set[str] = field(default_factory=set)
    last_page: tuple[int, str, str] | None = None

    def check(self, position: Position | None, ids: list[str]) -> None:
        """Take note of a page and of the position after it."""
        if ids:
            page = (len(ids), ids[0], ids[-1])
            if page == self.last_page:
                raise BadResponse(
                    f"Paging goes in a circle: the page at {_name(position)} repeats the one before it.", next_step=self.ADVICE
                )
            self.last_page = page
        if position is not None:
            name = _name(position)
            if name in self.seen:
                raise BadResponse(f"Paging goes in a circle: the provider gave the position {name} a second time.", next_step=self.ADVICE)
            self.seen.add(name)


def _name(position: Position | None) -> str:
    return ", ".join(f"{key}={str(value)[:120]}" for key, value in (position or {"end": "of the list"}).items())


def _link_header(value: str) -> str | None:
    found = _LINK.search(value)
    return found.group(1) if found else None
