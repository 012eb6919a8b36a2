"""The one way from a page to the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orion_core.runtime import Runtime


def services() -> Runtime:
    """The services of this process, built once by the composition root, on first use."""
    from orion_core.runtime import runtime

    return runtime()
