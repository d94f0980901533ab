"""Check a query's expression: the part of CloudWatch's metric math that gives one value a minute from its own metrics.

Left out is what needs other rights than reading metrics, reads the other metrics of a request, or gives several series.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
"""

import re
from collections.abc import Collection, Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NoReturn

from gantry.promotion.manifest.messages import quoted, suggestion


class Kind(IntEnum):
    """What a part of an expression gives, ordered: an operator gives the greater one of its two sides."""

    NUMBER = 0
    """One for the whole time."""
    SERIES = 1
    """One value a minute."""
    SEVERAL = 2
    """Several series."""


_DEEPEST = 30
_ALIKE = ("ABS", "CEIL", "DIFF", "DIFF_TIME", "FLOOR", "LOG", "LOG10", "RATE", "RUNNING_SUM")
"""They give what they take."""
_TOGETHER = ("AVG", "DATAPOINT_COUNT", "MAX", "MIN", "STDDEV", "SUM")
"""They give a number for one series, and one series for several."""
_CALENDAR = ("DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "YEAR")
_ARGUMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    dict.fromkeys((*_ALIKE, *_TOGETHER, *_CALENDAR, "PERIOD", "TIME_SERIES"), (1, 1)) | {"FILL": (2, 2), "IF": (2, 3)}
)
FUNCTIONS = tuple(sorted(_ARGUMENTS))
"""Those that an expression may use."""
_FILLERS = ("REPEAT", "LINEAR")
_LEVELS = (("OR", "||"), ("AND", "&&"), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"), ("^",))
_TOKEN = re.compile(
    r"'[^']*'|\"[^\"]*\"|[0-9]+(\.[0-9]+)?|[a-z][A-Za-z0-9_]*|[A-Z][A-Z0-9_]*|&&|\|\||[<>=!]=|[-+*/^<>(),\[\]]",
    re.ASCII,
)


def metrics_in(expression: str, known: Collection[str]) -> frozenset[str]:
    """Return which metrics an expression uses.

    Args:
        expression: the metric math.
        known: the names of the query's metrics.

    Raises:
        ValueError: it cannot work, or does not give one value a minute.
    """
    reader = _Reader(expression, known)
    kind = reader.whole()
    if kind is Kind.NUMBER:
        raise ValueError("it gives one number for the whole time, and has to give a value a minute")
    if kind is Kind.SEVERAL:
        raise ValueError("it gives several series; put SUM, AVG, MAX or MIN around them")
    return frozenset(reader.used)


def times_used(expression: str, names: Collection[str]) -> int:
    """Return how often metric math that is right uses some metrics, all together."""
    return sum(token in names for token in _tokens(expression))


def _tokens(expression: str) -> Iterator[str]:
    position = 0
    while position < len(expression):
        if expression[position] in " \t\n":
            position += 1
            continue
        found = _TOKEN.match(expression, position)
        if not found:
            raise ValueError(f"the {quoted(expression[position])} at character {position + 1} is not metric math")
        yield found[0]
        position = found.end()


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, expression: str, known: Collection[str]) -> None:
        self._tokens = list(_tokens(expression))
        self._known = known
        self._depth = 0
        self.used: set[str] = set()

    def whole(self) -> Kind:
        kind = self._level(0)
        if self._tokens:
            self._unexpected()
        return kind

    @property
    def _next(self) -> str:
        """The token that comes next; empty at the end."""
        return self._tokens[0] if self._tokens else ""

    def _level(self, level: int) -> Kind:
        """Read operators of this level, and whatever binds more strongly."""
        if level == len(_LEVELS):
            return self._operand()
        kind = self._level(level + 1)
        while self._next in _LEVELS[level]:
            self._tokens.pop(0)
            kind = max(kind, self._level(level + 1))
        return kind

    def _operand(self) -> Kind:
        while self._next == "-":
            self._tokens.pop(0)
        if self._next == "(":
            (kind,) = self._within("(", ")", 1, 1)
            return kind
        if self._next == "[":
            self._within("[", "]", 1, len(self._tokens))
            return Kind.SEVERAL
        if not re.match("[A-Za-z0-9]", self._next) or self._next in ("AND", "OR"):
            self._unexpected()
        token = self._tokens.pop(0)
        if token[0].isdigit():
            return Kind.NUMBER
        return self._metric(token) if token[0].islower() else self._function(token)

    def _metric(self, name: str) -> Kind:
        if name in self._known:
            self.used.add(name)
            return Kind.SERIES
        if self._next == "(" and name.upper() in _ARGUMENTS:
            raise ValueError(f"functions have capital letters; write {name.upper()}")
        raise ValueError(
            f"it uses {quoted(name)}, which is none of the metrics; {suggestion(name, sorted(self._known))}"
        )

    def _function(self, name: str) -> Kind:
        if name in _FILLERS:
            raise ValueError(f"{name} can only be the second argument of FILL")
        if name not in _ARGUMENTS:
            raise ValueError(f"{quoted(name)} cannot be used; {suggestion(name, FUNCTIONS)}")
        if self._next != "(":
            raise ValueError(f"after {name} there has to be its argument in parentheses")
        kinds = self._within("(", ")", *_ARGUMENTS[name], fills=name == "FILL")
        if name == "TIME_SERIES":
            return Kind.SERIES
        if name == "IF":
            return max(Kind.SERIES, *kinds)
        if kinds[0] is Kind.NUMBER:
            raise ValueError(f"{name} takes a metric, not a number")
        if name == "PERIOD":
            return Kind.NUMBER
        return Kind(kinds[0] - 1) if name in _TOGETHER else kinds[0]

    def _within(self, opening: str, closing: str, least: int, most: int, *, fills: bool = False) -> list[Kind]:
        """Read what stands in brackets, separated by commas. All but the first may be a filler where it fills."""
        self._tokens.pop(0)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
        kinds = [self._level(0)]
        while self._next == ",":
            self._tokens.pop(0)
            kinds.append(self._filler() if fills and self._next in _FILLERS else self._level(0))
        if self._next != closing:
            raise ValueError(f"the {opening} before {quoted(self._next) if self._next else 'the end'} is not closed")
        self._tokens.pop(0)
        self._depth -= 1
        if not least <= len(kinds) <= most:
            raise ValueError(f"there are {len(kinds)} arguments where {least} can be")
        return kinds

    def _filler(self) -> Kind:
        self._tokens.pop(0)
        return Kind.NUMBER

    def _unexpected(self) -> NoReturn:
        found = quoted(self._next) if self._next else "the end"
        raise ValueError(f"{found} cannot be where it is; check the operators and parentheses")
