"""Whether a manifest's environment is protected as well as the policy file asks for."""

from collections.abc import Iterator, Sequence, Set

from gantry.promotion import durations
from gantry.promotion.approver import folded, has_mail, identity
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.policy.content import Floor, Policy, matches
from gantry.promotion.steering import LeastBake
from gantry.promotion.traffic import bake_seconds


def below_floor(
    policy: Policy, service: str, environment: Environment, skipped: Sequence[str], *, splits_traffic: bool
) -> Iterator[str]:
    """Yield how an environment falls below the policy's floors, each with the rule's name.

    Args:
        policy: what the administrators ask for.
        service: its name.
        environment: the environment as the manifest has it.
        skipped: the environments before it in the manifest that the promotion leaves out.
        splits_traffic: whether the kind of any of its targets does. Where none does, no canary is possible, so what
            watches a new version once it is live counts instead.
    """
    for floor in policy.floors:
        if _covers(floor, service, environment.name, {each.account for each in environment.targets}):
            for reason in _reasons(floor, environment, skipped, splits_traffic=splits_traffic):
                yield f"{environment.name}: {reason} (rule {floor.rule} of the policy file)"


def forbids_restoring(policy: Policy, service: str, environment: Environment) -> str | None:
    """Return the rule that keeps Gantry from restoring what others have changed there; None when it may."""
    accounts = {each.account for each in environment.targets}
    floors = (each for each in policy.floors if _covers(each, service, environment.name, accounts))
    return next((each.rule for each in floors if not each.may_restore_drift), None)


def least_bake(policy: Policy, service: str, environment: str, account: str) -> LeastBake:
    """Return how long a canary there has to be watched at least, and which rule says so."""
    floors = [each for each in policy.floors if _covers(each, service, environment, {account})]
    longest = max(floors, key=lambda each: each.minimum_bake_seconds, default=None)
    return LeastBake(longest.minimum_bake_seconds, longest.rule) if longest else LeastBake()


def _covers(floor: Floor, service: str, environment: str, accounts: Set[str]) -> bool:
    is_there = matches(environment, floor.environments) or not accounts.isdisjoint(floor.accounts)
    return is_there and matches(service, floor.services)


def _reasons(floor: Floor, environment: Environment, skipped: Sequence[str], *, splits_traffic: bool) -> Iterator[str]:
    yield from _approval_reasons(floor, environment.approval)
    yield from _bake_reasons(floor, environment, splits_traffic=splits_traffic)
    if floor.requires_alarms and not environment.alarms:
        yield "at least one alarm has to watch the deployment, and the manifest names none"
    if floor.requires_judge:
        yield from _judge_reasons(environment, splits_traffic=splits_traffic)
    if (largest := max(map(len, environment.in_waves))) > (most := floor.most_targets_at_once):
        yield f"at most {most} of its targets may get a release at once, and the manifest lets {largest}"
    if skipped and not floor.may_skip_environments:
        yield f"a promotion has to pass {' and '.join(skipped)} first, and this one leaves that out"


def _bake_reasons(floor: Floor, environment: Environment, *, splits_traffic: bool) -> Iterator[str]:
    baked = bake_seconds(environment.plan) if splits_traffic else environment.judge.bake_after_seconds
    if baked < floor.minimum_bake_seconds:
        least, found = durations.text(floor.minimum_bake_seconds), durations.text(baked) if baked else "no time"
        what = "traffic has to move in steps that are" if splits_traffic else "a new version has to be"
        where = "" if splits_traffic else " as bake_after"
        yield f"{what} watched for {least} at least, and the manifest gives {found}{where}"


def _judge_reasons(environment: Environment, *, splits_traffic: bool) -> Iterator[str]:
    if splits_traffic and (instead := _decides_instead(environment)):
        yield f"evidence has to decide about a canary, and the manifest {instead}"
    if not splits_traffic and (missing := _decides_nothing_afterwards(environment)):
        yield f"alarms have to decide about a version that has just gone live, and the manifest {missing}"


def _decides_nothing_afterwards(environment: Environment) -> str | None:
    """Return what keeps evidence from deciding about a version that is live at once; None where it decides."""
    if environment.judge.mode == "observe":
        return "has judge: observe"
    if not environment.judge.bake_after_seconds:
        return "has no bake_after"
    if not environment.alarms:
        return "names none"
    return None


def _decides_instead(environment: Environment) -> str | None:
    """Return what lets a version get all traffic without evidence; None where evidence decides."""
    if environment.judge.mode == "observe":
        return "has judge: observe"
    if not environment.plan:
        return "moves all traffic at once"
    if environment.judge.on_inconclusive == "promote":
        return "has on_inconclusive: promote"
    return None


def _approval_reasons(floor: Floor, approval: ApprovalPolicy | None) -> Iterator[str]:
    if approval is None:
        if floor.minimum_quorum:
            yield f"{_people(floor.minimum_quorum)} to approve, and the manifest asks nobody"
        return
    if approval.quorum < floor.minimum_quorum:
        yield f"{_people(floor.minimum_quorum)} to approve, and the manifest has the quorum {approval.quorum}"
    if approval.self_approval and not floor.self_approval:
        yield "nobody may approve their own release, and the manifest has self_approval: true"
    for person in (*approval.approvers, *approval.escalate_to):
        if floor.allowed_approvers is not None and not any(_is(person, each) for each in floor.allowed_approvers):
            yield f"{person} may not approve there"


def _people(number: int) -> str:
    return "one person has" if number == 1 else f"{number} people have"


def _is(person: str, allowed: str) -> bool:
    """Whether an approver is the allowed one, or has a mail address in the allowed domain."""
    if allowed.startswith("*@"):
        return has_mail(person) and folded(person).endswith(folded(allowed[1:]))
    return identity(person) == identity(allowed)
