"""What is wrong with how an environment is approved, once it has what is shared: whom, how many and when.

A problem is told where it would be put right: in the environment if that gives one of the keys at odds, otherwise at
the top, and then once for all environments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from gantry.promotion import durations
from gantry.promotion.approver import identity
from gantry.promotion.manifest.messages import path, show
from gantry.promotion.manifest.model import EXPIRES_AFTER, LONGEST_ASKING
from gantry.promotion.manifest.override import written_out
from gantry.promotion.manifest.paths import Place, listed, mapping


@dataclass(frozen=True, slots=True)
class _Approval:
    """An environment's approval with what is shared."""

    keys: Mapping[Any, Any]
    own: Mapping[Any, Any]
    """Those of the keys that the environment itself gives."""
    environment: Place

    def place(self, key: str, *at_odds: str) -> Place:
        """Where to put the key right, which is at odds with others."""
        given_here = any(each in self.own for each in (key, *at_odds))
        return (*(self.environment if given_here else ()), "approval", key)


def approval_problems(
    shared: Mapping[str, Any], environments: Iterable[tuple[Place, Mapping[Any, Any]]]
) -> Iterator[str]:
    """One line for each: the field's path, what is wrong and what would be right.

    Args:
        shared: those of the manifest's top keys that environments may share.
        environments: where each stands, and its own keys.
    """
    problems: dict[str, None] = {}
    approvals = []
    for place, own in environments:
        keys = written_out(shared, own).get("approval")
        if isinstance(keys, dict):
            approvals.append(_Approval(keys, mapping(own.get("approval")), place))
            problems |= dict.fromkeys(_problems(approvals[-1]))
    yield from problems
    yield from _too_long_in_all(approvals)


def _too_long_in_all(approvals: Iterable[_Approval]) -> Iterator[str]:
    """A promotion ends after 90 days, whoever is still being asked; its deployments take a part of them."""
    given = [approval.keys.get("expires_after", EXPIRES_AFTER) for approval in approvals]
    total = sum(durations.seconds(each) for each in given if _is_duration(each))
    if total > LONGEST_ASKING:
        yield (
            f"environments: people may take {durations.text(total)} in all to answer; give "
            f"{durations.text(LONGEST_ASKING)} at most, by a shorter expires_after"
        )


def _problems(approval: _Approval) -> Iterator[str]:
    yield from _nobody(approval)
    yield from _quorum_out_of_reach(approval)
    yield from _not_before_expiry(approval)
    yield from _half_an_escalation(approval)
    yield from _escalated_to_an_approver(approval)


def _nobody(approval: _Approval) -> Iterator[str]:
    if "approvers" not in approval.keys:
        yield (
            f"{path((*approval.environment, 'approval', 'approvers'))}: missing; give at least one mail address or ARN "
            "here or at the top, or approval: null to ask nobody"
        )


def _quorum_out_of_reach(approval: _Approval) -> Iterator[str]:
    quorum, count = approval.keys.get("quorum"), len(listed(approval.keys, "approvers"))
    if isinstance(quorum, int) and 0 < count < quorum:
        yield (
            f"{path(approval.place('quorum', 'approvers'))}: {show(quorum)} of {count} "
            f"approver{'s' if count > 1 else ''} can never be reached; give {count} at most, or more approvers"
        )


def _not_before_expiry(approval: _Approval) -> Iterator[str]:
    expiry = approval.keys.get("expires_after", EXPIRES_AFTER)
    for key in ("reminder_after", "escalate_after"):
        after = approval.keys.get(key)
        if _is_duration(after) and _is_duration(expiry) and durations.seconds(after) >= durations.seconds(expiry):
            yield (
                f"{path(approval.place(key, 'expires_after'))}: {show(after)} is not shorter than expires_after, which "
                f"is {show(expiry)}; give less, or a longer expires_after"
            )


def _is_duration(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(durations.PATTERN, value))


def _half_an_escalation(approval: _Approval) -> Iterator[str]:
    to, after = approval.keys.get("escalate_to", []), approval.keys.get("escalate_after")
    if not isinstance(to, list):
        return
    if to and after is None:
        place = approval.place("escalate_after", "escalate_to")
        yield f"{path(place)}: missing; give how long only the approvers are asked, or escalate_to: [] for nobody else"
    if after is not None and not to:
        place = approval.place("escalate_to", "escalate_after")
        yield f"{path(place)}: missing; give at least one mail address or ARN, or escalate_after: null for nobody else"


def _escalated_to_an_approver(approval: _Approval) -> Iterator[str]:
    approvers = [identity(each) for each in listed(approval.keys, "approvers") if isinstance(each, str)]
    for index, each in enumerate(listed(approval.keys, "escalate_to")):
        if isinstance(each, str) and identity(each) in approvers:
            place = (*approval.place("escalate_to", "approvers"), index)
            yield f"{path(place)}: {show(each)} is an approver already; give others, who are asked later"
