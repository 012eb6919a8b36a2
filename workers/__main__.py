"""`python -m workers`: run one worker until it is stopped."""

from __future__ import annotations

import asyncio
import logging

from orion_core.base.settings import Settings
from workers.settings import run_worker


def main() -> None:
    """Read the settings and work."""
    settings = Settings.load()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("arq").setLevel(logging.WARNING)
    asyncio.run(run_worker(settings))


main()
