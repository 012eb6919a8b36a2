"""Which class runs a connector.

@register_adapter("acme")
class AcmeAdapter(BaseAdapter[UnifiedCustomer]):
    spec = SPEC
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from orion_core.base.errors import ConfigurationError, NotFound
from orion_core.engine.connector.adapter import BaseAdapter

A = TypeVar("A", bound=type[BaseAdapter[Any]])
_ADAPTERS: dict[str, type[BaseAdapter[Any]]] = {}


class AdapterNotFound(NotFound):
    """No adapter goes by that slug."""

    code = "adapter_not_found"
    default_next_step = "Use one of the listed connectors, or install the package that brings this one."


def register_adapter(slug: str, *, replace: bool = False) -> Callable[[A], A]:
    """Make a class the adapter of `slug`; its spec must carry the same slug."""

    def register(cls: A) -> A:
        if getattr(cls, "spec", None) is None or cls.spec.slug != slug:
            raise ConfigurationError(
                f"{cls.__name__} is registered as {slug!r}, but its spec says {getattr(cls, 'spec', None) and cls.spec.slug!r}."
            )
        if slug in _ADAPTERS and _ADAPTERS[slug] is not cls and not replace:
            raise ConfigurationError(
                f"Two adapters want the slug {slug!r}: {_ADAPTERS[slug].__name__} and {cls.__name__}.",
                next_step="Rename one of them, or remove the package that brings it.",
            )
        _ADAPTERS[slug] = cls
        return cls

    return register


def get_adapter(slug: str) -> type[BaseAdapter[Any]]:
    """The adapter class of `slug`; built-in ones are imported when first asked for.

    Raises:
        AdapterNotFound: there is none; the message lists those there are.
    """
    if slug not in _ADAPTERS:
        load_builtin()
    if slug not in _ADAPTERS:
        raise AdapterNotFound(f"There is no connector {slug!r}. There are: {', '.join(known_slugs())}.", detail={"known": known_slugs()})
    return _ADAPTERS[slug]


def load_builtin() -> None:
    """Import every folder of `orion_core.engine.adapters`."""
    import_module("orion_core.engine.adapters").load_all()


def known_slugs() -> list[str]:
    """The slugs of all registered adapters, sorted."""
    return sorted(_ADAPTERS)


def adapters() -> dict[str, type[BaseAdapter[Any]]]:
    """All adapters by slug, the built-in ones included."""
    load_builtin()
    return dict(sorted(_ADAPTERS.items()))
