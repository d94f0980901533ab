"""What lets parameters in the workload accounts say what is live."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gantry.aws.accounts import Accounts
    from gantry.aws.live_parameter import LiveParameter
    from gantry.promotion.artifact import Artifact
    from gantry.promotion.live_parameter.wanted import WantedParameter


class LiveParameterServices(ABC):
    """The parameters, each in its own account and region."""

    _environment: Mapping[str, str]

    @property
    @abstractmethod
    def accounts(self) -> "Accounts":
        """The workload accounts."""

    @property
    def has_live_parameters(self) -> bool:
        """Whether this pipeline lets parameters in the workload accounts say what is live."""
        return self._environment["LIVE_PARAMETERS"] == "true"

    def live_parameter(self, wanted: "WantedParameter") -> "LiveParameter":
        """Return a parameter in its account and region, by a session that is for it alone.

        Raises:
            TargetAccessError: the account refuses the pipeline.
        """
        from gantry.aws.live_parameter import LiveParameter, parameter_rights

        client = self.accounts.client("ssm", wanted.place, rights=parameter_rights(wanted.arn))
        return LiveParameter(client, wanted.name, f"{wanted.account}/{wanted.region}")

    def image_uri(self, image: "Artifact", region: str) -> str:
        """Return the URI of a container image for a region. The pipeline's own account has it, or its replica."""
        from gantry.artifacts.container_image import image_uri

        return image_uri(image, self._environment["REGISTRY_ACCOUNT"], region)
