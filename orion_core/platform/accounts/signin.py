"""Signing in and out, and who a session is."""

from __future__ import annotations

from orion_core.base.db.tables import LoginSession, User
from orion_core.base.errors import Forbidden, NotFound
from orion_core.base.kit.clock import now
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import IDLE, SEEN_EVERY, Part, label, require_person, works
from orion_core.platform.accounts.principal import Principal
from orion_core.platform.accounts.tokens import fingerprint
from orion_core.platform.accounts.types import SessionRow, device_of


class SignIn(Part):
    """Sessions."""

    async def sign_in(self, email: str, password: str, ip: str = "", user_agent: str = "") -> str:
        """A new session's token, for the cookie. It opens in the workspace the person looked at last.

        Raises:
            Unauthenticated: e-mail or password is wrong; it does not say which.
            TooManyRequests: too many failures for this e-mail, or from this address.
            Forbidden: the person is a member of no workspace.
        """
        user = await self.check_password(email.strip().lower(), password, ip)
        better = await self.passwords.hash(password) if self.passwords.outdated(user.password_hash) else None
        async with self.work.directory() as directory:
            workspace_id = await repository.last_workspace(directory, user.id)
        if workspace_id is None:
            raise Forbidden("Your account belongs to no workspace.", next_step="Ask an admin of a workspace for an invite link.")
        async with self.work.write(workspace_id) as tx:
            membership = await repository.membership(tx.directory, workspace_id, user.id)
            if membership is None:
                raise Forbidden("You were just removed from this workspace.", next_step="Sign in again.")
            await repository.clear_failures(tx.directory, user.id)
            if better:
                await tx.directory.update(User, User.id == user.id, password_hash=better)
            token, session_id = await self.open_session(tx, user, ip, user_agent)
            await self.audit.record(tx, self.person(user, membership, session_id, ip), "user.signed_in", "user", user.id, label(user),
                                    {"device": device_of(user_agent)})
        return token

    async def principal(self, session_token: str, workspace_id: str | None = None) -> Principal | None:
        """Who a session is, in its own workspace or in `workspace_id`; None when it may not enter. Looked up afresh each time."""
        if not session_token or len(session_token) > 200:
            return None
        async with self.work.directory() as directory:
            found = await repository.session_and_user(directory, fingerprint(session_token))
            if found is None or not works(*found):
                return None
            session, user = found
            place = await repository.place(directory, workspace_id or session.workspace_id, user.id)
        if place is None:
            return None
        if now() - session.last_seen_at > SEEN_EVERY:
            self.beside(self._seen(session.id))
        return self.person(user, place[0], session.id, session.ip, place[1].name)

    async def sign_out(self, session_token: str) -> None:
        """End a session. A session that is over already is no error."""
        async with self.work.directory() as directory:
            found = await repository.session_and_user(directory, fingerprint(session_token))
        if found is None or not works(*found):
            return
        session, user = found
        async with self.work.write(session.workspace_id) as tx:
            await repository.revoke_sessions(tx.directory, user.id, only=session.id)
            membership = await repository.membership(tx.directory, session.workspace_id, user.id)
            if membership is not None:
                await self.audit.record(tx, self.person(user, membership, session.id, session.ip), "user.signed_out", "user", user.id,
                                        label(user))

    async def sessions(self, p: Principal) -> list[SessionRow]:
        """The person's own open sessions, the one used last first."""
        require_person(p)
        async with self.work.directory() as directory:
            rows = await repository.open_sessions(directory, {p.id}, IDLE)
        return [SessionRow(row.id, device_of(row.user_agent), row.ip, row.created_at, row.last_seen_at,
                           min(row.expires_at, row.last_seen_at + IDLE), row.id == p.session_id) for row in rows]

    async def revoke_session(self, p: Principal, session_id: str) -> None:
        """End one of the person's own sessions, at once.

        Raises:
            NotFound: it is not an open session of theirs.
        """
        require_person(p)
        async with self.work.write(p.workspace_id) as tx:
            if not session_id or not await repository.revoke_sessions(tx.directory, p.id, only=session_id):
                raise NotFound("There is no such session.")
            await self.audit.record(tx, p, "session.revoked", "session", session_id)

    async def revoke_other_sessions(self, p: Principal) -> int:
        """End all of the person's sessions but this one; how many."""
        require_person(p)
        async with self.work.write(p.workspace_id) as tx:
            count = await repository.revoke_sessions(tx.directory, p.id, but=p.session_id)
            if count:
                await self.audit.record(tx, p, "session.others_revoked", "user", p.id, p.name, {"signed_out": count})
        return count

    async def _seen(self, session_id: str) -> None:
        async with self.work.directory(write=True) as directory:
            await directory.update(LoginSession, LoginSession.id == session_id, last_seen_at=now())

