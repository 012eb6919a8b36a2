"""HubSpot."""

from orion_core.engine.adapters.hubspot.adapter import HubSpotAdapter
from orion_core.engine.adapters.hubspot.mcp_helper import HubSpotMCPHelper

__all__ = ["HubSpotAdapter", "HubSpotMCPHelper"]
