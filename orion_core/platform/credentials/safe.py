"""`Safe`: seal and open the secrets of connections, each under its workspace's own key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from orion_core.base.egress import EgressClient
from orion_core.base.errors import ConfigurationError
from orion_core.base.kit.redact import Secret
from orion_core.base.settings import Settings
from orion_core.base.work import Work
from orion_core.platform.credentials.manager import CredentialContext
from orion_core.platform.credentials.providers import EnvKeyProvider, FileKeyProvider, KeyProvider
from orion_core.platform.credentials.rotation import KeyStatus, Progress, RotationReport, key_status, rotate
from orion_core.platform.credentials.sql_store import SqlKeyStore
from orion_core.platform.credentials.vault import VaultKeyProvider
from orion_core.platform.credentials.workspace_keys import WorkspaceKeys

KEY_FILE = "secret-keys"


class Safe:
    """The secrets of connections. The keys are opened on first use: where the database holds wrapped keys, a lost key file is an error
    and never replaced by a new one."""

    def __init__(self, store: SqlKeyStore, open_provider: Callable[[bool], KeyProvider]) -> None:
        self.store = store
        self._open_provider = open_provider
        self._opened: tuple[KeyProvider, WorkspaceKeys] | None = None

    async def provider(self) -> KeyProvider:
        """Where the root keys are.

        Raises:
            ConfigurationError: they are not there, or cannot be used.
        """
        return (await self._keys())[0]

    async def _keys(self) -> tuple[KeyProvider, WorkspaceKeys]:
        if self._opened is None:
            provider = self._open_provider(not await self.store.usage())
            self._opened = provider, WorkspaceKeys(self.store, provider)
        return self._opened

    async def ready(self, workspace_id: str) -> None:
        """Make the workspace's key where it has none. Call before a writing transaction: `seal` inside one must not open another."""
        await (await self._keys())[1].manager(workspace_id)

    async def seal(self, workspace_id: str, connection_id: str, field: str, value: str) -> tuple[str, int]:
        """The ciphertext of a secret, bound to its place, and the version of the key."""
        manager = await (await self._keys())[1].manager(workspace_id)
        return manager.encrypt(value, context=CredentialContext(workspace_id, connection_id, field)), int(manager.key_version)

    async def open(self, workspace_id: str, connection_id: str, field: str, sealed: str) -> str:
        """The plain secret.

        Raises:
            DecryptError: it was moved from another place, is damaged, or its key is gone.
        """
        manager = await (await self._keys())[1].reader(workspace_id)
        return manager.decrypt(sealed, context=CredentialContext(workspace_id, connection_id, field))

    async def rotate(self, progress: Progress | None = None) -> RotationReport:
        """Wrap every workspace's key with the newest root key while all of them are in use."""
        return await rotate(self.store, await self.provider(), progress=progress)

    async def status(self) -> list[KeyStatus]:
        """Which root keys there are and what they still wrap."""
        return await key_status(self.store, await self.provider())


def open_safe(settings: Settings, work: Work, client: EgressClient) -> Safe:
    """The safe of an installation: Vault, the environment's keys, or (local mode) a file in the data folder.

    Raises:
        ConfigurationError: production mode without a key, or a provider that lacks its settings.
    """
    return Safe(SqlKeyStore(work), lambda create: _provider(settings, client, create=create))


def _provider(settings: Settings, client: EgressClient, *, create: bool) -> KeyProvider:
    keys = settings.secret_keys.get_secret_value()
    kind = settings.key_provider or ("env" if keys else "file")
    if kind == "vault":
        if not settings.vault_url or not settings.vault_token.get_secret_value():
            raise ConfigurationError(
                "The key provider is vault, and ORION_VAULT_URL or ORION_VAULT_TOKEN is not set.",
                next_step="Set both, or another ORION_KEY_PROVIDER.",
            )
        return VaultKeyProvider(
            client, url=settings.vault_url, token=Secret(settings.vault_token.get_secret_value()), key=settings.vault_key
        )
    if kind == "env":
        return EnvKeyProvider(keys)
    if settings.production and settings.key_provider != "file":
        raise ConfigurationError(
            "Production mode needs secret keys, and ORION_SECRET_KEYS is not set.",
            next_step="Make one with `orion keys new`, keep it outside the database, and set ORION_SECRET_KEYS.",
        )
    return FileKeyProvider(key_path(settings), create=create)


def key_path(settings: Settings) -> Path:
    """Where the file provider keeps its keys, mode 0600."""
    return settings.ensure_data_dir() / KEY_FILE
