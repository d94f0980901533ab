"""A manifest's own pattern of tags: a small part of regular expressions that can be matched in no noticeable time.

It is matched without going back, so no pattern makes it slow: each character of the pattern looks at each character of
the tag a bounded number of times. Python's `re` would try every way to divide a tag among `[a-z]*[a-z]*[a-z]*…`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

LONGEST = 100
"""Characters of a pattern."""
_TAG_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""
_TOKEN = re.compile(
    r"(?P<open>\((?:\?:)?(?!\?))|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<one>[A-Za-z0-9_.-]|\\[dw.-]|\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[_.]|\\[dw.-])+-?\])"
    r"(?P<times>[*+?]|\{[0-9]+(?:,[0-9]*)?\})?"
)
_WRITE = (
    r"write letters, digits, _ - \. \d \w . and [classes], each with at most one of * + ? {2} {2,} {2,4} behind it, "
    "and (groups|of|choices) without one"
)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """One character out of some, a number of times."""

    characters: frozenset[str]
    least: int
    most: int | None
    """None: as often as there are characters."""

    def ends(self, tag: str, starts: int) -> int:
        """Return where it can end when it begins at one of these places. Bit n is the place before character n."""
        fitting = sum(1 << index for index, each in enumerate(tag) if each in self.characters)
        ends = starts if self.least == 0 else 0
        longest = len(tag) if self.most is None else min(self.most, len(tag))
        for times in range(1, longest + 1):
            starts = (starts & fitting) << 1
            if times >= self.least:
                ends |= starts
        return ends


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A pattern that was read: the choices, each of them parts that follow each other."""

    choices: tuple[tuple["_Repeated | TagPattern", ...], ...]

    def matches(self, tag: str) -> bool:
        """Whether the pattern matches the whole tag."""
        return bool(self.ends(tag, 1) >> len(tag))

    def ends(self, tag: str, starts: int) -> int:
        """Return where a choice can end when it begins at one of these places, like `_Repeated.ends`."""
        return reduce(
            or_, (reduce(lambda places, part: part.ends(tag, places), parts, starts) for parts in self.choices)
        )


def read(pattern: str) -> TagPattern:
    """Return the pattern in a text.

    Raises:
        ValueError: it is not one; the message says what would be right.
    """
    if not 0 < len(pattern) <= LONGEST:
        raise ValueError(f"it has {len(pattern)} characters; give 1 to {LONGEST}")
    groups: list[list[list[_Repeated | TagPattern]]] = [[[]]]  # the open ones: each has choices, each of them parts
    for token in _tokens(pattern):
        match token.lastgroup:
            case "open":
                groups.append([[]])
            case "bar":
                groups[-1].append([])
            case "close" if len(groups) > 1:
                closed = _group(groups.pop())
                groups[-1][-1].append(closed)
            case "close":
                raise ValueError("it has a ) without a (; write as many of both")
            case _:
                groups[-1][-1].append(_repeated(token["one"], token["times"] or "{1}"))
    if len(groups) > 1:
        raise ValueError("it has a ( without a ); write as many of both")
    return _group(groups[0])


def _group(choices: list[list["_Repeated | TagPattern"]]) -> TagPattern:
    return TagPattern(tuple(map(tuple, choices)))


def _tokens(pattern: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if not token:
            raise ValueError(_refusal(pattern, at))
        yield token
        at = token.end()


def _refusal(pattern: str, at: int) -> str:
    if pattern[at] in "^$":
        return f"leave out the {pattern[at]}: a pattern matches the whole tag anyway"
    if pattern[at] in "*+?{" and pattern[:at].endswith(")"):
        return (
            f"its group has a {pattern[at]} behind it; repeat single characters only, and write (x|) for an optional x"
        )
    return f"the '{pattern[at]}' at character {at + 1} cannot be there; {_WRITE}"


def _repeated(one: str, times: str) -> _Repeated:
    try:
        allowed = re.compile(one, re.ASCII)
    except re.error as error:
        raise ValueError(f"{one} is no class of characters: {error.msg}; give one like [a-z0-9]") from error
    least, most = _bounds(times)
    if most is not None and most < least:
        raise ValueError(f"{times} ends below where it begins; give the smaller number first")
    return _Repeated(frozenset(filter(allowed.fullmatch, _TAG_CHARACTERS)), least, most)


def _bounds(times: str) -> tuple[int, int | None]:
    shorthand: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
    if times in shorthand:
        return shorthand[times]
    least, comma, most = times.strip("{}").partition(",")
    return int(least), (int(most) if most else None) if comma else int(least)
