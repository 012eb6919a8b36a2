"""Encrypt and decrypt secrets, each bound to its place.

Fernet has no associated data: a ciphertext copied into another tenant's row would decrypt there. So the plaintext is a small JSON
document with the place (workspace, connection, field) and the name of the key; decrypting compares and refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from cryptography.fernet import Fernet, InvalidToken

from orion_core.base.errors import ConfigurationError, DecryptError

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class CredentialContext:
    """The place a secret belongs to."""

    workspace: str = ""
    connection: str = ""
    field: str = ""


class DataKey:
    """A named Fernet key that does not show itself. The name of a workspace's key is its version."""

    __slots__ = ("fernet", "name")

    def __init__(self, key: str | bytes, name: str | None = None) -> None:
        try:
            self.fernet = Fernet(key)
        except (ValueError, TypeError):
            raise ConfigurationError("A secret key is not a Fernet key (32 bytes, URL-safe base64).",
                                     next_step="Make one with `orion keys new` and put it at the front of ORION_SECRET_KEYS.") from None
        self.name = name if name is not None else key_id(key)

    def __repr__(self) -> str:
        return f"DataKey({self.name})"

    def __reduce__(self) -> str:
        raise TypeError("a key is not pickled")


def new_key() -> str:
    """A fresh Fernet key."""
    return Fernet.generate_key().decode()


def key_id(key: str | bytes) -> str:
    """A short public name of a key: tells two keys apart and nothing about them."""
    raw = key.encode() if isinstance(key, str) else key
    return hashlib.sha256(b"orion key id\0" + raw.strip()).hexdigest()[:12]


def split_keys(text: str) -> list[str]:
    """The keys in a comma separated list, newest first."""
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


class CredentialManager:
    """Encrypts with the newest of its keys, decrypts with any of them.

        manager = CredentialManager(["newest key", "older key"])
        token = manager.encrypt("sk_live_…", context=CredentialContext("ws_1", "conn_1", "api_key"))

    A manager of a workspace (see `WorkspaceKeys.manager`) fills in the workspace and refuses any other.
    """

    __slots__ = ("_keys", "_workspace")

    def __init__(self, keys: str | Iterable[str | DataKey], *, workspace: str = "") -> None:
        given = split_keys(keys) if isinstance(keys, str) else list(keys)
        self._keys: Sequence[DataKey] = [key if isinstance(key, DataKey) else DataKey(key) for key in given]
        if not self._keys:
            raise ConfigurationError("There is no secret key.", next_step="Set ORION_SECRET_KEYS, or let Orion make one in local mode.")
        self._workspace = workspace

    @property
    def key_version(self) -> str:
        """The name of the key that encrypts."""
        return self._keys[0].name

    def encrypt(self, data: str, *, context: CredentialContext | None = None) -> str:
        """`data` as a Fernet token that only decrypts at the same place.

        Raises:
            DecryptError: the context names another workspace than this manager's.
        """
        place, key = self._place(context), self._keys[0]
        return key.fernet.encrypt(_seal(data, place, key.name)).decode()

    def decrypt(self, encrypted: str, *, context: CredentialContext | None = None) -> str:
        """The plain secret.

        Raises:
            DecryptError: no key at hand wrote it, it is damaged, or it was written for another place; `detail["cause"]` says which.
        """
        place = self._place(context)
        key, plain = self._open(encrypted)
        return _unseal(plain, place, key.name)

    def rotate_key(self, old_key: str, new_key: str, data: str) -> str:
        """The token `data`, written with `old_key`, written anew with `new_key`; its place stays.

        Raises:
            DecryptError: `old_key` did not write it.
        """
        old, new = DataKey(old_key), DataKey(new_key)
        return new.fernet.encrypt(_rename(_decrypt(old, data), old.name, new.name)).decode()

    def is_current(self, encrypted: str) -> bool:
        """Whether the newest key wrote this token."""
        try:
            _decrypt(self._keys[0], encrypted)
        except DecryptError:
            return False
        return True

    def refresh(self, encrypted: str) -> str:
        """The token written anew with the newest key; the same token when it is current.

        Raises:
            DecryptError: no key at hand wrote it.
        """
        key, plain = self._open(encrypted)
        newest = self._keys[0]
        moved = _rename(plain, key.name, newest.name)
        return encrypted if key is newest else newest.fernet.encrypt(moved).decode()

    def __repr__(self) -> str:
        return f"CredentialManager(keys={[key.name for key in self._keys]})"

    def _place(self, context: CredentialContext | None) -> CredentialContext:
        place = context or CredentialContext()
        if not self._workspace or place.workspace == self._workspace:
            return place
        if place.workspace:
            raise _elsewhere()
        return CredentialContext(self._workspace, place.connection, place.field)

    def _open(self, encrypted: str) -> tuple[DataKey, bytes]:
        for key in self._keys:
            try:
                return key, _decrypt(key, encrypted)
            except DecryptError:
                continue
        raise DecryptError("The secret cannot be read: it is damaged, or the key that wrote it is not at hand.", detail={"cause": "no_key"})


def _decrypt(key: DataKey, token: str) -> bytes:
    try:
        return key.fernet.decrypt(token)
    except (InvalidToken, ValueError, TypeError):
        pass
    raise DecryptError("The secret cannot be read with this key.", detail={"cause": "no_key"})


def _seal(data: str, place: CredentialContext, key_name: str) -> bytes:
    return orjson.dumps({"v": _FORMAT, "w": place.workspace, "c": place.connection, "f": place.field, "k": key_name, "d": data})


def _unseal(plain: bytes, place: CredentialContext, key_name: str) -> str:
    found = _parse(plain)
    if (found.get("w"), found.get("c"), found.get("f")) != (place.workspace, place.connection, place.field):
        raise _elsewhere()
    if found.get("k") != key_name:
        raise DecryptError("The secret was written with another version of the key than it says.", detail={"cause": "wrong_context"})
    return str(found["d"])


def _rename(plain: bytes, old: str, new: str) -> bytes:
    found = _parse(plain)
    if found.get("k") != old:
        raise DecryptError("The secret was written with another version of the key than it says.", detail={"cause": "wrong_context"})
    return orjson.dumps({**found, "k": new})


def _parse(plain: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(plain)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or found.get("v") != _FORMAT or not isinstance(found.get("d"), str):
        raise DecryptError("The secret is not in a form this version of Orion knows.", next_step="Connect again, or update Orion.",
                           detail={"cause": "damaged"})
    return found


def _elsewhere() -> DecryptError:
    return DecryptError("The secret was written for another workspace, connection or field, and is not opened here.",
                        next_step="Somebody or something moved it. Look at the audit log, then connect again.",
                        detail={"cause": "wrong_context"})


