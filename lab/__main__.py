"""``python -m lab``: run the fake providers."""

from __future__ import annotations

import argparse

from lab.provider import Options
from lab.serve import HOST, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m lab", description="Fake providers that ship with Orion.")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=8900, help="0 picks a free one")
    parser.add_argument("--size", type=int, default=500, help="customers per provider, 1 to 1,000,000")
    parser.add_argument("--seed", type=int, default=7, help="the same seed shows the same universe")
    parser.add_argument("--providers", default="stripe,hubspot")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every provider answer")
    parser.add_argument("--prerendered", action="store_true", help="render lists beforehand, for benchmarks")
    parser.add_argument("--limits", choices=("real", "off"), help="rate limits; real unless prerendered")
    parser.add_argument("--until-stdin-ends", action="store_true", help="stop with the parent process")
    given = parser.parse_args()
    if not 1 <= given.size <= 1_000_000:
        parser.error("--size must be between 1 and 1,000,000")
    options = Options(
        size=given.size,
        seed=given.seed,
        providers=tuple(slug.strip() for slug in given.providers.split(",") if slug.strip()),
        latency_ms=given.latency_ms,
        prerendered=given.prerendered,
        limits=given.limits or ("off" if given.prerendered else "real"),
    )
    try:
        serve(options, given.host, given.port, until_stdin_ends=given.until_stdin_ends)
    except (ValueError, OSError) as error:
        parser.exit(1, f"lab: {error}\n")


if __name__ == "__main__":
    main()
