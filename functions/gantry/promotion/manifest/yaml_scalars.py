"""Find scalars that do not mean the same to everybody: what YAML 1.1 and YAML 1.2 read differently, and tags.

PyYAML reads YAML 1.1, where `0512` is 330 and `off` is false. Editors and most newer tools read YAML 1.2, where they
are 512 and text. So a scalar without quotes is taken only where both read the same.
"""

import re
from collections.abc import Callable

import yaml

_TAG = "tag:yaml.org,2002:"
_TEXT, _INTEGER, _MERGE = f"{_TAG}str", f"{_TAG}int", f"{_TAG}merge"
_NAMES = {"str": "text", "bool": "a boolean", "int": "a number", "float": "a number", "timestamp": "a date"}
_REMEDIES = {
    "a boolean": "write true or false, or put it in quotes",
    "a number": "write plain decimal digits without leading zeros, or put it in quotes",
}

# The core schema's own expressions: https://yaml.org/spec/1.2.2/#103-core-schema
_CORE = {
    f"{_TAG}null": re.compile(r"null|Null|NULL|~|"),
    f"{_TAG}bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    _INTEGER: re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    f"{_TAG}float": re.compile(
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
    ),
}
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
"""An integer to both, but in base 8 to one of them: https://yaml.org/type/int.html"""
_ONE_LETTER = frozenset("yYnN")
"""Booleans of YAML 1.1 that PyYAML itself leaves alone: https://yaml.org/type/bool.html"""
_LONGEST_NUMBER = 20
"""Characters. No setting takes a larger number, and Python refuses to print some of them."""


def scalar_problem(event: yaml.Event, resolve: Callable[[type[yaml.Node], str, tuple[bool, bool]], str]) -> str | None:
    """Return what is wrong with a scalar's type, or with the tag of any part; None when nothing is.

    The message has not the text itself, which may be a secret.

    Args:
        event: one of the parser's events.
        resolve: what returns the tag that PyYAML gives to a scalar.
    """
    if getattr(event, "tag", None) not in {None, _TEXT}:
        return "tags are not taken; leave it out, or put text that begins with ! in quotes"
    if not isinstance(event, yaml.ScalarEvent):
        return None
    if not event.value.isascii() and any("\ud800" <= each <= "\udfff" for each in event.value):
        return r"an escape here is half of a character; write the character itself, or one escape like \U0001F600"
    is_plain = event.implicit[0]
    return _ambiguity(event.value, resolve(yaml.ScalarNode, event.value, event.implicit)) if is_plain else None


def _ambiguity(text: str, older: str) -> str | None:
    """Return how the two versions differ; `older` is the tag that YAML 1.1 gives the text."""
    newer = next((tag for tag, form in _CORE.items() if form.fullmatch(text)), _TEXT)
    if older == _MERGE:  # `<<`, which YAML 1.2 leaves to the tools
        return None
    if text in _ONE_LETTER:
        return f"this is a boolean in YAML 1.1 and text in YAML 1.2; {_REMEDIES['a boolean']}"
    if older == newer == _INTEGER and _LEADING_ZERO.fullmatch(text):
        return f"YAML 1.1 reads this number in base 8 and YAML 1.2 in base 10; {_REMEDIES['a number']}"
    if older != newer:
        kinds = [_NAMES.get(tag.removeprefix(_TAG), "something else") for tag in (older, newer)]
        remedy = next((_REMEDIES[kind] for kind in kinds if kind in _REMEDIES), "put it in quotes")
        return f"this is {kinds[0]} in YAML 1.1 and {kinds[1]} in YAML 1.2; {remedy}"
    if older in {_INTEGER, f"{_TAG}float"} and len(text) > _LONGEST_NUMBER:
        return f"this number has more than {_LONGEST_NUMBER} characters; give a shorter one, or put it in quotes"
    return None
