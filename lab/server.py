"""A small HTTP/1.1 server that can also misbehave.

Ready-made servers hide the socket, and a lab must be able to reset a connection in
the middle of a body or to promise more bytes than it sends. This one keeps the
transport in reach and is otherwise as plain as the protocol allows.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable

from lab.http import MAX_BODY, MAX_HEAD, BadRequest, Handler, Request, Response, Wire, encode_head, parse_head, take_chunked


class HttpProtocol(asyncio.Protocol):
    """One connection: requests are answered in order, one at a time."""

    def __init__(self, handler: Handler, open_connections: set[HttpProtocol]) -> None:
        self._handler = handler
        self._open = open_connections
        self._buffer = bytearray()
        self._busy = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        self._closing = True
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def close(self) -> None:
        """Drop the connection, used when the server stops."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._pump()

    def _pump(self) -> None:
        while not self._closing:
            try:
                request = self._next_request()
            except BadRequest as error:
                answer = Response(error.status, str(error).encode(), "text/plain")
                self._transport.write(encode_head(answer, len(answer.body), close=True) + answer.body)
                self._transport.close()
                self._closing = True
                return
            if request is None:
                return
            outcome = self._handler(request)
            if (
                isinstance(outcome, Response)
                and outcome.wire is None
                and outcome.stream is None
                and not outcome.delay
            ):
                self._send_plain(request, outcome)
                continue
            self._busy = True
            self._task = asyncio.get_running_loop().create_task(self._finish(request, outcome))
            return

    def _next_request(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequest(431, "headers too large")
            return None
        request = parse_head(bytes(self._buffer[:end]))
        start = end + 4
        if "chunked" in request.headers.get("transfer-encoding", "").lower():
            taken = take_chunked(self._buffer, start)
            if taken is None:
                self._continue(request)
                return None
            request.body, start = taken
        else:
            length = request.headers.get("content-length", "0")
            if not length.isdigit():
                raise BadRequest(400, "bad content-length")
            size = int(length)
            if size > MAX_BODY:
                raise BadRequest(413, "body too large")
            if len(self._buffer) < start + size:
                self._continue(request)
                return None
            request.body = bytes(self._buffer[start : start + size])
            start += size
        del self._buffer[:start]
        return request

    def _continue(self, request: Request) -> None:
        if request.headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send_plain(self, request: Request, response: Response) -> None:
        close = request.headers.get("connection", "").lower() == "close"
        head = encode_head(response, len(response.body), close=close)
        if request.method == "HEAD" or response.status == 204:
            self._transport.write(head)
        else:
            self._transport.writelines((head, response.body))
        if close:
            self._closing = True
            self._transport.close()

    async def _finish(self, request: Request, outcome: Response | Awaitable[Response]) -> None:
        response = outcome if isinstance(outcome, Response) else await outcome
        if response.delay:
            await asyncio.sleep(response.delay)
        if response.wire is not None:
            await self._misbehave(response, response.wire)
        elif response.stream is not None:
            await self._send_stream(response)
        else:
            self._send_plain(request, response)
        self._busy = False
        self._task = None
        if self._buffer:
            self._pump()

    async def _send_stream(self, response: Response) -> None:
        assert response.stream is not None
        self._transport.write(encode_head(response, None))
        for piece in response.stream:
            if piece:
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await self._writable.wait()
                await asyncio.sleep(0)  # other connections go on while a long listing streams
        self._transport.write(b"0\r\n\r\n")

    async def _misbehave(self, response: Response, wire: Wire) -> None:
        body = response.body
        if wire.cut == "hang":
            await asyncio.sleep(wire.seconds)
            self._closing = True
            self._transport.abort()
            return
        self._transport.write(encode_head(response, len(body)))
        sent = body if not wire.cut else body[: len(body) // 2]
        pieces = 10 if wire.seconds else 1
        step = max(1, -(-len(sent) // pieces))
        for start in range(0, len(sent), step):
            self._transport.write(sent[start : start + step])
            await asyncio.sleep(wire.seconds / pieces)
            await self._writable.wait()
        if wire.cut == "truncate":
            self._closing = True
            self._transport.close()
        elif wire.cut == "reset":
            # the client must have read the first half, or it would see only the reset
            await asyncio.sleep(0.05)
            self._closing = True
            sock = self._transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
