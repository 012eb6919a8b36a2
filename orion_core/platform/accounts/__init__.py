"""Who may do what: people, sessions, workspaces, roles, API keys."""

from orion_core.platform.accounts.limiter import LocalRateLimiter, RateLimiter, RedisRateLimiter
from orion_core.platform.accounts.principal import SCOPES, Principal, Role
from orion_core.platform.accounts.service import Accounts
from orion_core.platform.accounts.types import ApiKeyRow, InviteRow, InviteView, MemberRow, SessionRow, WorkspaceRow

__all__ = ["SCOPES", "Accounts", "ApiKeyRow", "InviteRow", "InviteView", "LocalRateLimiter", "MemberRow", "Principal", "RateLimiter",
           "RedisRateLimiter", "Role", "SessionRow", "WorkspaceRow"]
