"""What a promotion would do in one environment: what CheckGates asks first, and then each target."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from gantry.aws.clients import own_region
from gantry.aws.standings import StandingAtGate
from gantry.promotion.approval_quorum import is_reachable, may_approve, why_unreachable
from gantry.promotion.artifact import Artifact
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.policy.content import Policy
from gantry.promotion.preview.estimate import estimate
from gantry.promotion.preview.preview import Asked, EnvironmentPreview, Outcome, TargetPreview
from gantry.promotion.preview.rules import Rule, RuleName, checked
from gantry.promotion.references.reference import references_in
from gantry.promotion.target import Target
from gantry.promotion.timestamps import moment
from gantry.use_cases.artifact_regions import regions_elsewhere
from gantry.use_cases.gate_facts import forecast_of, pace_of
from gantry.use_cases.policy import require_allowed, require_bound, require_owner
from gantry.use_cases.preview.looked_at_target import TargetLook, ToLookAt, look_at_target
from gantry.use_cases.preview.previewed_needs import previewed_needs
from gantry.use_cases.preview.previewed_release import FoundRelease, PreviewRequest
from gantry.use_cases.preview.previewed_targets import previewed_targets
from gantry.use_cases.quarantine import require_none
from gantry.use_cases.service_manifest import CarriedEnvironment, carried_environment
from gantry.use_cases.services import Services
from gantry.use_cases.side_by_side import side_by_side

_OF_TARGETS = (RuleName.ACCOUNT, RuleName.ALARMS, RuleName.TARGET)


@dataclass(frozen=True, slots=True)
class Promotion:
    """The promotion that is previewed, and what its environments have in common."""

    request: PreviewRequest
    manifest: Manifest
    found: FoundRelease
    policy: Policy
    names: tuple[str, ...]
    """All environments that it would be for."""
    lives: tuple[Live, ...]
    """What is live on the service's targets."""
    open_approvals: tuple[ListedApproval, ...]
    seconds: float
    """How long the targets of one environment are given to answer."""


def preview_environment(name: str, promotion: Promotion, services: Services) -> EnvironmentPreview:
    """Return what would happen there; when it would begin is for the caller to say."""
    environment, release = carried_environment(name, promotion.manifest), promotion.found.release
    standing = services.standings.at_gate(release, environment.targets)
    gates = _gates(environment, promotion, standing, services)
    looks = _looks(environment, promotion, gates, services)
    targets = previewed_targets(environment, release, promotion.lives, standing.leases, looks, services)
    rates = {each.id: each.requests_per_second for each in targets}
    needs = previewed_needs(environment, promotion.seconds, looks, services)
    asks, rules = _asked(environment, promotion), (*gates, *needs.rules, *_target_rules(environment, looks))
    waits: Outcome = "waits_for_people" if asks else "goes_through"
    broken = {each.name for each in rules if not each.is_met}
    if not all(each.is_met for each in needs.needs):  # what is awaited may bring what the targets lack
        waits, broken = "waits_for_infrastructure", broken - {RuleName.ALARMS, RuleName.REFERENCES, RuleName.TARGET}
    return EnvironmentPreview(
        name=name,
        outcome="stopped" if broken else waits,
        targets=targets,
        waves=tuple(tuple(environment.targets[index].id for index in wave) for wave in environment.in_waves),
        carried=environment.carried,
        asks=asks,
        rules=rules,
        firing=tuple(dict.fromkeys(alarm for look in looks.values() for alarm in look.firing)),
        elsewhere=_elsewhere(environment, release.artifact, gates),
        forecast=forecast_of(environment, rates, services),
        estimate=estimate(environment, _replaced(targets), pace_of(environment, rates, services)),
        begins_at=None,
        ends_at=None,
        needs=needs.needs,
    )


def _gates(
    environment: CarriedEnvironment, promotion: Promotion, standing: StandingAtGate, services: Services
) -> list[Rule]:
    """Hold the release to what is known without looking at a target."""
    artifact = promotion.found.release.artifact
    quarantine = None if promotion.request.releases_quarantine else standing.quarantine
    return [
        checked(RuleName.QUARANTINE, lambda: require_none(quarantine)),
        _policy_rule(environment.name, promotion, services),
        *_owner_rules(promotion, standing.leases),
        checked(RuleName.ARTIFACT, lambda: regions_elsewhere(artifact, environment, own_region())),
        *_approver_rules(environment, promotion.found),
    ]


