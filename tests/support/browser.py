"""Where Chromium is: named by ORION_TEST_CHROMIUM, the system's, or playwright's own. `python -m` prints it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# --no-sandbox: root in a container has no user namespace to drop into. The rest: no GPU and a small /dev/shm there.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The executable, or None. A candidate counts only if it runs: a snap stub without snapd is on PATH but does not."""
    candidates = [os.environ.get("ORION_TEST_CHROMIUM"), *(shutil.which(name) for name in _NAMES)]
    for candidate in candidates:
        if candidate and _runs(candidate):
            return candidate
    return _playwrights_own()


def _runs(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and _runs(path) else None


if __name__ == "__main__":
    found = find_chromium()
    if found is None:
        sys.exit(1)
    print(found)
