"""One Fernet key per workspace, made when first needed, wrapped by the root keys, unwrapped once per process."""

from __future__ import annotations

import time

from orion_core.base.errors import DecryptError
from orion_core.platform.credentials.manager import CredentialManager, DataKey, new_key
from orion_core.platform.credentials.providers import KeyProvider
from orion_core.platform.credentials.store import StoredKey, WorkspaceKeyStore

_KEPT = 10_000


class WorkspaceKeys:
    """Hands out the `CredentialManager` of a workspace.

    An unwrapped key is kept for `ttl_s`: so long another process may still read what was erased here.
    """

    def __init__(self, store: WorkspaceKeyStore, provider: KeyProvider, *, ttl_s: float = 60.0) -> None:
        self._store = store
        self._provider = provider
        self._ttl_s = ttl_s
        self._held: dict[str, tuple[float, CredentialManager]] = {}

    async def manager(self, workspace_id: str) -> CredentialManager:
        """For reading and writing; makes the workspace's key when it has none yet.

        Raises:
            DecryptError: the root key that wrapped it is not at hand.
        """
        held = self._held.get(workspace_id)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        found = await self._load(workspace_id)
        if found is None:
            await self._add(workspace_id, 1)
            found = await self._load(workspace_id)
            assert found is not None
        return found

    async def reader(self, workspace_id: str) -> CredentialManager:
        """For reading what is stored; never makes a key.

        Raises:
            DecryptError: the workspace has no key: it was erased.
        """
        held = self._held.get(workspace_id)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        found = await self._load(workspace_id)
        if found is None:
            raise DecryptError("The key of this workspace is gone; what it encrypted was erased with it.",
                               next_step="Connect again. What was erased cannot come back.", detail={"cause": "erased"})
        return found

    async def new_version(self, workspace_id: str) -> str:
        """Give the workspace a new key and return its version; older ones still read (`CredentialManager.refresh` moves secrets over)."""
        stored = await self._store.get(workspace_id)
        await self._add(workspace_id, max((key.version for key in stored), default=0) + 1)
        self._held.pop(workspace_id, None)
        return (await self.manager(workspace_id)).key_version

    async def erase(self, workspace_id: str) -> int:
        """Delete the workspace's key: whatever it encrypted is unreadable for good, in backups made after this too."""
        count = await self._store.erase(workspace_id)
        self._held.pop(workspace_id, None)
        return count

    def forget(self, workspace_id: str | None = None) -> None:
        """Drop unwrapped keys from memory."""
        if workspace_id is None:
            self._held.clear()
        else:
            self._held.pop(workspace_id, None)

    async def _load(self, workspace_id: str) -> CredentialManager | None:
        stored = await self._store.get(workspace_id)
        if not stored:
            self._held.pop(workspace_id, None)
            return None
        keys: list[DataKey] = []
        for key in sorted(stored, key=lambda key: key.version, reverse=True):
            try:
                keys.append(DataKey(await self._provider.unwrap(key.wrapped, workspace_id), str(key.version)))
            except DecryptError:
                if not keys:  # the newest; without an older one only what that one wrote is lost
                    raise
        manager = CredentialManager(keys, workspace=workspace_id)
        if len(self._held) >= _KEPT:
            self._held.clear()
        self._held[workspace_id] = (time.monotonic() + self._ttl_s, manager)
        return manager

    async def _add(self, workspace_id: str, version: int) -> None:
        wrapped = await self._provider.wrap(new_key(), workspace_id)
        # Two processes may both make version 1: one row wins, and both then read that one.
        await self._store.insert(StoredKey(workspace_id, version, wrapped.text, wrapped.by))
