"""Find out what somebody asks about: an execution, or an environment of a service."""

import json
from typing import TYPE_CHECKING, Any

import click

from gantry.command_line.errors import CommandError, Exit
from gantry.promotion.board.explanation import Explanation
from gantry.promotion.service_name import NO_SERVICE
from gantry.promotion.visible_text import one_line
from gantry.use_cases.operator.explain import explain_environment, explain_execution
from gantry.use_cases.promotion_request import named_service

if TYPE_CHECKING:
    from gantry.command_line.pipeline import Pipeline

_MACHINES = ("PromotionMachineArn", "DeploymentMachineArn", "RollbackMachineArn")


def explanation_of(pipeline: "Pipeline", what: str, environment: str | None) -> Explanation:
    """Return why.

    Args:
        pipeline: where it happened.
        what: an execution's ARN or name; a service's name if an environment is given.
        environment: its name.

    Raises:
        CommandError: nothing of it is on record.
    """
    if environment:
        try:
            return explain_environment(pipeline.services, what, environment)
        except LookupError as error:
            raise CommandError(str(error), Exit.USAGE) from error
    arn, service, execution = _found(pipeline, what)
    return explain_execution(pipeline.services, service, arn) or _without_history(arn, service, execution)


def service_of_execution(pipeline: "Pipeline", named: str) -> str:
    """Return the service that an execution is about, by its ARN or name.

    Raises:
        UsageError: no such execution is known.
    """
    return _found(pipeline, named)[1]


def _without_history(arn: str, service: str, execution: dict[str, Any]) -> Explanation:
    """Explain an execution that the ledger has nothing of, by what Step Functions says of it."""
    from gantry.promotion.failure import Failure

    status, after = execution["status"], (f"gantry status {service}",)
    if status == "RUNNING":
        return Explanation(service, None, "in_flight", "It runs.", None, next=after, execution=arn)
    if status == "SUCCEEDED":
        return Explanation(service, None, "healthy", "It has ended well.", None, next=after, execution=arn)
    failure = Failure.of({"Error": execution.get("error") or status, "Cause": execution.get("cause") or ""})
    reason = one_line(str(failure))
    return Explanation(service, None, "failed", "It failed, and changed nothing.", reason, next=after, execution=arn)


def _found(pipeline: "Pipeline", named: str) -> tuple[str, str, dict[str, Any]]:
    """Return an execution's ARN, its service and itself: one call of DescribeExecution for each machine at most."""
    from botocore.exceptions import ClientError

    from gantry.aws.clients import code_of, own_client
    from gantry.aws.executions import arn_of

    arns = [named] if named.startswith("arn:") else [arn_of(pipeline.output(each), named) for each in _MACHINES]
    for arn in arns:
        try:
            execution = own_client("stepfunctions").describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) not in {"ExecutionDoesNotExist", "InvalidArn"}:
                raise
            continue
        return arn, _service_in(json.loads(execution.get("input", "{}"))), execution
    raise click.UsageError(
        f"Nothing called {named} is known. gantry status lists all services, and gantry history SERVICE its executions."
    )


def _service_in(given: dict[str, object]) -> str:
    """Return the service that an execution's input names; of a deployment, that of its release."""
    release = given.get("release")
    if isinstance(release, dict) and isinstance(release.get("service"), str):
        return str(release["service"])
    named = named_service(given)
    return str(given.get("service") or named) if named == NO_SERVICE else named
