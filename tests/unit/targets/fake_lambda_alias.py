"""An alias as Lambda keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.unit.targets.fake_client import Answer, refused

STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the "
    "latest Revision Id"
)


@dataclass
class FakeAlias:
    """Every write gives it another revision id, also one that changes nothing.

    LocalStack recorded that on AWS (`test_alias_lifecycle`, `test_function_revisions_version_and_alias`).
    """

    arn: str
    version: str = ""
    weights: dict[str, float] = field(default_factory=dict)
    """Shares of 1."""
    revision_id: str = ""
    writes: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    """Everything that it was ever made to route to, whoever wrote it."""

    @property
    def described(self) -> Answer:
        """The answer of GetAlias."""
        routing = {"RoutingConfig": {"AdditionalVersionWeights": dict(self.weights)}} if self.weights else {}
        name = self.arn.rpartition(":")[2]
        described = {"AliasArn": self.arn, "Name": name, "FunctionVersion": self.version, "Description": ""}
        return described | {"RevisionId": self.revision_id} | routing

    def require_revision(self, revision_id: str) -> None:
        """Refuse an old revision id; without one, whatever is there is overwritten."""
        if revision_id not in {"", self.revision_id}:
            raise refused("UpdateAlias", "PreconditionFailedException", STALE)

    def write(self, version: str, weights: Mapping[str, float], revision_id: str) -> Answer:
        """Route elsewhere, and return the answer of the operation that asked for it."""
        self.version, self.weights, self.revision_id = version, dict(weights), revision_id
        self.writes.append((version, dict(weights)))
        return self.described
