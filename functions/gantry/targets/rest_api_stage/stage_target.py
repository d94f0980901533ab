"""A target of this kind in its parts: the REST API and its stage."""

from dataclasses import dataclass
from typing import Self

from gantry.promotion.aws_partition import partition_of
from gantry.promotion.target import Target

NAME = "apigateway"
"""The kind's name in manifests."""
NAMESPACE = "RestApi"
"""The namespace of the metrics that the stage's access log is counted by, where the manifest names none."""


@dataclass(frozen=True, slots=True)
class StageTarget:
    """One REST API and one of its stages."""

    account: str
    region: str
    rest_api_id: str
    stage: str
    namespace: str = NAMESPACE
    """The namespace of the metrics that count its requests."""

    @classmethod
    def of(cls, target: Target) -> Self:
        """Return a target in its parts."""
        _, rest_api_id, stage = target.name.split("/")
        namespace = target.options.get("namespace", NAMESPACE)
        return cls(target.account, target.region, rest_api_id, stage, namespace)

    def as_target(self) -> Target:
        """Return the target as all other code knows it, with the id `444444444444/us-east-1/apigateway/a1b2c3/live`."""
        return Target(
            kind=NAME,
            account=self.account,
            region=self.region,
            name=f"{NAME}/{self.rest_api_id}/{self.stage}",
            arn=self.stage_arn,
            options={} if self.namespace == NAMESPACE else {"namespace": self.namespace},
        )

    @property
    def api_arn(self) -> str:
        """The ARN of the REST API. https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""
        return f"arn:{partition_of(self.region).name}:apigateway:{self.region}::/restapis/{self.rest_api_id}"

    @property
    def stage_arn(self) -> str:
        """The ARN of the stage."""
        return f"{self.api_arn}/stages/{self.stage}"

    @property
    def id(self) -> str:
        """The target's name in the ledger and for people."""
        return self.as_target().id
