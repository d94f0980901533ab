"""How a target stands to the ledger."""

from collections.abc import Iterable
from enum import StrEnum


class DriftState(StrEnum):
    """One word for a target, or for all targets of a service."""

    SYNCED = "SYNCED"
    """It was looked at, and is as the ledger says."""
    OUT_OF_SYNC = "OUT_OF_SYNC"
    """Somebody other than Gantry has changed it."""
    DEPLOYING = "DEPLOYING"
    """A deployment, a rollback or its own service moves it, so it was not compared."""
    UNKNOWN = "UNKNOWN"
    """It could not be looked at. That is never as good as SYNCED."""


_WORST_FIRST = (DriftState.OUT_OF_SYNC, DriftState.UNKNOWN, DriftState.DEPLOYING)


def worst(states: Iterable[DriftState]) -> DriftState:
    """Return the state of all together: what needs people comes first."""
    found = set(states)
    return next((each for each in _WORST_FIRST if each in found), DriftState.SYNCED)
