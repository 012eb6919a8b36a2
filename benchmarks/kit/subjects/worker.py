"""A worker to kill: a whole runtime in a process of its own. Says "ready", waits for "WORKSPACE RUN", executes that run until it is over."""

from __future__ import annotations

import asyncio
import ctypes
import json
import signal
import sys
from pathlib import Path
from typing import Any

from orion_core.base.settings import Settings
from orion_core.runtime import Runtime, Silent

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """The drill may be stopped, too; then nobody would ever stop us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def main(args: dict[str, Any]) -> None:
    """`db`, `admin`, `folder`, `lab`, `lease_s`."""
    die_with_parent()
    settings = Settings.load(
        data_dir=Path(args["folder"]) / "data",
        database_url=args["db"],
        database_admin_url=args["admin"],
        lab_url=args["lab"],
        lease_s=args["lease_s"],
    )
    async with Runtime.open(settings, bell=Silent()) as rt:
        print("ready", flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        workspace_id, run_id = line.split()
        while (status := await rt.sync.execute(workspace_id, run_id)) in ("busy", "running", "waiting"):
            if await rt.sync.workspace_of_run(run_id) is None:
                break  # it was over when we came: the worker before died after its last commit
            await asyncio.sleep(0.05)
        print(status, flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
