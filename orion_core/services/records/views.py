"""From stored rows to what callers see. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orion_core.base.db.bulk import typed_columns
from orion_core.base.db.search import spec_of
from orion_core.base.db.search_rows import FILTERS
from orion_core.base.db.tables import ConnectorConfig
from orion_core.base.db.tables.records import RecordRow
from orion_core.engine.mapping import CompiledMapping
from orion_core.engine.schema import INFO, MODELS, UnifiedBase, field_of
from orion_core.services.records import reading
from orion_core.services.records.query import PERIODS
from orion_core.services.records.reading import State
from orion_core.services.records.types import ColumnView, FieldSource, FieldView, FilterView, RecordRowView, SourceView

Connections = Mapping[str, ConnectorConfig]
OTHER = ("Other record", "Other records")
_IDENTITY = ("id", "connection_id", "raw", "flags", "custom_fields")


def titles(model: str) -> tuple[str, str]:
    """The title of a model, for one and for many."""
    info = INFO.get(model)
    return (info.title, info.plural) if info else OTHER


def source_view(connections: Connections, connection_id: str, stream: str) -> SourceView:
    """A record's source; a connection that is gone is named by its id."""
    found = connections.get(connection_id)
    return SourceView(connection_id, found.name if found else connection_id, found.connector_id if found else "", stream)


def columns(table: type[RecordRow]) -> tuple[ColumnView, ...]:
    """The columns of a list: those shown at first in the model's own order, then the rest."""
    model = table.model
    shown = INFO[model].shown if model else ("name",)
    sorts = spec_of(table).sorts
    names = [*shown, *(name for name in typed_columns(table) if name not in shown)]
    found = [ColumnView(name, reading.title_of(name), _column_hint(table, name), name in sorts, name in shown) for name in names]
    return (*found, ColumnView("remote_updated_at", "Updated", "time", True, True))


def _column_hint(table: type[RecordRow], name: str) -> Any:
    kind = table.__table__.columns[name].type.python_type  # type: ignore[attr-defined]
    return reading.hint_for(table.model, name, kind() if kind in (bool, int, float) else None)


def filters(table: type[RecordRow], connections: Connections, words: Mapping[str, list[Any]]) -> list[FilterView]:
    """The filters of a model with what may be chosen; `words` are the values that occur."""
    yes_no = (("yes", "Yes"), ("no", "No"))
    found = [
        FilterView("connection", "Source", tuple((row.id, row.name) for row in connections.values())),
        FilterView("updated_within", "Updated", tuple((key, f"Last {_period(key)}") for key in PERIODS)),
    ]
    for name in FILTERS[table.model]:
        options = yes_no if name == "is_active" else tuple((value, _word(table.model, name, value)) for value in words.get(name, []))
        found.append(FilterView(name, reading.title_of(name), options))
    return [
        *found,
        FilterView("stream", "Stream", tuple((value, value) for value in words.get("stream", []))),
        FilterView("flagged", "Flagged", yes_no),
        FilterView("deleted", "Deleted", (("yes", "Only deleted"), ("any", "With deleted"))),
    ]


def _period(key: str) -> str:
    number, unit = int(key[:-1]), {"h": "hour", "d": "day"}[key[-1]]
    return unit if number == 1 else f"{number} {unit}s"


def _word(model: str, name: str, value: Any) -> str:
    return str(value).upper() if name in ("currency", "country") else str(value).replace("_", " ")


def row_view(table: type[RecordRow], row: Any, connections: Connections) -> RecordRowView:
    """One line of a list."""
    values = {name: getattr(row, name) for name in typed_columns(table)}
    updated = row.remote_updated_at or row.synced_at
    values["remote_updated_at"] = updated
    currency = values.get("currency")
    shown = {
        name: reading.display(value, _column_hint(table, name) if name != "remote_updated_at" else "time", currency)
        for name, value in values.items()
        if value is not None
    }
    return RecordRowView(
        id=str(row.id),
        remote_id=row.remote_id,
        label=label_of(table.model, values, row.remote_id),
        values=values,
        display=shown,
        flags=reading.flags_of(row.flags),
        source=source_view(connections, row.connection_id, row.stream),
        updated_at=updated,
        synced_at=row.synced_at,
        deleted=row.deleted_at is not None,
        version=row.version,
    )


