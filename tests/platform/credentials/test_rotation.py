"""Rotation while everything is read: no failed decrypt; and what status, erasure and races do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orion_core.base.errors import DecryptError
from orion_core.platform.credentials import (
    CredentialContext,
    EnvKeyProvider,
    RotationPolicy,
    StoredKey,
    WorkspaceKeys,
    credential_warning,
    key_id,
    key_status,
    new_key,
    rotate,
)

N = 10_000


async def test_ten_thousand_rotate_while_being_read(store) -> None:
    old, new = new_key(), new_key()
    writer = WorkspaceKeys(store, EnvKeyProvider(old), ttl_s=0)
    place = CredentialContext(connection="conn", field="api_key")
    tokens = {}
    for number in range(N):
        workspace = f"ws_{number:05d}"
        tokens[workspace] = (await writer.manager(workspace)).encrypt(f"secret {number}", context=place)
    provider = EnvKeyProvider([new, old])
    readers = [WorkspaceKeys(store, provider, ttl_s=0) for _ in range(4)]
    reads, failures, finished = 0, [], False

    async def read(keys: WorkspaceKeys, offset: int) -> None:
        nonlocal reads
        at = offset
        while not finished or reads < N:
            workspace = f"ws_{at % N:05d}"
            try:
                assert (await keys.reader(workspace)).decrypt(tokens[workspace], context=place) == f"secret {at % N}"
            except DecryptError as error:
                failures.append(error)
            at, reads = at + 37, reads + 1

    seen: list[int] = []
    tasks = [asyncio.ensure_future(read(keys, 2500 * number)) for number, keys in enumerate(readers)]
    report = await rotate(store, provider, progress=lambda report: seen.append(report.rewrapped), batch=250)
    finished = True
    await asyncio.gather(*tasks)
    assert report.complete and report.rewrapped == report.total == N and failures == []
    assert reads >= N and seen == sorted(seen) and len(seen) == N // 250
    only_new = WorkspaceKeys(store, EnvKeyProvider(new))
    for workspace, token in tokens.items():
        assert (await only_new.reader(workspace)).decrypt(token, context=place)
    assert (await rotate(store, provider)).total == 0


async def test_a_row_that_changes_under_our_hands_is_met_again(store) -> None:
    old, new, other = new_key(), new_key(), new_key()
    keys = WorkspaceKeys(store, EnvKeyProvider(old), ttl_s=0)
    tokens = {name: (await keys.manager(name)).encrypt("s") for name in ("a", "b", "c")}
    provider = EnvKeyProvider([new, other, old])
    racing = EnvKeyProvider([other, old])
    raced: list[str] = []

    def race(changes) -> None:
        if not raced:  # somebody else re-wraps "b" with yet another key between our reading and our writing
            raced.append("b")
            row = store.rows["b", 1]
            text = racing._manager.encrypt(racing._manager.decrypt(row.wrapped, context=CredentialContext("b", "", "workspace key")),
                                           context=CredentialContext("b", "", "workspace key"))
            store.rows["b", 1] = StoredKey("b", 1, text, f"env:{key_id(other)}")

    store.hook = race
    report = await rotate(store, provider)
    assert report.complete and {row.wrapped_by for row in store.rows.values()} == {f"env:{key_id(new)}"}
    only_new = WorkspaceKeys(store, EnvKeyProvider(new))
    assert [(await only_new.reader(name)).decrypt(token) for name, token in tokens.items()] == ["s"] * 3


async def test_an_interrupted_rotation_is_resumed(store) -> None:
    old, new = new_key(), new_key()
    keys = WorkspaceKeys(store, EnvKeyProvider(old))
    for number in range(50):
        await keys.manager(f"ws_{number}")

    class Stop(Exception):
        pass

    async def stop(report) -> None:
        if report.rewrapped >= 20:
            raise Stop

    provider = EnvKeyProvider([new, old])
    with pytest.raises(Stop):
        await rotate(store, provider, progress=stop, batch=10)
    status = {key.name: key for key in await key_status(store, provider)}
    assert (status[f"env:{key_id(new)}"].workspaces, status[f"env:{key_id(old)}"].workspaces) == (20, 30)
    assert "30 workspaces" in (status[f"env:{key_id(old)}"].warning or "") and not status[f"env:{key_id(old)}"].retirable
    report = await rotate(store, provider)
    assert report.rewrapped == 30 and report.complete
    assert [(key.newest, key.retirable, key.warning) for key in await key_status(store, provider)] == [(True, False, None), (False, True, None)]


async def test_keys_that_cannot_be_read_are_reported_and_kept(store) -> None:
    lost, old, new = new_key(), new_key(), new_key()
    await WorkspaceKeys(store, EnvKeyProvider(lost)).manager("gone")
    await WorkspaceKeys(store, EnvKeyProvider(old)).manager("here")
    before = store.rows["gone", 1]
    report = await rotate(store, EnvKeyProvider([new, old]))
    assert list(report.failed) == ["gone"] and report.rewrapped == 1 and not report.complete and store.rows["gone", 1] == before
    missing = [key for key in await key_status(store, EnvKeyProvider([new, old])) if not key.at_hand]
    assert missing[0].name == f"env:{key_id(lost)}" and "not at hand" in (missing[0].warning or "")


async def test_erasing_a_workspace_erases_its_secrets(store) -> None:
    provider = EnvKeyProvider(new_key())
    keys = WorkspaceKeys(store, provider)
    token = (await keys.manager("ws_1")).encrypt("secret")
    neighbour = (await keys.manager("ws_2")).encrypt("secret")
    assert await keys.erase("ws_1") == 1
    for reader in (keys, WorkspaceKeys(store, provider)):
        with pytest.raises(DecryptError) as caught:
            (await reader.reader("ws_1")).decrypt(token)
        assert caught.value.detail == {"cause": "erased"}
        assert (await reader.reader("ws_2")).decrypt(neighbour) == "secret"
    with pytest.raises(DecryptError):
        (await keys.manager("ws_1")).decrypt(token)  # a new key does not bring the old secret back


async def test_processes_agree_on_the_first_key(store) -> None:
    provider = EnvKeyProvider(new_key())
    everyone = [WorkspaceKeys(store, provider) for _ in range(20)]
    managers = await asyncio.gather(*(keys.manager("ws_1") for keys in everyone))
    token = managers[0].encrypt("secret")
    assert all(manager.decrypt(token) == "secret" for manager in managers) and len(store.rows) == 1


async def test_a_new_version_reads_the_old_and_moves_it(store) -> None:
    keys = WorkspaceKeys(store, EnvKeyProvider(new_key()))
    token = (await keys.manager("ws_1")).encrypt("secret")
    assert await keys.new_version("ws_1") == "2"
    manager = await keys.manager("ws_1")
    assert manager.decrypt(token) == "secret" and not manager.is_current(token)
    assert manager.is_current(manager.refresh(token)) and manager.decrypt(manager.refresh(token)) == "secret"


async def test_a_wrapped_key_in_another_workspaces_row(store) -> None:
    keys = WorkspaceKeys(store, EnvKeyProvider(new_key()), ttl_s=0)
    await keys.manager("ws_1")
    await keys.manager("ws_2")
    stolen = store.rows["ws_1", 1]
    store.rows["ws_2", 1] = StoredKey("ws_2", 1, stolen.wrapped, stolen.wrapped_by)
    with pytest.raises(DecryptError):
        await keys.manager("ws_2")


def test_warnings_about_credentials() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    fresh = now - timedelta(days=3)
    assert credential_warning(None, fresh, now=now) is None
    assert "expired" in (credential_warning(now - timedelta(seconds=1), fresh, now=now) or "")
    assert "in 5 days" in (credential_warning(now + timedelta(days=5), fresh, now=now) or "")
    assert credential_warning(now + timedelta(days=60), fresh, now=now) is None
    assert "400 days" in (credential_warning(None, now - timedelta(days=400), now=now) or "")
    assert credential_warning(None, now - timedelta(days=40), RotationPolicy(max_age_days=30), now=now)
