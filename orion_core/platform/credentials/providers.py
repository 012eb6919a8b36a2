"""Where the root keys come from. They wrap the workspaces' own keys and nothing else.

| provider | root key | a new one |
|---|---|---|
| env | `ORION_SECRET_KEYS`, comma separated, newest first | put it at the front and restart every process |
| file | `secret.keys` in the data folder, made at first local start | `new_root()` puts one at the front; running processes notice |
| vault | Vault's transit engine; see `vault.py` | `new_root()` rotates Vault's key |
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from orion_core.base.errors import ConfigurationError, DecryptError
from orion_core.base.kit import clock
from orion_core.platform.credentials.manager import CredentialContext, CredentialManager, DataKey, new_key, split_keys

_FIELD = "workspace key"
_RESTORE = "Restore it from a backup. Without it no stored secret can be read."


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A workspace's key as it is stored, and the name of the root key that wrapped it."""

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class RootKey:
    """A root key at hand. Only one is `newest`."""

    name: str
    newest: bool
    created_at: datetime | None = None


class KeyProvider(Protocol):
    """Wraps and unwraps the keys of workspaces."""

    @property
    def kind(self) -> str:
        """`env`, `file` or `vault`."""
        ...

    async def wrap(self, key: str, workspace_id: str) -> Wrapped:
        """`key` wrapped by the newest root key, bound to the workspace."""
        ...

    async def unwrap(self, wrapped: str, workspace_id: str) -> str:
        """The key. Raises DecryptError when its root key is gone or it belongs to another workspace."""
        ...

    async def rewrap(self, items: Sequence[tuple[str, str]]) -> list[Wrapped | DecryptError]:
        """`(workspace_id, wrapped)` each wrapped by the newest root key; an error in the place of one that cannot be."""
        ...

    async def roots(self) -> list[RootKey]:
        """The root keys at hand, newest first."""
        ...

    async def new_root(self) -> RootKey:
        """Make a new root key. Raises ConfigurationError where only the operator can."""
        ...


