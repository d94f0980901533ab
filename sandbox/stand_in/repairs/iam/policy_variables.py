"""Variables in a policy's conditions.

Restores: a value that a condition compares with may hold `${aws:PrincipalAccount}` or any other single-valued key of
the request, which stands for the key's value. If the request has no such key, the value matches nothing. In the library
such a value is compared as it is written.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_evaluator

from sandbox.stand_in.repairs.iam.decisions import as_list
from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings

_VARIABLE = re.compile(r"\$\{([\w:/-]+)\}")


def apply(settings: Settings) -> None:
    """Write the keys' values in place of the variables."""
    put_in_front(iam_evaluator, "_conditions_met", _written_out)


def _written_out(original: Original, conditions: Json, context: Any) -> bool:  # noqa: ANN401 -- the library's own
    known: Json = {}
    for operator, values in (conditions or {}).items():
        known[operator] = {key: list(_known(as_list(each), context)) for key, each in values.items()}
    met: bool = original(known, context)
    return met


def _known(values: list[Any], context: Any) -> Iterator[Any]:  # noqa: ANN401 -- the library's own
    for value in values:
        names = set(_VARIABLE.findall(value)) if isinstance(value, str) else set()
        found = {name: iam_evaluator._resolve_condition_key(name, context) for name in names}
        if all(isinstance(each, str) for each in found.values()):
            yield _replaced(value, found) if found else value


def _replaced(value: str, found: Json) -> str:
    return _VARIABLE.sub(lambda match: str(found[match[1]]), value)
