"""Lists rendered beforehand, so that a benchmark measures the client and not the lab.

All records lie in one unlinked temporary file, newest first and separated by commas; any
page is then one slice of it. The file is mapped, not read: the kernel may drop what
nobody asks for, and a million records do not count as the lab's memory.
"""

from __future__ import annotations

import mmap
import tempfile
from array import array

from lab.store import Collection


class Prerendered:
    """The generated records of a collection as bytes."""

    def __init__(self, collection: Collection) -> None:
        self._count = collection.base
        # where the record of an index begins and ends; filled from the newest down
        self._start = array("Q", bytes(8 * self._count))
        self._end = array("Q", bytes(8 * self._count))
        with tempfile.TemporaryFile(prefix="orion-lab-") as file:
            place = 0
            for index in range(self._count - 1, -1, -1):
                body = collection.render(index)
                self._start[index] = place
                self._end[index] = place + len(body)
                file.write(body)
                file.write(b",")
                place += len(body) + 1
            file.flush()
            self._bytes = mmap.mmap(file.fileno(), place, access=mmap.ACCESS_READ)

    def covers(self, start: int, stop: int) -> bool:
        """Whether all of [start, stop) was rendered."""
        return 0 <= start <= stop <= self._count

    def slice(self, start: int, stop: int) -> bytes:
        """Records stop-1 down to start, comma separated."""
        if start >= stop:
            return b""
        return self._bytes[self._start[stop - 1] : self._end[start]]
