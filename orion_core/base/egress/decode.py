"""Read a response body within its limits: declared size, decoded size, and the ratio between the two.

Only gzip and deflate are asked for; both decode in bounded steps, so a bomb is cut before it has grown. Pure: bytes in, bytes out.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from orion_core.base.errors import BadResponse, ProviderUnavailable

ACCEPT_ENCODING = "gzip, deflate"
_STEP = 1024 * 1024


class Cut(ProviderUnavailable):
    """The body ended before its encoding did."""


class Decoder(Protocol):
    """Takes encoded chunks, gives the whole decoded body."""

    def feed(self, chunk: bytes) -> None: ...

    def finish(self) -> bytes: ...


def decoder_for(encoding: str | None, limit: int, ratio: int) -> Decoder:
    """The decoder for a `Content-Encoding`.

    Raises:
        BadResponse: an encoding that was not asked for, or several on top of each other.
    """
    name = (encoding or "identity").strip().lower()
    if name in ("identity", ""):
        return Plain(limit)
    if name in ("gzip", "x-gzip"):
        return Inflate(limit, ratio, 16 + zlib.MAX_WBITS)
    if name == "deflate":
        return Inflate(limit, ratio, zlib.MAX_WBITS)
    raise BadResponse(f"The answer is packed in a way that was not asked for ({name[:40]}).",
                      next_step="Check the base URL, or whether a proxy between Orion and the provider changes answers.")


def too_big(limit: int) -> BadResponse:
    """The error for a body over `limit` bytes."""
    return BadResponse(f"The answer is larger than {limit / (1024 * 1024):g} MiB.",
                       next_step="Lower the page size of the stream, or leave out large fields.")


class Plain:
    """No encoding: count and keep."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Keep `chunk`.

        Raises:
            BadResponse: the body is now too big.
        """
        self._size += len(chunk)
        if self._size > self._limit:
            raise too_big(self._limit)
        self._parts.append(chunk)

    def finish(self) -> bytes:
        """The body."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class Inflate:
    """gzip (several members too) or deflate (with or without its zlib head)."""

    def __init__(self, limit: int, ratio: int, window: int) -> None:
        self._limit = limit
        self._ratio = ratio
        self._window = window
        self._engine = zlib.decompressobj(window)
        self._seen = 0
        self._size = 0
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Decode `chunk`.

        Raises:
            BadResponse: too big, too dense, or not what the header says.
        """
        first = self._seen == 0
        self._seen += len(chunk)
        if self._seen > self._limit:
            raise too_big(self._limit)
        while chunk:
            if self._engine.eof:  # the next gzip member; anything else after the end is ignored as padding
                if not chunk.startswith(b"\x1f\x8b"):
                    return
                self._engine = zlib.decompressobj(self._window)
            try:
                part = self._engine.decompress(chunk, _STEP)
            except zlib.error as error:
                if first and self._window == zlib.MAX_WBITS:  # many servers send raw deflate
                    first, self._window = False, -zlib.MAX_WBITS
                    self._engine = zlib.decompressobj(self._window)
                    continue
                raise BadResponse(f"The answer says it is compressed but cannot be unpacked: {error}.") from None
            self._keep(part, len(self._engine.unconsumed_tail) + len(self._engine.unused_data))
            chunk = self._engine.unconsumed_tail or self._engine.unused_data

    def finish(self) -> bytes:
        """The body.

        Raises:
            Cut: the compressed stream has no end.
        """
        if self._seen and not self._engine.eof:
            self._keep(self._engine.decompress(b"", _STEP), 0)  # raw deflate can owe its last bytes
        if self._seen and not self._engine.eof:
            raise Cut("The answer broke off in the middle.")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _keep(self, part: bytes, waiting: int) -> None:
        self._size += len(part)
        if self._size > self._limit:
            self._parts.clear()
            raise too_big(self._limit)
        if self._size > _STEP and self._size > self._ratio * (self._seen - waiting):
            self._parts.clear()
            raise BadResponse(f"The answer unpacks to more than {self._ratio} times its size; that is an attack or a fault.",
                              next_step="Check the base URL; tell the provider if it is theirs.")
        if part:
            self._parts.append(part)