def _elsewhere(environment: CarriedEnvironment, artifact: Artifact, gates: list[Rule]) -> tuple[str, ...]:
    is_placed = all(each.is_met for each in gates if each.name is RuleName.ARTIFACT)
    return regions_elsewhere(artifact, environment, own_region()) if is_placed else ()


def _policy_rule(name: str, promotion: Promotion, services: Services) -> Rule:
    policy, manifest, names = promotion.policy, promotion.manifest, promotion.names
    return checked(RuleName.POLICY, lambda: require_allowed(policy, manifest, [name], names, services))


def _owner_rules(promotion: Promotion, leases: tuple[Lease, ...]) -> list[Rule]:
    check = partial(require_owner, promotion.policy, promotion.request.service)
    found = [checked(RuleName.OWNER, partial(check, each), each.target.id) for each in leases]
    return [each for each in found if not each.is_met] or [Rule(RuleName.OWNER, is_met=True)]


def _approver_rules(environment: CarriedEnvironment, found: FoundRelease) -> Iterator[Rule]:
    policy = environment.approval
    if policy is None:
        return
    why = None
    if not is_reachable(policy, found.origin):
        why = why_unreachable(environment.name, policy, found.release, found.origin)
    yield Rule(RuleName.APPROVERS, why is None, why)


def _looks(
    environment: CarriedEnvironment, promotion: Promotion, gates: list[Rule], services: Services
) -> Mapping[str, TargetLook]:
    """Look at each target that the service may deploy to. Of others it sees nothing, as in a promotion."""
    now = moment(promotion.request.at)
    wanted = [
        ToLookAt(target, promotion.found.release, environment, now)
        for target in environment.targets
        if _is_to_see(target, promotion, gates, services)
    ]
    outcomes = side_by_side(wanted, lambda each, _: look_at_target(each, services), promotion.seconds)
    looks = {each.target_id: each for each in outcomes.done}
    return looks | {target_id: TargetLook(target_id).also(error) for target_id, error in outcomes.errors}


def _is_to_see(target: Target, promotion: Promotion, gates: list[Rule], services: Services) -> bool:
    broken = [each for each in gates if not each.is_met]
    if any(each.name is RuleName.OWNER and each.target == target.id for each in broken):
        return False
    if not any(each.name is RuleName.POLICY for each in broken):
        return True  # every target is bound to the service then
    policy, service = promotion.policy, promotion.request.service
    return checked(RuleName.POLICY, lambda: require_bound(policy, service, target, services)).is_met


def _target_rules(environment: CarriedEnvironment, looks: Mapping[str, TargetLook]) -> Iterator[Rule]:
    """Yield what targets say against it; and what none says, once all of them have answered."""
    broken = [rule for look in looks.values() for rule in look.rules]
    yield from broken
    names = {each.name for each in broken}
    if len(looks) == len(environment.targets) and RuleName.ACCOUNT not in names:
        every = (*_OF_TARGETS, *((RuleName.REFERENCES,) if references_in(environment.configuration) else ()))
        yield from (Rule(name, is_met=True) for name in every if name not in names)


def _replaced(targets: tuple[TargetPreview, ...]) -> frozenset[str]:
    return frozenset(each.id for each in targets if each.steps and not each.is_first)


def _asked(environment: CarriedEnvironment, promotion: Promotion) -> Asked | None:
    policy, origin = environment.approval, promotion.found.origin
    if policy is None:
        return None
    people = (*policy.approvers, *policy.escalate_to)
    return Asked(
        approvers=policy.approvers,
        quorum=policy.quorum,
        may_not_approve=tuple(each for each in people if not may_approve(policy, origin, each)),
        escalate_to=policy.escalate_to,
        escalate_after_seconds=policy.escalate_after_seconds,
        expires_after_seconds=policy.expires_after_seconds,
        confirm=policy.confirm,
        replaces=tuple(each.id for each in promotion.open_approvals if each.environment == environment.name),
    )
