"""The first run: who owns this installation."""

from __future__ import annotations

from datetime import datetime, timedelta

from orion_core.base.db.tables import Membership, OneTimeToken, User, Workspace
from orion_core.base.errors import ConfigurationError, Conflict, InvalidInput
from orion_core.base.kit.clock import now
from orion_core.base.kit.ids import short_id
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import Part, clean_email, clean_name, dead_link
from orion_core.platform.accounts.passwords import check_strength
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.tokens import fingerprint

_LINK_LIFE = timedelta(hours=24)


class SetUp(Part):
    """First owner, first workspace."""

    async def needs_setup(self) -> bool:
        """Whether nobody owns this installation yet."""
        async with self.work.directory() as directory:
            return await repository.owner_id(directory) is None

    async def setup_link(self) -> str:
        """A new link for the first owner, in place of an earlier one; works once, for 24 hours.

        Raises:
            Conflict: Orion is already set up.
        """
        async with self.work.directory(write=True) as directory:
            if await repository.owner_id(directory) is not None:
                raise _already()
            return await self.new_link(directory, "setup?token=", OneTimeToken(kind="setup", token_hash="", expires_at=now() + _LINK_LIFE))

    async def setup_info(self, token: str) -> datetime | None:
        """Until when a set-up link works; None when it does not."""
        async with self.work.directory() as directory:
            if await repository.owner_id(directory) is not None:
                return None
            row = await repository.one_time_token(directory, fingerprint(token), "setup")
        return row.expires_at if row else None

    async def set_up(self, token: str, email: str, name: str, password: str, workspace_name: str, *, ip: str = "",
                     user_agent: str = "") -> tuple[str, Principal]:
        """Create the first owner, who is also the operator, and sign them in: the session's token and who they are.

        Raises:
            NotFound: the link does not work.
            Conflict: Orion is already set up.
            InvalidInput: a field is wrong, or the password too weak; the link stays usable.
        """
        async with self.work.directory() as directory:
            await self.link(directory, token, "setup")
        return await self._make_owner(email, name, password, workspace_name, token, ip, user_agent)

    async def ensure_owner(self) -> bool:
        """Create the owner named by ORION_OWNER_EMAIL and ORION_OWNER_PASSWORD, if there is none yet; whether it was created.

        Raises:
            ConfigurationError: the two cannot be used; the message says why.
        """
        email, password = self.settings.owner_email, self.settings.owner_password.get_secret_value()
        if not email or not await self.needs_setup():
            return False
        if not password:
            raise ConfigurationError("ORION_OWNER_EMAIL is set, but ORION_OWNER_PASSWORD is not.")
        try:
            await self._make_owner(email, email.partition("@")[0], password, "", "", "", "")
        except InvalidInput as error:
            raise ConfigurationError(f"The first owner cannot be made from ORION_OWNER_EMAIL and ORION_OWNER_PASSWORD: {error.message}",
                                     next_step=error.next_step) from error
        except Conflict:
            return False  # another process of this start was faster
        return True

    async def ensure_workspace(self, name: str = "Main") -> str:
        """The id of the first workspace, created when there is none: the one the command line works in, and the first owner's."""
        async with self.work.directory() as directory:
            found = await repository.first_workspace_id(directory)
        if found:
            return found
        async with self.work.directory(write=True) as directory:
            workspace_id = short_id("ws")
            if not await repository.claim_first_workspace(directory, workspace_id):
                return await repository.first_workspace_id(directory) or workspace_id
            await directory.add(Workspace(id=workspace_id, name=name, slug=await repository.free_slug(directory, name)))
            return workspace_id

    async def _make_owner(self, email: str, name: str, password: str, workspace_name: str, token: str, ip: str,
                          user_agent: str) -> tuple[str, Principal]:
        email, name = clean_email(email), clean_name(name, "name", 200)
        workspace_name = clean_name(workspace_name, "workspace", 120) if workspace_name.strip() or token else ""
        check_strength(password, avoid=(email, name, workspace_name))
        hashed = await self.passwords.hash(password)
        workspace_id = await self.ensure_workspace(workspace_name or "Main")
        async with self.work.write(workspace_id) as tx:
            if token:
                row = await self.link(tx.directory, token, "setup")
                if not await repository.use_token(tx.directory, row.id):
                    raise dead_link()
            user = User(email=email, name=name, password_hash=hashed, is_operator=True)
            if not await repository.claim_ownership(tx.directory, user.id):
                raise _already()
            await tx.directory.add(user)
            if workspace_name:
                await tx.directory.update(Workspace, Workspace.id == workspace_id, name=workspace_name)
            membership = Membership(workspace_id=workspace_id, user_id=user.id, role=Role.owner.name)
            await tx.directory.add(membership)
            session_token, session_id = await self.open_session(tx, user, ip, user_agent)
            principal = self.person(user, membership, session_id, ip, workspace_name or "Main")
            await self.audit.record(tx, principal, "workspace.created", "workspace", workspace_id, workspace_name or "Main",
                                    {"owner": email, "operator": True})
        return session_token, principal


def _already() -> Conflict:
    return Conflict("Orion is already set up.",
                    next_step="Sign in. A forgotten password is reset with a link from an admin or the command line.")
