"""An Orion that is set up: an owner, and people of each role beside."""

from __future__ import annotations

from dataclasses import dataclass, field

from argon2 import PasswordHasher

from orion_core.base.work import Work
from orion_core.platform.accounts import Accounts, Principal
from orion_core.platform.accounts.passwords import Passwords
from orion_core.platform.audit import Audit

PASSWORD = "a long enough sentence"


def cheap_passwords() -> Passwords:
    """argon2 with the smallest parameters: the tests are about what happens around it."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class House:
    """`owner` is the operator; `join` brings in more people."""

    accounts: Accounts
    audit: Audit
    work: Work
    owner: Principal = field(init=False)
    owner_token: str = field(init=False)

    async def set_up(self) -> House:
        link = await self.accounts.setup_link()
        self.owner_token, self.owner = await self.accounts.set_up(token_of(link), "maren@larkfield.example", "Maren Holt", PASSWORD, "Larkfield",
                                                                  ip="10.20.4.2", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0")
        return self

    async def join(self, name: str, role: str, inviter: Principal | None = None) -> tuple[str, Principal]:
        """A new person with their session's token."""
        link = await self.accounts.invite(inviter or self.owner, f"{name.lower()}@larkfield.example", role)
        token = await self.accounts.accept_invite(token_of(link), name, PASSWORD)
        principal = await self.accounts.principal(token)
        assert principal is not None
        return token, principal

    async def other_workspace(self) -> Principal:
        """The owner in a second workspace."""
        row = await self.accounts.create_workspace(self.owner, "Other")
        found = await self.accounts.principal(self.owner_token, row.id)
        assert found is not None
        return found

    async def actions(self, p: Principal | None = None) -> list[str]:
        """The audit log's actions, oldest first."""
        return [row.action for row in reversed((await self.audit.page(p or self.owner, limit=500)).rows)]


def token_of(link: str) -> str:
    return link.rsplit("=", 1)[-1].rsplit("/", 1)[-1]
