"""Check how each environment is approved, with what is shared: who, how many and when.

A problem is reported where it should be fixed: in the environment if that gives one of the conflicting keys, otherwise
at the top, and then once for all environments.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from gantry.promotion import durations
from gantry.promotion.approver import identity
from gantry.promotion.manifest.document import Located, as_mapping, list_at
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.model import EXPIRES_AFTER, LONGEST_APPROVAL
from gantry.promotion.manifest.override import holder, written_out
from gantry.promotion.manifest.problem import Location, Problem


@dataclass(frozen=True, slots=True)
class _Approval:
    """An environment's approval with what is shared."""

    keys: Mapping[Any, Any]
    own: Mapping[Any, Any]
    """Those of the keys that the environment itself gives."""
    environment: Location

    def location(self, key: str, *conflicting: str) -> Location:
        """Return where to fix a key that conflicts with others."""
        return (*holder(self.environment, self.own, key, *conflicting), "approval", key)


def approval_problems(shared: Mapping[str, Any], environments: Iterable[Located]) -> Iterator[Problem]:
    """Yield what is wrong with the environments' approvals.

    Args:
        shared: the manifest's top keys that environments may share.
        environments: each environment's location and its own keys.
    """
    problems: dict[Problem, None] = {}
    approvals = []
    for location, own in environments:
        keys = written_out(shared, own).get("approval")
        if isinstance(keys, dict):
            approvals.append(_Approval(keys, as_mapping(own.get("approval")), location))
            problems |= dict.fromkeys(_problems(approvals[-1]))
    yield from problems
    yield from _too_long_together(approvals)


def _too_long_together(approvals: Iterable[_Approval]) -> Iterator[Problem]:
    """A promotion ends after 90 days, even while people are asked. Its deployments take a part of them."""
    given = [approval.keys.get("expires_after", EXPIRES_AFTER) for approval in approvals]
    total = sum(durations.seconds(each) for each in given if _is_duration(each))
    if total > LONGEST_APPROVAL:
        message = (
            f"all approvals together may take {durations.text(total)}; give {durations.text(LONGEST_APPROVAL)} at "
            "most, by a shorter expires_after"
        )
        yield Problem(("environments",), message)


def _problems(approval: _Approval) -> Iterator[Problem]:
    yield from _without_approvers(approval)
    yield from _unreachable_quorum(approval)
    yield from _not_before_expiry(approval)
    yield from _incomplete_escalation(approval)
    yield from _escalation_to_approver(approval)


def _without_approvers(approval: _Approval) -> Iterator[Problem]:
    if "approvers" not in approval.keys:
        message = "missing; give at least one mail address or ARN here or at the top, or approval: null to ask nobody"
        yield Problem((*approval.environment, "approval", "approvers"), message)


def _unreachable_quorum(approval: _Approval) -> Iterator[Problem]:
    quorum, count = approval.keys.get("quorum"), len(list_at(approval.keys, "approvers"))
    if isinstance(quorum, int) and 0 < count < quorum:
        message = (
            f"{quoted(quorum)} of {count} approver{'s' if count > 1 else ''} can never be reached; give {count} at "
            "most, or more approvers"
        )
        yield Problem(approval.location("quorum", "approvers"), message)


def _not_before_expiry(approval: _Approval) -> Iterator[Problem]:
    expiry = approval.keys.get("expires_after", EXPIRES_AFTER)
    for key in ("reminder_after", "escalate_after"):
        after = approval.keys.get(key)
        if _is_duration(after) and _is_duration(expiry) and durations.seconds(after) >= durations.seconds(expiry):
            message = (
                f"{quoted(after)} is not shorter than expires_after, which is {quoted(expiry)}; give less, or a longer "
                "expires_after"
            )
            yield Problem(approval.location(key, "expires_after"), message)


def _is_duration(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(durations.PATTERN, value))


def _incomplete_escalation(approval: _Approval) -> Iterator[Problem]:
    to, after = approval.keys.get("escalate_to", []), approval.keys.get("escalate_after")
    if not isinstance(to, list):
        return
    if to and after is None:
        message = "missing; give how long only the approvers are asked, or escalate_to: [] to ask nobody else"
        yield Problem(approval.location("escalate_after", "escalate_to"), message)
    if after is not None and not to:
        message = "missing; give at least one mail address or ARN, or escalate_after: null to ask nobody else"
        yield Problem(approval.location("escalate_to", "escalate_after"), message)


def _escalation_to_approver(approval: _Approval) -> Iterator[Problem]:
    approvers = {identity(each) for each in list_at(approval.keys, "approvers") if isinstance(each, str)}
    for index, each in enumerate(list_at(approval.keys, "escalate_to")):
        if isinstance(each, str) and identity(each) in approvers:
            location = (*approval.location("escalate_to", "approvers"), index)
            yield Problem(location, f"{quoted(each)} is an approver already; give people who are not approvers")
