"""What finds the versions of what configuration refers to, and who may read it."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gantry.aws.accounts import Accounts
    from gantry.aws.referenced_versions import ReferencedVersions
    from gantry.aws.role_rights import RoleRights
    from gantry.promotion.target import Target


class ReferenceServices(ABC):
    """The parameters and secrets of workload accounts."""

    @property
    @abstractmethod
    def accounts(self) -> "Accounts":
        """The workload accounts."""

    def referenced_versions(self, target: "Target") -> "ReferencedVersions":
        """Return what is there in a target's account and region, by a session that sees no values."""
        from gantry.aws.referenced_versions import ReferencedVersions, describing_rights

        rights = describing_rights(target)
        return ReferencedVersions(
            self.accounts.client("ssm", target, rights=rights),
            self.accounts.client("secretsmanager", target, rights=rights),
            f"{target.account}/{target.region}",
        )

    def role_rights(self, target: "Target", role: str) -> "RoleRights":
        """Return what a role of a target's account may read there, by a session that asks about no other role."""
        from gantry.aws.clients import HASTY
        from gantry.aws.policy_simulation import PolicySimulation
        from gantry.aws.role_rights import RoleRights, simulating_rights

        rights = simulating_rights(target, role)
        iam, secrets = (self.accounts.client(each, target, rights, HASTY) for each in ("iam", "secretsmanager"))
        return RoleRights(PolicySimulation(iam, target, role), secrets, target, role)
