"""The built-in connectors, one folder each. A folder registers itself when it is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def load_all() -> None:
    """Import every adapter folder."""
    for module in iter_modules(__path__):
        if module.ispkg:
            import_module(f"{__name__}.{module.name}")
