"""Whether a manifest's environment is protected as well as the policy file asks for."""

from collections.abc import Iterator, Sequence

from gantry.promotion import durations
from gantry.promotion.approver import folded, has_mail, identity
from gantry.promotion.manifest.content import ApprovalPolicy, Environment
from gantry.promotion.policy.content import Floor, Policy, matches
from gantry.promotion.traffic import bake_seconds


def below_floor(policy: Policy, service: str, environment: Environment, skipped: Sequence[str]) -> Iterator[str]:
    """Yield how an environment falls below the policy's floors, each with the rule's name.

    Args:
        policy: what the administrators ask for.
        service: its name.
        environment: the environment as the manifest has it.
        skipped: the environments before it in the manifest that the promotion leaves out.
    """
    for floor in policy.floors:
        if _covers(floor, service, environment):
            for reason in _reasons(floor, environment, skipped):
                yield f"{environment.name}: {reason} (rule {floor.rule} of the policy file)"


def _covers(floor: Floor, service: str, environment: Environment) -> bool:
    is_there = matches(environment.name, floor.environments) or any(
        target.account in floor.accounts for target in environment.targets
    )
    return is_there and matches(service, floor.services)


def _reasons(floor: Floor, environment: Environment, skipped: Sequence[str]) -> Iterator[str]:
    yield from _approval_reasons(floor, environment.approval)
    baked = bake_seconds(environment.plan)
    if baked < floor.minimum_bake_seconds:
        least, found = durations.text(floor.minimum_bake_seconds), durations.text(baked) if baked else "no time"
        yield f"traffic has to move in steps that are watched for {least} at least, and the manifest gives {found}"
    if floor.requires_alarms and not environment.alarms:
        yield "at least one alarm has to watch the deployment, and the manifest names none"
    if floor.requires_judge and (instead := _decides_instead(environment)):
        yield f"evidence has to decide about a canary, and the manifest {instead}"
    if (largest := max(map(len, environment.in_waves))) > (most := floor.most_targets_at_once):
        yield f"at most {most} of its targets may get a release at once, and the manifest lets {largest}"
    if skipped and not floor.may_skip_environments:
        yield f"a promotion has to pass {' and '.join(skipped)} first, and this one leaves that out"


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
