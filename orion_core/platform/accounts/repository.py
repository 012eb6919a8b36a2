"""The SQL of accounts. Directory tables through `Directory`, API keys through the workspace's own session."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import col

from orion_core.base.db import ScopedSession
from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import ApiKey, ApiKeyIndex, Instance, LoginSession, Membership, OneTimeToken, User, Workspace
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import new_secret

_OWNER, _FIRST = "owner", "first_workspace"
_KEPT = timedelta(days=30)


# -- the installation ------------------------------------------------------------------------------------------------


async def owner_id(directory: Directory) -> str | None:
    """The user who set this installation up."""
    row = await directory.one(Instance, col(Instance.name) == _OWNER)
    return row.value if row else None


async def claim_ownership(directory: Directory, user_id: str) -> bool:
    """Note who set it up; False when somebody else already did."""
    return await directory.ensure(Instance(name=_OWNER, value=user_id))


async def first_workspace_id(directory: Directory) -> str | None:
    row = await directory.one(Instance, col(Instance.name) == _FIRST)
    return row.value if row else None


async def claim_first_workspace(directory: Directory, workspace_id: str) -> bool:
    return await directory.ensure(Instance(name=_FIRST, value=workspace_id))


# -- workspaces and members ------------------------------------------------------------------------------------------


async def free_slug(directory: Directory, name: str) -> str:
    """A slug made of `name` that no workspace has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "workspace"
    taken = await directory.one(Workspace, col(Workspace.slug) == slug)
    return slug if taken is None else f"{slug}-{new_secret(4).lower().replace('_', 'x').replace('-', 'y')}"


async def workspace(directory: Directory, workspace_id: str, *, lock: bool = False) -> Workspace | None:
    """The workspace; `lock` makes changes of its members wait for one another."""
    return await directory.one(Workspace, col(Workspace.id) == workspace_id, col(Workspace.erased_at).is_(None), for_update=lock)


async def workspaces_of(directory: Directory, user_id: str) -> Sequence[tuple[Membership, Workspace]]:
    """Where the person is a member, oldest membership first."""
    return await directory.joined(Membership, Workspace, col(Membership.workspace_id) == col(Workspace.id),
                                  col(Membership.user_id) == user_id, col(Workspace.erased_at).is_(None), order_by=col(Membership.id))


async def membership(directory: Directory, workspace_id: str, user_id: str) -> Membership | None:
    found = await place(directory, workspace_id, user_id)
    return found[0] if found else None


async def place(directory: Directory, workspace_id: str, user_id: str) -> tuple[Membership, Workspace] | None:
    """A person's membership in a workspace, and the workspace."""
    found = await directory.joined(Membership, Workspace, col(Membership.workspace_id) == col(Workspace.id),
                                   col(Membership.workspace_id) == workspace_id, col(Membership.user_id) == user_id,
                                   col(Workspace.erased_at).is_(None))
    return (found[0][0], found[0][1]) if found else None


async def members(directory: Directory, workspace_id: str) -> Sequence[tuple[Membership, User]]:
    return await directory.joined(Membership, User, col(Membership.user_id) == col(User.id), col(Membership.workspace_id) == workspace_id,
                                  order_by=col(Membership.id))


async def owners(directory: Directory, workspace_id: str) -> int:
    return len(await directory.all(Membership, col(Membership.workspace_id) == workspace_id, col(Membership.role) == "owner"))


# -- people ----------------------------------------------------------------------------------------------------------


async def user_by_email(directory: Directory, email: str, *, lock: bool = False) -> User | None:
    return await directory.one(User, col(User.email) == email, for_update=lock)


async def user(directory: Directory, user_id: str) -> User | None:
    return await directory.one(User, col(User.id) == user_id)


async def names(directory: Directory, user_ids: set[str]) -> dict[str, str]:
    """What to call these people."""
    found = await directory.all(User, col(User.id).in_(user_ids)) if user_ids else []
    return {row.id: row.name or row.email for row in found}


async def clear_failures(directory: Directory, user_id: str) -> None:
    await directory.update(User, col(User.id) == user_id, failed_sign_ins=0, locked_until=None)


# -- sessions --------------------------------------------------------------------------------------------------------


async def session_and_user(directory: Directory, token_hash: str) -> tuple[LoginSession, User] | None:
    found = await directory.joined(LoginSession, User, col(LoginSession.user_id) == col(User.id),
                                   col(LoginSession.token_hash) == token_hash)
    return (found[0][0], found[0][1]) if found else None


