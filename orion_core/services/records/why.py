"""Why is this value here? Derived from the mapping and the stored bytes, step by step. Pure."""

from __future__ import annotations

from typing import Any

from orion_core.engine.mapping import CompiledMapping, Explanation
from orion_core.services.records import reading
from orion_core.services.records.reading import State
from orion_core.services.records.types import SourceView, Step


def why(state: State, field: str, source: SourceView, compiled: CompiledMapping | None) -> list[Step]:
    """The steps that led to the value of `field`, in the order they happened."""
    steps: list[Step] = []
    raw = reading.raw_of(state)
    if compiled is None or not isinstance(raw, dict):
        steps.append(
            Step(
                "sent",
                f"{source.name} sent the record",
                note="This stream has no rules: the record is kept as it came.",
                source=source,
                run_id=state.run_id,
                at=state.valid_from,
            )
        )
    else:
        for found in compiled.explain(field, raw):
            steps += _of_rule(found, source, state)
        if not steps:
            steps.append(Step("default", "No rule reads this field", source=source))
        if compiled.mapping.version != state.mapping_version:
            note = f"The rules shown are those of version {compiled.mapping.version}, the nearest that is kept."
            steps.append(
                Step("rule", f"The record was stored under version {state.mapping_version} of the mapping", note=note, source=source)
            )
    steps.append(
        Step(
            "stored",
            "Orion stored it",
            note=f"version {state.version}, mapping version {state.mapping_version}",
            source=source,
            run_id=state.run_id,
            at=state.valid_from,
            after=_stored(state, field),
        )
    )
    last = field.rpartition(".")[2].partition("[")[0]
    steps += [Step("flag", f"Flagged: {flag.replace('_', ' ')}", note="Kept as sent.") for flag in state.flags if flag.startswith(last)]
    return steps


def _of_rule(found: Explanation, source: SourceView, state: State) -> list[Step]:
    where = found.path or "the record"
    if not found.present:
        if found.used:
            return [
                Step(
                    "default",
                    f"{source.name} sent nothing at {where}",
                    found.path,
                    after=found.result,
                    source=source,
                    note="The rule's default stands in.",
                )
            ]
        return [Step("default", f"{source.name} sent nothing at {where}", found.path, source=source)]
    steps = [
        Step(
            "sent",
            f"{source.name} sent it at {where}",
            found.path,
            after=found.raw,
            source=source,
            run_id=state.run_id,
            at=state.valid_from,
        )
    ]
    if found.problem is not None:
        steps.append(
            Step("problem", "The rule could not read it", found.path, found.raw, None, found.transform, dict(found.args), found.problem)
        )
    elif found.transform is not None:
        title = "A rule changed its form" if found.raw != found.result else "A rule left it as it was"
        note = f"mapping version {found.mapping_version}"
        steps.append(Step("rule", title, found.path, found.raw, found.result, found.transform, dict(found.args), note))
    if not found.used and found.problem is None:
        steps.append(Step("passed", "Another rule's value won", found.path, found.result, None, note="The first rule with a value wins."))
    return steps


def _stored(state: State, field: str) -> Any:
    value: Any = {**state.fields, "custom_fields": state.custom}
    for part in field.split("."):
        name, _, position = part.partition("[")
        value = value.get(name) if isinstance(value, dict) else None
        number = position.rstrip("]")
        if number.isdigit():
            value = value[int(number)] if isinstance(value, list) and int(number) < len(value) else None
    return value
