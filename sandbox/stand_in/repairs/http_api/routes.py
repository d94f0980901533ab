"""Routes from the API's OpenAPI body.

Restores: SAM writes an HttpApi's routes into the OpenAPI document of `AWS::ApiGatewayV2::Api`. API Gateway imports it
when the API is created or changed. The library ignores the document and answers every request with 404.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

import re
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.settings import Settings

_FUNCTION_ARN = re.compile(r"functions/(.+)/invocations$")
_EXTENSION = "x-amazon-apigateway-"


def apply(settings: Settings) -> None:
    """Import the document after the API is created or changed."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = handlers["create"], handlers["update"]

    def create_with_routes(logical_id: str, properties: Json, stack_name: str) -> Any:  # noqa: ANN401 -- the library's own
        created = create(logical_id, properties, stack_name)
        _import(created[0], properties.get("Body") or {})
        return created

    def update_with_routes(physical_id: str, old: Json, new: Json, *rest: object, **options: object) -> Any:  # noqa: ANN401
        updated = update(physical_id, old, new, *rest, **options)
        _import(updated[0], new.get("Body") or {})
        return updated

    handlers["create"], handlers["update"] = create_with_routes, update_with_routes


def _import(api_id: str, document: Json) -> None:
    if not document.get("paths"):
        return
    apigateway._routes[api_id] = {}
    apigateway._integrations[api_id] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if f"{_EXTENSION}integration" in operation:
                _add_route(api_id, path, method, operation[f"{_EXTENSION}integration"])


def _add_route(api_id: str, path: str, method: str, integration: Json) -> None:
    function = _FUNCTION_ARN.search(integration.get("uri", ""))
    described = {
        "integrationType": integration["type"].upper(),
        "integrationUri": function[1] if function else integration.get("uri"),
        "payloadFormatVersion": integration.get("payloadFormatVersion", "2.0"),
    }
    apigateway._create_integration(api_id, described)
    integration_id = next(reversed(apigateway._integrations[api_id]))
    verb = "ANY" if method == f"{_EXTENSION}any-method" else method.upper()
    key = "$default" if path == "/$default" else f"{verb} {path}"
    apigateway._create_route(api_id, {"routeKey": key, "target": f"integrations/{integration_id}"})
