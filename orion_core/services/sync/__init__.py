"""Syncs: one run at a time per connection, resumable at any point, deletes only with proof."""

from orion_core.services.sync.service import Sync
from orion_core.services.sync.writes import Writes

__all__ = ["Sync", "Writes"]
