"""Clocks: wall time, CPU time and peak memory of a process, CPU time of a PostgreSQL server, medians."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

_TICK = os.sysconf("SC_CLK_TCK")


def own_cpu() -> float:
    """User and system seconds of this process and its children that ended."""
    me, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return me.ru_utime + me.ru_stime + children.ru_utime + children.ru_stime


def peak_mb(pid: int | str = "self") -> float:
    """Peak resident memory. Not `ru_maxrss`: that begins with what the parent had when it forked."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def tree_cpu(pid: int) -> float:
    """Seconds of a process, of its children, and of those that ended and were waited for (a PostgreSQL server)."""
    children = [other for other in _pids() if (stat := _stat(other)) is not None and int(stat[1]) == pid]
    total = 0.0
    for each in (pid, *children):
        stat = _stat(each)
        if stat is not None:
            total += sum(int(value) for value in stat[11:15]) / _TICK
    return total


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


@dataclass
class Meter:
    """Measures from `start` to `stop`: this process and, where `server_pid` is given, the database server."""

    server_pid: int | None = None
    wall: float = 0.0
    cpu: float = 0.0
    server: float = 0.0

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), own_cpu(), tree_cpu(self.server_pid) if self.server_pid else 0.0

    def start(self) -> Meter:
        """Begin (again)."""
        self._since = self._now()
        return self

    def stop(self) -> Meter:
        """Add what was used since `start`."""
        wall, cpu, server = (now - then for now, then in zip(self._now(), self._since, strict=True))
        self.wall, self.cpu, self.server = self.wall + wall, self.cpu + cpu, self.server + server
        return self

    def result(self, records: int) -> dict[str, float]:
        """Everything, with the peak memory until now."""
        return {
            "records": records,
            "wall_s": self.wall,
            "cpu_s": self.cpu,
            "server_cpu_s": self.server,
            "rate": records / self.wall if self.wall else 0.0,
            "peak_mb": peak_mb(),
        }


def middle(values: Iterable[float]) -> float:
    return float(median(list(values)))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def ratios(tops: Sequence[float], bottoms: Sequence[float]) -> tuple[float, float, float]:
    """Median, smallest and largest of the ratios round by round: what ran one after the other is what compares."""
    found = sorted(top / bottom for top, bottom in zip(tops, bottoms, strict=True) if bottom)
    return (middle(found), found[0], found[-1]) if found else (0.0, 0.0, 0.0)
