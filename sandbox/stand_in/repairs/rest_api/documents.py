"""OpenAPI documents.

Restores: API Gateway reads OpenAPI 3.0 and Swagger 2.0, in JSON and YAML, up to 6 MB. It resolves `${AWS::AccountId}`,
`${AWS::Region}` and `${AWS::Partition}`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html (the 6 MB)
https://github.com/smithy-lang/smithy/issues/985 and https://github.com/aws/aws-cli/issues/8191 (OpenAPI 3.1)
https://github.com/localstack/localstack/issues/4619 (an integration that cannot be read)
AWS documents no words for a document that is too large.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from ministack.core.responses import get_account_id, get_region

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError

_MOST_BYTES = 6 * 1024 * 1024
_INVALID = "Invalid OpenAPI input."
_VERSION_3_0 = re.compile(r"3\.0\.\d+")
_INTEGRATION = "x-amazon-apigateway-integration"
_TYPES = frozenset({"aws", "aws_proxy", "http", "http_proxy", "mock"})
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that can be imported, and a warning for each model that is referred to and not there."""

    content: Json
    warnings: list[str]


def read(body: bytes) -> Document:
    """Return the document with its variables resolved. Raises BadRequestError."""
    if len(body) > _MOST_BYTES:
        raise BadRequestError(f"{_INVALID} The document is larger than 6 MB.")
    try:
        document = _parse(_resolve(body.decode()))
    except (ValueError, yaml.YAMLError):
        document = None
    if not isinstance(document, dict) or not _is_readable(document):
        raise BadRequestError(_INVALID)
    for path, item in (document.get("paths") or {}).items():
        for operation in (item or {}).values():
            if isinstance(operation, dict) and not _is_complete(operation.get(_INTEGRATION)):
                raise BadRequestError(
                    f"Unable to parse API definition because of a malformed integration at path {path}."
                )
    return Document(document, _missing_models(document))


def _missing_models(document: Json) -> list[str]:
    models = {*(document.get("definitions") or {}), *((document.get("components") or {}).get("schemas") or {})}
    names = {name for reference in _references(document) if (name := _model(reference))}
    return [f"Unable to find model with name {name}" for name in sorted(names - models)]


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, _Loader)  # noqa: S506 -- a safe loader, in C where there is one


def _resolve(text: str) -> str:
    variables = {"AccountId": get_account_id(), "Region": get_region(), "Partition": "aws"}
    return re.sub(r"\$\{AWS::(AccountId|Region|Partition)\}", lambda found: variables[found[1]], text)


def _is_readable(document: Json) -> bool:
    if not isinstance(document.get("paths"), dict):
        return False
    return document.get("swagger") == "2.0" or bool(_VERSION_3_0.fullmatch(str(document.get("openapi"))))


def _is_complete(integration: object) -> bool:
    if integration is None:
        return True
    if not isinstance(integration, dict) or str(integration.get("type")).lower() not in _TYPES:
        return False
    return str(integration["type"]).lower() == "mock" or isinstance(integration.get("uri"), str)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _model(reference: str) -> str | None:
    for prefix in ("#/definitions/", "#/components/schemas/"):
        if reference.startswith(prefix):
            return reference.removeprefix(prefix)
    return None
