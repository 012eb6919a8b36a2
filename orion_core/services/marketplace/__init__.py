"""The marketplace: what can be connected."""

from orion_core.services.marketplace.service import Marketplace

__all__ = ["Marketplace"]
