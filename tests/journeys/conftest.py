"""Journeys: a person at a browser, against the production build that `orion up` starts."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from orion_app.shell import bundle
from tests.support.databases import TestDatabase
from tests.support.once import once

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(__file__).resolve().parent / "shots"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


class Instance:
    """A running Orion."""

    def __init__(self, data: Path, port: int, env: dict[str, str]) -> None:
        self.url = f"http://localhost:{port}"
        self.log = data.parent / "up.log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "orion_app.cli", "up"], env={**os.environ, **env, "ORION_DATA_DIR": str(data), "ORION_PORT": str(port)},
            stdout=self.log.open("wb"), stderr=subprocess.STDOUT, cwd=ROOT,
        )  # fmt: skip

    def said(self, pattern: str, seconds: float = 120.0) -> str:
        """The part of its output that fits, once it is there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text(errors="replace"))
            found = re.search(pattern, text)
            if found:
                return found.group(0)
            assert self.process.poll() is None, f"orion up ended:\n{text}"
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} was not printed:\n{self.log.read_text(errors='replace')}")

    def lab(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call of the lab's control interface (lab/README.md)."""
        address = self.said(r"127\.0\.0\.1:\d+")
        request = urllib.request.Request(
            f"http://{address}/_lab{path}", method=method, data=json.dumps(body or {}).encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)


def free_port() -> int:
    """A port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def instance(fresh_database: TestDatabase, tmp_path: Path, shared_dir: Path) -> Iterator[Instance]:
    """`orion up` on an empty data folder, on both databases."""
    once(shared_dir, "bundle", lambda: bundle.build(ROOT / ".web-build"))
    env = {"ORION_LAB_SIZE": "260"}
    if fresh_database.kind == "postgresql":
        env |= {"ORION_DATABASE_URL": fresh_database.url, "ORION_DATABASE_ADMIN_URL": fresh_database.admin_url or ""}
    made = Instance(tmp_path / "data", free_port(), env)
    yield made
    made.stop()


OWNER = ("maren@larkfield.example", "the belt has three stars")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, shared_dir: Path) -> Iterator[Instance]:
    """`orion up` on SQLite with an owner, shared by the tests of a file: each brings what it needs and leaves the lab well."""
    once(shared_dir, "bundle", lambda: bundle.build(ROOT / ".web-build"))
    env = {"ORION_LAB_SIZE": "200", "ORION_OWNER_EMAIL": OWNER[0], "ORION_OWNER_PASSWORD": OWNER[1]}
    made = Instance(tmp_path_factory.mktemp("small") / "data", free_port(), env)
    made.said("Sign in at")
    yield made
    made.stop()


def sign_in(page: Page, url: str, email: str = OWNER[0], password: str = OWNER[1]) -> None:
    """From the sign-in page to the overview."""
    page.goto(f"{url}/sign-in", wait_until="networkidle")  # filled in once the page is alive, as a person would
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible(timeout=20_000)


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """Another person's browser, or another browser of the same person."""
    made = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = made.new_page()
    page.set_default_timeout(20_000)
    yield page
    made.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may not report an error of its own."""
    made = context.new_page()
    made.set_default_timeout(20_000)
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    made.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield made
    assert not [error for error in errors if "favicon" not in error], errors


def shots(page: Page, name: str) -> None:
    """Pictures of what a page looks like now: light, dark, and at 390 px."""
    SHOTS.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(150)
        page.screenshot(path=SHOTS / f"{name}-{scheme}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(250)
    page.screenshot(path=SHOTS / f"{name}-390.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(150)
