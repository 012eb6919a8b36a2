"""One word and one shape for every state a service knows."""

from __future__ import annotations

# The shape (and colour) of a state; anything unknown is drawn as "none", never as fine.
SHAPES = {
    "healthy": "healthy",
    "succeeded": "healthy",
    "done": "healthy",
    "ok": "healthy",
    "running": "running",
    "queued": "running",
    "degraded": "degraded",
    "partial": "degraded",
    "todo": "degraded",
    "failed": "failed",
    "reauth": "failed",
    "paused": "paused",
    "cancelled": "paused",
    "exempt": "paused",
    "stale": "stale",
    "waiting": "waiting",
    "never": "none",
    "none": "none",
    "pending": "none",
}
WORDS = {
    "healthy": "Healthy",
    "succeeded": "Succeeded",
    "done": "Done",
    "running": "Running",
    "queued": "Starting",
    "degraded": "Degraded",
    "partial": "Partly failed",
    "failed": "Failed",
    "reauth": "Needs a credential",
    "paused": "Paused",
    "cancelled": "Stopped",
    "stale": "Stale",
    "waiting": "Waiting",
    "never": "Never run",
    "none": "Never run",
    "pending": "Queued",
}


def shape(state: str) -> str:
    """The glyph of a state."""
    return SHAPES.get(state, "none")


def word(state: str) -> str:
    """The word of a state."""
    return WORDS.get(state, state.replace("_", " ").capitalize())
