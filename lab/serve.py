"""Running a lab: in this process, or in a child that dies with its parent."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from lab.app import Lab
from lab.provider import Options
from lab.server import HttpProtocol

HOST = "127.0.0.1"


async def run(options: Options, host: str, port: int, *, until_stdin_ends: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends."""
    lab = Lab(options)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_ends:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    connections: set[HttpProtocol] = set()
    server = await loop.create_server(
        lambda: HttpProtocol(lab.handle, connections), host, port, backlog=512, reuse_address=True
    )
    bound = server.sockets[0].getsockname()[1]
    lines = [f"lab ready on http://{host}:{bound}"]
    for slug, provider in lab.providers.items():
        lines.append(f"  {slug}: base URL http://{host}:{bound}/{slug}  key {provider.hello()['key']}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()
    await lab.context.webhooks.stop()
    for connection in list(connections):
        connection.close()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # the parent holds the other end; however it dies, the kernel closes the pipe
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    loop.call_soon_threadsafe(stop.set)


def serve(options: Options, host: str = HOST, port: int = 8900, *, until_stdin_ends: bool = False) -> None:
    """Serve a lab until the process is asked to stop."""
    asyncio.run(run(options, host, port, until_stdin_ends=until_stdin_ends))


class LabServer:
    """A lab in a child process on a free port, for tests and demos.

    The child watches a pipe of its parent, so that it ends when the parent does, even
    by SIGKILL::

        with LabServer(size=500, limits="off") as lab:
            requests.get(lab.url + "/stripe/v1/customers", ...)
    """

    def __init__(
        self,
        size: int = 500,
        seed: int = 7,
        *,
        port: int = 0,
        prerendered: bool = False,
        limits: str = "off",
        latency_ms: float = 0.0,
        providers: tuple[str, ...] = ("stripe", "hubspot"),
    ) -> None:
        self._arguments = ["--port", str(port), "--size", str(size), "--seed", str(seed), "--limits", limits,
                           "--latency-ms", str(latency_ms), "--providers", ",".join(providers)]  # fmt: skip
        if prerendered:
            self._arguments.append("--prerendered")
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, patience: float = 60.0) -> LabServer:
        """Start the child and wait until it answers."""
        root = str(Path(__file__).resolve().parent.parent)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab", *self._arguments, "--until-stdin-ends"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        deadline = time.monotonic() + patience
        assert self._process.stdout is not None
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._process.stdout], [], [], 0.2)
            line = self._process.stdout.readline() if ready else ""
            if line.startswith("lab ready on "):
                self.url = line.split()[-1]
                # what it prints later must not fill the pipe and stop it
                threading.Thread(target=self._drain, daemon=True).start()
                return self
            if self._process.poll() is not None:
                break
        self.stop()
        raise RuntimeError(f"the lab did not start: python -m lab {' '.join(self._arguments)}")

    def _drain(self) -> None:
        process = self._process
        if process is not None and process.stdout is not None:
            process.stdout.read()

    @property
    def pid(self) -> int:
        """The child's process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control interface: ``control("POST", "/faults", {...})``."""
        data = json.dumps(body).encode() if body is not None else None
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            connection.request(method, f"/_lab{path}", body=data)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        if answer.headers.get_content_type() == "application/x-ndjson":
            return [json.loads(line) for line in raw.splitlines()]
        found = json.loads(raw)
        if answer.status >= 400:
            raise ValueError(found.get("error", raw))
        return found

    def __enter__(self) -> LabServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
