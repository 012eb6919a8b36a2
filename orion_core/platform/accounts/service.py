"""People, sessions, workspaces, roles and API keys: the one door to them."""

from __future__ import annotations

from orion_core.platform.accounts.api_keys import ApiKeys
from orion_core.platform.accounts.invites import Invites
from orion_core.platform.accounts.members import Members
from orion_core.platform.accounts.resets import Resets
from orion_core.platform.accounts.setup import SetUp
from orion_core.platform.accounts.signin import SignIn
from orion_core.platform.accounts.workspaces import Workspaces


class Accounts(SetUp, SignIn, Invites, Members, Resets, Workspaces, ApiKeys):
    """`Accounts(work, audit, settings, limiter=…)`; every change is written to the audit log in its own transaction."""
