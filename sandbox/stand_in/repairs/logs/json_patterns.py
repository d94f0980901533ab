"""Filter patterns for JSON log events, such as `{ $.status >= 500 && $.isCanaryRequest = "true" }`.

Restores: such a pattern compares fields that are texts or numbers. A number is greater or less only than a number, so a
field in quotes is not. `*` at an end of a text stands for anything. A field that is not there matches only NOT EXISTS.
The library lets such a pattern match every event. Regular expressions are not known here, and a pattern that cannot be
read is an error.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
https://github.com/awsdocs/amazon-cloudwatch-logs-user-guide/blob/main/doc_source/FilterAndPatternSyntax.md
"""

import json
import operator
import re
from collections.abc import Callable
from typing import Any, Final

from ministack.services import cloudwatch_logs

from sandbox.stand_in.repairs.replacing import Original, put_in_front
from sandbox.stand_in.settings import Settings

Condition = Callable[[Any], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<symbol>&&|\|\||\(|\)|!=|>=|<=|=|>|<)"
    r"|(?P<field>\$(?:\.[\w-]+|\[\d+\])+)"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*")'
    r"|(?P<word>[^\s()&|=<>!\"]+))"
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_MISSING: Final = object()


def apply(settings: Settings) -> None:
    """Read such patterns wherever log events are filtered."""
    put_in_front(cloudwatch_logs, "_compile_filter_pattern", _compile)


def is_json(pattern: str) -> bool:
    """Whether a pattern is one for JSON log events."""
    return pattern.strip().startswith("{")


def condition_of(pattern: str) -> Condition:
    """Return what tells whether a parsed event matches. Raises ValueError for a pattern that cannot be read."""
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError(f"{pattern} is no pattern for JSON")
    return _Reader(text[1:-1]).read()


def field_of(event: object, selector: str) -> object:
    """Return a field of a parsed event, such as `$.status`; MISSING if it is not there."""
    found = event
    for name, index in _STEP.findall(selector):
        if name and isinstance(found, dict) and name in found:
            found = found[name]
        elif index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        else:
            return _MISSING
    return found


def is_missing(value: object) -> bool:
    """Whether `field_of` has found nothing."""
    return value is _MISSING


def parsed(message: str) -> object:
    """Return a log event's JSON; None if it is none."""
    try:
        return json.loads(message)
    except ValueError:
        return None


def _compile(original: Original, pattern: str) -> Callable[[str], bool]:
    if not pattern or not is_json(pattern):
        plain: Callable[[str], bool] = original(pattern)
        return plain
    condition = condition_of(pattern)

    def matches(message: str) -> bool:
        event = parsed(message)
        return isinstance(event, dict) and condition(event)

    return matches


class _Reader:
    """Reads a pattern: parentheses first, then `&&`, then `||`."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)

    def read(self) -> Condition:
        condition = self._any()
        if self._tokens:
            raise ValueError(f"unexpected {self._tokens[0]}")
        return condition

    def _any(self) -> Condition:
        conditions = [self._all()]
        while self._next_is("||"):
            conditions.append(self._all())
        return lambda event: any(condition(event) for condition in conditions)

    def _all(self) -> Condition:
        conditions = [self._one()]
        while self._next_is("&&"):
            conditions.append(self._one())
        return lambda event: all(condition(event) for condition in conditions)

    def _one(self) -> Condition:
        if self._next_is("("):
            inner = self._any()
            if not self._next_is(")"):
                raise ValueError("a parenthesis is not closed")
            return inner
        selector = self._take()
        if not selector.startswith("$"):
            raise ValueError(f"{selector} is no field")
        test = self._test()
        return lambda event: test(field_of(event, selector))

    def _test(self) -> Condition:
        symbol = self._take()
        if symbol.upper() == "IS":
            return _is(self._take().upper())
        if symbol.upper() == "NOT" and self._take().upper() == "EXISTS":
            return is_missing
        if symbol not in {"=", "!=", *_ORDERS}:
            raise ValueError(f"{symbol} is no comparison")
        return _compared(symbol, self._take())

    def _next_is(self, symbol: str) -> bool:
        found = bool(self._tokens) and self._tokens[0] == symbol
        if found:
            del self._tokens[0]
        return found

    def _take(self) -> str:
        if not self._tokens:
            raise ValueError("the pattern ends too early")
        return self._tokens.pop(0)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"cannot read {text[at:]}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _is(word: str) -> Condition:
    wanted: dict[str, object] = {"TRUE": True, "FALSE": False, "NULL": None}
    if word not in wanted:
        raise ValueError(f"IS {word} is not known")
    return lambda value: value is wanted[word]


def _compared(symbol: str, wanted: str) -> Condition:
    if symbol in _ORDERS:
        number = float(wanted)
        return lambda value: _is_number(value) and _ORDERS[symbol](value, number)
    text = json.loads(wanted) if wanted.startswith('"') else wanted
    equal = _equal_to(text)
    return equal if symbol == "=" else lambda value: _is_comparable(value) and not equal(value)


def _equal_to(wanted: str) -> Condition:
    start, end = ".*" if wanted.startswith("*") else "", ".*" if wanted.endswith("*") else ""
    text = re.compile(start + re.escape(wanted.removeprefix("*").removesuffix("*")) + end, re.DOTALL)

    def equal(value: object) -> bool:
        if isinstance(value, int | float) and _NUMBER.fullmatch(wanted):
            return _is_number(value) and float(value) == float(wanted)
        return _is_comparable(value) and text.fullmatch(str(value)) is not None

    return equal


def _is_comparable(value: object) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
