"""A throwaway Redis: the server that Orion embeds, with its data in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from orion_core.base.redis_server import EmbeddedRedis


@dataclass
class RedisServer:
    """`url` is `unix:///…/redis.sock?db=0`."""

    url: str
    folder: Path
    server: EmbeddedRedis

    def stop(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_server() -> RedisServer:
    folder = Path(tempfile.mkdtemp(prefix="orion-redis-"))
    server = EmbeddedRedis(folder)
    return RedisServer(server.start(), folder, server)
