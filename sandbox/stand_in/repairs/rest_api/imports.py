"""PutRestApi and ImportRestApi.

Restores: PutRestApi changes an API to what a document says: `overwrite` removes what the document does not have, and
`merge`, the default, keeps it. An error, or a warning with `failonwarnings`, changes nothing. Deployments and stages
stay as they are. Integrations are imported with their templates, responses and parameters.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-errors-warnings.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
The only warning known here is a missing model. Of the extensions, only integrations and authorizers are.
"""

import asyncio
import copy
import json
import re
from http import HTTPStatus
from typing import Any

from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.repairs.rest_api.documents import Document, read
from sandbox.stand_in.repairs.rest_api.refusals import BadRequestError, bad_request, not_found
from sandbox.stand_in.repairs.rest_api.snapshots import parts_of, put_back
from sandbox.stand_in.settings import Settings

_API = re.compile(r"/restapis/([^/]+)/?")
_ANY_METHOD = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"


def apply(settings: Settings) -> None:
    """Serve both calls, and import operations as a whole."""
    put_in_front(apigateway_v1, "handle_request", _route)
    put_in_front(apigateway_v1, "_import_operation", _import_operation)
    apigateway_v1._OPENAPI_HTTP_METHODS = {*apigateway_v1._OPENAPI_HTTP_METHODS, _ANY_METHOD}


def put_document(api_id: str, document: Document, *, overwrite: bool, fail_on_warnings: bool = False) -> None:
    """Change the API to what the document says. Raises BadRequestError, and changes nothing."""
    if document.warnings and fail_on_warnings:
        raise BadRequestError("Warnings found during import:\n\t" + "\n\t".join(document.warnings))
    before, api = parts_of(api_id), copy.deepcopy(apigateway_v1._rest_apis[api_id])
    try:
        _import(api_id, document.content, overwrite=overwrite)
    except Exception as error:
        put_back(api_id, before)
        apigateway_v1._rest_apis[api_id] = api
        if isinstance(error, (KeyError, TypeError, AttributeError, ValueError)):
            raise BadRequestError("Invalid OpenAPI input.") from error
        raise


async def _route(original: Original, method: str, path: str, *content: Any) -> Response:  # noqa: ANN401 -- the library's own
    _headers, body, query = content
    api = _API.fullmatch(path)
    if method == "PUT" and api:
        return await _put(api[1], body, query)
    if method == "POST" and path.rstrip("/") == "/restapis" and apigateway_v1._qp(query, "mode") == "import":
        return await _create(body, query)
    answer: Response = await original(method, path, *content)
    return answer


async def _put(api_id: str, body: bytes, query: Json) -> Response:
    if api_id not in apigateway_v1._rest_apis:
        return not_found("API")
    try:
        document, overwrite = await _read(body), apigateway_v1._qp(query, "mode") == "overwrite"
        put_document(api_id, document, overwrite=overwrite, fail_on_warnings=_fails_on_warnings(query))
    except BadRequestError as error:
        return bad_request(error)
    return _described(api_id, document, HTTPStatus.OK)


async def _create(body: bytes, query: Json) -> Response:
    api_id = json.loads(apigateway_v1._create_rest_api({})[2])["id"]
    try:
        document = await _read(body)
        put_document(api_id, document, overwrite=True, fail_on_warnings=_fails_on_warnings(query))
    except BadRequestError as error:
        apigateway_v1._delete_rest_api(api_id)
        return bad_request(error)
    return _described(api_id, document, HTTPStatus.CREATED)


async def _read(body: bytes) -> Document:
    """Read a document in a thread: a large one takes seconds, in which others are served."""
    return await asyncio.to_thread(read, body)


def _fails_on_warnings(query: Json) -> bool:
    return apigateway_v1._qp(query, "failonwarnings") == "true"


def _described(api_id: str, document: Document, status: HTTPStatus) -> Response:
    api, warnings = apigateway_v1._rest_api_view(apigateway_v1._rest_apis[api_id]), document.warnings
    answer: Response = apigateway_v1._v1_response({**api, **({"warnings": warnings} if warnings else {})}, int(status))
    return answer


def _import(api_id: str, document: Json, *, overwrite: bool) -> None:
    api, info = apigateway_v1._rest_apis[api_id], document.get("info") or {}
    api.update({"name": str(info.get("title") or api["name"]), "version": str(info.get("version") or "")})
    api["description"] = str(info.get("description") or ("" if overwrite else api.get("description") or ""))
    if overwrite:
        root = next(each for each in apigateway_v1._resources[api_id].values() if each["path"] == "/")
        apigateway_v1._resources[api_id] = {root["id"]: {**root, "resourceMethods": {}}}
        for store in (apigateway_v1._authorizers_v1, apigateway_v1._models, apigateway_v1._request_validators):
            store[api_id] = {}
    schemas = document.get("definitions") or (document.get("components") or {}).get("schemas") or {}
    for name, schema in schemas.items():
        apigateway_v1._create_model(api_id, {"name": name, "schema": json.dumps(schema)})
    schemes = apigateway_v1._import_security_schemes(api_id, document)
    for path, item in document["paths"].items():
        apigateway_v1._import_path_item(api_id, path, item or {}, schemes, document.get("security"))


def _import_operation(
    original: Original, api_id: str, resource_id: str, method: str, operation: Json, *security: object
) -> None:
    verb = "ANY" if method.lower() == _ANY_METHOD else method
    original(api_id, resource_id, verb, operation, *security)
    where = api_id, resource_id, verb
    for code in operation.get("responses") or {}:
        if str(code).isdigit():
            apigateway_v1._put_method_response(*where, str(code), {})
    described = apigateway_v1._resources[api_id][resource_id]["resourceMethods"][verb]
    described["operationName"] = operation.get("operationId", "")
    integration = operation.get(_INTEGRATION)
    if integration:
        passing = str(integration.get("passthroughBehavior", "when_no_match")).upper()
        kind = {"type": integration["type"].upper(), "passthroughBehavior": passing}
        apigateway_v1._put_integration(*where, {**integration, **kind})
        for pattern, response in (integration.get("responses") or {}).items():
            selected = {**response, "selectionPattern": "" if pattern == "default" else str(pattern)}
            apigateway_v1._put_integration_response(*where, str(response.get("statusCode", "200")), selected)
