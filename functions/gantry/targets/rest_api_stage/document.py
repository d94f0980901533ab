"""The artifact of this kind: an OpenAPI document, as far as a deployment has to understand it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gantry.promotion.errors import ArtifactTypeError

MOST_BYTES = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html"""
_ARN_WITH_ACCOUNT = re.compile(r"arn:[\w${}:.-]{1,200}?:([0-9]{12}):")
_ALIASED = re.compile(r":function:([A-Za-z0-9_-]{1,64}):\$\{stageVariables\.(\w+)\}")
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_ANY = "x-amazon-apigateway-any-method"


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
            ArtifactTypeError: API Gateway cannot import it, or it belongs to one account; the message says what to do.
        """
        text = _decoded(body, where)
        if found := _ARN_WITH_ACCOUNT.search(text):
            raise ArtifactTypeError(
                f"{where} has the AWS account {found[1]} in an ARN, so that it fits one account only. Write "
                "${AWS::AccountId}, and ${AWS::Region} for the region: API Gateway resolves both when it imports it"
            )  # https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html
        content = _parsed(text, where)
        _require_version(content, where)
        operations = list(_operations(content))
        if not operations:
            raise ArtifactTypeError(f"{where} has no method in its paths, and API Gateway deploys no API without one")
        return cls(
            frozenset((path, method) for path, method, _ in operations),
            frozenset(alias for *_, operation in operations for alias in _aliases(operation)),
        )


def _decoded(body: bytes, where: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArtifactTypeError(f"{where} is not text in UTF-8, so it is no OpenAPI document") from error


def _parsed(text: str, where: str) -> Mapping[Any, Any]:
    content = _json(text) if text.lstrip().startswith("{") else _yaml(text, where)
    if not isinstance(content, dict):
        raise ArtifactTypeError(f"{where} is neither a JSON object nor a YAML mapping, so it is no OpenAPI document")
    return content


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _yaml(text: str, where: str) -> object:
    # Only documents in YAML pay for importing it.
    import yaml  # noqa: PLC0415

    # In C, because six megabytes take the other one longer than a function may run.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 -- both are safe loaders
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArtifactTypeError(f"{where} cannot be read as YAML: {str(error).splitlines()[0]}") from error


def _require_version(content: Mapping[Any, Any], where: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html: 2.0 and 3.0."""
    version = str(content.get("openapi") or content.get("swagger"))
    if content.get("openapi") and re.fullmatch(r"3\.0(\.\d+)?", version):
        return
    if not content.get("openapi") and version == "2.0":
        return
    remedy = "API Gateway imports OpenAPI 3.0 and Swagger 2.0: give openapi: 3.0.3 or swagger: '2.0'"
    raise ArtifactTypeError(f"{where} says version {version[:20]}. {remedy}")


def _operations(content: Mapping[Any, Any]) -> Iterator[tuple[str, str, Mapping[Any, Any]]]:
    for path, item in _mapping(content.get("paths")).items():
        for method, operation in _mapping(item).items():
            if method in _METHODS or method == _ANY:
                yield str(path), "ANY" if method == _ANY else str(method).upper(), _mapping(operation)


def _aliases(operation: Mapping[Any, Any]) -> Iterator[AliasOfVariable]:
    integration = _mapping(operation.get("x-amazon-apigateway-integration"))
    if integration.get("credentials"):
        return
    for function, variable in _ALIASED.findall(str(integration.get("uri", ""))):
        yield AliasOfVariable(function, variable)


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}
