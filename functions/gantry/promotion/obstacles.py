"""Reasons why a release would surely fail in a later environment, which people can fix now.

What may be otherwise by the time the release comes there is no obstacle: quarantine, a firing alarm, whoever changes
the target meanwhile, a service that runs nothing for a while. Nor is what could not be looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gantry.promotion.errors import (
    AlarmNotFoundError,
    EnvironmentsNotReadyError,
    IncompatibleTargetError,
    TargetAccessError,
    TargetNotFoundError,
)
from gantry.promotion.gantry_error import GantryError
from gantry.promotion.references.errors import ReferenceNotFoundError, ReferenceUnreadableError

LASTING = (
    AlarmNotFoundError,
    IncompatibleTargetError,
    ReferenceNotFoundError,
    ReferenceUnreadableError,
    TargetAccessError,
    TargetNotFoundError,
)
"""What a look at a target finds that stays so until people change something, unless the error says that it may pass."""
_LONGEST = 12_000
"""Characters of all obstacles together. Step Functions cuts a cause of more than 32,768, as JSON, and then it cannot be
read: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html"""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One of them."""

    environment: str
    reason: str
    """With the name of what is wrong, and what to do."""
    may_be_brought: bool = False
    """Whether the infrastructure may bring what is missing, where the release waits for that."""

    def __str__(self) -> str:
        """For people, in one line."""
        return f"{self.environment}: {'; '.join(self.reason.splitlines()).rstrip('.')}."


def is_lasting(error: GantryError) -> bool:
    """Whether what a look at a target has found stays so until people change something."""
    return isinstance(error, LASTING) and not (isinstance(error, IncompatibleTargetError) and error.may_pass)


def require_none(obstacles: Sequence[Obstacle], *, is_redriven: bool = False) -> None:
    """Return quietly when nothing is known to stop a promotion later.

    Args:
        obstacles: what is known.
        is_redriven: whether the promotion was tried before, and may have deployed something then.

    Raises:
        EnvironmentsNotReadyError: with everything that would, in the order of the environments.
    """
    lines = list(dict.fromkeys(map(str, obstacles)))
    if not lines:
        return
    what = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
    nothing = "Nothing was deployed after the redrive" if is_redriven else "Nothing was deployed"
    begin = (
        f"{nothing}: {what} would stop this promotion later. Fix that, then redrive it; after a change of "
        "the manifest, promote it again."
    )
    raise EnvironmentsNotReadyError("\n".join([begin, *_first(lines)]))


def _first(lines: Sequence[str]) -> Sequence[str]:
    """Return as many lines as there is room for, and how many there are more."""
    left, room = list(lines), _LONGEST
    shown = list[str]()
    while left and (not shown or len(left[0]) <= room):
        room -= len(left[0])
        shown.append(left.pop(0)[:_LONGEST])
    return [*shown, f"And {len(left)} more."] if left else shown
