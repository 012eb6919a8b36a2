"""What is going on: the overview."""

from orion_core.services.analytics.health import Check, Health
from orion_core.services.analytics.service import Analytics

__all__ = ["Analytics", "Check", "Health"]
