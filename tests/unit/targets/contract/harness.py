"""What the contract suite needs of each kind. A new kind adds one class that has all of this.

Everything that happens "to" a target here is done by somebody other than Gantry, or is a fault of the service. Calls
that the kind makes are never made by a harness.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from gantry.aws.session_policy import Right
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.target_schema import TargetSchema
from gantry.promotion.release import Release
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan, Routing, Step
from gantry.targets.kind import TargetKind
from tests.unit.targets.contract.contents import NEW, OLD, OTHER

__all__ = ["NEW", "OLD", "OTHER"]

SECRET = "hunter2-hunter2"
"""The value of one of the settings in every configuration here. Its name says that it is a secret."""
PLAN: Plan = (Step(10, 60), Step(50, 60))
"""What most kinds can take."""


class Harness(Protocol):
    """One target of a kind, which does not exist at first and which may be created."""

    kind: TargetKind
    schema: TargetSchema
    target_keys: Mapping[str, Any]
    """The target as a manifest has it."""
    source: Mapping[str, Any]
    """The keys by which a manifest names the artifact."""
    configuration: Mapping[str, Any]
    """A manifest's `configuration`. One value is `Moo`, and one is a secret where the kind takes any."""
    target: Target
    """What the schema makes of the keys."""
    neighbour: Target
    """Another target of the kind in the same account and region."""
    preparing: Sequence[str]
    """The operations of the service that change something when a revision is prepared, in no order."""
    lacks: frozenset[str]
    """What cannot happen to this kind, beside what its capabilities say: changes that are `slow` or `fail` for good,
    revisions that `sleep` or are `corrupt` in their settings; and that a split which others have left can be taken
    over (`leftovers`); and that a write has no effect which comes after the last look of whoever took the target over
    (`late writes undone`). And what its service does not tell: `zero requests` from unknown ones, and the `series of a
    revision` once it has all traffic. Traffic that is `slow traffic` to arrive; that a routing is reached by `one
    write`; that a rollout begins while others split the traffic (`splits of others`); that a revision is prepared where
    nothing is live (`first deployments`); and that revisions belong to one target (`own revisions`)."""
    plan: Plan
    """Two steps that the kind can take."""
    reading_role: str | None
    """The role with which the program of the target reads what its configuration refers to; None where nobody knows."""
    uncreatable: Target
    """A target that does not exist, and that no deployment creates."""
    slow_routing: bool
    """Whether `be_slow` makes the traffic slow too."""
    settles_within: timedelta
    """How long after a minute's end all that began in it has ended and is counted."""

    def rights(self, target: Target) -> tuple[Right, ...]:
        """Return what a session for a target may do."""

    def deployment(self, digest: str = NEW) -> Deployment:
        """Return the deployment of an artifact to this target, with `configuration`."""

    def stable(self, digest: str = OLD) -> StableRevision:
        """Let somebody make a revision with that configuration, ready to be used, and give it all traffic."""

    def make(self, digest: str) -> str:
        """Let somebody make such a revision without traffic."""

    def route(self, routing: Routing) -> None:
        """Let somebody else send the traffic elsewhere."""

    def routes(self) -> Sequence[Routing]:
        """Return all that the target was ever made to route to, whoever did it."""

    def changes(self) -> int:
        """Return how often the service was asked to change something."""

    def be_slow(self, looks: int) -> None:
        """Let every change from now on be unfinished for as many looks."""

    def before(self, operation: str, action: Callable[[], object]) -> None:
        """Do something right before the service handles the next call of one of the operations of `preparing`."""

    def before_routing(self, action: Callable[[], object]) -> None:
        """Do something right before the service handles the next write of the traffic: too late for any comparison."""

    def lose_answer(self, operation: str | None = None) -> None:
        """Let the caller die right after the next call of an operation; None is the write of the traffic."""

    def fail_next(self) -> None:
        """Let the next change that is made while a revision is prepared fail."""

    def fail(self, revision: str) -> None:
        """Let a revision fail, so that it cannot take traffic."""

    def put_to_sleep(self, revision: str) -> None:
        """Let nobody have used a revision for long, so that its first requests are refused."""

    def refuse_changes(self) -> None:
        """Let the caller have no right to move the traffic."""

    def lose_artifact(self, digest: str) -> None:
        """Let an artifact not exist any more where it should lie."""

    def corrupt_artifact(self, revision: str) -> None:
        """Let a revision run another artifact than it was made of."""

    def corrupt_configuration(self, revision: str) -> None:
        """Let a revision have other settings than it was made with."""

    def refuse_architecture(self) -> None:
        """Let the target be unable to run the release, as on another architecture than it was built for."""

    def remove(self, revision: str) -> None:
        """Remove a revision."""

    def remove_target(self) -> None:
        """Remove what takes the traffic."""

    def serve(self, revision: str, at: datetime, times: int, failed: int = 0, milliseconds: int = 100) -> None:
        """Let a revision serve requests that began at a moment, and of which some fail."""

    def answer(self, payload: str, error: str | None = None) -> None:
        """Let the next request past the traffic be answered like this."""

    def lose_request(self) -> None:
        """Let the next request past the traffic never be answered."""

    def requests(self) -> Sequence[tuple[str, str]]:
        """Return the requests past the traffic, each as the revision and the payload."""

    def lose_evidence(self) -> None:
        """Let the service not know how many requests were served."""


IMAGE_SOURCE: Mapping[str, Any] = {"repository": "cowsay", "versioning": "git-sha"}
"""How a manifest names a container image."""


def deployment_of(
    target: Target, digest: str, configuration: Mapping[str, Any], artifact: Artifact | None = None
) -> Deployment:
    """Return a deployment with the plan `PLAN`; of an image, unless another artifact is given."""
    deployed = artifact or Artifact(ArtifactKind.CONTAINER_IMAGE, digest, "cowsay")
    return Deployment(
        release=Release("cowsay", deployed, f"manifest-of-{digest[7]}"),
        environment="prod",
        target=target,
        architecture="x86_64",
        configuration=configuration,
        plan=PLAN,
        alarms=(),
        judge=JudgeSettings(),
    )
