"""The safe on the real database: bound ciphertexts, a rotation under load, a workspace erased."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from orion_core.base.db import Database
from orion_core.base.errors import ConfigurationError, DecryptError
from orion_core.base.settings import Settings
from orion_core.base.work import Work
from orion_core.platform.credentials import FileKeyProvider, Safe, new_key, open_safe
from orion_core.platform.credentials.sql_store import SqlKeyStore
from tests.support.databases import TestDatabase

WORKSPACES, EACH = 100, 100


class Silence:
    async def ring(self, kind: str, object_id: str, fence: int = 0, *, defer_s: float = 0) -> bool:
        return True


def _safe(database: TestDatabase, folder: Path) -> tuple[Safe, FileKeyProvider, Database]:
    db = Database(database.url)
    provider = FileKeyProvider(folder / "keys")
    return Safe(SqlKeyStore(Work(db, Silence())), lambda _create: provider), provider, db


@pytest.mark.timeout(240)
async def test_ten_thousand_credentials_are_read_while_the_keys_rotate(fresh_database: TestDatabase, tmp_path: Path) -> None:
    safe, provider, db = _safe(fresh_database, tmp_path)
    sealed: list[tuple[str, str]] = []
    for number in range(WORKSPACES):
        workspace = f"ws_{number:03}"
        await safe.ready(workspace)
        sealed += [
            (workspace, (await safe.seal(workspace, f"cn_{index}", "api_key", f"secret {number}/{index}"))[0]) for index in range(EACH)
        ]
    await provider.new_root()
    finished = asyncio.Event()
    reads = 0

    async def read(shift: int) -> None:
        nonlocal reads
        while not finished.is_set():
            # A safe of its own with nothing in memory: each look unwraps the key as it stands in the database now.
            reader = Safe(safe.store, lambda _create: provider)
            for place in range(shift, len(sealed), 487):
                workspace, token = sealed[place]
                assert await reader.open(workspace, f"cn_{place % EACH}", "api_key", token) == f"secret {place // EACH}/{place % EACH}"
                reads += 1

    readers = [asyncio.create_task(read(shift)) for shift in range(4)]
    report = await safe.rotate()
    finished.set()
    await asyncio.gather(*readers)
    assert report.complete and report.rewrapped == WORKSPACES
    assert reads > 0
    fresh = Safe(safe.store, lambda _create: provider)
    for place, (workspace, token) in enumerate(sealed):
        assert await fresh.open(workspace, f"cn_{place % EACH}", "api_key", token) == f"secret {place // EACH}/{place % EACH}"
    status = await fresh.status()
    assert [(key.newest, key.workspaces, key.retirable) for key in status] == [(True, WORKSPACES, False), (False, 0, True)]
    await db.close()


async def test_a_ciphertext_opens_at_its_own_place_only(fresh_database: TestDatabase, tmp_path: Path) -> None:
    safe, _, db = _safe(fresh_database, tmp_path)
    token, _ = await safe.seal("ws_a", "cn_1", "api_key", "the secret")
    await safe.ready("ws_b")
    for place in (("ws_b", "cn_1", "api_key"), ("ws_a", "cn_2", "api_key"), ("ws_a", "cn_1", "refresh_token")):
        with pytest.raises(DecryptError):
            await safe.open(*place, token)
    assert await safe.open("ws_a", "cn_1", "api_key", token) == "the secret"
    await safe.store.erase("ws_a")
    with pytest.raises(DecryptError):
        await Safe(safe.store, lambda _create: FileKeyProvider(tmp_path / "keys")).open("ws_a", "cn_1", "api_key", token)
    await db.close()


async def test_a_lost_key_file_is_an_error_and_not_a_new_key(fresh_database: TestDatabase, tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data", database_url=fresh_database.url)
    db = Database(fresh_database.url)
    work = Work(db, Silence())
    first = open_safe(settings, work, None)  # type: ignore[arg-type]  (only Vault needs the client)
    await first.ready("ws_a")
    (tmp_path / "data" / "secret-keys").unlink()
    with pytest.raises(ConfigurationError):
        await open_safe(settings, work, None).ready("ws_b")  # type: ignore[arg-type]
    await db.close()


async def test_production_mode_needs_keys(fresh_database: TestDatabase, tmp_path: Path) -> None:
    db = Database(fresh_database.url)
    bare = Settings.load(mode="production", data_dir=tmp_path, database_url=fresh_database.url)
    with pytest.raises(ConfigurationError, match="ORION_SECRET_KEYS"):
        await open_safe(bare, Work(db, Silence()), None).provider()  # type: ignore[arg-type]
    given = Settings.load(mode="production", data_dir=tmp_path, database_url=fresh_database.url, secret_keys=new_key())
    assert (await open_safe(given, Work(db, Silence()), None).provider()).kind == "env"  # type: ignore[arg-type]
    await db.close()
