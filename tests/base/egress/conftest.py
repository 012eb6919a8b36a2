"""Servers that misbehave on purpose, a canary that must never be called, certificates of every kind."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orion_core.base.egress import EgressClient, EgressPolicy

Script = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request as the server saw it, and the way to answer."""

    head: str
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None

    async def answer(self, body: bytes = b"{}", status: str = "200 OK", headers: str = "", length: int | None = None) -> None:
        size = len(body) if length is None else length
        self.writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body)
        await self.writer.drain()

    def reset(self) -> None:
        """Cut the connection with RST."""
        self.writer.transport.abort()


@dataclass
class Server:
    port: int
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


async def _serve(state: Server, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    state.connections += 1
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            exchange = Exchange(head, b"", reader, writer)
            exchange.body = await reader.readexactly(int(exchange.header("content-length") or 0))
            state.requests.append(exchange)
            await script(exchange)
            if writer.is_closing():
                return
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        with contextlib.suppress(Exception):
            writer.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """`await serve(script, tls=…)` starts a server that runs `script` for each request."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(script: Script, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Server:
        state = Server(0, scheme="https" if tls else "http")

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(_serve(state, script, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, host, 0, ssl=tls)
        servers.append(server)
        state.port = server.sockets[0].getsockname()[1]
        return state

    yield start
    for task in list(tasks):
        task.cancel()
    for server in servers:
        server.close()


@pytest.fixture
async def canary(serve: Callable[..., Awaitable[Server]]) -> Server:
    """A listener nothing may reach."""

    async def never(exchange: Exchange) -> None:
        await exchange.answer(b'{"canary": true}')

    return await serve(never)


@pytest.fixture
async def client_for() -> AsyncIterator[Callable[..., EgressClient]]:
    """A client that may call the given servers."""
    made: list[EgressClient] = []

    def build(*servers: Server, policy: EgressPolicy | None = None, **options: object) -> EgressClient:
        base = policy or EgressPolicy(https_only=False, ports=None)
        client = EgressClient(base.with_hosts(*(server.host for server in servers)), **options)  # type: ignore[arg-type]
        made.append(client)
        return client

    yield build
    for client in made:
        await client.aclose()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


class Certificates:
    """A small authority: `ca` is its file; `context(kind)` a server context with a good or a bad certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._sign("Orion test authority", self.key, self.key, None, ca=True)
        self.ca = str(self._write("ca", [self.root], None))
        other = ec.generate_private_key(ec.SECP256R1())
        self.strangers = (other, self._sign("Another authority", other, other, None, ca=True))

    def context(self, kind: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        days = {"expired": (-10, -1), "early": (5, 10)}.get(kind, (-1, 30))
        name = "elsewhere.example" if kind == "other_host" else "127.0.0.1"
        if kind == "self_signed":
            certificate = self._sign(name, key, key, None, days=days)
        elif kind == "stranger":
            certificate = self._sign(name, key, self.strangers[0], self.strangers[1], days=days)
        else:
            certificate = self._sign(name, key, self.key, self.root, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self._write(kind, [certificate], key)))
        return context

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None,
              *, ca: bool = False, days: tuple[int, int] = (-1, 30)) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        if not ca:
            try:
                alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
            except ValueError:
                alternative = x509.DNSName(name)
            builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        return builder.sign(signer, hashes.SHA256())

    def _write(self, name: str, chain: list[x509.Certificate], key: ec.EllipticCurvePrivateKey | None) -> Path:
        path = self.folder / f"{name}.pem"
        data = b"".join(item.public_bytes(serialization.Encoding.PEM) for item in chain)
        if key is not None:
            data += key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(data)
        return path
