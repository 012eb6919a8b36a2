"""Do something dear once for all test workers of a run, such as building the browser bundle."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")  # JSON


def once(folder: Path, name: str, make: Callable[[], T]) -> T:
    """`make()` by whoever comes first; the others wait and get its result. `folder` is `shared_dir` of the run.

    A failed `make` is tried again by the next worker.
    """
    path = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text(json.dumps(make()))
        result: T = json.loads(path.read_text())
        return result
