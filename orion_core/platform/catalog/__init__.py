"""What can be connected: the registry of connectors and the factory of adapters."""

from orion_core.platform.catalog.factory import AdapterFactory
from orion_core.platform.catalog.registry import ConnectorRegistry, Entry

__all__ = ["AdapterFactory", "ConnectorRegistry", "Entry"]
