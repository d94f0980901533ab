"""What Lambda says a function, or one of its versions, is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.promotion.configuration import Configuration


@dataclass(frozen=True, slots=True)
class FunctionState:
    """A function, or one of its versions, as Lambda describes it."""

    version: str
    """`$LATEST`, or a number."""
    configuration: Configuration
    architecture: str
    package_type: str
    """`Image` or `Zip`."""
    code_sha256: str
    revision_id: str
    role: str
    dead_letter_arn: str | None
    state: str
    last_update_status: str
    reason: str
    """Why it is not settled, in Lambda's words and with its code; empty when there is nothing to say."""

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> Self:
        """From a response of GetFunctionConfiguration."""
        reasons = (
            response.get(f"{of}{part}") for of in ("State", "LastUpdateStatus") for part in ("ReasonCode", "Reason")
        )
        return cls(
            version=response["Version"],
            configuration=Configuration.of(response),
            architecture=response.get("Architectures", ["x86_64"])[0],
            package_type=response.get("PackageType", "Zip"),
            code_sha256=response["CodeSha256"],
            revision_id=response["RevisionId"],
            role=response["Role"],
            dead_letter_arn=response.get("DeadLetterConfig", {}).get("TargetArn"),
            state=response.get("State", "Active"),
            last_update_status=response.get("LastUpdateStatus", "Successful"),
            reason=" ".join(reason for reason in reasons if reason),
        )

    @property
    def is_ready(self) -> bool:
        """Whether it can be published, and a version be invoked.

        A function that is only called through its alias leaves $LATEST idle, and what is idle for long enough becomes
        Inactive (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html). It can still be published.
        """
        return self.state == "Active" or (self.state == "Inactive" and self.version == "$LATEST")

    @property
    def is_final(self) -> bool:
        """Whether waiting changes nothing: an Inactive version only wakes when somebody invokes it."""
        return self.state in {"Failed", "Inactive"} or self.last_update_status == "Failed"
