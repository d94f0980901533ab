"""GitHub's expressions, as far as the examples use them.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>==|!=|&&|\|\||[!(),]))")
_PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
Context = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]


def filled(text: Any, context: Context, functions: Functions) -> Any:
    """Return a value of a workflow with its expressions replaced: in texts, lists and mappings."""
    match text:
        case dict():
            return {key: filled(each, context, functions) for key, each in text.items()}
        case list():
            return [filled(each, context, functions) for each in text]
        case str():
            return _PLACE.sub(lambda found: shown(evaluate(found[1], context, functions)), text)
    return text


def is_true(condition: Any, context: Context, functions: Functions) -> bool:
    """Whether an `if` holds, with or without `${{ }}` around it."""
    whole = _PLACE.fullmatch(str(condition).strip())
    return bool(evaluate(whole[1] if whole else shown(condition), context, functions))


def shown(value: Any) -> str:
    """Return how a value looks in a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def evaluate(text: str, context: Context, functions: Functions) -> Any:
    """Return the value of one expression. What a context does not have is None."""
    return _Expression(text, context, functions).value()


class _Expression:
    def __init__(self, text: str, context: Context, functions: Functions) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._context, self._functions = context, functions
        rest = text.strip()
        while rest:
            found = _TOKEN.match(rest)
            assert found, f"what is {rest!r} in {text!r}?"
            self._tokens.append((str(found.lastgroup), found[0].strip()))
            rest = rest[found.end() :].strip()

    def value(self) -> Any:
        found = self._either()
        assert not self._tokens, self._tokens
        return found

    def _either(self) -> Any:
        left = self._both()
        while self._takes("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._takes("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._single()
        for sign in ("==", "!="):
            if self._takes(sign):
                return (shown(left) == shown(self._single())) is (sign == "==")
        return left

    def _single(self) -> Any:
        if self._takes("!"):
            return not self._single()
        if self._takes("("):
            found = self._either()
            assert self._takes(")")
            return found
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        assert kind == "name", token
        if self._takes("("):
            return self._called(token)
        return {"true": True, "false": False}[token] if token in {"true", "false"} else self._found(token)

    def _called(self, name: str) -> Any:
        given = []
        while not self._takes(")"):
            given.append(self._either())
            self._takes(",")
        if name == "contains":
            return shown(given[1]).lower() in shown(given[0]).lower()
        return self._functions[name](*given)

    def _found(self, name: str) -> Any:
        value: Any = self._context
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _takes(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("sign", sign):
            self._tokens.pop(0)
            return True
        return False