def label_of(model: str, values: Mapping[str, Any], remote_id: str) -> str:
    """What a record is called: its name or number, else its e-mail address, else its id."""
    names = [INFO[model].label if model else "name", "email", "title"]
    return next((str(values[name]) for name in names if values.get(name)), remote_id)


def fields(state: State, model: str, source: SourceView, compiled: CompiledMapping | None) -> list[FieldView]:
    """Every unified field that has a value, each with where it came from."""
    rules = _reading_rules(compiled)
    currency = state.fields.get("currency")
    given = ((path, value) for path, value in reading.flat(state.fields) if path not in _IDENTITY)
    return [_field(state, model, path, value, currency, source, rules) for path, value in given]


def custom_fields(state: State, source: SourceView, compiled: CompiledMapping | None) -> list[FieldView]:
    """What the provider sent that has no unified home."""
    found = []
    for name, value in reading.flat(state.custom):
        hint = reading.hint_for("", name, value)
        # A leftover has no rule; the first root it may have come from is its likely path.
        origin = _origin(source, name, None, {}, state, compiled)
        found.append(FieldView(f"custom_fields.{name}", name, "Custom fields", value, reading.display(value, hint), hint, "", origin))
    return found


def _field(state: State, model: str, path: str, value: Any, currency: Any, source: SourceView, rules: dict[str, Any]) -> FieldView:
    hint = reading.hint_for(model, path, value)
    spec = field_of(MODELS[model], path) if model in MODELS else None
    rule = rules.get(path) or rules.get(f"{path}[]")
    origin = _origin(source, rule.path, rule.transform, dict(rule.args), state, None) if rule else None
    raised = tuple(flag for flag in state.flags if flag.startswith(path.rpartition(".")[2]))
    return FieldView(
        path,
        reading.title_of(path),
        reading.group_of(path, hint),
        value,
        reading.display(value, hint, currency),
        hint,
        spec.description if spec else "",
        origin,
        raised,
    )


def _origin(
    source: SourceView, path: str, transform: str | None, args: dict[str, Any], state: State, compiled: CompiledMapping | None
) -> FieldSource:
    roots = [root for root in compiled.mapping.custom if root] if compiled else []
    whole = f"{roots[0]}.{path}" if len(roots) == 1 and "" not in (compiled.mapping.custom if compiled else ()) else path
    return FieldSource(source, whole, transform, args, state.mapping_version, state.run_id, state.valid_from)


def _reading_rules(compiled: CompiledMapping | None) -> dict[str, Any]:
    """Field → the first rule that reads it; where several do, `why` tells which one won."""
    rules: dict[str, Any] = {}
    for found in compiled.provenance() if compiled else ():
        if found.direction != "out":
            rules.setdefault(found.field, found)
    return rules


def unified_fields(state: State) -> dict[str, Any]:
    """The unified fields as JSON values with the schema's version, as `from_stored` takes them."""
    return {
        "schema_version": state.schema_version,
        **state.fields,
        **({"custom_fields": state.custom} if state.custom else {}),
        **({"flags": list(state.flags)} if state.flags else {}),
    }


def to_model(table: type[RecordRow], row: Any) -> UnifiedBase:
    """A record's row as its pydantic model."""
    state = reading.current(table, row)
    raw = reading.raw_of(state)
    return MODELS[table.model].from_stored(
        {
            **unified_fields(state),
            "id": str(row.id),
            "connection_id": row.connection_id,
            "remote_id": row.remote_id,
            "raw": raw if isinstance(raw, dict) else None,
        }
    )
