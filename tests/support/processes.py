"""Start servers that die with the test process, however it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def start(command: Sequence[str], *, log: Path, death_signal: int = signal.SIGKILL, env: Mapping[str, str] | None = None,
          **popen: Any) -> subprocess.Popen[bytes]:
    """Run `command` with its output in `log`; on Linux the kernel sends it `death_signal` when this process ends.

    Start from the main thread: the signal is tied to the thread that forked.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def tie_to_parent() -> None:  # runs in the child, after its uid was dropped (a change of uid would clear the tie)
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, death_signal)

    with log.open("ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env,
                                preexec_fn=tie_to_parent, **popen)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], *, log: Path, timeout_s: float = 30.0) -> None:
    """Poll until `ready()`; fail with the end of the log when the process dies or the time is over."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    tail = log.read_text(errors="replace")[-4000:] if log.exists() else ""
    raise RuntimeError(f"{process.args!r} did not start (exit {process.poll()}):\n{tail}")


def stop(process: subprocess.Popen[bytes], *, with_signal: int = signal.SIGTERM, timeout_s: float = 10.0) -> None:
    """Ask with `with_signal`, then SIGKILL."""
    if process.poll() is None:
        process.send_signal(with_signal)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
