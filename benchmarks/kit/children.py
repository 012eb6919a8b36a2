"""Every subject runs in a process of its own, so that its CPU time and memory are its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.kit import show
from benchmarks.kit.start import ROOT

PEERS = ROOT / ".bench" / "peers"
_REQUIREMENTS = ROOT / "benchmarks" / "requirements-peers.txt"


def run(module: str, args: dict[str, Any], *, peer: bool = False, patience_s: float = 3600) -> dict[str, Any]:
    """Run `module` with `args` in a child; its last line of output is its result as JSON."""
    python = peers_python() if peer else Path(sys.executable)
    env = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    done = subprocess.run(
        [str(python), "-m", module, json.dumps(args)], capture_output=True, text=True, cwd=ROOT, env=env, timeout=patience_s, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} {args} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def peers_python() -> Path:
    """The peers' own Python, with what `requirements-peers.txt` pins; made on first use."""
    python, stamp = PEERS / "bin" / "python", PEERS / "requirements.sha256"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        show.note(f"installing the peers into {PEERS.relative_to(ROOT)} …")
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(_REQUIREMENTS)], check=True)
        stamp.write_text(wanted)
    return python
