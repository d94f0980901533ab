"""How long a function may still wait for others."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment at which a function has to go on, whoever has not answered by then."""

    at: float
    """Of the monotonic clock."""

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the moment in so many seconds."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return how many seconds are left."""
        return max(self.at - time.monotonic(), 0.0)
