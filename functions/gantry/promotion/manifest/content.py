"""What a valid manifest says, with everything that environments share written out.

Apart from reading manifests, so that who only handles their content does not import what reads them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gantry.promotion.configuration import Configuration
from gantry.promotion.errors import InvalidRequestError
from gantry.promotion.release import Versioning
from gantry.promotion.target import Target
from gantry.promotion.traffic import Plan

Architecture = Literal["x86_64", "arm64"]
OnExpiry = Literal["reject"]
Confirmation = Literal["type-the-environment"]


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """Who is asked before an environment is deployed to, how many have to agree, and how long that may take."""

    approvers: tuple[str, ...]
    """Mail addresses, and ARNs of IAM roles or users, which get no mail and answer through the API."""
    expires_after_seconds: int
    quorum: int = 1
    """How many of them have to approve; one rejection ends it."""
    reminder_after_seconds: int | None = None
    """When those who have not answered are reminded, once."""
    escalate_to: tuple[str, ...] = ()
    """Who may answer too, from `escalate_after_seconds` on (same kinds as approvers)."""
    escalate_after_seconds: int | None = None
    on_expiry: OnExpiry = "reject"
    self_approval: bool = False
    """Whether those who pushed the image or started the promotion may approve it."""
    confirm: Confirmation | None = None
    """What has to be typed on the page beside the decision."""


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment with everything it shares already in it."""

    name: str
    targets: tuple[Target, ...]
    approval: ApprovalPolicy | None
    """None: nobody is asked."""
    plan: Plan
    alarms: tuple[str, ...]
    configuration: Configuration
    """Without a role, which is each target's own."""
    minimum_requests: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A valid manifest."""

    repository: str
    versioning: Versioning
    architecture: Architecture
    """What the service's functions run on."""
    environments: tuple[Environment, ...]

    def environments_to_promote(self, names: Sequence[str] | None) -> tuple[Environment, ...]:
        """The environments of these names, always in the manifest's order; all of them for None.

        Raises:
            InvalidRequestError: a name is unknown, or the list is empty.
        """
        if names is None:
            return self.environments
        known = [environment.name for environment in self.environments]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            wrong = f"no environment {' and no '.join(unknown)}" if unknown else "environments in an empty list"
            message = f"the manifest of {self.repository} has {wrong}; name some of {', '.join(known)}, or leave it out"
            raise InvalidRequestError(message)
        return tuple(environment for environment in self.environments if environment.name in names)
