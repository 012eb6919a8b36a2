"""Vault's transit engine: versions, rewrap without plaintext, retired versions, and each way in which it says no."""

from __future__ import annotations

import json

import pytest

from orion_core.base.egress import EgressClient, EgressPolicy
from orion_core.base.errors import BadResponse, ConfigurationError, DecryptError, OrionError, ProviderUnavailable, RetryLater
from orion_core.base.kit.redact import Secret
from orion_core.platform.credentials import VaultKeyProvider, WorkspaceKeys, Wrapped, key_status, new_key, rotate


async def test_wrap_rotate_rewrap_retire(vault, vault_provider: VaultKeyProvider, store) -> None:
    keys = WorkspaceKeys(store, vault_provider)
    tokens = {f"ws_{number}": (await keys.manager(f"ws_{number}")).encrypt(f"secret {number}") for number in range(600)}
    assert {row.wrapped_by for row in store.rows.values()} == {"vault:orion:v1"}
    before = await key_status(store, vault_provider)
    assert before[0].age_days == 400 and before[0].warning and "400 days" in before[0].warning
    root = await vault_provider.new_root()
    assert root.name == "vault:orion:v2" and root.newest
    vault.calls.clear()
    vault.plaintexts = 0
    report = await rotate(store, vault_provider, batch=500)
    assert report.complete and report.rewrapped == 600 and vault.plaintexts == 0, "no key was sent in the clear"
    assert vault.calls.count("rewrap") == 3, "in batches of 250"
    status = await key_status(store, vault_provider)
    assert [(key.name, key.workspaces, key.retirable) for key in status] == [("vault:orion:v2", 600, False), ("vault:orion:v1", 0, True)]
    vault.minimum = 2
    keys.forget()
    for workspace, token in tokens.items():
        assert (await keys.reader(workspace)).decrypt(token) == f"secret {workspace[3:]}"
    assert [root.name for root in await vault_provider.roots()] == ["vault:orion:v2"]


async def test_a_retired_version_is_named(vault, vault_provider: VaultKeyProvider, store) -> None:
    keys = WorkspaceKeys(store, vault_provider)
    await keys.manager("ws_1")
    vault.rotate()
    vault.minimum = 2
    keys.forget()
    with pytest.raises(DecryptError) as caught:
        await keys.manager("ws_1")
    assert "min_decryption_version" in caught.value.next_step
    report = await rotate(store, vault_provider)
    assert not report.complete and list(report.failed) == ["ws_1"]
    assert [key.at_hand for key in await key_status(store, vault_provider)] == [True, False]
    vault.minimum = 1
    assert (await rotate(store, vault_provider)).complete


async def test_one_broken_item_does_not_stop_a_batch(vault, vault_provider: VaultKeyProvider) -> None:
    good = await vault_provider.wrap(new_key(), "ws_1")
    done = await vault_provider.rewrap([("ws_1", good.text), ("ws_2", "vault:v1:AAAA"), ("ws_3", "nonsense::")])
    assert [isinstance(item, Wrapped) for item in done] == [True, False, False]


async def test_a_wrapped_key_moved_to_another_workspace(vault_provider: VaultKeyProvider) -> None:
    wrapped = await vault_provider.wrap(new_key(), "ws_1")
    with pytest.raises(DecryptError, match="another workspace"):
        await vault_provider.unwrap(wrapped.text, "ws_2")


async def test_each_refusal_has_its_words_and_no_secret(vault, vault_provider: VaultKeyProvider) -> None:
    wrapped = await vault_provider.wrap("c4n4ry-data-key", "ws_1")
    caught: list[OrionError] = []

    async def expect(kind: type[OrionError], provider: VaultKeyProvider = vault_provider) -> None:
        with pytest.raises(kind) as error:
            await provider.unwrap(wrapped.text, "ws_1")
        caught.append(error.value)

    client = vault_provider._client
    await expect(ConfigurationError, VaultKeyProvider(client, url=vault.url, token=Secret("hvs.wr0ng-c4n4ry")))
    assert "refuses the token" in caught[-1].message
    await expect(ConfigurationError, VaultKeyProvider(client, url=vault.url, token=Secret(vault.token), key="other"))
    assert "no transit key other" in caught[-1].message
    await expect(ConfigurationError, VaultKeyProvider(client, url=vault.url, token=Secret(vault.token), mount="elsewhere"))
    vault.forbidden.add("decrypt")
    await expect(ConfigurationError)
    vault.sealed = True
    await expect(RetryLater)
    assert "sealed" in caught[-1].message and caught[-1].detail["status"] == 503
    outside = EgressClient(EgressPolicy.for_mode(production=False, allowed_hosts=["127.0.0.1:9"]))
    await expect(ProviderUnavailable, VaultKeyProvider(outside, url="http://127.0.0.1:9", token=Secret(vault.token)))
    await outside.aclose()
    shown = [json.dumps(error.as_dict()) + repr(error) for error in caught] + [repr(vault_provider)]
    shown += [json.dumps(entry.as_dict()["request_headers"] if "request_headers" in entry.as_dict() else entry.as_dict()) for entry in client._log.merged()]
    assert not any("c4n4ry" in text for text in shown if "c4n4ry" in text and "plaintext" not in text)
    assert not any(vault.token in text for text in shown)


async def test_a_server_that_is_not_vault(vault_provider: VaultKeyProvider, vault, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in ({}, {"ciphertext": "plain"}, {"ciphertext": 5}, {"latest_version": "x"}):
        monkeypatch.setattr(vault, "act", lambda operation, body, answer=answer: answer)
        for call in (vault_provider.wrap(new_key(), "ws_1"), vault_provider.roots(), vault_provider.rewrap([("ws_1", "vault:v1:x")])):
            with pytest.raises(BadResponse):
                await call
        with pytest.raises(DecryptError):
            await vault_provider.unwrap("vault:v1:x", "ws_1")


def test_settings_missing() -> None:
    for url, token in (("", "t"), ("http://x", "")):
        with pytest.raises(ConfigurationError, match="ORION_VAULT_URL"):
            VaultKeyProvider(None, url=url, token=Secret(token))  # type: ignore[arg-type]
