"""Invite links."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col

from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import Membership, OneTimeToken, User
from orion_core.base.errors import Conflict, Forbidden, NotFound, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import Part, clean_email, clean_name, dead_link, label, role_of, works
from orion_core.platform.accounts.passwords import check_strength
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.tokens import fingerprint
from orion_core.platform.accounts.types import InviteRow, InviteView

_LIFE = timedelta(days=7)


class Invites(Part):
    """How people come in."""

    async def invite(self, p: Principal, email: str, role: Role | str) -> str:
        """A link for one person, good once and for 7 days; it replaces an earlier open invite of the same address.

        Raises:
            Forbidden: `p` is no admin, or gives away more than they hold.
            Conflict: the person is a member already.
        """
        p.require(Role.admin)
        email, role = clean_email(email), role_of(role)
        _may_give(p, role)
        async with self.work.write(p.workspace_id) as tx:
            known = await repository.user_by_email(tx.directory, email)
            if known and await repository.membership(tx.directory, p.workspace_id, known.id):
                raise Conflict(f"{email} is a member of this workspace already.", next_step="Change the role in the list of members.")
            row = OneTimeToken(kind="invite", token_hash="", workspace_id=p.workspace_id, email=email, role=role.name, created_by=p.id,
                               expires_at=now() + _LIFE)
            link = await self.new_link(tx.directory, "invite/", row)
            await self.audit.record(tx, p, "member.invited", "invite", row.id, email, {"role": role.name})
        return link

    async def renew_invite(self, p: Principal, invite_id: str) -> str:
        """A new link for an open invite (only the hash of the old one is kept, and it stops working)."""
        row = await self._invite(p, invite_id)
        return await self.invite(p, row.email, row.role)

    async def invites(self, p: Principal) -> list[InviteRow]:
        """Invites that were not used, newest first."""
        p.require(Role.admin)
        async with self.work.directory() as directory:
            rows = await repository.invites(directory, p.workspace_id)
            names = await repository.names(directory, {row.created_by for row in rows})
        return [InviteRow(row.id, row.email, Role[row.role], names.get(row.created_by, "Orion"), row.created_at, row.expires_at,
                          row.expires_at <= now()) for row in rows]

    async def revoke_invite(self, p: Principal, invite_id: str) -> None:
        """Make an open invite's link useless."""
        row = await self._invite(p, invite_id)
        async with self.work.write(p.workspace_id) as tx:
            if not await tx.directory.delete(OneTimeToken, col(OneTimeToken.id) == row.id, col(OneTimeToken.used_at).is_(None)):
                raise NotFound("There is no such open invite.")
            await self.audit.record(tx, p, "invite.revoked", "invite", row.id, row.email)

    async def invite_info(self, token: str) -> InviteView | None:
        """What an invite link offers; None when it does not work."""
        async with self.work.directory() as directory:
            try:
                row = await self._live(directory, token)
            except NotFound:
                return None
            workspace = await repository.workspace(directory, row.workspace_id)
            known = await repository.user_by_email(directory, row.email)
            names = await repository.names(directory, {row.created_by})
        return InviteView(row.email, Role[row.role], workspace.name if workspace else "", names.get(row.created_by, "Orion"),
                          known is not None, row.expires_at)

    async def accept_invite(self, token: str, name: str = "", password: str = "", *, session_token: str = "", ip: str = "",
                            user_agent: str = "") -> str:
        """Join, and get a new session's token.

        Who has no account chooses a name and a password. Who has one gives their own password, or comes with a session (`session_token`)
        of the invited address.

        Raises:
            NotFound: the link does not work.
            Unauthenticated: the account exists and neither password nor session proves it is theirs.
        """
        async with self.work.directory() as directory:
            row = await self._live(directory, token)
            known = await repository.user_by_email(directory, row.email)
            mine = await repository.session_and_user(directory, fingerprint(session_token)) if session_token else None
        hashed = ""
        if known is None:
            name = clean_name(name, "name", 200)
            check_strength(password, avoid=(row.email, name))
            hashed = await self.passwords.hash(password)
        elif mine is None or mine[1].id != known.id or not works(*mine):
            if not password:
                raise Unauthenticated(f"{row.email} has an account on this Orion.", next_step="Enter the password of that account to join.")
            known = await self.check_password(row.email, password, ip)
        async with self.work.write(row.workspace_id) as tx:
            await self._live(tx.directory, token)
            if not await repository.use_token(tx.directory, row.id):
                raise dead_link()
            user = known or User(email=row.email, name=name, password_hash=hashed)
            if known is None and not await tx.directory.ensure(user):
                raise Conflict(f"{row.email} got an account a moment ago.",
                               next_step="Open the link again and enter that account's password.")
            membership = Membership(workspace_id=row.workspace_id, user_id=user.id, role=row.role)
            if not await tx.directory.ensure(membership):
                raise Conflict("You are a member of this workspace already.", next_step="Sign in.")
            await repository.clear_failures(tx.directory, user.id)
            session, session_id = await self.open_session(tx, user, ip, user_agent)
            await self.audit.record(tx, self.person(user, membership, session_id, ip), "member.joined", "user", user.id, label(user),
                                    {"role": row.role, "email": row.email})
        return session

    async def _live(self, directory: Directory, token: str) -> OneTimeToken:
        """The row of an invite whose giver could still give it today."""
        row = await self.link(directory, token, "invite")
        if row.created_by:
            giver = await repository.membership(directory, row.workspace_id, row.created_by)
            if giver is None or Role[giver.role] < max(Role.admin, Role[row.role]):
                raise dead_link()
        if await repository.workspace(directory, row.workspace_id) is None:
            raise dead_link()
        return row

    async def _invite(self, p: Principal, invite_id: str) -> OneTimeToken:
        p.require(Role.admin)
        async with self.work.directory() as directory:
            row = next((row for row in await repository.invites(directory, p.workspace_id) if row.id == invite_id), None)
        if row is None:
            raise NotFound("There is no such open invite.")
        return row


def _may_give(p: Principal, role: Role) -> None:
    if p.role < role:
        raise Forbidden(f"You are {p.role.name} and cannot make somebody {role.name}.", next_step=f"Ask a person who is {role.name}.")
