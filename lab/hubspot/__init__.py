"""Fake HubSpot: https://developers.hubspot.com/docs/api/overview"""

from lab.hubspot.api import HubSpot

__all__ = ["HubSpot"]
