"""The rules by which records were mapped, from the stored versions, else from the catalogue."""

from __future__ import annotations

from orion_core.base.errors import InvalidInput, NotFound
from orion_core.base.work import Work
from orion_core.engine.mapping import CompiledMapping, Mapping, compile_mapping
from orion_core.platform.catalog import ConnectorRegistry
from orion_core.services.records import repository


class CatalogMappings:
    """A `MappingSource`: a version stored for the connection, one stored for the connector, or the one its spec holds today."""

    def __init__(self, work: Work, registry: ConnectorRegistry) -> None:
        self.work = work
        self.registry = registry

    async def mapping(self, workspace_id: str, connection_id: str, stream: str, version: int) -> CompiledMapping | None:
        """The rules of a connection's stream; None where it has none, or its connector is gone."""
        async with self.work.read(workspace_id) as session:
            connection = (await repository.connections(session)).get(connection_id)
            if connection is None:
                return None
            stored = await repository.stored_mapping(session, connection.connector_id, connection_id, stream, version)
        try:
            if stored is not None:
                return compile_mapping(Mapping.from_dict(stored))
            found = self.registry.get(connection.connector_id).spec.stream(stream).mapping
            return compile_mapping(found) if found is not None else None
        except (NotFound, InvalidInput):
            return None
