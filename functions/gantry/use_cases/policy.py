"""Hold promotions and deployments to the administrators' policy file. Rollbacks never ask for it."""

from collections.abc import Iterator, Sequence

from gantry.promotion.errors import PolicyViolationError, TargetOwnedError
from gantry.promotion.lease import Lease
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.kinds import splits_traffic
from gantry.promotion.policy.binding import may_take_over, unbound_reason
from gantry.promotion.policy.content import Policy
from gantry.promotion.policy.floor import below_floor
from gantry.promotion.policy.reading import parse_policy
from gantry.promotion.target import Target
from gantry.targets.registry import DEFAULT_KIND, KINDS, all_schemas, bound_names
from gantry.use_cases.promotion_request import PromotionRequest
from gantry.use_cases.services import Services


def current_policy(services: Services) -> Policy:
    """Return what the administrators allow now.

    Raises:
        PolicyError: the policy file is wrong.
    """
    found = services.policy_file.latest()
    return Policy() if found is None else parse_policy(*found, kinds=KINDS, default_kind=DEFAULT_KIND)


def require_known_starter(policy: Policy, promotion: PromotionRequest) -> None:
    """Return quietly unless a person has started the machine itself and the policy forbids it.

    Raises:
        PolicyViolationError: it does.
    """
    if not (promotion.is_verified or policy.allows_unverified_starts):
        message = (
            "Nobody knows who started this promotion, and the policy file says unverified_starts: forbidden. Start it "
            "by a signed call of POST /promotions"
        )
        raise PolicyViolationError(message)


def require_allowed(
    policy: Policy, manifest: Manifest, environments: Sequence[str], promoted: Sequence[str], services: Services
) -> None:
    """Return quietly when a service may be promoted to these environments of its manifest.

    Args:
        policy: what the administrators allow.
        manifest: the service's manifest.
        environments: the names of the environments in question.
        promoted: the names of all environments that the promotion is for.
        services: the adapters.

    Raises:
        PolicyViolationError: the policy does not allow it; the message has every reason.
    """
    namesakes = _namesakes(policy, manifest.service, services)
    if reasons := list(violations(policy, manifest, environments, promoted, namesakes)):
        raise PolicyViolationError("\n".join(reasons))


def violations(
    policy: Policy,
    manifest: Manifest,
    environments: Sequence[str],
    promoted: Sequence[str],
    namesakes: Sequence[str],
) -> Iterator[str]:
    """Yield why a service may not be promoted to these environments; the arguments are those of `require_allowed`.

    `namesakes` are the other services with the same own name.
    """
    left_out: list[str] = []
    for environment in manifest.environments:
        if environment.name in environments:
            yield from _unbound(policy, manifest.service, environment.targets, namesakes)
            is_split = splits_traffic(environment, all_schemas())
            yield from below_floor(policy, manifest.service, environment, left_out, splits_traffic=is_split)
        if environment.name not in promoted:
            left_out.append(environment.name)


def require_bound(policy: Policy, service: str, target: Target, services: Services) -> None:
    """Return quietly when a service may deploy to a target.

    Raises:
        PolicyViolationError: it may not.
    """
    for reason in _unbound(policy, service, [target], _namesakes(policy, service, services)):
        raise PolicyViolationError(reason)


def require_owner(policy: Policy, service: str, lease: Lease) -> None:
    """Return quietly unless another service's release is live on a target.

    Raises:
        TargetOwnedError: it is, and no binding lets this service take the target over.
    """
    owner, target = _owner(lease) or service, lease.target
    if owner != service and not may_take_over(policy, service, target, bound_names(target), owner):
        message = (
            f"{target.id} is a target of the service {owner}, so {service} was not deployed there. If the "
            f"target is to pass to {service}, let a binding of it in the policy file say takes_over_from: [{owner}]"
        )
        raise TargetOwnedError(message)


def _owner(lease: Lease) -> str | None:
    """Return whose the target is: whose release is live there, or else whose deployment came first.

    In the line, a newer release of a second service would supersede the first one's.
    """
    if lease.live_for:
        return lease.live_for.service
    first = next((each for each in (lease.holder, *lease.waiting) if each and each.release), None)
    return first.service if first else None


def _unbound(policy: Policy, service: str, targets: Sequence[Target], namesakes: Sequence[str]) -> Iterator[str]:
    for target in targets:
        if reason := unbound_reason(policy, service, target, bound_names(target), namesakes):
            yield reason


def _namesakes(policy: Policy, service: str, services: Services) -> tuple[str, ...]:
    """Return them only where nothing but names says whose a target is."""
    return services.policy_file.namesakes(service) if policy.bindings is None else ()
