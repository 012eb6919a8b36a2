"""/sign-in /setup /invite/… /reset/… /forgotten"""

from __future__ import annotations

from orion_app.pages.entry import views
from orion_app.pages.entry.state import EntryState

PAGES = [
    (views.sign_in, "/sign-in", "Sign in · Orion", [EntryState.sign_in]),
    (views.set_up, "/setup", "Set up Orion", [EntryState.set_up]),
    (views.invite, "/invite/[token]", "Invite · Orion", [EntryState.invite]),
    (views.reset, "/reset/[token]", "New password · Orion", [EntryState.reset_password]),
    (views.forgotten, "/forgotten", "Forgotten password · Orion", []),
]
