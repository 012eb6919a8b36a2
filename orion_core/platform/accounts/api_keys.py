"""API keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col

from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import ApiKey, ApiKeyIndex, Workspace
from orion_core.base.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from orion_core.base.kit.clock import as_utc, now
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import SEEN_EVERY, Part, clean_name
from orion_core.platform.accounts.principal import SCOPES, Principal, Role
from orion_core.platform.accounts.tokens import KEY_PREFIX, fingerprint, new_api_key
from orion_core.platform.accounts.types import ApiKeyRow

# The role that a scope amounts to. A key acts with the highest of its scopes' roles, but never with more than its creator holds today.
SCOPE_ROLES: dict[str, Role] = {
    "connections:read": Role.viewer,
    "connections:write": Role.admin,
    "records:read": Role.viewer,
    "records:write": Role.editor,
    "syncs:read": Role.viewer,
    "syncs:write": Role.editor,
    "passthrough": Role.admin,
    "audit:read": Role.admin,
}
assert set(SCOPE_ROLES) == set(SCOPES)
_MAX_RATE = 60_000
_NEW_KEY = "Create a new key in Settings, API keys."


class ApiKeys(Part):
    """Keys for REST and MCP."""

    async def create_api_key(self, p: Principal, name: str, scopes: Iterable[str], rate_per_minute: int = 600,
                             expires_at: datetime | None = None) -> tuple[ApiKeyRow, str]:
        """A new key: its row, and the secret, which is shown this once.

        Raises:
            InvalidInput: no or unknown scopes, a rate out of bounds, an expiry in the past.
            Forbidden: `p` is no admin, or a scope amounts to more than they hold.
        """
        p.require(Role.admin)
        chosen = _check(scopes, rate_per_minute, expires_at)
        too_much = [scope for scope in chosen if SCOPE_ROLES[scope] > p.role]
        if too_much:
            raise Forbidden(f"You are {p.role.name} and cannot give the scope {too_much[0]}.")
        secret, hint = new_api_key()
        row = ApiKey(workspace_id=p.workspace_id, name=clean_name(name, "name", 120), hint=hint, scopes=list(chosen),
                     rate_per_minute=rate_per_minute, created_by=p.id if p.kind == "user" else "",
                     expires_at=as_utc(expires_at) if expires_at else None)
        async with self.work.write(p.workspace_id) as tx:
            tx.session.add(row)
            await tx.directory.add(ApiKeyIndex(key_hash=fingerprint(secret), workspace_id=p.workspace_id, api_key_id=row.id))
            await self.audit.record(tx, p, "api_key.created", "api_key", row.id, row.name,
                                    {"scopes": list(chosen), "rate_per_minute": rate_per_minute, "expires_at": row.expires_at})
        return _row(row, p.name if p.kind == "user" else "Orion"), secret

    async def api_keys(self, p: Principal) -> list[ApiKeyRow]:
        """The keys of the workspace, newest first, revoked ones too."""
        p.require(Role.admin)
        async with self.work.read(p.workspace_id) as session:
            rows = await repository.api_keys(session)
            names = await repository.names(Directory(session), {row.created_by for row in rows if row.created_by})
        return [_row(row, names.get(row.created_by, "Orion")) for row in rows]

    async def revoke_api_key(self, p: Principal, key_id: str) -> None:
        """Stop a key at once.

        Raises:
            NotFound: no key of this workspace, or revoked before.
        """
        p.require(Role.admin)
        async with self.work.write(p.workspace_id) as tx:
            row = await repository.api_key(tx.session, key_id)
            if row is None or row.revoked_at is not None:
                raise NotFound("There is no such key that still works.")
            row.revoked_at = now()
            await self.audit.record(tx, p, "api_key.revoked", "api_key", row.id, row.name)

    async def principal_by_key(self, secret: str, *, ip: str = "") -> Principal:
        """Who a key is. Counts the call against the key's rate.

        Raises:
            Unauthenticated: unknown, revoked, expired, or its creator left the workspace.
            TooManyRequests: more calls in a minute than the key allows; `after_s` for `Retry-After`.
        """
        if not secret.startswith(KEY_PREFIX) or len(secret) > 200:
            raise _unknown()
        async with self.work.directory() as directory:
            place = await repository.key_place(directory, fingerprint(secret))
        if place is None:
            raise _unknown()
        async with self.work.read(place[0]) as session:
            row = await repository.api_key(session, place[1])
            directory = Directory(session)
            alive = await directory.one(Workspace, col(Workspace.id) == place[0], col(Workspace.erased_at).is_(None))
            creator = await repository.membership(directory, place[0], row.created_by) if row and row.created_by else None
        if row is None or alive is None:
            raise _unknown()
        _refuse_dead(row)
        if row.created_by and creator is None:
            raise Unauthenticated("The person who created this API key left the workspace.", next_step=_NEW_KEY)
        await self.limiter.hit(f"key:{row.id}", row.rate_per_minute)
        if row.last_used_at is None or now() - row.last_used_at > SEEN_EVERY:
            self.beside(self._used(row.workspace_id, row.id))
        most = Role[creator.role] if creator else Role.owner
        scopes = frozenset(scope for scope in row.scopes if SCOPE_ROLES.get(scope, Role.owner) <= most)
        role = min(most, max((SCOPE_ROLES[scope] for scope in scopes), default=Role.viewer))
        return Principal(workspace_id=row.workspace_id, role=role, kind="api_key", id=row.id, name=row.name, scopes=scopes, ip=ip)

    async def _used(self, workspace_id: str, key_id: str) -> None:
        async with self.work.write(workspace_id) as tx:
            await repository.touch_key(tx.session, key_id, now())


def _check(scopes: Iterable[str], rate_per_minute: int, expires_at: datetime | None) -> tuple[str, ...]:
    chosen = tuple(scope for scope in SCOPES if scope in set(scopes))
    unknown = sorted(set(scopes) - set(SCOPES))
    fields: dict[str, str] = {}
    if unknown:
        fields["scopes"] = f"There is no scope {unknown[0][:40]!r}. Scopes: {', '.join(SCOPES)}."
    elif not chosen:
        fields["scopes"] = "Choose at least one scope."
    if not 1 <= rate_per_minute <= _MAX_RATE:
        fields["rate_per_minute"] = f"Choose 1 to {_MAX_RATE:,} calls a minute."
    if expires_at is not None and as_utc(expires_at) <= now():
        fields["expires_at"] = "The expiry lies in the past."
    if fields:
        raise InvalidInput(" ".join(fields.values()), detail={"fields": fields})
    return chosen


def _refuse_dead(row: ApiKey) -> None:
    if row.revoked_at is not None:
        raise Unauthenticated(f"This API key was revoked on {row.revoked_at:%Y-%m-%d}.", next_step=_NEW_KEY)
    if row.expires_at is not None and row.expires_at <= now():
        raise Unauthenticated(f"This API key expired on {row.expires_at:%Y-%m-%d}.", next_step=_NEW_KEY)


def _unknown() -> Unauthenticated:
    return Unauthenticated("This API key is not known.", next_step="Check that the whole key was copied; it begins with ok_.")


def _row(row: ApiKey, created_by: str) -> ApiKeyRow:
    expired = row.expires_at is not None and row.expires_at <= now()
    state = "revoked" if row.revoked_at else "expired" if expired else "active"
    return ApiKeyRow(row.id, row.name, row.hint, tuple(row.scopes), row.rate_per_minute, created_by, row.created_at, row.last_used_at,
                     row.expires_at, row.revoked_at, state)


__all__ = ["SCOPE_ROLES", "ApiKeys"]
