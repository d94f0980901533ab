"""The tokens of a tfvars file: names, literal values and signs, with where each stands.

A tfvars file holds values only, no references and no calls of functions, so this is all that it can have:
https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files and
https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gantry.promotion.write_back.errors import WrittenFileError

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+|\r(?=\n))
  | (?P<newline>\n)
  | (?P<line_comment>(?:\#|//)[^\n]*)
  | (?P<comment>/\*(?:[^*]|\*(?!/))*\*/)
  | (?P<heredoc><<-?(?P<mark>[^\W\d][\w-]*)\r?\n(?:[^\n]*\n)*?[ \t]*(?P=mark)(?=\r?\n|\Z))
  | (?P<text>"(?:[^"\\\n]|\\[^\n])*")
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w-]))
  | (?P<name>[^\W\d][\w-]*)
  | (?P<sign>[{}\[\]=:,])
    """,
    re.VERBOSE,
)
_IGNORED = {"space", "line_comment", "comment"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|\$\$\{|%%\{")
_TEMPLATE = re.compile(r"(?<!\$)(?:\$\$)*\$\{|(?<!%)(?:%%)*%\{")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the text."""

    type: str
    """`newline`, `heredoc`, `text`, `number`, `name`, `sign` or `end`."""
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens, and one of the type `end` after the last.

    Raises:
        WrittenFileError: a part of it is none of these. The message has the line.
    """
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise unreadable(text, at)
        kind = "heredoc" if found["heredoc"] else str(found.lastgroup)
        if kind not in _IGNORED:
            yield Token(kind, found[0], at, found.end())
        at = found.end()
    yield Token("end", "", at, at)


def unreadable(text: str, at: int) -> WrittenFileError:
    """Return the error of what a tfvars file cannot have at a place."""
    line = text.count("\n", 0, at) + 1
    return WrittenFileError(f"line {line} cannot be read as tfvars, which hold names and literal values; correct it")


def is_template(token: Token) -> bool:
    """Whether a text has something that is put together: `${` or `%{`, which are doubled where they are meant."""
    return _TEMPLATE.search(token.text) is not None


def unquoted(token: Token) -> str:
    """Return what a text without templates says."""

    def meant(found: re.Match[str]) -> str:
        if code := found[1] or found[2]:
            return chr(int(code, 16))
        return _ESCAPES.get(found[3], found[0]) if found[3] else found[0][1:]

    return _ESCAPE.sub(meant, token.text[1:-1])


def quoted(value: str) -> str:
    """Return a text as HCL has it."""
    escaped = re.sub(r'[\\"]', r"\\\g<0>", value).replace("${", "$${").replace("%{", "%%{")
    return '"' + re.sub(r"[^ -~\u00a0-\U0010ffff]", lambda each: f"\\u{ord(each[0]):04x}", escaped) + '"'
