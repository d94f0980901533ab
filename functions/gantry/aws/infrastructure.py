"""The parameters and stacks of one account and region that releases need: read, never decrypted.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.session_policy import Right
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.needs.finding import Seen
from gantry.promotion.needs.need import Need
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_ssm.client import SSMClient

_AT_ONCE = 10
"""Names that GetParameters takes. An environment has no more needs."""
_COMPLETE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
"""States of a stack whose outputs say what is there. After an update that was rolled back, they are the old ones.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""
_STUCK = {
    "CREATE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "DELETE_FAILED",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_FAILED",
}
"""States that a stack leaves only when somebody fixes it."""
_MOST_OUTPUTS = 10
_DENIED = {"AccessDeniedException", "AccessDenied"}


def need_rights(needs: Sequence[Need], target: Target) -> tuple[Right, ...]:
    """Return what a session may do that looks at needs in a target's account and region."""
    partition, place = partition_of(target.region).name, f"{target.region}:{target.account}"
    parameters = tuple(
        dict.fromkeys(
            f"arn:{partition}:ssm:{place}:parameter/{each.parameter.lstrip('/')}" for each in needs if each.parameter
        )
    )
    stacks = tuple(
        dict.fromkeys(f"arn:{partition}:cloudformation:{place}:stack/{each.stack}/*" for each in needs if each.stack)
    )
    reading = (("ssm:GetParameters", parameters), ("cloudformation:DescribeStacks", stacks))
    return tuple(Right((action,), resources) for action, resources in reading if resources)


class Infrastructure:
    """What is there of needs.

    Args:
        ssm: the client of the account and region, whose session may look at these parameters.
        cloudformation: the same for these stacks.
    """

    def __init__(self, ssm: "SSMClient", cloudformation: "CloudFormationClient") -> None:
        self._ssm = ssm
        self._cloudformation = cloudformation

    def seen(self, needs: Sequence[Need]) -> list[Seen]:
        """Return what is there of each need. What AWS refuses is part of that."""
        parameters = list(dict.fromkeys(each.parameter for each in needs if each.parameter))
        stacks = list(dict.fromkeys(each.stack for each in needs if each.stack))
        of_parameters = self._parameters(parameters[:_AT_ONCE]) if parameters else {}
        of_stacks = {name: self._stack(name) for name in stacks}
        return [
            of_parameters[each.parameter] if each.parameter else _output(of_stacks[each.stack or ""], each)
            for each in needs
        ]

    def _parameters(self, names: list[str]) -> Mapping[str, Seen]:
        """Return what is there. AWS refuses all names because of one, so that each is asked for alone then."""
        try:
            answer = self._ssm.get_parameters(Names=names, WithDecryption=False)
        except (BotoCoreError, ClientError) as error:
            if len(names) > 1 and isinstance(error, ClientError) and code_of(error) in _DENIED:
                return {name: seen for each in names for name, seen in self._parameters([each]).items()}
            return dict.fromkeys(names, _refused("ssm:GetParameters", "NeededParameterPatterns", error))
        found = dict.fromkeys(names, Seen(problem="there is no such parameter"))
        return found | {each["Name"]: _parameter(each) for each in answer["Parameters"]}

    def _stack(self, name: str) -> "Seen | Mapping[str, str]":
        """Return the outputs of a stack, or why there is none."""
        try:
            (stack,) = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and _is_missing(error):
                return Seen(problem="there is no such stack")
            return _refused("cloudformation:DescribeStacks", "NeededStackPatterns", error)
        state = stack["StackStatus"]
        if state in _COMPLETE:
            return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        hint = ": its owner has to fix it in CloudFormation" if state in _STUCK else ""
        return Seen(problem=f"the stack is in {state}{hint}", stays=state in _STUCK)


def _parameter(found: Mapping[str, Any]) -> Seen:
    if found["Type"] == "SecureString":
        problem = (
            "it is a SecureString, and a need is no secret: let the infrastructure write a parameter of type String"
        )
        return Seen(problem=problem, stays=True)
    return Seen(str(found["Value"]))


def _output(stack: "Seen | Mapping[str, str]", need: Need) -> Seen:
    if isinstance(stack, Seen):
        return stack
    if need.output and need.output in stack:
        return Seen(stack[need.output])
    known = sorted(stack)
    more = f" and {len(known) - _MOST_OUTPUTS} more" if len(known) > _MOST_OUTPUTS else ""
    has = f"it has {', '.join(known[:_MOST_OUTPUTS])}{more}" if known else "it has none"
    return Seen(problem=f"the stack has no such output: {has}")


def _is_missing(error: ClientError) -> bool:
    """Whether there is no such stack, which CloudFormation has no code of its own for."""
    return code_of(error) == "ValidationError" and "does not exist" in message_of(error)


def _refused(action: str, parameter: str, error: BotoCoreError | ClientError) -> Seen:
    """Return why nothing is known. That one may not look stays so; anything else may be better at the next look."""
    code = code_of(error) if isinstance(error, ClientError) else type(error).__name__
    if not isinstance(error, ClientError) or code not in _DENIED:
        return Seen(problem=f"{action} did not answer ({code})")
    problem = (
        f"Gantry may not look: {action} is denied. Let {parameter} of target/template.yaml cover its name and deploy "
        f"that there, or look for a policy that denies it ({code}: {message_of(error)})"
    )
    return Seen(problem=problem, stays=True)
