"""The requests of the people who use a function."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.driver.cowsay import SERVICE
from sandbox.driver.pipeline import Pipeline


@contextmanager
def traffic(pipeline: Pipeline, account: str, function: str = SERVICE) -> Iterator[None]:
    """Invoke a function through its alias about ten times a second, while the block runs."""
    enough = threading.Event()

    def use() -> None:
        while not enough.wait(0.1):
            pipeline.invoke(account, function)

    user = threading.Thread(target=use, daemon=True)
    user.start()
    try:
        yield
    finally:
        enough.set()
        user.join()
