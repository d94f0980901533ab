"""Doing the same with many targets at once, for as long as there is time: one that hangs keeps no other waiting."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from gantry.aws.clients import code_of
from gantry.observability import logger
from gantry.promotion.errors import TargetUnreachableError

_THROTTLED = {"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
_FAULT = 500
MOST_AT_ONCE = 50
"""Threads. Each of them waits for an answer most of the time."""


class OnTarget(Protocol):
    """Whatever is about one target."""

    @property
    def target_id(self) -> str:
        """The target's name in the ledger and for people."""


class InTime:
    """Whether anybody still waits for what is being done.

    A function that has answered is frozen with its threads. One that goes on much later, with the next invocation, must
    not change anything any more.
    """

    def __init__(self) -> None:
        self._over = threading.Event()

    def end(self) -> None:
        """Nobody waits any more."""
        self._over.set()

    def require(self) -> None:
        """Return quietly while somebody waits; asked before each change.

        Raises:
            TargetUnreachableError: nobody does.
        """
        if self._over.is_set():
            raise TargetUnreachableError("the answer came too late, so nothing was changed")


About = TypeVar("About", bound=OnTarget)
Done = TypeVar("Done")


@dataclass
class Outcomes(Generic[Done]):
    """What came of each target, in the order in which they were given."""

    done: list[Done] = field(default_factory=list)
    errors: list[tuple[str, Exception]] = field(default_factory=list)
    """The target's id, and what went wrong."""


def side_by_side(
    targets: Sequence[About], do: Callable[[About, InTime], Done], within: float, at_once: int = MOST_AT_ONCE
) -> Outcomes[Done]:
    """Do something with each target, all at once.

    Args:
        targets: they are independent of each other.
        do: what is done; it asks `InTime` before each change.
        within: seconds. What has not ended by then is a TargetUnreachableError.
        at_once: how many at the same time.
    """
    in_time, outcomes = InTime(), Outcomes[Done]()
    if len(targets) == 1:  # nobody else waits, and the clients' own time-outs are shorter
        began = [(targets[0].target_id, _done(lambda: do(targets[0], in_time)))]
        ended = {future for _, future in began}
    else:
        pool = ThreadPoolExecutor(min(max(len(targets), 1), at_once), thread_name_prefix="target")
        began = [(each.target_id, pool.submit(do, each, in_time)) for each in targets]
        ended = wait([future for _, future in began], timeout=within).done
        in_time.end()
        pool.shutdown(wait=False, cancel_futures=True)
    for target_id, future in began:
        if future not in ended:
            message = f"it did not answer within {within:.0f} seconds"
            outcomes.errors.append((target_id, TargetUnreachableError(message)))
        elif error := future.exception():
            logger.error("not done", target=target_id, exc_info=error)
            outcomes.errors.append((target_id, _meaning(error)))
        else:
            outcomes.done.append(future.result())
    return outcomes


def _done(do: Callable[[], Done]) -> "Future[Done]":
    """Do it now, in this thread."""
    future: Future[Done] = Future()
    try:
        future.set_result(do())
    except Exception as error:
        future.set_exception(error)
    return future


def _meaning(error: BaseException) -> Exception:
    """Return the error that the definitions know; what ends the process ends it."""
    if isinstance(error, HTTPClientError | NoConnectionError):  # time-outs and broken connections
        return TargetUnreachableError(f"it did not answer: {error}")
    if isinstance(error, ClientError) and _may_be_better_soon(error):
        return TargetUnreachableError(f"it refuses for the moment: {error}")
    if not isinstance(error, Exception):
        raise error
    return error


def _may_be_better_soon(error: ClientError) -> bool:
    """Whether AWS throttles, or has a fault of its own.

    Lambda takes 15 calls of its control plane a second, in each account and region:
    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
    """
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in _THROTTLED or status >= _FAULT
