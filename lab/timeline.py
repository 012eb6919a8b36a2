"""When generated records were created: an even spread that can be read both ways."""

from __future__ import annotations

# Fixed, so that a lab started next week shows the same records and not a new history.
WORLD_START = 1667260800  # 2022-11-01T00:00:00Z
WORLD_END = 1790726400  # 2026-09-30T00:00:00Z
OLDEST = 1317427200  # 2011-10-01T00:00:00Z: the account's first customer, from another age


class Timeline:
    """``count`` moments spread evenly over [start, end), ascending with the index."""

    def __init__(self, count: int, *, oldest: int | None = None) -> None:
        self.count = max(count, 1)
        self.start = WORLD_START
        self.span = WORLD_END - WORLD_START
        self._oldest = oldest

    def at(self, index: int) -> int:
        """Unix seconds at which record ``index`` was created."""
        if index == 0 and self._oldest is not None:
            return self._oldest
        return self.start + index * self.span // self.count

    def first_from(self, moment: int) -> int:
        """The lowest index created at or after ``moment`` (may be ``count``)."""
        if self._oldest is not None and moment <= self._oldest:
            return 0
        if moment <= self.start:
            return 1 if self._oldest is not None else 0
        index = -(-(moment - self.start) * self.count // self.span)
        return min(index, self.count)
