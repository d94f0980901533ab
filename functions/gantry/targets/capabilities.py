"""What a kind of target can do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a kind can do. The manifest's reader refuses what the kind cannot do."""

    splits_traffic: bool
    """Whether two revisions can share the traffic. Otherwise only AllAtOnce is possible."""
    compare_and_set: bool
    """Whether the service itself refuses a write with an old token. Otherwise the kind says how it notices one."""
    can_create: bool
    """Whether a first deployment can create the target."""
    counts_requests: bool
    """Whether `evidence` can tell how many requests a revision served, and how many of them failed."""
    can_be_invoked: bool
    """Whether `invoke` can send a request to one revision, whatever traffic it has."""
    can_bring_back: bool = False
    """Whether revisions outlive what takes the traffic, under the same names, so that a rollback can create it again
    where somebody has deleted it."""
    shifts_itself: bool = False
    """Whether the service takes the steps itself, and waits before each until it is told to go on.

    Then it may go on or back alone, so every look at a canary asks where the traffic is. It never goes one step back
    only. And what it does takes minutes.
    """
    runs_tasks: bool = False
    """Whether a revision can run once with a command, beside what takes the traffic."""
