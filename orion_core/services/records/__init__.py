"""Records: what was synced, found, shown, explained, followed and exported."""

from orion_core.services.records.mappings import CatalogMappings
from orion_core.services.records.service import Records

__all__ = ["CatalogMappings", "Records"]
