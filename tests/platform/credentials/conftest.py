"""A key store in memory, and a server that speaks as much of Vault's transit API as Orion uses."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orion_core.base.egress import EgressClient, EgressPolicy, MemoryRequestLog
from orion_core.base.kit.redact import Secret
from orion_core.platform.credentials import KeyUsage, StoredKey, VaultKeyProvider


class MemoryKeyStore:
    """`WorkspaceKeyStore` in a dict; `hook` runs between reading and writing of a replace, to make races."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], StoredKey] = {}
        self.made: dict[tuple[str, int], datetime] = {}
        self.hook: Any = None

    async def get(self, workspace_id: str) -> Sequence[StoredKey]:
        await asyncio.sleep(0)
        return [self.rows[workspace_id, version] for version in range(9, 0, -1) if (workspace_id, version) in self.rows]

    async def insert(self, key: StoredKey) -> bool:
        await asyncio.sleep(0)
        if (key.workspace_id, key.version) in self.rows:
            return False
        self.rows[key.workspace_id, key.version] = key
        self.made[key.workspace_id, key.version] = datetime.now(UTC)
        return True

    async def page(self, *, not_wrapped_by: str, after: tuple[str, int] | None, limit: int) -> Sequence[StoredKey]:
        await asyncio.sleep(0)
        found = sorted(key for key, row in self.rows.items() if row.wrapped_by != not_wrapped_by and (after is None or key > after))
        return [self.rows[key] for key in found[:limit]]

    async def replace(self, changes: Sequence[tuple[StoredKey, str, str]]) -> int:
        if self.hook:
            self.hook(changes)
        done = 0
        for old, wrapped, by in changes:
            if done % 50 == 0:
                await asyncio.sleep(0)
            place = (old.workspace_id, old.version)
            if self.rows.get(place) == old:
                self.rows[place] = StoredKey(old.workspace_id, old.version, wrapped, by)
                done += 1
        return done

    async def usage(self) -> Sequence[KeyUsage]:
        names = {row.wrapped_by for row in self.rows.values()}
        return [KeyUsage(name, sum(row.wrapped_by == name for row in self.rows.values()),
                         len({row.workspace_id for row in self.rows.values() if row.wrapped_by == name}),
                         min(self.made[key] for key, row in self.rows.items() if row.wrapped_by == name)) for name in names]

    async def erase(self, workspace_id: str) -> int:
        gone = [key for key in self.rows if key[0] == workspace_id]
        for key in gone:
            del self.rows[key]
        return len(gone)


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@dataclass
class FakeVault:
    """Transit: key versions, rewrap, min_decryption_version, batches; 403 for a wrong token, 503 when sealed, 404 for an unknown key."""

    token: str = "hvs.c4n4ry-vault-token"
    versions: dict[int, bytes] = field(default_factory=lambda: {1: AESGCM.generate_key(256)})
    made: dict[int, int] = field(default_factory=lambda: {1: int(time.time()) - 400 * 86_400})
    minimum: int = 1
    sealed: bool = False
    forbidden: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    plaintexts: int = 0
    url: str = ""

    def encrypt(self, plain: bytes) -> str:
        newest = max(self.versions)
        nonce = os.urandom(12)
        return f"vault:v{newest}:{base64.b64encode(nonce + AESGCM(self.versions[newest]).encrypt(nonce, plain, None)).decode()}"

    def decrypt(self, text: str) -> bytes:
        prefix, version, data = text.split(":", 2)
        if prefix != "vault" or int(version[1:]) not in self.versions:
            raise ValueError("invalid ciphertext: no prefix")
        if int(version[1:]) < self.minimum:
            raise ValueError("ciphertext or signature version is disallowed by policy (too old)")
        raw = base64.b64decode(data)
        try:
            return AESGCM(self.versions[int(version[1:])]).decrypt(raw[:12], raw[12:], None)
        except InvalidTag:
            raise ValueError("cipher: message authentication failed") from None

    def rotate(self) -> None:
        newest = max(self.versions) + 1
        self.versions[newest], self.made[newest] = AESGCM.generate_key(256), int(time.time())

    async def handle(self, request: web.Request) -> web.Response:
        operation = request.match_info["operation"]
        self.calls.append(operation)
        if self.sealed:
            return web.json_response({"errors": ["Vault is sealed"]}, status=503)
        if request.headers.get("X-Vault-Token") != self.token or operation in self.forbidden:
            return web.json_response({"errors": ["1 error occurred:\n\t* permission denied\n\n"]}, status=403)
        if request.match_info["key"] != "orion":
            return web.json_response({"errors": []} if operation == "keys" else {"errors": ["encryption key not found"]},
                                     status=404 if operation == "keys" else 400)
        body = await request.json() if request.can_read_body else {}
        try:
            return web.json_response({"request_id": "x", "data": self.act(operation, body)}) if operation != "rotate" else self.rotated()
        except ValueError as error:
            return web.json_response({"errors": [str(error)]}, status=400)

    def rotated(self) -> web.Response:
        self.rotate()
        return web.Response(status=204)

    def act(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "keys":
            return {"name": "orion", "type": "aes256-gcm96", "latest_version": max(self.versions), "min_decryption_version": self.minimum,
                    "keys": {str(version): made for version, made in self.made.items()}}
        if operation == "encrypt":
            self.plaintexts += 1
            return {"ciphertext": self.encrypt(base64.b64decode(body["plaintext"])), "key_version": max(self.versions)}
        if operation == "decrypt":
            self.plaintexts += 1
            return {"plaintext": base64.b64encode(self.decrypt(body["ciphertext"])).decode()}
        results = []
        for item in body["batch_input"]:
            try:
                results.append({"ciphertext": self.encrypt(self.decrypt(item["ciphertext"])), "key_version": max(self.versions)})
            except ValueError as error:
                results.append({"ciphertext": "", "error": str(error)})
        return {"batch_results": results}


@pytest.fixture
async def vault() -> AsyncIterator[FakeVault]:
    fake = FakeVault()
    app = web.Application()
    app.router.add_route("*", "/v1/transit/keys/{key}", lambda request: fake.handle(_named(request, "keys")))
    app.router.add_route("*", "/v1/transit/keys/{key}/{operation}", fake.handle)
    app.router.add_route("*", "/v1/transit/{operation}/{key}", fake.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    yield fake
    await runner.cleanup()


def _named(request: web.Request, operation: str) -> web.Request:
    request.match_info["operation"] = operation
    return request


@pytest.fixture
async def vault_provider(vault: FakeVault) -> AsyncIterator[VaultKeyProvider]:
    client = EgressClient(EgressPolicy(allowed_hosts=frozenset({vault.url.removeprefix("http://")})), log=MemoryRequestLog())
    yield VaultKeyProvider(client, url=vault.url, token=Secret(vault.token))
    await client.aclose()
