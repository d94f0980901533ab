"""Manifests for tests: a valid one, to be broken in one place."""

import copy
from dataclasses import replace
from typing import Any

import yaml

from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.kinds import Schemas
from gantry.promotion.manifest.reading import parse
from gantry.targets.registry import all_schemas

SCHEMAS = all_schemas()

VALID: dict[str, Any] = {
    "repository": "cowsay",
    "versioning": "git-sha",
    "configuration": {"memory_mb": 512, "environment": {"TO_SAY": "Hello", "LOG_LEVEL": "INFO"}},
    "environments": [
        {
            "name": "dev",
            "targets": [{"account": "222222222222", "region": "us-east-1", "function": "cowsay", "alias": "live"}],
        },
        {
            "name": "prod",
            "targets": [{"account": "444444444444", "region": "us-east-1", "function": "cowsay", "alias": "live"}],
            "approval": {"approvers": ["ops@example.com"]},
            "traffic": [{"weight": 10, "bake": "10m"}, {"weight": 50, "bake": "1h"}],
            "configuration": {"timeout_seconds": 10, "environment": {"TO_SAY": "Hello from prod"}},
        },
    ],
}

ABSENT = object()
"""Set a field to this to leave it out."""


def changed(path: str, value: object, document: dict[str, Any] = VALID) -> dict[str, Any]:
    """The valid manifest with one field set: `changed("environments.1.traffic", "AllAtOnce")`."""
    document = copy.deepcopy(document)
    holder: Any = document
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in parents:
        holder = holder[part] if isinstance(part, int) else holder.setdefault(part, {})
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return document


class _Dumper(yaml.SafeDumper):
    """PyYAML leaves text such as 08 without quotes, because it is no number to YAML 1.1."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "'" if value[:1] in {*"+-.0123456789"} else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


def text(document: object) -> str:
    """The document as YAML, without anchors."""
    return yaml.dump(copy.deepcopy(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False)


def problems(document: object, service: str | None = None, schemas: Schemas = SCHEMAS) -> list[str]:
    """What is wrong with the document, without lines and names of environments; nothing when it is valid."""
    try:
        parse(text(document), schemas, service)
    except ManifestError as error:
        plain = [str(replace(each, line=None, about=None)) for each in error.problems]
        return plain or str(error).splitlines()
    return []
