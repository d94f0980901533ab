"""How a release is carried into an environment: its steps, what watches them, and who has to approve; rows for people.

Approvers see it beside how the release before was carried, and their answer covers it.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256

from gantry.promotion import durations
from gantry.promotion.judge.judge_rows import JUDGE_ROWS, judge_rows
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.traffic import Plan

Carriage = Mapping[str, str]
"""What people read of each of `ROWS`."""

ROWS = (
    "Checked before traffic",
    "Traffic",
    "Targets",
    "If a target fails",
    "Alarms",
    "Sent while watched",
    *JUDGE_ROWS,
    "Approvers",
    "Approvals needed",
    "Own release",
    "Asked later",
    "Expires after",
    "To be typed",
)
"""All rows, in their order. The ledger keeps none."""

_WAITS = "; a service that takes the steps itself waits for Gantry before each"
_LONGEST = 1000
"""Characters of one row. Every target's record of what is live keeps them, and has little room."""


def carriage_of(
    environment: Environment, *, counts_requests: bool = True, shifts_itself: bool = False
) -> dict[str, str]:
    """Return how an environment carries its releases. A row that is too long ends with a hash of all of it.

    Args:
        environment: as the manifest has it.
        counts_requests: whether the kind of any of its targets counts requests.
        shifts_itself: whether the service of any of its targets takes the steps itself.
    """
    rows = {
        "Traffic": _traffic(environment.plan, shifts_itself=shifts_itself),
        "Alarms": _listed(environment.alarms, "none, so no alarm can stop a bad release"),
        **_side_by_side(environment),
        **_checked(environment),
        **judge_rows(environment.plan, environment.judge, counts_requests=counts_requests),
        **(_asking(environment.approval) if environment.approval else {"Approvers": "nobody is asked"}),
    }
    return {name: _bounded(rows[name]) for name in ROWS if name in rows}


def _traffic(plan: Plan, *, shifts_itself: bool) -> str:
    if not plan:
        return "all at once"
    steps = "".join(f"{step.weight} % for {durations.text(step.bake_seconds)}, then " for step in plan)
    return f"{steps}all{_WAITS if shifts_itself else ''}"


def _side_by_side(environment: Environment) -> dict[str, str]:
    """Return how the targets follow each other; no row for a single one."""
    if len(environment.targets) == 1:
        return {}
    failing = {"stop": "no further wave begins", "roll_back_environment": "all targets are rolled back"}
    return {"Targets": str(environment.waves), "If a target fails": failing[environment.on_failure]}


def _checked(environment: Environment) -> dict[str, str]:
    """Return what is checked; no row where nothing is."""
    checks, is_watched = environment.checks, environment.plan or environment.judge.bake_after_seconds
    rows = {"Checked before traffic": ", then ".join(map(str, checks.before_traffic))} if checks.before_traffic else {}
    if is_watched and (sent := checks.during_bake):
        wanted = f"answers with {sent.request.expect}" if sent.request.expect else "answers without an error"
        rows["Sent while watched"] = f"{sent.per_look} x {sent.request.payload} at each look, for {wanted}"
    return rows


def _asking(policy: ApprovalPolicy) -> dict[str, str]:
    later, after = policy.escalate_to, policy.escalate_after_seconds
    return {
        "Approvers": _listed(policy.approvers, "nobody"),
        "Approvals needed": str(policy.quorum),
        "Own release": "may be approved" if policy.self_approval else "cannot be approved",
        "Asked later": f"after {durations.text(after)}: {_listed(later, 'nobody')}" if after else "nobody",
        "Expires after": durations.text(policy.expires_after_seconds),
        "To be typed": "the environment's name" if policy.confirm else "nothing",
    }


def _listed(names: Sequence[str], nothing: str) -> str:
    return ", ".join(names) or nothing


def _bounded(text: str) -> str:
    """Shorten a row as `masking` does, so that `shown` reads it. It holds no secret, and needs no key."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}…#{urlsafe_b64encode(sha256(text.encode()).digest()).decode()[:22]}"
