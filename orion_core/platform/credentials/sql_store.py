"""Wrapped workspace keys in the database. They are read before a workspace is known (a rotation walks them all): directory rows."""

from __future__ import annotations

from collections.abc import Sequence

from orion_core.base.db.tables import WorkspaceKey
from orion_core.base.kit.clock import now
from orion_core.base.work import Work
from orion_core.platform.credentials.store import KeyUsage, StoredKey


class SqlKeyStore:
    """`WorkspaceKeyStore` on the table `workspace_keys`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def get(self, workspace_id: str) -> Sequence[StoredKey]:
        """All versions of a workspace's key, newest first."""
        async with self._work.directory() as directory:
            rows = await directory.all(WorkspaceKey, WorkspaceKey.workspace_id == workspace_id, order_by=WorkspaceKey.version.desc())  # type: ignore[attr-defined]
        return [_stored(row) for row in rows]

    async def insert(self, key: StoredKey) -> bool:
        """Store unless that version is there."""
        async with self._work.directory(write=True) as directory:
            return await directory.ensure(
                WorkspaceKey(workspace_id=key.workspace_id, version=key.version, wrapped=key.wrapped, wrapped_by=key.wrapped_by)
            )

    async def page(self, *, not_wrapped_by: str, after: tuple[str, int] | None, limit: int) -> Sequence[StoredKey]:
        """Keys wrapped by another root key, in order."""
        where = [WorkspaceKey.wrapped_by != not_wrapped_by]
        if after is not None:
            workspace_id, version = after
            where.append(
                (WorkspaceKey.workspace_id > workspace_id)
                | ((WorkspaceKey.workspace_id == workspace_id) & (WorkspaceKey.version > version))
            )
        async with self._work.directory() as directory:
            rows = await directory.all(WorkspaceKey, *where, order_by=(WorkspaceKey.workspace_id, WorkspaceKey.version), limit=limit)
        return [_stored(row) for row in rows]

    async def replace(self, changes: Sequence[tuple[StoredKey, str, str]]) -> int:
        """Compare and set, row by row."""
        done = 0
        async with self._work.directory(write=True) as directory:
            for old, wrapped, wrapped_by in changes:
                done += await directory.update(
                    WorkspaceKey,
                    WorkspaceKey.workspace_id == old.workspace_id,
                    WorkspaceKey.version == old.version,
                    WorkspaceKey.wrapped == old.wrapped,
                    wrapped=wrapped,
                    wrapped_by=wrapped_by,
                    rewrapped_at=now(),
                )
        return done

    async def usage(self) -> Sequence[KeyUsage]:
        """Use of each root key."""
        async with self._work.directory() as directory:
            rows = await directory.all(WorkspaceKey)
        found: dict[str, list[WorkspaceKey]] = {}
        for row in rows:
            found.setdefault(row.wrapped_by, []).append(row)
        return [
            KeyUsage(name, len(keys), len({key.workspace_id for key in keys}), min(key.rewrapped_at or key.created_at for key in keys))
            for name, keys in sorted(found.items())
        ]

    async def erase(self, workspace_id: str) -> int:
        """Delete all versions."""
        async with self._work.directory(write=True) as directory:
            return await directory.delete(WorkspaceKey, WorkspaceKey.workspace_id == workspace_id)


def _stored(row: WorkspaceKey) -> StoredKey:
    return StoredKey(row.workspace_id, row.version, row.wrapped, row.wrapped_by)
