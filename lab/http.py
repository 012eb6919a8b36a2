"""Requests and responses, and how they are read from and written to bytes (RFC 9112)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024


@dataclass(slots=True)
class Request:
    """One parsed request; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""

    def params(self) -> list[tuple[str, str]]:
        """The query string as ordered pairs, blank values kept."""
        return parse_qsl(self.query, keep_blank_values=True) if self.query else []

    def bearer(self) -> str | None:
        """The token of an ``Authorization: Bearer`` header, if there is one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@dataclass(slots=True)
class Wire:
    """How a response is put on the wire when it is not simply sent.

    ``cut`` is ``reset`` (RST in the body), ``truncate`` (orderly close before the
    promised length) or ``hang`` (nothing at all, then close); ``seconds`` spreads the
    body over time, or says how long to hang.
    """

    cut: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Response:
    """One answer; ``stream`` replaces ``body`` and is sent chunked."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    wire: Wire | None = None
    delay: float = 0.0


Handler = Callable[[Request], Response | Awaitable[Response]]


class BadRequest(Exception):
    """The bytes on the socket are not a request this server takes."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


@lru_cache(maxsize=128)
def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\n"


def encode_head(response: Response, length: int | None, *, close: bool = False) -> bytes:
    """Status line and headers; ``length`` None announces a chunked body."""
    lines = [_status_line(response.status), "Date: ", _date(int(time.time())), "\r\n"]
    if length is None:
        lines.append("Transfer-Encoding: chunked\r\n")
    elif response.status != 204:
        lines.append(f"Content-Length: {length}\r\n")
    if response.status != 204 and response.content_type:
        lines.append(f"Content-Type: {response.content_type}\r\n")
    for name, value in response.headers.items():
        lines.append(f"{name}: {value}\r\n")
    lines.append("Connection: close\r\n\r\n" if close else "Connection: keep-alive\r\n\r\n")
    return "".join(lines).encode("latin-1")


def parse_head(head: bytes) -> Request:
    """Parse request line and headers (everything before the blank line)."""
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(400, "not an HTTP/1 request line")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest(400, "a header without a colon")
        headers[name.lower()] = value.strip()
    target = parts[1]
    if not target.startswith("/"):
        # absolute form, as a proxy would be asked
        target = "/" + target.partition("://")[2].partition("/")[2]
    path, _, query = target.partition("?")
    if "%" in path:
        path = unquote(path)
    return Request(parts[0].upper(), path, query, headers)


def take_chunked(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    """Decode a chunked body at ``start``; None while it is incomplete."""
    body = bytearray()
    while True:
        line_end = buffer.find(b"\r\n", start)
        if line_end < 0:
            return None
        try:
            size = int(bytes(buffer[start:line_end]).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest(400, "bad chunk size") from error
        start = line_end + 2
        if len(buffer) < start + size + 2:
            return None
        if size == 0:
            return bytes(body), start + 2
        body += buffer[start : start + size]
        start += size + 2
        if len(body) > MAX_BODY:
            raise BadRequest(413, "body too large")
