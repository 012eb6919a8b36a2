"""The processes of `orion up`: started in order, watched, started again when they die, stopped together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_STOP_S = 20.0


@dataclass(slots=True)
class Child:
    """One process. It dies with us, whatever kills us."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        """Start it; its output goes to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                env={**os.environ, **self.env},
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tail(self, lines: int = 12) -> str:
        """The end of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


@dataclass(slots=True)
class Children:
    """All of them."""

    say: Callable[[str], None]
    items: list[Child] = field(default_factory=list)

    def start(self, child: Child) -> Child:
        """Start one more."""
        child.start()
        self.items.append(child)
        return child

    def watch(self) -> None:
        """Start again what died, with a growing pause."""
        for child in self.items:
            if child.alive:
                if child.failures and time.monotonic() - child.started_at > 60:
                    child.failures = 0
                continue
            if child.not_before == 0.0:
                child.failures += 1
                child.not_before = time.monotonic() + min(30.0, 0.5 * 2**child.failures)
                code = child.process.returncode if child.process else None
                self.say(f"{child.name} ended (exit {code}); it starts again in a moment. Its log: {child.log}")
            elif time.monotonic() >= child.not_before:
                child.not_before = 0.0
                child.start()

    def stop(self) -> None:
        """Ask all to end, the last started first; kill what does not."""
        for child in reversed(self.items):
            if child.alive and child.process is not None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        for child in self.items:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
