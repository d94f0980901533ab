"""A tfvars file as a file that can be edited."""

from collections.abc import Callable
from typing import TypeVar

from gantry.promotion.write_back.document import TEXT, Items, Mapping, Node, Value
from gantry.promotion.write_back.errors import WrittenFileError
from gantry.promotion.write_back.hcl_tokens import Token, is_template, quoted, tokens, unquoted, unreadable

_DEEPEST = 50
_Each = TypeVar("_Each")
_KEYWORDS = {"true": "boolean", "false": "boolean", "null": "null"}


def read(text: str) -> Node:
    """Return what a tfvars text holds.

    Raises:
        WrittenFileError: it cannot be read. The message has the line.
    """
    return _Reader(text).body()


def written(value: str, _before: str) -> str:
    """Return a text as HCL has it."""
    return quoted(value)


class _Reader:
    """Reads tokens one after the other. Lines end a definition, and mean nothing inside brackets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0

    def body(self) -> Mapping:
        entries: list[tuple[str, Node]] = []
        while self._skip_lines().type != "end":
            name = self._next("name").text
            self._next("sign", "=")
            entries.append((name, self._value()))
            if self._token.type != "end":
                self._next("newline")
        return Mapping(tuple(entries))

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self, kind: str, text: str | None = None) -> Token:
        token = self._token
        if token.type != kind or (text is not None and token.text != text):
            raise unreadable(self._text, token.start)
        self._at += 1
        return token

    def _skip_lines(self) -> Token:
        while self._token.type == "newline":
            self._at += 1
        return self._token

    def _value(self) -> Node:
        token = self._token
        if token.type == "sign" and token.text in "{[":
            return self._nested(token)
        self._at += 1
        start, end = token.start, token.end
        match token.type:
            case "text":
                why = "it is put together from others" if is_template(token) else None
                return Value(TEXT, token.text if why else unquoted(token), start, end, why)
            case "number":
                return Value("number", token.text, start, end)
            case "heredoc":
                return Value("heredoc", token.text, start, end, "it is a heredoc")
            case "name" if token.text in _KEYWORDS:
                return Value(_KEYWORDS[token.text], token.text, start, end)
        raise unreadable(self._text, start)

    def _nested(self, token: Token) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise WrittenFileError("it is nested too deeply; use a file of its own for what is written back")
        self._at += 1
        node: Node
        if token.text == "{":
            node = Mapping(tuple(self._until("}", self._entry)))
        else:
            node = Items(tuple(self._until("]", self._value)))
        self._depth -= 1
        return node

    def _entry(self) -> tuple[str, Node]:
        token = self._token
        if token.type not in {"name", "text", "number"} or is_template(token):
            raise unreadable(self._text, token.start)
        self._at += 1
        name = unquoted(token) if token.type == "text" else token.text
        self._next("sign", ":" if self._token.text == ":" else "=")
        return name, self._value()

    def _until(self, bracket: str, one: Callable[[], _Each]) -> list[_Each]:
        """Read what stands between commas, or in a mapping on lines of its own, up to the closing bracket."""
        found: list[_Each] = []
        while self._skip_lines().text != bracket:
            found.append(one())
            is_parted = bracket == "}" and self._token.type == "newline"
            if self._skip_lines().text == ",":
                self._at += 1
            elif self._token.text != bracket and not is_parted:
                raise unreadable(self._text, self._token.start)
        self._at += 1
        return found
