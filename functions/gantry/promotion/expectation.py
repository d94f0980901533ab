"""What an answer has to contain: the same values at the same keys, at any depth. Other keys may be there too."""

import json
from collections.abc import Iterator

from gantry.promotion.visible_text import one_line, shortened

_LONGEST = 80
"""Characters of a value for people."""


def difference(expected: object, answer: object) -> str | None:
    """Return where an answer differs first from what is expected, in words; None when it contains all of it.

    A list has to be the whole list, item by item. `1` is `1.0`, as in JSON, but `true` is not `1`.
    """
    return next(_differences(expected, answer, "the answer"), None)


def _differences(expected: object, answer: object, where: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(answer, dict):
        for key, value in expected.items():
            if key not in answer:
                yield f"{where} has no {_shown(key)}"
            else:
                yield from _differences(value, answer[key], f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        for index, (one, other) in enumerate(zip(expected, answer, strict=True)):
            yield from _differences(one, other, f"{where}[{index}]")
    elif isinstance(expected, bool) is not isinstance(answer, bool) or expected != answer:
        yield f"{where} is {_shown(answer)} instead of {_shown(expected)}"


def _shown(value: object) -> str:
    return shortened(one_line(json.dumps(value, ensure_ascii=False)), _LONGEST)
