"""What a job finds: the runtime of this process, typed."""

from __future__ import annotations

from typing import TypedDict

from orion_core.runtime import Runtime


class Context(TypedDict):
    """arq's `ctx`, as far as jobs use it."""

    runtime: Runtime
