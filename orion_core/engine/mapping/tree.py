"""The reading rules as a tree by provider path."""

from __future__ import annotations

from dataclasses import dataclass, field

from orion_core.engine.mapping.path import EACH, Tokens, is_plain
from orion_core.engine.mapping.rule import Rule
from orion_core.engine.schema import FieldSpec


@dataclass(slots=True)
class Leaf:
    """A reading rule, prepared."""

    rule: Rule
    path: Tokens
    target: Tokens
    spec: FieldSpec

    @property
    def names(self) -> tuple[str, ...]:
        """The target without brackets."""
        return tuple(token for token in self.target if isinstance(token, str))

    @property
    def keys(self) -> tuple[str, ...]:
        """The path without the brackets at its end."""
        return tuple(token for token in self.path if isinstance(token, str))

    def in_walk(self) -> bool:
        """Whether path and target are keys, with at most one pair of brackets at the end."""
        path = self.path[:-1] if self.path and self.path[-1] is EACH else self.path
        target = self.target[:-1] if self.target and self.target[-1] is EACH else self.target
        return bool(path) and is_plain(path) and is_plain(target) and target[0] != "custom_fields"

    def peeks(self) -> bool:
        """Whether it reads one position of a list: `items[0]`."""
        index = self.path[-1] if self.path else None
        return isinstance(index, int) and is_plain(self.path[:-1]) and is_plain(self.target) and self.target[0] != "custom_fields"


@dataclass(slots=True)
class Node:
    """One key of the provider's record."""

    children: dict[str, Node] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    peeks: list[Leaf] = field(default_factory=list)  # read one position of a list, and leave the list where it is
    taken: bool = False  # read after the walk
    ignored: bool = False
    root: int | None = None

    def at(self, keys: tuple[str, ...]) -> Node:
        """The node at a path, made where it is missing."""
        node = self
        for key in keys:
            node = node.children.setdefault(key, Node())
        return node

    def below(self) -> list[Leaf]:
        """All leaves at and below this node."""
        return [*self.leaves, *self.peeks, *(leaf for child in self.children.values() for leaf in child.below())]
