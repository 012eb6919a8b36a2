"""Who is asking. Every service method takes a `Principal` first and asks it for the role or scope it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from orion_core.base.errors import Forbidden


class Role(IntEnum):
    """What a member may do; each role may do all that the lower ones may."""

    viewer = 1
    editor = 2
    admin = 3
    owner = 4


# What an API key may be given. A write scope does not include the read scope.
SCOPES = (
    "connections:read",
    "connections:write",
    "records:read",
    "records:write",
    "syncs:read",
    "syncs:write",
    "passthrough",
    "audit:read",
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, an API key, or the system itself (jobs, CLI), acting in one workspace."""

    workspace_id: str
    role: Role
    kind: Literal["user", "api_key", "system"] = "user"
    id: str = ""
    name: str = ""
    email: str = ""
    session_id: str = ""
    is_operator: bool = False
    scopes: frozenset[str] | None = field(default=None)
    ip: str = ""
    workspace_name: str = ""

    def require(self, role: Role | str, scope: str | None = None) -> None:
        """Pass, or raise. What names no scope is closed to API keys.

        Raises:
            Forbidden: the role is too low, or an API key lacks `scope`.
        """
        needed = Role[role] if isinstance(role, str) else role
        if self.scopes is not None and scope is None:
            raise Forbidden("An API key may not do this.", next_step="Sign in as a person with the right role.")
        if self.scopes is not None and scope not in self.scopes:
            raise Forbidden(f"This API key lacks the scope {scope}.", next_step="Create a key with this scope in Settings, API keys.")
        if self.role < needed:
            raise Forbidden(f"This needs the role {needed.name}; yours is {self.role.name}.")

    @classmethod
    def system(cls, workspace_id: str, name: str = "orion") -> Principal:
        """The installation itself: jobs, the sweeper, the command line."""
        return cls(workspace_id=workspace_id, role=Role.owner, kind="system", name=name)
