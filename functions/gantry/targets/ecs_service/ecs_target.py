"""A target of this kind in its parts: a service in a cluster, and the container that gets the image."""

from dataclasses import dataclass
from typing import Self

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target

NAME = "ecs"
"""The kind's name in manifests."""


@dataclass(frozen=True, slots=True)
class EcsTarget:
    """One service of one cluster."""

    account: str
    region: str
    cluster: str
    """The cluster's name, not its ARN."""
    service: str
    """The service's name, not its ARN."""
    container: str
    """The container in the service's task definition that gets the release. The others stay as they are."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return a target in its parts."""
        _, cluster, service = target.name.split("/")
        return cls(target.account, target.region, cluster, service, target.settings["container"])

    def as_target(self) -> Target:
        """Return the target as all other code knows it, with the id `444444444444/us-east-1/ecs/main/cowsay`.

        Which container gets the image is among its settings, so that people see when a manifest changes it.
        """
        return Target(
            kind=NAME,
            account=self.account,
            region=self.region,
            name=f"{NAME}/{self.cluster}/{self.service}",
            arn=self.service_arn,
            settings={"container": self.container},
        )

    @property
    def service_arn(self) -> str:
        """The ARN of the service."""
        return self._arn(f"service/{self.cluster}/{self.service}")

    @property
    def cluster_arn(self) -> str:
        """The ARN of the cluster."""
        return self._arn(f"cluster/{self.cluster}")

    @property
    def deployments_arn(self) -> str:
        """The beginning of the ARNs of the service's deployments, without the id at their end."""
        return self._arn(f"service-deployment/{self.cluster}/{self.service}/")

    @property
    def revisions_arn(self) -> str:
        """The beginning of the ARNs of the service's own revisions, without the id at their end."""
        return self._arn(f"service-revision/{self.cluster}/{self.service}/")

    @property
    def tasks_arn(self) -> str:
        """What the ARNs of all tasks of the cluster are like, for a policy."""
        return self._arn(f"task/{self.cluster}/*")

    def task_definition_arn(self, revision: str) -> str:
        """Return the ARN of the task definition that a revision is: `cowsay:12`."""
        return self._arn(f"task-definition/{revision}")

    def _arn(self, resource: str) -> str:
        return f"arn:{partition_of(self.region).name}:ecs:{self.region}:{self.account}:{resource}"

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.as_target().id
