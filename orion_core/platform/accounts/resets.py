"""Changing a password, and links to choose a new one."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col

from orion_core.base.db.directory import Directory
from orion_core.base.db.tables import OneTimeToken, User
from orion_core.base.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from orion_core.base.kit.clock import now
from orion_core.base.work import Transaction
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import Part, dead_link, label, require_person
from orion_core.platform.accounts.passwords import check_strength
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.tokens import fingerprint

_LIFE = timedelta(hours=1)


class Resets(Part):
    """Passwords."""

    async def change_password(self, p: Principal, current: str, new: str) -> int:
        """Change one's own password and end one's other sessions; how many those were.

        Raises:
            InvalidInput: the current password is wrong, or the new one too weak.
            TooManyRequests: too many wrong passwords.
        """
        require_person(p)
        check_strength(new, avoid=(p.email, p.name))
        try:
            user = await self.check_password(p.email, current)
        except Unauthenticated as error:
            problem = "This is not your current password."
            raise InvalidInput(problem, detail={"fields": {"current": problem}}) from error
        hashed = await self.passwords.hash(new)
        async with self.work.write(p.workspace_id) as tx:
            await self._store(tx, user, hashed)
            ended = await repository.revoke_sessions(tx.directory, user.id, but=p.session_id)
            await self.audit.record(tx, p, "user.password_changed", "user", user.id, label(user), {"signed_out": ended})
        return ended

    async def reset_link(self, p: Principal, user: str) -> str:
        """A link by which a person (id or e-mail) chooses a new password; works once, for an hour.

        An account reaches into every workspace of its person, so an admin makes links only for people of this workspace alone, of no higher
        role. The operator and the command line make them for everybody.

        Raises:
            NotFound: no member of this workspace.
            Forbidden: the account reaches further than `p` does.
        """
        p.require(Role.admin)
        async with self.work.write(p.workspace_id) as tx:
            found = await self._person(tx.directory, user)
            above = p.is_operator or p.kind == "system"
            member = await repository.membership(tx.directory, p.workspace_id, found.id) if found else None
            if found is None or (member is None and not above):
                raise NotFound("There is no such member in this workspace.")
            if not above:
                await self._refuse_reach(tx.directory, p, found, Role[member.role] if member else Role.owner)
            row = OneTimeToken(kind="reset", token_hash="", user_id=found.id, created_by=p.id, expires_at=now() + _LIFE)
            link = await self.new_link(tx.directory, "reset/", row)
            await self.audit.record(tx, p, "user.reset_link_made", "user", found.id, label(found))
        return link

    async def reset_info(self, token: str) -> str | None:
        """The e-mail of the account that a reset link opens; None when the link does not work."""
        async with self.work.directory() as directory:
            row = await repository.one_time_token(directory, fingerprint(token), "reset")
            user = await repository.user(directory, row.user_id) if row else None
        return user.email if user else None

    async def reset_password(self, token: str, new: str, *, ip: str = "") -> None:
        """Set a new password by link. Every session of the person ends and a lock-out is lifted; they sign in anew.

        Raises:
            NotFound: the link does not work.
            InvalidInput: the password is too weak; the link stays usable.
        """
        async with self.work.directory() as directory:
            row = await self.link(directory, token, "reset")
            user = await repository.user(directory, row.user_id)
            workspace_id = await repository.last_workspace(directory, row.user_id)
        if user is None:
            raise dead_link()
        check_strength(new, avoid=(user.email, user.name))
        hashed = await self.passwords.hash(new)
        async with self.work.write(workspace_id or "") as tx:
            if not await repository.use_token(tx.directory, row.id):
                raise dead_link()
            await self._store(tx, user, hashed)
            ended = await repository.revoke_sessions(tx.directory, user.id)
            membership = await repository.membership(tx.directory, workspace_id, user.id) if workspace_id else None
            if membership is not None:
                await self.audit.record(tx, self.person(user, membership, ip=ip), "user.password_reset", "user", user.id, label(user),
                                        {"signed_out": ended, "link_by": row.created_by or "orion"})

    async def _store(self, tx: Transaction, user: User, hashed: str) -> None:
        await tx.directory.update(User, col(User.id) == user.id, password_hash=hashed, failed_sign_ins=0, locked_until=None)
        await tx.directory.delete(OneTimeToken, col(OneTimeToken.user_id) == user.id, col(OneTimeToken.kind) == "reset",
                                  col(OneTimeToken.used_at).is_(None))

    async def _person(self, directory: Directory, user: str) -> User | None:
        return await (repository.user_by_email(directory, user.strip().lower()) if "@" in user else repository.user(directory, user))

    async def _refuse_reach(self, directory: Directory, p: Principal, user: User, role: Role) -> None:
        if user.is_operator or role > p.role:
            raise Forbidden("This person may do more than you.", next_step="Ask the operator of this Orion, or use `orion` on the server.")
        if len(await repository.workspaces_of(directory, user.id)) > 1:
            raise Forbidden("This person is also a member of another workspace.",
                            next_step="Ask the operator of this Orion, or use `orion` on the server.")
