"""Whether API Gateway may invoke the functions that a document's integrations name by alias."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.errors import TargetAccessError
from gantry.targets.rest_api_stage.document import AliasOfVariable, ApiDocument
from gantry.targets.rest_api_stage.stage_target import StageTarget

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_SERVICE = "apigateway.amazonaws.com"


class FunctionPermissions:
    """The resource policies of the functions in a target's account and region."""

    def __init__(self, client: "LambdaClient", target: StageTarget) -> None:
        self._client = client
        self._target = target

    def missing(self, document: ApiDocument, variables: Mapping[str, str]) -> Iterator[str]:
        """Yield a problem for each alias that a variable names and that API Gateway may not invoke.

        Otherwise its requests are answered with 500: https://github.com/CodeGenieApp/serverless-express/issues/247

        Raises:
            TargetAccessError: the account does not let the pipeline read the policies.
        """
        for each in sorted(document.aliases, key=lambda alias: (alias.function, alias.variable, alias.is_authorizer)):
            alias = variables.get(each.variable)
            if alias is None:
                yield (
                    f"the document calls {each.function} by the alias that the stage variable {each.variable} names, "
                    "and there is no such variable: give it in configuration.variables"
                )
            elif not self._is_permitted(each, alias):
                yield (
                    f"API Gateway may not invoke {each.function}:{alias}: give the alias a permission for the "
                    f"principal {_SERVICE} and the source {self._source(each)}/* "
                    f"(aws lambda add-permission --function-name {each.function}:{alias})"
                )

    def _is_permitted(self, called: AliasOfVariable, alias: str) -> bool:
        try:
            policy = self._client.get_policy(FunctionName=called.function, Qualifier=alias)["Policy"]
        except ClientError as error:
            match code_of(error):
                case "ResourceNotFoundException":
                    return False
                case "AccessDeniedException":
                    said = f"{self._target.id}: {message_of(error)}"
                    raise TargetAccessError(f"{said}: update the target stack, whose RestApiIds grant this") from error
                case _:
                    raise
        statements = json.loads(policy)["Statement"]
        return any(
            each.get("Effect") == "Allow"
            and _SERVICE in str(each.get("Principal") or {})
            and self._is_for_this_api(each, called)
            for each in statements
        )

    def _is_for_this_api(self, statement: Mapping[str, Any], called: AliasOfVariable) -> bool:
        """Whether the statement's sources, if it names any, have this stage among them, or the API's authorizers.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
        """
        conditions = (statement.get("Condition") or {}).values()
        named = [value for each in conditions for key, value in each.items() if key.lower() == "aws:sourcearn"]
        return all(
            any(self._covers(one, called) for one in ([each] if isinstance(each, str) else each)) for each in named
        )

    def _covers(self, pattern: str, called: AliasOfVariable) -> bool:
        api_and_stage = "/".join(pattern.split("/")[:2])
        return fnmatchcase(self._source(called), api_and_stage)

    def _source(self, called: AliasOfVariable) -> str:
        """Return the beginning of the ARN that a call has as its source."""
        place = self._target
        api = f"arn:{partition_of(place.region).name}:execute-api:{place.region}:{place.account}:{place.rest_api_id}"
        return f"{api}/{'authorizers' if called.is_authorizer else place.stage}"
