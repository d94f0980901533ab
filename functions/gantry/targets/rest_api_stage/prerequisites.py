"""What has to be there before a release may go to a stage, and what to do where it is missing."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.errors import IncompatibleTargetError, TargetAccessError, TargetNotFoundError
from gantry.promotion.secret_values import is_secret
from gantry.targets.rest_api_stage.api_errors import api_errors
from gantry.targets.rest_api_stage.document import AliasOfVariable, ApiDocument
from gantry.targets.rest_api_stage.revision import LARGEST, StageRevision
from gantry.targets.rest_api_stage.stage_state import StageState
from gantry.targets.rest_api_stage.stage_target import StageTarget

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_SERVICE = "apigateway.amazonaws.com"


class OtherApis(Protocol):
    """The service of HTTP and WebSocket APIs, as boto3 has it."""

    def get_api(self, *, ApiId: str) -> Mapping[str, Any]:  # noqa: N803 -- AWS' name
        """Return an API."""


def require_rest_api(target: StageTarget, *, exists: bool, other: Callable[[], OtherApis]) -> None:
    """Say what is missing of a target that has no stage.

    Args:
        target: the API and its stage.
        exists: whether there is such a REST API.
        other: returns the service of APIs of other protocols.

    Raises:
        IncompatibleTargetError: it is an HTTP or a WebSocket API.
        TargetNotFoundError: there is no such API, or no such stage.
    """
    if exists:
        message = f"{target.id}: the REST API has no stage {target.stage}. Create it; a release only moves its traffic"
        raise TargetNotFoundError(message)
    try:
        with api_errors(target):
            protocol = other().get_api(ApiId=target.rest_api_id)["ProtocolType"]
    except TargetNotFoundError as error:
        message = f"There is no REST API {target.rest_api_id} in {target.account}, {target.region}. Create it"
        raise TargetNotFoundError(f"{message}, or correct the manifest's rest_api_id") from error
    raise IncompatibleTargetError(
        f"{target.id}: it is an API of type {protocol}, which has no canary. Let its integration call "
        "an alias of the Lambda function, and promote that as a target of kind lambda: the alias has the weights"
    )


def require_compatible(target: StageTarget, found: StageState, wanted: StageRevision, others: Iterable[str]) -> None:
    """Return quietly when the release may go to this stage.

    Args:
        target: the API and its stage.
        found: the stage.
        wanted: what it should have after the release.
        others: what else is in the way.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    problems = [*_problems(found, wanted), *others]
    if problems:
        raise IncompatibleTargetError(f"{target.id} cannot take this release: {'; '.join(problems)}")


def _problems(found: StageState, wanted: StageRevision) -> Iterator[str]:
    if found.canary is not None:
        yield (
            f"the stage has a canary already, at {found.canary_weight:g} %, and as long as it has, nobody can deploy "
            "to it: promote the canary or delete it, on the stage's page or by aws apigateway update-stage "
            "--patch-operations op=remove,path=/canarySettings"
        )
    secrets = sorted(name for name, value in wanted.variables.items() if is_secret(name, value))
    if secrets:
        yield (
            f"its stage variables {', '.join(secrets)} look like secrets, and revisions are named by their variables: "
            "keep the values in Secrets Manager or Parameter Store, and only their names in the stage"
        )
    elif not StageRevision.is_name(wanted.name):
        yield (
            f"its stage variables are too long, or have characters that API Gateway does not allow: with the "
            f"deployment's id they may have {LARGEST} characters together"
        )


def unpermitted_aliases(
    lambda_: "LambdaClient", target: StageTarget, document: ApiDocument, variables: Mapping[str, str]
) -> Iterator[str]:
    """Yield a problem for each alias that a variable names and that API Gateway may not invoke.

    Otherwise its requests are answered with 500: https://github.com/CodeGenieApp/serverless-express/issues/247

    Raises:
        TargetAccessError: the account does not let the pipeline read the policies.
    """
    for each in sorted(document.aliases, key=lambda alias: (alias.function, alias.variable)):
        alias = variables.get(each.variable)
        if alias is None:
            yield (
                f"the document calls {each.function} by the alias that the stage variable {each.variable} names, and "
                "there is no such variable: give it in configuration.variables"
            )
        elif not _is_permitted(lambda_, target, each, alias):
            yield (
                f"API Gateway may not invoke {each.function}:{alias}: give the alias a permission for the principal "
                f"{_SERVICE} (aws lambda add-permission --function-name {each.function}:{alias})"
            )


def _is_permitted(lambda_: "LambdaClient", target: StageTarget, called: AliasOfVariable, alias: str) -> bool:
    try:
        policy = lambda_.get_policy(FunctionName=called.function, Qualifier=alias)["Policy"]
    except ClientError as error:
        match code_of(error):
            case "ResourceNotFoundException":
                return False
            case "AccessDeniedException":
                message = f"{target.id}: {message_of(error)}: update the target stack, whose RestApiIds grant this"
                raise TargetAccessError(message) from error
            case _:
                raise
    statements = json.loads(policy)["Statement"]
    return any(each.get("Effect") == "Allow" and _SERVICE in str(each.get("Principal") or {}) for each in statements)
