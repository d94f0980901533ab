"""What CloudFormation makes of its functions, as far as the templates here join lists into ARNs."""

import re
from collections.abc import Mapping
from typing import Any


def resolved(value: Any, parameters: Mapping[str, Any]) -> Any:
    """The value with Ref, Join, Split, Sub and If carried out. Conditions are named among the parameters."""
    match value:
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::If": [condition, then, otherwise]}:
            return resolved(then if parameters[condition] else otherwise, parameters)
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(resolved(parts, parameters))
        case {"Fn::Split": [delimiter, text]}:
            return str(resolved(text, parameters)).split(delimiter)
        case {"Fn::Sub": given}:
            text, names = given if isinstance(given, list) else (given, {})
            known = {**parameters, **resolved(names, parameters)}
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(known[found[1]]), text)
    return _of_each(value, parameters)


def _of_each(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: resolved(each, parameters) for key, each in value.items()}
    return [resolved(each, parameters) for each in value] if isinstance(value, list) else value
