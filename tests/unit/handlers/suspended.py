"""Handlers that can be suspended before each of their calls to AWS, while something else happens, and go on or die."""

import _thread
from collections.abc import Callable
from typing import Any


class Died(BaseException):
    """What ends a handler in the middle; no handler catches it."""


class Invocation:
    """A handler in a thread of its own. It runs only while somebody lets it, so that only one thread ever runs."""

    current: "Invocation | None" = None

    def __init__(self, do: Callable[[], Any], **about: Any) -> None:
        self.about = about
        self.at = "the beginning"
        self.is_over = self._dies = False
        self.result: Any = None
        self.error: Exception | None = None
        self._do = do
        self._goes_on, self._has_stopped = _closed(), _closed()
        self._has_begun = False

    def step(self) -> None:
        """Let it go on as far as its next call; the one that it was suspended before is made."""
        before, Invocation.current = Invocation.current, self
        if not self._has_begun:
            self._has_begun = True
            _thread.start_new_thread(self._run, ())
        self._goes_on.release()
        self._has_stopped.acquire()
        Invocation.current = before

    def die(self) -> None:
        """End it before the call that it is suspended at."""
        self._dies = True
        if not self._has_begun:
            self.is_over = True
        while not self.is_over:
            self.step()

    def suspend(self, at: str) -> None:
        """Hand control back, before a call."""
        if not self._dies:
            self.at = at
            self._has_stopped.release()
            self._goes_on.acquire()
        if self._dies:
            raise Died

    def _run(self) -> None:
        self._goes_on.acquire()
        try:
            if not self._dies:
                self.result = self._do()
        except Died:
            pass
        except Exception as error:
            self.error = error
        self.is_over = True
        self._has_stopped.release()


def _closed() -> _thread.LockType:
    """A bare lock, as the threads are bare ones: `threading` takes several times as long."""
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


def suspend(at: str) -> None:
    """To be called before every call that a handler makes to AWS; does nothing outside of one."""
    if Invocation.current:
        Invocation.current.suspend(at)
