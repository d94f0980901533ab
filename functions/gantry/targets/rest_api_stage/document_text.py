"""Read an OpenAPI document, JSON or YAML, within bounds."""

import json
from typing import Any

from gantry.promotion.errors import ArtifactTypeError
from gantry.targets.rest_api_stage.document_bounds import DEEPEST, mapping_of, unreadable

MOST_BYTES = 6 * 1024 * 1024
"""What API Gateway imports: https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html"""


def read_document(body: bytes) -> dict[str, Any]:
    """Return what a document holds. All keys are text.

    Raises:
        ArtifactTypeError: it cannot be read, or gives a key twice, which different readers take differently.
    """
    try:
        text = body.decode("utf-8-sig")
        document = _from_json(text) if text.lstrip().startswith("{") else _from_yaml(text)
    except (ValueError, OverflowError) as error:
        raise unreadable(error) from error
    except RecursionError as error:
        raise ArtifactTypeError("the document is nested too deeply") from error
    if not isinstance(document, dict):
        raise ArtifactTypeError("the document holds no mapping")
    _require_flat(document)
    return document


def _require_flat(document: dict[str, Any]) -> None:
    level: list[dict[str, Any] | list[Any]] = [document]
    depth = 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ArtifactTypeError("the document is nested too deeply")
        parts = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in parts if isinstance(part, dict | list)]


def _from_json(text: str) -> object:
    return json.loads(text, object_pairs_hook=mapping_of)


def _from_yaml(text: str) -> object:
    from gantry.targets.rest_api_stage.document_yaml import read_yaml  # noqa: PLC0415 -- who goes back reads no document

    return read_yaml(text)
