"""The requests of the people who use a function."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver.cowsay import SERVICE
from sandbox.driver.pipeline import Pipeline

_BETWEEN_SECONDS = 0.1


@dataclass
class Answers:
    """What the requests so far were answered by."""

    by_version: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


@contextmanager
def traffic(
    pipeline: Pipeline, account: str, function: str = SERVICE, alias: str = "live", between: float = _BETWEEN_SECONDS
) -> Iterator[Answers]:
    """Invoke a function through its alias about ten times a second, while the block runs; yield what answers."""
    enough, answers = threading.Event(), Answers()

    def use() -> None:
        while not enough.wait(between):
            with suppress(ClientError, BotoCoreError):  # what is refused has no version; the next one may be answered
                answer = pipeline.invoke(account, function, alias)
                answers.by_version[str(answer["version"])] += 1
                answers.failed[str(answer["version"])] += answer["failed"]

    user = threading.Thread(target=use, daemon=True)
    user.start()
    try:
        yield answers
    finally:
        enough.set()
        user.join()
