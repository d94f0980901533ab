"""What a manifest may say of one kind of target. Kinds implement this, so that the manifest's reader imports none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from pydantic import Field

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.manifest.keys import Keys
from gantry.promotion.manifest.name_fields import Account, Region
from gantry.promotion.manifest.problem import Problem
from gantry.promotion.masking import Masking
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan


class TargetKeys(Keys):
    """The keys that a target of every kind has, besides its `kind`."""

    account: Account = Field(description='The account\'s 12 digits, in quotes: "222222222222".')
    region: Region = Field(description="The region, like us-east-1.")


@dataclass(frozen=True, slots=True)
class SharedDraft:
    """Where the revisions of several targets are prepared, so that each finds there what another has left."""

    name: str
    """The same for all who share it, in words."""
    keys: frozenset[str]
    """What the manifest sets in it for one of them, by key."""


class TargetSchema(Protocol):
    """One kind of target in a manifest.

    What is called `keys` is a mapping as YAML read it. The two methods for problems get it right or wrong, and pass
    over what has the wrong type; everything else gets it once it is known to be right.
    """

    @property
    def kind(self) -> str:
        """The kind's name, which a target gives as its `kind`."""

    @property
    def is_default(self) -> bool:
        """Whether a target without `kind` is of this kind. One kind at most may say so."""

    @property
    def splits_traffic(self) -> bool:
        """Whether two revisions can share the traffic. Otherwise steps are refused, and only AllAtOnce is possible."""

    @property
    def counts_requests(self) -> bool:
        """Whether there is evidence beside alarms. Otherwise it is refused to watch a revision without any."""

    @property
    def can_be_invoked(self) -> bool:
        """Whether a revision answers requests of the pipeline's own. Otherwise checks that invoke it are refused."""

    @property
    def runs_tasks(self) -> bool:
        """Whether a revision can run once with a command. Otherwise checks that run a task are refused."""

    @property
    def shifts_itself(self) -> bool:
        """Whether the service takes the steps itself, which takes minutes. Then a deployment is given time for that."""

    @property
    def runs_code(self) -> bool:
        """Whether a target runs the artifact's code on a processor. Otherwise `architecture` means nothing to it."""

    @property
    def artifacts(self) -> frozenset[ArtifactKind]:
        """What can be deployed to it."""

    @property
    def reads_own_region(self) -> bool:
        """Whether its service reads artifacts of a target's own region only, so that a copy has to be there first."""

    @property
    def target_keys(self) -> type[TargetKeys]:
        """The keys of a target, without `kind`."""

    @property
    def configuration_keys(self) -> type[Keys]:
        """The keys of `configuration` that this kind knows.

        None is required, because a manifest may give some at the top and others in an environment. Kinds may know the
        same key; its value has to be right for all of them.
        """

    def target(self, keys: Mapping[str, Any]) -> Target:
        """Return the target that its keys describe."""

    def configuration(self, keys: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what an environment configures, as JSON: the same keys, without those that are not given.

        Args:
            keys: those keys of `configuration` that this kind knows, with what is shared.
        """

    def shared_draft(self, target: Mapping[str, Any], configuration: Mapping[str, Any]) -> SharedDraft | None:
        """Return the draft of a target, if it can have it together with others; None otherwise.

        Args:
            target: the target's keys.
            configuration: what its environment configures, of what this kind knows, with what is shared.
        """

    def longest_request_seconds(self, configuration: Mapping[str, Any]) -> int | None:
        """Return how long a request may take at most, by what an environment configures; None if that does not say.

        Args:
            configuration: what `configuration` returns, perhaps beside what other kinds know.
        """

    def target_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield what is wrong with a target beyond single fields. Locations are relative to the target.

        Args:
            keys: the target's keys.
            artifact: what the manifest deploys; None where it does not say, which is reported elsewhere.
        """

    def configuration_problems(self, keys: Mapping[Any, Any], *, artifact: ArtifactKind | None) -> Iterator[Problem]:
        """Yield what is wrong with an environment's `configuration`, with what is shared, beyond single fields.

        Locations are relative to `configuration`.

        Args:
            keys: those keys of `configuration` that this kind knows.
            artifact: what the manifest deploys; None where it does not say, which is reported elsewhere.
        """

    def mask(self, configuration: Mapping[str, Any], masking: Masking) -> dict[str, str]:
        """Return the settings of an environment that this kind knows, as people may see them."""


@runtime_checkable
class RegionalSchema(Protocol):
    """A `TargetSchema` whose configuration may name what targets of one region only can have."""

    def region_problems(self, keys: Mapping[Any, Any], region: str) -> Iterator[Problem]:
        """Yield what of an environment's `configuration` targets of a region cannot have.

        Locations and `keys` are those of `configuration_problems`.
        """


@runtime_checkable
class SteppingSchema(Protocol):
    """A `TargetSchema` whose service takes the steps itself, and can take only some plans."""

    def plan_problem(self, plan: Plan) -> str | None:
        """Return why the service cannot take these steps, and which it can; None where it can."""
