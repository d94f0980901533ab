"""The artifact of this kind: an OpenAPI document, as far as a deployment has to understand it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.promotion.errors import ArtifactTypeError, IncompatibleTargetError
from gantry.promotion.visible_text import foreign
from gantry.targets.rest_api_stage.document_parts import authorizers, integrations, operations, texts
from gantry.targets.rest_api_stage.document_text import read_document

_AWS_NAME = re.compile(r"""(?:\barn:|\.amazonaws\.com)[^\s"'<>]*""")
"""From where an ARN or an address begins to be AWS' own. Documents have megabytes, so nothing before it is searched."""
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_ALIASED = re.compile(r":function:([A-Za-z0-9_-]{1,64}):\$\{stageVariables\.(\w+)\}")
_CALLERS_OWN = ":user/*"
"""How credentials end that are the caller's: no role is passed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html"""


@dataclass(frozen=True, slots=True)
class AliasOfVariable:
    """A function whose alias a stage variable names, as an integration or an authorizer calls it."""

    function: str
    variable: str
    is_authorizer: bool = False


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """What a document says of an API."""

    methods: frozenset[tuple[str, str]]
    """Each path with one of its methods, as API Gateway names them: `("/cows", "GET")`, or `ANY` for all."""
    aliases: frozenset[AliasOfVariable]
    """What is called in the API's own name. What has credentials is called in the caller's name."""

    @classmethod
    def read(cls, body: bytes, where: str) -> Self:
        """Return what a document says.

        Raises:
            IncompatibleTargetError: API Gateway cannot import it, or it belongs to one account; the message says what
                to do.
        """
        try:
            content = read_document(body)
        except ArtifactTypeError as error:
            raise IncompatibleTargetError(f"{where} cannot be deployed: {error}") from error
        _require_version(content, where)
        _require_no_account(content, where)
        _require_no_more_rights(content, where)
        methods = frozenset((path, method) for path, method, _ in operations(content))
        if not methods:
            message = f"{where} has no method in its paths, and API Gateway deploys no API without one"
            raise IncompatibleTargetError(message)
        return cls(methods, frozenset(_aliases(content)))


def _require_version(content: Mapping[str, Any], where: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html: 2.0 and 3.0."""
    version = str(content.get("openapi") or content.get("swagger"))
    if not re.fullmatch(r"3\.0(\.\d+)?" if content.get("openapi") else r"2\.0", version):
        remedy = "API Gateway imports OpenAPI 3.0 and Swagger 2.0: give openapi: 3.0.3 or swagger: '2.0'"
        raise IncompatibleTargetError(f"{where} says version {foreign(version)}. {remedy}")


def _require_no_account(content: Mapping[str, Any], where: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html"""
    for name in (found for text in texts(content) for found in _AWS_NAME.finditer(text)):
        if found := _ACCOUNT.search(name[0]):
            raise IncompatibleTargetError(
                f"{where} has the AWS account {found[0]} in it, so that it fits one account only. Write "
                "${AWS::AccountId}, and ${AWS::Region} for the region: API Gateway resolves both when it imports it"
            )


def _require_no_more_rights(content: Mapping[str, Any], where: str) -> None:
    """An import with a policy needs UpdateRestApiPolicy, one with a role iam:PassRole. The target stack grants neither.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
    """
    if "x-amazon-apigateway-policy" in content:
        raise IncompatibleTargetError(
            f"{where} has a resource policy, x-amazon-apigateway-policy. Set it where the API is created, as its "
            "Policy in CloudFormation: a release has no right to change who may call an API"
        )
    credentials = [each.get("credentials") for each in integrations(content)]
    credentials += [each.get("authorizerCredentials") for each in authorizers(content)]
    if roles := sorted({str(each) for each in credentials if each and not str(each).endswith(_CALLERS_OWN)}):
        raise IncompatibleTargetError(
            f"{where} passes the role {foreign(roles[0])} on to what it calls, and a release has no right to pass "
            "roles. Leave the credentials out, and permit apigateway.amazonaws.com to invoke the function"
        )


def _aliases(content: Mapping[str, Any]) -> Iterator[AliasOfVariable]:
    calls = [(each.get("credentials"), each.get("uri"), False) for each in integrations(content)]
    calls += [(each.get("authorizerCredentials"), each.get("authorizerUri"), True) for each in authorizers(content)]
    for credentials, uri, is_authorizer in calls:
        if not credentials:
            for function, variable in _ALIASED.findall(str(uri or "")):
                yield AliasOfVariable(function, variable, is_authorizer)
