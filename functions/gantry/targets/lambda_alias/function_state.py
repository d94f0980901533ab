"""The state of a function, or of one of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.promotion.difference import MaskedSettings
from gantry.promotion.masking import Masking
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.targets.lambda_alias.package_types import code_digest, package_type


@dataclass(frozen=True, slots=True)
class FunctionState:
    """A function, or one of its versions, as Lambda describes it."""

    version: str
    """`$LATEST`, or a number."""
    configuration: LambdaConfiguration
    infrastructure: Infrastructure
    architecture: str
    package_type: str
    """`Image` or `Zip`."""
    code_sha256: str
    revision_id: str
    role: str
    state: str
    last_update_status: str
    reason: str
    """Why it is not settled: Lambda's code and message; empty when Lambda gives none."""
    digest: str = ""
    """The digest of its artifact; empty in the answer of a change that does not say which image it runs."""
    package_key: str = ""
    """The ARN of the customer's key that encrypts its zip in Lambda; empty where there is none."""

    @classmethod
    def of(cls, response: Mapping[str, Any], code: Mapping[str, Any] | None = None) -> Self:
        """Return the state in the configuration that a response has.

        Args:
            response: the configuration.
            code: where the code is, which only GetFunction says.
        """
        reasons = (
            response.get(f"{of}{part}") for of in ("State", "LastUpdateStatus") for part in ("ReasonCode", "Reason")
        )
        return cls(
            version=response["Version"],
            configuration=LambdaConfiguration.of(response),
            infrastructure=Infrastructure.of(response),
            architecture=response.get("Architectures", ["x86_64"])[0],
            package_type=package_type(response),
            code_sha256=response["CodeSha256"],
            revision_id=response["RevisionId"],
            role=response["Role"],
            state=response.get("State", "Active"),
            last_update_status=response.get("LastUpdateStatus", "Successful"),
            reason=" ".join(reason for reason in reasons if reason),
            digest=code_digest(response, code or {}),
            package_key=(code or {}).get("SourceKMSKeyArn", ""),
        )

    @property
    def dead_letter_arn(self) -> str | None:
        """The ARN of the dead-letter queue; None when there is none."""
        return self.infrastructure.settings.get("dead_letter_queue")

    def masked(self, masking: Masking) -> MaskedSettings:
        """Return all of its settings, masked."""
        return {**self.configuration.masked(masking), **self.infrastructure.masked(masking)}

    @property
    def is_ready(self) -> bool:
        """Whether $LATEST can be published, or a version be invoked.

        When all callers use the alias, $LATEST is idle and becomes Inactive after some time
        (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html). It can still be published.
        """
        return self.state == "Active" or (self.state == "Inactive" and self.version == "$LATEST")

    @property
    def is_settled(self) -> bool:
        """Whether no change is in progress, and the last one did not fail."""
        return self.is_ready and self.last_update_status == "Successful"

    @property
    def is_updatable(self) -> bool:
        """Whether the next update may begin. An update that failed is no obstacle: the function has kept its code and
        configuration, and the next update replaces them.
        """
        return self.is_ready and self.last_update_status in {"Successful", "Failed"}

    @property
    def is_final(self) -> bool:
        """Whether waiting does not help. An Inactive version wakes up only when somebody invokes it.

        Inactive is final for no $LATEST: that may sleep while its update is in progress.
        """
        sleeps_on = self.state == "Inactive" and self.version != "$LATEST"
        return sleeps_on or "Failed" in {self.state, self.last_update_status}

    def explain(self) -> str:
        """Return the state in words for people, with Lambda's own reason."""
        return (
            f"{self.version} is {self.state} with its last update {self.last_update_status}: "
            f"{self.reason or 'Lambda gives no reason'}"
        )
