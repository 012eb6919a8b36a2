"""The resolver of the outgoing door: look a name up once, check every address, hand out only checked ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from orion_core.base.egress.policy import EgressPolicy

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Name and port to addresses; tests put their own in."""

_MAX_ADDRESSES = 64
# Of its own: slow name servers must not use up the loop's default threads.
_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="egress-dns")


async def system_lookup(host: str, port: int) -> list[str]:
    """Every address the system's resolver knows for `host`, in its order."""
    found = await asyncio.get_running_loop().run_in_executor(
        _threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class PolicyResolver(AbstractResolver):
    """aiohttp's resolver: what it returns is what is connected to, so a name cannot change between check and call."""

    def __init__(self, policy: EgressPolicy, lookup: Lookup, approve: Callable[[str, int], None]) -> None:
        self._policy = policy
        self._lookup = lookup
        self._approve = approve

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Addresses of `host`, all of them inside the policy.

        Raises:
            EgressRefused: any address is out of bounds, be the others fine or not.
            OSError: the name is not known.
        """
        addresses = await self._lookup(host, port)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        for address in addresses:
            self._policy.check_address(address, host, port)
        if self._policy.exempt(host, port):
            for address in addresses:
                self._approve(address, port)
        return [_result(host, address, port) for address in addresses[:_MAX_ADDRESSES]]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV)


def guarded_socket(policy: EgressPolicy, approved: set[tuple[str, int]]) -> Callable[[Any], socket.socket]:
    """A socket factory that checks once more, on the very address about to be connected to."""

    def make(info: Any) -> socket.socket:
        address, port = str(info[4][0]), int(info[4][1])
        if (address, port) not in approved:
            policy.check_address(address, address, port)
        return socket.socket(family=info[0], type=info[1], proto=info[2])

    return make
