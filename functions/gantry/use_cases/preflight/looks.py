"""One look each at what a release will come to. A look keeps what it has found, also if it cannot be finished."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ReplicationFailedError, TargetAccessError, TargetPendingError
from gantry.promotion.lease import Lease
from gantry.promotion.manifest.content import Environment
from gantry.promotion.needs.finding import NeedFinding, asked_of, owners
from gantry.promotion.obstacles import LASTING, Obstacle, is_lasting
from gantry.use_cases.gate_facts import firing_alarms
from gantry.use_cases.needs.looking import NeedsThere, look_there
from gantry.use_cases.preview.looked_at_target import ToLookAt
from gantry.use_cases.references.pinning import pinned_target
from gantry.use_cases.services import Services
from gantry.use_cases.throwaway_masking import throwaway_masking

_MASKING = throwaway_masking()
"""Nothing that is masked leaves this function."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look. `see` fills `found`, and raises if it learns nothing."""

    environment: str
    target_id: str
    """What is looked at, for people."""
    see: Callable[[], None]
    found: list[Obstacle]
    awaited: list[NeedFinding] = field(default_factory=list)
    """What the release will wait for there, because it is not there yet."""


def target_look(wanted: ToLookAt, lease: Lease, hint: str, services: Services) -> Look:
    """Return the look at a target: at its alarms, and unless somebody is changing it, at itself.

    What a target says while it is changed, such as that its stage has a canary, may be otherwise soon.
    """
    target, environment, found = wanted.target, wanted.environment, list[Obstacle]()
    kind = services.kinds.of(target)

    def alarms() -> object:
        return firing_alarms(target, environment.alarms, services)

    def references() -> object:
        return pinned_target(target, environment, services)

    def itself() -> object:
        return kind.inspect(wanted.as_deployment(), _MASKING)

    def see() -> None:
        is_changed = lease.holder is not None or lease.waiting
        for part in [alarms, references] if is_changed else [alarms, references, itself]:
            try:
                part()
            except (TargetPendingError, *LASTING) as error:
                if is_lasting(error):
                    may_be_brought = not isinstance(error, TargetAccessError)
                    found.append(Obstacle(environment.name, f"{error}{hint}", may_be_brought))
                if isinstance(error, TargetAccessError):
                    return

    return Look(environment.name, target.id, see, found)


def needs_look(environment: Environment, needs: NeedsThere, hint: str, services: Services) -> Look:
    """Return the look at what an environment needs in one account and region. What may still come is no obstacle."""
    found, awaited = list[Obstacle](), list[NeedFinding]()

    def see() -> None:
        try:
            findings = look_there(needs, services)
        except TargetAccessError:
            return  # the look at the target says it
        awaited.extend(each for each in findings if not each.is_met)
        for each in (each for each in awaited if each.stays):
            found.append(Obstacle(environment.name, f"it needs {each}{asked_of(owners([each]))}{hint}"))

    return Look(environment.name, f"needs in {needs.target_id}", see, found, awaited)


def image_look(environment: str, region: str, image: Artifact, hint: str, services: Services) -> Look:
    """Return the look whether an image can come to another region. Who has a repository there may copy it."""
    found = list[Obstacle]()

    def see() -> None:
        if services.images_in(region).expects(image):
            return
        try:
            services.replication.progress(image, region)
        except ReplicationFailedError as error:
            found.append(Obstacle(environment, f"{error}{hint}"))

    return Look(environment, f"{image.location} in {region}", see, found)
