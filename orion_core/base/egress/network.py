"""Sessions and TLS beneath the door: one aiohttp session per process and event loop."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path
from typing import Any

import aiohttp

from orion_core.base.egress.decode import ACCEPT_ENCODING
from orion_core.base.egress.policy import EgressPolicy
from orion_core.base.egress.resolver import Lookup, PolicyResolver, guarded_socket, system_lookup
from orion_core.base.errors import ConfigurationError

USER_AGENT = "Orion/0.1"
_READ_BUFFER = 256 * 1024
_orphans: list[aiohttp.ClientSession] = []


class _Connector(aiohttp.TCPConnector):
    """Never reuses a connection on which bytes came unasked: they would be read as the answer to the next call."""

    async def _get(self, key: Any, traces: Any) -> Any:
        while (held := await super()._get(key, traces)) is not None:
            if held.protocol is not None and not held.protocol.should_close:
                return held
            held.close()
        return None


class Network:
    """Hands out the session of the running loop; after a fork the child makes its own."""

    def __init__(self, policy: EgressPolicy, *, lookup: Lookup | None = None, dns_ttl_s: float = 30.0) -> None:
        self._policy = policy
        self._lookup = lookup or system_lookup
        self._dns_ttl_s = dns_ttl_s
        self._tls: ssl.SSLContext | None = None
        self._sessions: dict[int, tuple[int, asyncio.AbstractEventLoop, aiohttp.ClientSession]] = {}
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}

    def session(self) -> aiohttp.ClientSession:
        """The session of the running loop, made at first use."""
        loop = asyncio.get_running_loop()
        held = self._sessions.get(id(loop))
        if held is not None and held[0] == os.getpid() and held[1] is loop and not held[2].closed:
            return held[2]
        self._drop_dead()
        session = self._open()
        self._sessions[id(loop)] = (os.getpid(), loop, session)
        return session

    def timeout(self, total: float) -> aiohttp.ClientTimeout:
        """The time-outs of a call that may take `total` seconds in all."""
        found = self._timeouts.get(total)
        if found is None:
            if len(self._timeouts) > 100:
                self._timeouts.clear()
            found = self._timeouts[total] = aiohttp.ClientTimeout(
                total=total, connect=None, sock_connect=min(self._policy.connect_s, total), ceil_threshold=1e9)
        return found

    async def aclose(self) -> None:
        """Close the session of the running loop."""
        held = self._sessions.pop(id(asyncio.get_running_loop()), None)
        if held is not None and held[0] == os.getpid():
            await held[2].close()

    def _open(self) -> aiohttp.ClientSession:
        if self._tls is None:
            self._tls = tls_context(self._policy.ca_file)
        approved: set[tuple[str, int]] = set()
        resolver = PolicyResolver(self._policy, self._lookup, lambda address, port: approved.add((address, port)))
        for host in self._policy.allowed_hosts:  # literals among the exceptions never meet the resolver
            name, _, port = host.rpartition(":")
            approved.add((name, int(port) if port.isdigit() else 0))
        connector = _Connector(
            resolver=resolver, ssl=self._tls, socket_factory=guarded_socket(self._policy, approved), limit=0, keepalive_timeout=30,
            use_dns_cache=self._dns_ttl_s > 0, ttl_dns_cache=max(1, int(self._dns_ttl_s)))
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False, read_bufsize=_READ_BUFFER,
            headers={"Accept-Encoding": ACCEPT_ENCODING, "User-Agent": USER_AGENT}, skip_auto_headers=("Content-Type",))

    def _drop_dead(self) -> None:
        """Forget sessions of closed loops and, after a fork, those of the parent (whose sockets are not ours to close)."""
        for key, (pid, loop, session) in list(self._sessions.items()):
            if pid != os.getpid() or loop.is_closed():
                del self._sessions[key]
                _orphans.append(session)
                if pid == os.getpid():
                    _close_now(session)


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The system's authorities plus `ca_file`; certifi's where the system has none.

    Raises:
        ConfigurationError: `ca_file` cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath or "/nonexistent")
    if not context.cert_store_stats()["x509_ca"] and not (folder.is_dir() and any(folder.iterdir())):
        import certifi  # comes with httpx

        context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigurationError(f"The CA file {ca_file} cannot be read.",
                                     next_step="Give a readable file of PEM certificates.") from None
    return context


def _close_now(session: aiohttp.ClientSession) -> None:
    connector: Any = session.connector
    session.detach()
    if connector is not None:
        connector._closed = True  # its loop is gone: only stop it from complaining
