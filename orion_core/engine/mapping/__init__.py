"""Mapping: one rule, two directions. Rules are data; compiled, they turn a provider's record into unified fields and back."""

from __future__ import annotations

from orion_core.engine.mapping.check import check
from orion_core.engine.mapping.compile import CompiledMapping, Mapped, compile_mapping
from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.explain import Explanation, Provenance
from orion_core.engine.mapping.rule import Mapping, Rule
from orion_core.engine.mapping.transforms import TRANSFORMS, Transform, apply_transform, transform

__all__ = [
    "TRANSFORMS",
    "CompiledMapping",
    "Context",
    "Explanation",
    "Mapped",
    "Mapping",
    "Provenance",
    "Rule",
    "Transform",
    "Unfit",
    "apply_transform",
    "check",
    "compile_mapping",
    "transform",
]
