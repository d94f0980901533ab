"""What protects an environment less than before: a manifest may say so, but people are told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gantry.promotion import durations
from gantry.promotion.approver import identity
from gantry.promotion.checks import BakeRequests, Checks
from gantry.promotion.manifest.content import ApprovalPolicy, Environment, Manifest
from gantry.promotion.policy.judge_safeguards import weaker_judge
from gantry.promotion.policy.wave_safeguards import weaker_waves
from gantry.promotion.traffic import Plan, bake_seconds

UNREADABLE = "the manifest that is live there cannot be read any more, so nothing was compared with it"
"""Instead of a comparison."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects a target: its environment, and those that a release has to pass before."""

    environment: Environment
    passed_before: tuple[str, ...]

    @classmethod
    def in_environment(cls, manifest: Manifest, name: str) -> "Protection | None":
        """Return the protection of an environment's targets; None when the manifest has no such environment."""
        return next((each for each in cls.all(manifest) if each.environment.name == name), None)

    @classmethod
    def of_target(cls, manifest: Manifest, target_id: str) -> "Protection | None":
        """Return a target's protection, in whatever environment it is; None when the manifest does not have it."""
        return next((each for each in cls.all(manifest) if target_id in each.targets), None)

    @classmethod
    def all(cls, manifest: Manifest) -> "Iterator[Protection]":
        """Yield the protection of each environment."""
        names = tuple(each.name for each in manifest.environments)
        return (cls(each, names[:index]) for index, each in enumerate(manifest.environments))

    @property
    def targets(self) -> frozenset[str]:
        """The ids of the targets."""
        return frozenset(target.id for target in self.environment.targets)


def weakened(before: Protection, after: Protection) -> Iterator[str]:
    """Yield what protects a target less than before, one sentence each.

    Args:
        before: how it was protected when its live release was promoted.
        after: how it is now, perhaps in another environment.
    """
    was, now = before.environment.name, after.environment.name
    name = now if was == now else f"{now} (before: {was})"
    for sentence in _weaker(before.environment, after.environment):
        yield f"{name}: {sentence}"
    if skipped := [each for each in before.passed_before if each not in after.passed_before]:
        yield f"{name}: releases do not pass {' and '.join(skipped)} before it any more"


def _weaker(before: Environment, after: Environment) -> Iterator[str]:
    yield from _weaker_approval(before.approval, after.approval)
    if gone := [alarm for alarm in before.alarms if alarm not in after.alarms]:
        yield f"no longer watched: {_listed('alarm', gone)}"
    yield from _weaker_checks(before.checks, after.checks)
    yield from _weaker_traffic(before.plan, after.plan)
    yield from weaker_waves(before, after)
    if before.plan or before.judge.bake_after_seconds:
        yield from weaker_judge(before, after)
        yield from _fewer_requests(before.checks.during_bake, after.checks.during_bake)


def _weaker_checks(before: Checks, after: Checks) -> Iterator[str]:
    """Compare by what is checked. How long it may take protects nobody."""
    kept = [replace(each, within_seconds=0) for each in after.before_traffic]
    if gone := [str(each) for each in before.before_traffic if replace(each, within_seconds=0) not in kept]:
        yield f"no longer checked before any traffic: {', '.join(gone)}"


def _fewer_requests(before: BakeRequests | None, after: BakeRequests | None) -> Iterator[str]:
    if before is None:
        return
    if after is None:
        yield "the pipeline no longer sends requests of its own while a version is watched"
        return
    if after.per_look < before.per_look:
        yield f"the pipeline sends {after.per_look} instead of {before.per_look} requests of its own at each look"
    was, now = before.request, after.request
    if now.payload != was.payload or (was.expect is not None and now.expect != was.expect):
        yield "the pipeline's own requests ask for something else, or for less"


def _weaker_approval(before: ApprovalPolicy | None, after: ApprovalPolicy | None) -> Iterator[str]:
    if before is None:
        return
    if after is None:
        yield f"nobody is asked any more; before, the quorum was {before.quorum} of {', '.join(before.approvers)}"
        return
    if after.quorum < before.quorum:
        yield f"{after.quorum} instead of {before.quorum} people have to approve"
    if gone := _missing(before.approvers, after.approvers):
        yield f"no longer asked: {', '.join(gone)}"
    if added := _missing((*after.approvers, *after.escalate_to), (*before.approvers, *before.escalate_to)):
        yield f"may approve now: {', '.join(added)}"
    if after.self_approval and not before.self_approval:
        yield "people may approve their own release now"
    if before.confirm and not after.confirm:
        yield "approvers need not type the environment's name any more"
    if _escalates_earlier(before, after):
        yield "others may approve earlier than before"


def _escalates_earlier(before: ApprovalPolicy, after: ApprovalPolicy) -> bool:
    earlier, now = before.escalate_after_seconds, after.escalate_after_seconds
    return earlier is not None and now is not None and now < earlier


def _weaker_traffic(before: Plan, after: Plan) -> Iterator[str]:
    """Compare how long a canary is watched, and how much traffic a bad release meets before it was watched at all."""
    if not before:
        return
    if not after:
        yield f"all traffic moves at once; before, a canary was watched for {_baked(before)}"
        return
    if bake_seconds(after) < bake_seconds(before):
        yield f"a canary is watched for {_baked(after)} instead of {_baked(before)}"
    if after[0].weight > before[0].weight:
        yield f"a canary begins with {after[0].weight} % of the traffic instead of {before[0].weight} %"
    if after[-1].weight < before[-1].weight:
        yield f"a canary is watched up to {after[-1].weight} % of the traffic instead of {before[-1].weight} %"


def _baked(plan: Plan) -> str:
    return durations.text(bake_seconds(plan))


def _missing(people: Sequence[str], among: Sequence[str]) -> list[str]:
    known = {identity(each) for each in among}
    return [each for each in people if identity(each) not in known]


def _listed(what: str, names: Sequence[str]) -> str:
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)}"
