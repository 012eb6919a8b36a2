"""Members and their roles."""

from __future__ import annotations

from sqlmodel import col

from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import Membership, User
from orion_core.base.errors import Conflict, Forbidden, NotFound
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import IDLE, Part, clean_name, label, require_person, role_of
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.types import MemberRow


class Members(Part):
    """Who is in a workspace."""

    async def members(self, p: Principal) -> list[MemberRow]:
        """The people of the workspace, in the order they came. Times and counts of sessions are for admins."""
        p.require(Role.viewer)
        async with self.work.directory() as directory:
            pairs = await repository.members(directory, p.workspace_id)
            show = p.role >= Role.admin
            sessions = await repository.open_sessions(directory, {user.id for _, user in pairs}, IDLE) if show else []
        return [
            MemberRow(user.id, user.name, user.email, Role[membership.role], membership.created_at, user.is_operator, user.id == p.id,
                      sum(row.user_id == user.id for row in sessions),
                      max((row.last_seen_at for row in sessions if row.user_id == user.id), default=None))
            for membership, user in pairs
        ]

    async def change_role(self, p: Principal, user_id: str, role: Role | str) -> None:
        """Give a member another role; it counts from their next click.

        Raises:
            NotFound: no member of this workspace.
            Forbidden: `p` holds less than the member has or shall have.
            Conflict: the workspace would have no owner.
        """
        p.require(Role.admin)
        role = role_of(role)
        async with self.work.write(p.workspace_id) as tx:
            member, user = await self._member(tx.directory, p.workspace_id, user_id)
            before = Role[member.role]
            if p.role < max(before, role):
                raise Forbidden(f"You are {p.role.name} and cannot change a role from {before.name} to {role.name}.",
                                next_step=f"Ask a person who is {max(before, role).name}.")
            if before == role:
                return
            await self._keep_an_owner(tx.directory, p.workspace_id, before, role)
            await tx.directory.update(Membership, col(Membership.id) == member.id, role=role.name)
            await self.audit.record(tx, p, "member.role_changed", "user", user.id, label(user), {"before": before.name, "after": role.name})

    async def remove_member(self, p: Principal, user_id: str) -> None:
        """Take a person out, or leave (one's own id): their sessions here end at once and the API keys they created are revoked.

        Raises:
            NotFound: no member of this workspace.
            Forbidden: `p` holds less than the member.
            Conflict: the workspace would have no owner.
        """
        leaves = p.kind == "user" and user_id == p.id
        p.require(Role.viewer if leaves else Role.admin)
        async with self.work.write(p.workspace_id) as tx:
            member, user = await self._member(tx.directory, p.workspace_id, user_id)
            if not leaves and p.role < Role[member.role]:
                raise Forbidden(f"You are {p.role.name} and cannot remove a person who is {member.role}.", next_step="Ask an owner.")
            await self._keep_an_owner(tx.directory, p.workspace_id, Role[member.role], None)
            await tx.directory.delete(Membership, col(Membership.id) == member.id)
            sessions = await repository.revoke_sessions(tx.directory, user.id, workspace_id=p.workspace_id)
            keys = await repository.revoke_keys_of(tx.session, user.id)
            await self.audit.record(tx, p, "member.left" if leaves else "member.removed", "user", user.id, label(user),
                                    {"role": member.role, "signed_out": sessions, "keys_revoked": keys})

    async def rename_me(self, p: Principal, name: str) -> None:
        """Change one's own name."""
        require_person(p)
        name = clean_name(name, "name", 200)
        async with self.work.write(p.workspace_id) as tx:
            await tx.directory.update(User, col(User.id) == p.id, name=name)
            await self.audit.record(tx, p, "user.renamed", "user", p.id, name, {"before": p.name})

    async def _member(self, directory: Directory, workspace_id: str, user_id: str) -> tuple[Membership, User]:
        # The lock first: two owners who take each other's role at the same moment must see one another.
        await repository.workspace(directory, workspace_id, lock=True)
        member = await repository.membership(directory, workspace_id, user_id)
        user = await repository.user(directory, user_id) if member else None
        if member is None or user is None:
            raise NotFound("There is no such member in this workspace.")
        return member, user

    async def _keep_an_owner(self, directory: Directory, workspace_id: str, before: Role, after: Role | None) -> None:
        if before is Role.owner and after is not Role.owner and await repository.owners(directory, workspace_id) < 2:
            raise Conflict("A workspace needs an owner, and this person is the last one.", next_step="Make somebody else owner first.")
