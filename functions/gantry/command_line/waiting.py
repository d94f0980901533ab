"""The only module that waits: the command line may, a function may not."""

import time
from collections.abc import Iterator


def ticks(every: float, seconds: float | None) -> Iterator[float]:
    """Yield how long it has waited: at once, then every so many seconds until the time is over. None is for ever."""
    started = time.monotonic()
    while True:
        waited = time.monotonic() - started
        yield waited
        if seconds is not None and waited + every > seconds:
            return
        time.sleep(every)