class EnvKeyProvider:
    """Root keys given as text: `ORION_SECRET_KEYS`."""

    kind = "env"

    def __init__(self, keys: str | Iterable[str]) -> None:
        given = split_keys(keys) if isinstance(keys, str) else list(keys)
        if not given:
            raise ConfigurationError("ORION_SECRET_KEYS is empty.", next_step="Make a key with `orion keys new` and set it.")
        self._load(given)

    def _load(self, keys: Sequence[str], created: dict[str, datetime] | None = None) -> None:
        found = [DataKey(key) for key in keys]
        self._manager = CredentialManager(found)
        names = [f"{self.kind}:{key.name}" for key in found]
        self._roots = [RootKey(name, number == 0, (created or {}).get(keys[number])) for number, name in enumerate(names)]

    async def wrap(self, key: str, workspace_id: str) -> Wrapped:
        """See `KeyProvider`."""
        return Wrapped(self._manager.encrypt(key, context=_place(workspace_id)), self._roots[0].name)

    async def unwrap(self, wrapped: str, workspace_id: str) -> str:
        """See `KeyProvider`."""
        return self._manager.decrypt(wrapped, context=_place(workspace_id))

    async def rewrap(self, items: Sequence[tuple[str, str]]) -> list[Wrapped | DecryptError]:
        """See `KeyProvider`; each new text is opened once before it is handed out."""
        done: list[Wrapped | DecryptError] = []
        for workspace_id, wrapped in items:
            try:
                key = await self.unwrap(wrapped, workspace_id)
                new = await self.wrap(key, workspace_id)
                if self._manager.decrypt(new.text, context=_place(workspace_id)) != key:
                    raise DecryptError("The new wrapping does not open; the old one is kept.")
                done.append(new)
            except DecryptError as error:
                done.append(error)
        return done

    async def roots(self) -> list[RootKey]:
        """See `KeyProvider`."""
        return list(self._roots)

    async def new_root(self) -> RootKey:
        """Always refused: Orion cannot write its own environment."""
        raise ConfigurationError("The secret keys come from the environment; only the operator can add one.",
                                 next_step="Put the output of `orion keys new` first in ORION_SECRET_KEYS, restart, rotate again.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({[root.name for root in self._roots]})"


class FileKeyProvider(EnvKeyProvider):
    """Root keys in a file only its owner can read; one key a line, newest first, with the day it was made.

    The file is made where there is none (`create=False`: refused, for a database that already has wrapped keys). A process that meets
    a key it does not know reads the file again.
    """

    kind = "file"

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._path = path
        self._stamp: tuple[int, int] = (0, 0)
        if create and not path.exists():
            _create(path, f"{_line(new_key())}\n")
        self._read()

    async def unwrap(self, wrapped: str, workspace_id: str) -> str:
        """See `KeyProvider`."""
        try:
            return await super().unwrap(wrapped, workspace_id)
        except DecryptError:
            if not self._changed():
                raise
            self._read()
            return await super().unwrap(wrapped, workspace_id)

    async def roots(self) -> list[RootKey]:
        """See `KeyProvider`."""
        if self._changed():
            self._read()
        return await super().roots()

    async def new_root(self) -> RootKey:
        """Put a new key at the front of the file, in one step, and use it from now on."""
        _write(self._path, f"{_line(new_key())}\n{_read_private(self._path)}")
        self._read()
        return self._roots[0]

    async def retire(self, name: str) -> None:
        """Take a root key out of the file. The caller has made sure that nothing is wrapped by it.

        Raises:
            ConfigurationError: it is the newest or not in the file.
        """
        self._read()
        if name not in [root.name for root in self._roots[1:]]:
            raise ConfigurationError(f"The key {name} is not an older key of this file.", next_step="`orion keys status` lists them.")
        kept = [line for line in _read_private(self._path).splitlines()
                if not split_keys(line.partition("#")[0]) or f"file:{DataKey(split_keys(line.partition('#')[0])[0]).name}" != name]
        _write(self._path, "\n".join(kept) + "\n")
        self._read()

    def _changed(self) -> bool:
        try:
            found = self._path.stat()
        except OSError:
            return False
        return (found.st_mtime_ns, found.st_ino) != self._stamp

    def _read(self) -> None:
        text = _read_private(self._path)
        found = self._path.stat()
        keys, created = [], {}
        for line in text.splitlines():
            head, _, note = line.partition("#")
            for key in split_keys(head):
                keys.append(key)
                try:
                    created[key] = clock.as_utc(datetime.fromisoformat(note.strip().removeprefix("made").strip()))
                except ValueError:
                    continue
        if not keys:
            raise ConfigurationError(f"The key file {self._path} holds no key.", next_step=_RESTORE)
        self._load(keys, created)
        self._stamp = (found.st_mtime_ns, found.st_ino)


def _place(workspace_id: str) -> CredentialContext:
    return CredentialContext(workspace=workspace_id, field=_FIELD)


def _line(key: str) -> str:
    return f"{key}  # made {clock.now().isoformat(timespec='seconds')}"


def _read_private(path: Path) -> str:
    """The text of a file that is ours alone.

    Raises:
        ConfigurationError: it cannot be read, is no plain file, is not ours, or others may read it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigurationError(f"The key file {path} cannot be read: {error.strerror}.",
                                 next_step=_RESTORE) from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.getuid(), 0):
            raise ConfigurationError(f"The key file {path} is not a file of ours.",
                                     next_step=f"Give it to the user Orion runs as: chown … {path}")
        if found.st_mode & 0o077:
            raise ConfigurationError(f"The key file {path} can be read by others.",
                                     next_step=f"Run `chmod 600 {path}`; if others had access, add a new key and rotate.")
        return os.read(handle, 1024 * 1024).decode("ascii", "replace")
    finally:
        os.close(handle)


def _create(path: Path, text: str) -> None:
    """Make the file unless another process just did; never a half-written one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = _temporary(path, text)
    try:
        os.link(temporary, path)  # unlike a rename it does not replace what is there
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(path: Path, text: str) -> None:
    temporary = _temporary(path, text)
    temporary.replace(path)
    _sync_folder(path.parent)


def _temporary(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
