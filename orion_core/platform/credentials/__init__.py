"""Credentials: encrypt and decrypt, one key per workspace, root keys from the environment, a file or Vault, online rotation."""

from orion_core.platform.credentials.manager import CredentialContext, CredentialManager, DataKey, key_id, new_key
from orion_core.platform.credentials.providers import EnvKeyProvider, FileKeyProvider, KeyProvider, RootKey, Wrapped
from orion_core.platform.credentials.rotation import (
    KeyStatus,
    RotationPolicy,
    RotationReport,
    credential_warning,
    key_status,
    rotate,
)
from orion_core.platform.credentials.safe import Safe, open_safe
from orion_core.platform.credentials.store import KeyUsage, StoredKey, WorkspaceKeyStore
from orion_core.platform.credentials.vault import VaultKeyProvider
from orion_core.platform.credentials.workspace_keys import WorkspaceKeys

__all__ = ["CredentialContext", "CredentialManager", "DataKey", "EnvKeyProvider", "FileKeyProvider", "KeyProvider", "KeyStatus", "KeyUsage",
           "RootKey", "RotationPolicy", "RotationReport", "Safe", "StoredKey", "VaultKeyProvider",
           "WorkspaceKeyStore", "WorkspaceKeys", "Wrapped",
           "credential_warning", "key_id", "key_status", "new_key", "open_safe", "rotate"]
