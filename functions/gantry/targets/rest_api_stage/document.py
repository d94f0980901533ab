"""The artifact of this kind: an OpenAPI document, as far as a deployment has to understand it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.promotion.errors import ArtifactTypeError, IncompatibleTargetError
from gantry.promotion.visible_text import foreign
from gantry.targets.rest_api_stage.document_text import read_document

_AWS_NAME = re.compile(r"""(?:\barn:|\.amazonaws\.com)[^\s"'<>]*""")
"""From where an ARN or an address begins to be AWS' own. Documents have megabytes, so nothing before it is searched."""
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_ALIASED = re.compile(r":function:([A-Za-z0-9_-]{1,64}):\$\{stageVariables\.(\w+)\}")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
"""https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html: TRACE is not among them."""
_ANY = "x-amazon-apigateway-any-method"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html"""


@dataclass(frozen=True, slots=True)
class AliasOfVariable:
    """A function whose alias a stage variable names, as an integration calls it."""

    function: str
    variable: str


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """What a document says of an API."""

    methods: frozenset[tuple[str, str]]
    """Each path with one of its methods, as API Gateway names them: `("/cows", "GET")`, or `ANY` for all."""
    aliases: frozenset[AliasOfVariable]
    """What its integrations call in the API's own name. Those with credentials call it in a role's name."""

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
        _require_no_account(body.decode("utf-8-sig"), where)
        operations = list(_operations(content))
        if not operations:
            message = f"{where} has no method in its paths, and API Gateway deploys no API without one"
            raise IncompatibleTargetError(message)
        return cls(
            frozenset((path, method) for path, method, _ in operations),
            frozenset(alias for *_, operation in operations for alias in _aliases(operation)),
        )


def _require_version(content: Mapping[str, Any], where: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html: 2.0 and 3.0."""
    version = str(content.get("openapi") or content.get("swagger"))
    if not re.fullmatch(r"3\.0(\.\d+)?" if content.get("openapi") else r"2\.0", version):
        remedy = "API Gateway imports OpenAPI 3.0 and Swagger 2.0: give openapi: 3.0.3 or swagger: '2.0'"
        raise IncompatibleTargetError(f"{where} says version {foreign(version)}. {remedy}")


def _require_no_account(text: str, where: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html"""
    for name in _AWS_NAME.finditer(text):
        if found := _ACCOUNT.search(name[0]):
            raise IncompatibleTargetError(
                f"{where} has the AWS account {found[0]} in it, so that it fits one account only. Write "
                "${AWS::AccountId}, and ${AWS::Region} for the region: API Gateway resolves both when it imports it"
            )


def _operations(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in _mapping(content.get("paths")).items():
        for method, operation in _mapping(item).items():
            if method in _METHODS or method == _ANY:
                name = "ANY" if method == _ANY else method.upper()
                yield path.rstrip("/") or "/", name, _mapping(operation)


def _aliases(operation: Mapping[str, Any]) -> Iterator[AliasOfVariable]:
    integration = _mapping(operation.get("x-amazon-apigateway-integration"))
    if integration.get("credentials"):
        return
    for function, variable in _ALIASED.findall(str(integration.get("uri", ""))):
        yield AliasOfVariable(function, variable)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
