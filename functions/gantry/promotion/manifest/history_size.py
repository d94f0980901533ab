"""Refuse a manifest whose promotions could have more events than the history of an execution may have."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from gantry.promotion.approval import LONGEST_WAIT
from gantry.promotion.judge.rollout_limits import MOST_EVENTS
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.needs.waiting import most_looks

ENVIRONMENT_EVENTS = 400
"""Events of one environment with all retries, besides its waves and its waits for people."""
WAVE_EVENTS = 10
"""Events of one wave with all retries, besides its targets."""
TARGET_EVENTS = 32
"""Events of one target with all retries. Its deployment has a history of its own."""
WAIT_EVENTS = 13
"""Events of one wait for people without retries. They come out of `RETRY_EVENTS`: no approval fails at every wait."""
NEED_EVENTS, FOUND_EVENTS = 3, 53
"""Events of one look at the infrastructure that a release needs, and of all others there with all retries."""
RETRY_EVENTS = 3_000
"""Events of a thousand failed tries while people are asked, over the whole promotion."""
OTHER_EVENTS = 100
"""Events of what a promotion does once, with all retries. Redrives and further rounds of approval are extra."""


def history_problems(environments: Sequence[Environment]) -> Iterator[Problem]:
    """Yield the promotion if its history could be too long."""
    events = promotion_events(environments)
    if sum(events.values()) > MOST_EVENTS:
        parts = ", ".join(f"{each:,} for {what}" for what, each in events.items() if each)
        message = (
            f"the history of a promotion may have {sum(events.values()):,} events ({parts}), and AWS Step Functions "
            f"allows {MOST_EVENTS:,}; give fewer targets or environments, larger waves or a shorter "
            f"expires_after{' or needs_within' if events['needs'] else ''}"
        )
        yield Problem(("environments",), message)


def promotion_events(environments: Sequence[Environment]) -> Mapping[str, int]:
    """Return how many events the history of a promotion can have, by what people call their cause."""
    count, targets = len(environments), sum(len(each.targets) for each in environments)
    waves = sum(len(each.in_waves) for each in environments)
    waits = sum(most_waits(each.approval) for each in environments if each.approval)
    looks = sum(most_looks(each.needs_within_seconds) for each in environments if each.needs)
    return {
        f"{count} environments": OTHER_EVENTS + count * ENVIRONMENT_EVENTS,
        f"{targets} targets": targets * TARGET_EVENTS,
        f"{waves} waves": waves * WAVE_EVENTS,
        "needs": looks * NEED_EVENTS + FOUND_EVENTS * sum(1 for each in environments if each.needs),
        "approvals": waits * WAIT_EVENTS + (RETRY_EVENTS if waits else 0),
    }


def most_waits(policy: ApprovalPolicy) -> int:
    """Return how often a promotion waits for people at most: a reminder and an escalation cut a wait short."""
    cut_short = (policy.reminder_after_seconds, policy.escalate_after_seconds)
    return ceil(policy.expires_after_seconds / LONGEST_WAIT) + sum(each is not None for each in cut_short) + 1
