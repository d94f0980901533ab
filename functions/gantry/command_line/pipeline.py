"""The pipeline that a command is about, reached with the caller's own credentials."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gantry.command_line.errors import CommandError, Exit

if TYPE_CHECKING:
    from gantry.use_cases.services import Services

_OF_OUTPUTS = {
    "LEDGER_TABLE": "LedgerTableName",
    "MANIFEST_BUCKET": "ManifestBucketName",
    "PROMOTION_MACHINE": "PromotionMachineArn",
}
"""By the environment variable by which a function knows it, the stack's output that says it."""
_REFUSED, _FIRST_REFUSAL = 403, 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What the pipeline's API answers."""

    status: int
    body: Any
    """The JSON; the text where it is none."""

    @property
    def error(self) -> str | None:
        """Why Gantry itself refuses it, in whole sentences; None where it does not, or where only IAM was asked."""
        return str(self.body["error"]) if isinstance(self.body, dict) and "error" in self.body else None

    def require_success(self) -> Any:  # noqa: ANN401 -- whatever JSON holds
        """Return the body of an answer that is none of a refusal.

        Raises:
            CommandError: it is one.
        """
        if self.status < _FIRST_REFUSAL:
            return self.body
        code = {400: Exit.USAGE, _REFUSED: Exit.NOT_ALLOWED, 404: Exit.USAGE}.get(self.status, Exit.FAILED)
        raise CommandError(self.error or f"The pipeline answered {self.status}: {self.body}", code)


class Pipeline:
    """One deployed stack.

    Args:
        stack: its name.
        profile: of the AWS configuration; None for the usual one.
        region: None for the usual one.
    """

    def __init__(self, stack: str, profile: str | None = None, region: str | None = None) -> None:
        self.stack = stack
        if profile:
            os.environ["AWS_PROFILE"] = profile
        if region:
            os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = region
        os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")  # the functions' logs are no output of a command

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The stack's outputs; one call.

        Raises:
            CommandError: there is no such stack here.
        """
        from botocore.exceptions import ClientError

        from gantry.aws.clients import code_of, own_client

        try:
            found = own_client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            if code_of(error) != "ValidationError":
                raise
            message = f"There is no stack {self.stack} in this account and region. Give --stack, --region or --profile."
            raise CommandError(message, Exit.USAGE) from error
        return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}

    def output(self, name: str) -> str:
        """Return one of the stack's outputs.

        Raises:
            CommandError: the stack does not have it, as it is another one, or older than this command.
        """
        if name not in self.outputs:
            message = f"The stack {self.stack} has no output {name}. Is it Gantry's, and as new as this command?"
            raise CommandError(message, Exit.USAGE)
        return self.outputs[name]

    @cached_property
    def services(self) -> "Services":
        """The adapters that the functions use too, for what reads the ledger."""
        from gantry.use_cases.services import Services

        known = {name: self.outputs[output] for name, output in _OF_OUTPUTS.items() if output in self.outputs}
        return Services(known)

    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> str:
        """Start an execution of one of the pipeline's machines, and return its ARN. It needs no part of the API.

        Args:
            machine: the stack's output with the machine's ARN.
            name: the execution's name: the same for the same wish, so that a second try starts nothing.
            given: its input.
        """
        from gantry.aws.clients import own_client

        started = own_client("stepfunctions").start_execution(
            stateMachineArn=self.output(machine), name=name, input=json.dumps(given)
        )
        return str(started["executionArn"])

    def call(self, method: str, url: str, body: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Call the pipeline's API, signed with the caller's credentials.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html

        Raises:
            CommandError: IAM does not allow the call.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import NoCredentialsError
        from botocore.httpsession import URLLib3Session

        from gantry.aws.clients import aws

        credentials = aws().get_credentials()
        if credentials is None:
            raise NoCredentialsError
        data = None if body is None else json.dumps(body)
        request = AWSRequest(method, url, {"content-type": "application/json", **headers}, data)
        SigV4Auth(credentials, "execute-api", aws().region_name).add_auth(request)
        response = URLLib3Session(timeout=30).send(request.prepare())
        answer = Answer(response.status_code, _json_or_text(response.text))
        if answer.status == _REFUSED and not answer.error:
            message = f"IAM does not allow {method} {url} for these credentials."
            advice = "The stack's outputs Operator…PolicyArn are policies for it."
            raise CommandError(f"{message} {advice}", Exit.NOT_ALLOWED)
        return answer


def _json_or_text(text: str) -> Any:  # noqa: ANN401 -- whatever JSON holds
    try:
        return json.loads(text)
    except ValueError:
        return text
