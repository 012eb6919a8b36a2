"""Rate limits: how many requests a token may make in a window of time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Limit:
    """``most`` requests per ``seconds``, rolling, counted per token; zero means no limit."""

    name: str
    most: int
    seconds: float
    _spent: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, token: str, now: float) -> bool:
        """Count a request; False when it is one too many (it then does not count)."""
        if self.most <= 0:
            return True
        spent = self._spent.setdefault(token, deque())
        while spent and spent[0] <= now - self.seconds:
            spent.popleft()
        if len(spent) >= self.most:
            return False
        spent.append(now)
        return True

    def remaining(self, token: str) -> int:
        """Requests left in the window."""
        return max(0, self.most - len(self._spent.get(token, ())))

    def wait(self, token: str, now: float) -> float:
        """Seconds until the oldest request leaves the window."""
        spent = self._spent.get(token)
        return max(0.0, spent[0] + self.seconds - now) if spent else 0.0

    def reset(self) -> None:
        """Forget what was spent."""
        self._spent.clear()
