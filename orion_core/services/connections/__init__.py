"""Connections: authorised accounts at providers."""

from orion_core.services.connections.service import Connections

__all__ = ["Connections"]
