"""One parameter in a workload account that says what is live there.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
"""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.session_policy import Right
from gantry.promotion.live_parameter.errors import LiveParameterError

if TYPE_CHECKING:
    from mypy_boto3_ssm.client import SSMClient

_DENIED = "deploy the current target/template.yaml there, and look for a policy that denies it"
_OTHER_TYPE = "it is no parameter of the type String: delete it, and Gantry makes it anew"
_BUSY = "others call Parameter Store in this account and region at the same time: it is tried again"
_MEANINGS = {
    "AccessDeniedException": _DENIED,
    "ParameterMaxVersionLimitExceeded": "its oldest version has a label: move the label to a newer one",
    "ParameterLimitExceeded": "there are as many parameters in this account and region as may be: delete some",
    "HierarchyTypeMismatch": _OTHER_TYPE,
    "HierarchyTypeMismatchException": _OTHER_TYPE,
    "ThrottlingException": _BUSY,
    "TooManyUpdates": _BUSY,
}
"""What to do, by the error's code."""
_LABEL = "What Gantry has made live. Others read it; Gantry writes it again whenever it changes."


def parameter_rights(arn: str) -> tuple[Right, ...]:
    """Return what a session for one parameter may do."""
    return (Right(("ssm:GetParameter", "ssm:PutParameter"), (arn,)),)


class LiveParameter:
    """One parameter.

    Args:
        ssm: the client of its account and region, whose session may reach no other parameter.
        name: its name.
        where: its account and region, for people.
    """

    def __init__(self, ssm: "SSMClient", name: str, where: str) -> None:
        self._ssm = ssm
        self._name = name
        self._where = where

    def said(self) -> str | None:
        """Return its value; None where there is no such parameter.

        Raises:
            LiveParameterError: it cannot be read.
        """
        try:
            return self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise self._error("read", error) from error
        except BotoCoreError as error:
            raise self._error("read", error) from error

    def say(self, value: str) -> None:
        """Make it say this. Parameter Store keeps the last 100 values.

        Raises:
            LiveParameterError: it cannot be written.
        """
        try:
            self._ssm.put_parameter(
                Name=self._name, Value=value, Type="String", Tier="Standard", Overwrite=True, Description=_LABEL
            )
        except (BotoCoreError, ClientError) as error:
            raise self._error("written", error) from error

    def _error(self, done: str, error: BotoCoreError | ClientError) -> LiveParameterError:
        what = f"The parameter {self._name} in {self._where} cannot be {done}"
        if isinstance(error, BotoCoreError):
            return LiveParameterError(f"{what}: Parameter Store did not answer ({type(error).__name__})")
        advice = _MEANINGS.get(code_of(error))
        said = f"({code_of(error)}: {message_of(error)})"
        return LiveParameterError(f"{what}: {advice} {said}" if advice else f"{what} {said}")
