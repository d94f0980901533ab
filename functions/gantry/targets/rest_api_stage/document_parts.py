"""The parts of an OpenAPI document that Gantry looks at, wherever they are."""

from collections.abc import Iterator, Mapping
from typing import Any

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
"""https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html: TRACE is not among them."""
_ANY = "x-amazon-apigateway-any-method"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-any-method.html"""
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html"""


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield each path with one of its methods, as API Gateway names them, and what the document says of it."""
    for path, item in mapping(document.get("paths")).items():
        for method, operation in mapping(item).items():
            if method in _METHODS or method == _ANY:
                name = "ANY" if method == _ANY else method.upper()
                yield path.rstrip("/") or "/", name, mapping(operation)


def integrations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the integration of each method."""
    for *_, operation in operations(document):
        yield mapping(operation.get(_INTEGRATION))


def authorizers(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield all authorizers: OpenAPI 3.0 and Swagger 2.0 have them in different places."""
    schemes = mapping(mapping(document.get("components")).get("securitySchemes"))
    for scheme in (*schemes.values(), *mapping(document.get("securityDefinitions")).values()):
        yield mapping(mapping(scheme).get(_AUTHORIZER))


def texts(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text in a document, and every key."""
    waiting: list[Any] = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