async def open_sessions(directory: Directory, user_ids: set[str], idle: timedelta) -> Sequence[LoginSession]:
    """Sessions that still work, newest use first."""
    moment = now()
    return await directory.all(
        LoginSession, col(LoginSession.user_id).in_(user_ids), col(LoginSession.revoked_at).is_(None),
        col(LoginSession.expires_at) > moment, col(LoginSession.last_seen_at) > moment - idle,
        order_by=col(LoginSession.last_seen_at).desc())


async def revoke_sessions(directory: Directory, user_id: str, *, only: str = "", but: str = "", workspace_id: str = "") -> int:
    """Revoke a person's open sessions: all, one, all but one, or those that look at one workspace."""
    where = [col(LoginSession.user_id) == user_id, col(LoginSession.revoked_at).is_(None)]
    if only:
        where.append(col(LoginSession.id) == only)
    if but:
        where.append(col(LoginSession.id) != but)
    if workspace_id:
        where.append(col(LoginSession.workspace_id) == workspace_id)
    return await directory.update(LoginSession, *where, revoked_at=now())


async def forget_old_sessions(directory: Directory, user_id: str) -> None:
    """Delete a person's sessions that ended a month ago."""
    limit = now() - _KEPT
    await directory.delete(LoginSession, col(LoginSession.user_id) == user_id,
                           (col(LoginSession.revoked_at) < limit) | (col(LoginSession.expires_at) < limit))


async def last_workspace(directory: Directory, user_id: str) -> str | None:
    """The workspace the person looked at last, if still a member, else the oldest membership's."""
    mine = [workspace.id for _, workspace in await workspaces_of(directory, user_id)]
    newest = col(LoginSession.last_seen_at).desc()
    recent = await directory.all(LoginSession, col(LoginSession.user_id) == user_id, order_by=newest, limit=5)
    return next((row.workspace_id for row in recent if row.workspace_id in mine), mine[0] if mine else None)


# -- links that work once --------------------------------------------------------------------------------------------


async def one_time_token(directory: Directory, token_hash: str, kind: str) -> OneTimeToken | None:
    """The token's row while it may still be used."""
    return await directory.one(OneTimeToken, col(OneTimeToken.token_hash) == token_hash, col(OneTimeToken.kind) == kind,
                               col(OneTimeToken.used_at).is_(None), col(OneTimeToken.expires_at) > now())


async def use_token(directory: Directory, token_id: str) -> bool:
    """Use it up; False when somebody was faster."""
    return await directory.update(OneTimeToken, col(OneTimeToken.id) == token_id, col(OneTimeToken.used_at).is_(None), used_at=now()) == 1


async def add_token(directory: Directory, row: OneTimeToken) -> None:
    """Store a link in place of earlier ones for the same purpose."""
    same = [col(OneTimeToken.kind) == row.kind, col(OneTimeToken.workspace_id) == row.workspace_id,
            col(OneTimeToken.user_id) == row.user_id, col(OneTimeToken.email) == row.email, col(OneTimeToken.used_at).is_(None)]
    await directory.delete(OneTimeToken, *same)
    await directory.delete(OneTimeToken, col(OneTimeToken.expires_at) < now() - _KEPT)
    await directory.add(row)


async def invites(directory: Directory, workspace_id: str) -> Sequence[OneTimeToken]:
    return await directory.all(OneTimeToken, col(OneTimeToken.workspace_id) == workspace_id, col(OneTimeToken.kind) == "invite",
                               col(OneTimeToken.used_at).is_(None), order_by=col(OneTimeToken.id).desc())


# -- API keys --------------------------------------------------------------------------------------------------------


async def key_place(directory: Directory, key_hash: str) -> tuple[str, str] | None:
    """`(workspace_id, api_key_id)` of a key."""
    row = await directory.one(ApiKeyIndex, col(ApiKeyIndex.key_hash) == key_hash)
    return (row.workspace_id, row.api_key_id) if row else None


async def api_key(session: ScopedSession, key_id: str) -> ApiKey | None:
    return (await session.execute(select(ApiKey).where(col(ApiKey.id) == key_id))).scalars().first()


async def api_keys(session: ScopedSession) -> Sequence[ApiKey]:
    return (await session.execute(select(ApiKey).order_by(col(ApiKey.id).desc()))).scalars().all()


async def revoke_keys_of(session: ScopedSession, user_id: str) -> int:
    """Revoke the keys a person created; how many."""
    statement = update(ApiKey).where(col(ApiKey.created_by) == user_id, col(ApiKey.revoked_at).is_(None)).values(revoked_at=now())
    return int((await session.execute(statement, execution_options={"synchronize_session": False})).rowcount)  # type: ignore[attr-defined]


async def touch_key(session: ScopedSession, key_id: str, moment: datetime) -> None:
    await session.execute(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=moment),
                          execution_options={"synchronize_session": False})
