"""Build the browser bundle once, serve it from anywhere.

Reflex bakes the address of the backend into the JavaScript. The build uses a placeholder address, and every
occurrence is then replaced by an expression that reads the address of the page, so one build works on every
port, host and behind every proxy. Plain Python: the command line calls this and must never import Reflex.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER_ORIGIN = "http://localhost:59173"
STAMP = "orion-bundle.sha256"
_SOURCES = (
    "orion_app/shell",
    "orion_app/components",
    "orion_app/pages",
    "assets",
    "orion_app/orion_app.py",
    "orion_app/__init__.py",
    "rxconfig.py",
    "requirements.txt",
    "reflex.lock",
)
_BAKED = re.compile(r"""(["'`])(http|ws)://localhost:59173(/[\w-]*)?\1""")


class BuildFailed(RuntimeError):
    """The export did not produce a bundle; the text is the end of its output."""


def sources_hash(root: Path = ROOT) -> str:
    """One hash over everything the bundle is made of."""
    digest = hashlib.sha256()
    for name in _SOURCES:
        start = root / name
        files = sorted(p for p in start.rglob("*") if p.is_file()) if start.is_dir() else [start]
        for path in files:
            if "__pycache__" in path.parts or not path.exists():
                continue
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_env(root: Path = ROOT) -> dict[str, str]:
    """Environment of the export: no telemetry, no version check, bun and the venv on PATH."""
    bins = [root / ".tools" / "node_modules" / ".bin", Path(sys.executable).parent]
    env = dict(os.environ)
    env["PATH"] = os.pathsep.join([*map(str, bins), env.get("PATH", "")])
    env |= {"REFLEX_TELEMETRY_ENABLED": "false", "REFLEX_CHECK_LATEST_VERSION": "false"}
    env.pop("ORION_DEV_BACKEND_PORT", None)
    if "NPM_CONFIG_REGISTRY" not in env and (npm := shutil.which("npm")):
        found = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False)
        if found.returncode == 0 and found.stdout.startswith("http"):
            env["NPM_CONFIG_REGISTRY"] = found.stdout.strip()
    return env


def is_current(dest: Path, root: Path = ROOT) -> bool:
    """Whether `dest` already holds the bundle of these sources."""
    stamp = dest / STAMP
    return stamp.exists() and stamp.read_text().strip() == sources_hash(root)


def build(dest: Path, root: Path = ROOT) -> bool:
    """Export the pages into `dest` (`dest/build/client`) when the sources changed. True when it built.

    One at a time per checkout: whoever comes second waits and finds it done.
    """
    dest.parent.mkdir(parents=True, exist_ok=True)
    with dest.with_name(dest.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _build(dest, root)


def _build(dest: Path, root: Path) -> bool:
    digest = sources_hash(root)
    if is_current(dest, root):
        return False
    done = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=root,
        env=build_env(root),
        capture_output=True,
        text=True,
        check=False,
    )
    client = root / ".web" / "build" / "client"
    if done.returncode != 0 or not (client / "index.html").exists():
        raise BuildFailed((done.stdout + done.stderr)[-4000:])
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=dest.parent) as scratch:
        fresh = Path(scratch) / "web"
        shutil.copytree(client, fresh / "build" / "client")
        make_portable(fresh / "build" / "client")
        (fresh / STAMP).write_text(digest + "\n")
        shutil.rmtree(dest, ignore_errors=True)
        fresh.rename(dest)
    return True


def make_portable(client: Path) -> int:
    """Replace the baked address by the address of the page. Returns how many files changed."""
    changed = 0
    for path in client.rglob("*"):
        if path.suffix not in {".js", ".html", ".json"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if "localhost:59173" not in text:
            continue
        path.write_text(_BAKED.sub(_of_page, text), encoding="utf-8")
        changed += 1
        gz = path.with_name(path.name + ".gz")
        if gz.exists():
            gz.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        path.with_name(path.name + ".br").unlink(missing_ok=True)  # no encoder at hand: gzip serves instead
    if changed == 0 or any("localhost:59173" in p.read_text(encoding="utf-8") for p in client.rglob("*.js")):
        raise BuildFailed("The baked address was not found where it is expected; was Reflex updated?")
    return changed


def _of_page(found: re.Match[str]) -> str:
    tail = found.group(3) or ""
    origin = 'location.origin.replace(/^http/,"ws")' if found.group(2) == "ws" else "location.origin"
    return f'(typeof location>"u"?"http://localhost{tail}":{origin}+"{tail}")'


def serve_copy(built: Path, dest: Path) -> Path:
    """Give one instance files of its own, so that a rebuild never pulls them away."""
    stamp = dest / STAMP
    if stamp.exists() and stamp.read_text() == (built / STAMP).read_text():
        return dest
    shutil.rmtree(dest, ignore_errors=True)
    dest.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(built, dest)
    return dest


def serve_command(host: str, port: int) -> list[str]:
    """The web process: pages, REST, webhooks and websocket on one port."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "1",
        "--ws",
        "orion_app.orion_app:app",
    ]


def serve_env(copy: Path, port: int, data_dir: Path) -> dict[str, str]:
    """What the web process must find in its environment, besides Orion's own settings."""
    return {
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(copy),
        "REFLEX_STATES_WORKDIR": str(data_dir / "web-states"),
        "REFLEX_UPLOADED_FILES_DIR": str(data_dir / "web-uploads"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "ORION_PORT": str(port),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
