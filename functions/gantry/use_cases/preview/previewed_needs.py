"""What a release needs of the infrastructure in an environment, as a preview says it."""

from collections.abc import Mapping
from dataclasses import dataclass

from gantry.promotion.errors import TargetAccessError
from gantry.promotion.needs.finding import NeedFinding, asked_of, owners
from gantry.promotion.preview.preview import PreviewedNeed
from gantry.promotion.preview.rules import Rule, RuleName
from gantry.use_cases.needs.looking import look_at_needs
from gantry.use_cases.preview.looked_at_target import TargetLook
from gantry.use_cases.service_manifest import CarriedEnvironment
from gantry.use_cases.services import Services


@dataclass(frozen=True, slots=True)
class PreviewedNeeds:
    """What is needed, and whether it can come."""

    needs: tuple[PreviewedNeed, ...] = ()
    rules: tuple[Rule, ...] = ()


def previewed_needs(
    environment: CarriedEnvironment, seconds: float, looks: Mapping[str, TargetLook], services: Services
) -> PreviewedNeeds:
    """Look at what an environment needs. Where the service may not deploy to all targets, it sees nothing of them.

    An account that has refused or did not answer is asked nothing more.
    """
    refused = any(each.name is RuleName.ACCOUNT and not each.is_met for look in looks.values() for each in look.rules)
    if not environment.needs or refused or len(looks) < len(environment.targets):
        return PreviewedNeeds()
    try:
        findings = look_at_needs(environment, seconds, services)
    except TargetAccessError:
        return PreviewedNeeds()  # the looks at the targets say it
    broken = [
        Rule(RuleName.NEEDS, is_met=False, reason=f"{each}{asked_of(owners([each]))}")
        for each in findings
        if each.stays
    ]
    return PreviewedNeeds(tuple(map(_need, findings)), tuple(broken) or (Rule(RuleName.NEEDS, is_met=True),))


def _need(found: NeedFinding) -> PreviewedNeed:
    reason = None if found.is_met else found.reason
    return PreviewedNeed(str(found.need), found.place, found.is_met, found.found, reason, found.need.owner)
