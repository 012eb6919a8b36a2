"""Where wrapped workspace keys lie. SQL in the app; this protocol is all the credentials need of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One version of a workspace's key, wrapped by the root key `wrapped_by`."""

    workspace_id: str
    version: int
    wrapped: str
    wrapped_by: str


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """How many stored keys a root key wraps, and since when."""

    wrapped_by: str
    keys: int
    workspaces: int
    first_at: datetime | None = None


class WorkspaceKeyStore(Protocol):
    """Each call is its own short transaction, on the directory (no workspace is known during a rotation)."""

    async def get(self, workspace_id: str) -> Sequence[StoredKey]:
        """All versions of a workspace's key, newest first; empty when it has none (or was erased)."""
        ...

    async def insert(self, key: StoredKey) -> bool:
        """Store unless `(workspace_id, version)` is taken; whether it was stored."""
        ...

    async def page(self, *, not_wrapped_by: str, after: tuple[str, int] | None, limit: int) -> Sequence[StoredKey]:
        """Keys wrapped by another root key than `not_wrapped_by`, ordered by `(workspace_id, version)`, those past `after`."""
        ...

    async def replace(self, changes: Sequence[tuple[StoredKey, str, str]]) -> int:
        """For each `(as read, new wrapped, new wrapped_by)`: store it where the row still holds `as read`; how many were stored."""
        ...

    async def usage(self) -> Sequence[KeyUsage]:
        """Use of each root key."""
        ...

    async def erase(self, workspace_id: str) -> int:
        """Delete all versions: what they encrypted can never be read again; how many there were."""
        ...
