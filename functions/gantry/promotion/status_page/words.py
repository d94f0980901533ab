"""Names, ages and sentences of the status page, as HTML that is ready to stand in an element."""

from collections.abc import Iterable, Sequence

from gantry.promotion.approval_html import escaped
from gantry.promotion.release import Release
from gantry.promotion.timestamps import in_one_unit, moment, readable
from gantry.promotion.visible_text import one_line, shortened

LONGEST_NAME, LONGEST_SENTENCE = 80, 400
"""Characters of somebody else's words."""
_LONGEST_SERVICE = 300
"""Characters. A repository's name has 256 at most, and two long ones may differ in their ends."""
_SHORT_DIGEST = 12
_MOST_PEOPLE = 3
_TOGETHER = "\N{NO-BREAK SPACE}"
"""Keeps a number and its unit on one line."""


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name from anywhere in one line."""
    return escaped(shortened(one_line(text), longest))


def sentence(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return somebody's words in one line, without their last full stop."""
    return escaped(shortened(one_line(text), longest).rstrip("."))


def release_name(tag: str | None, digest: str | None) -> str:
    """Return what people call a release: its tag, or else the beginning of its digest."""
    return name(tag or short_digest(digest or "an unknown release"))


def name_of(release: Release) -> str:
    """Return what people call what is on its way: an artifact, or a configuration that comes without one."""
    return with_what(release_name(release.tag, release.digest), is_configuration_only=release.is_configuration_only)


def with_what(release: str, *, is_configuration_only: bool) -> str:
    """Return a release's name, and whether only its configuration is meant."""
    return f"{release} (configuration only)" if is_configuration_only else release


def short_digest(digest: str) -> str:
    """Return the beginning of a digest, without the algorithm."""
    return digest.removeprefix("sha256:")[:_SHORT_DIGEST] if digest.startswith("sha256:") else digest


def version(revision: str) -> str:
    """Return a revision for people: `version 41`, or as it is called where it is not a number."""
    return f"version {revision}" if revision.isdecimal() else name(revision, 32)


def age(since: str, now: str) -> str:
    """Return how long ago something was, in its largest unit: `3 h`."""
    return duration((moment(now) - moment(since)).total_seconds())


def duration(seconds: float) -> str:
    """Return a time in its largest unit, rounded down: `3 h`, `2 d`, `5 min`; `under 1 min`."""
    number_and_unit, _, unit = in_one_unit(seconds).rpartition(" ")
    return f"{number_and_unit}{_TOGETHER}{unit}"


def breakable(text: str) -> str:
    """Return a name that may break after its slashes. No HTML entity contains one."""
    return name(text, _LONGEST_SERVICE).replace("/", "/<wbr>")


def moment_html(at: str) -> str:
    """Return a moment for people and for programs."""
    return f'<time datetime="{name(at)}">{readable(at)}</time>'


def some_of(words: Sequence[str], most: int = _MOST_PEOPLE) -> str:
    """Return the first of some words, and how many more there are: `a, b and 2 more`."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return f"{', '.join(words[:most])}{more}"


def people(who: Iterable[str]) -> str:
    """Return who is asked; of an ARN, the part that people know."""
    return some_of([person(each) for each in who]) or "nobody"


def person(who: str) -> str:
    """Return one person as HTML: an address, or the end of an ARN, such as `assumed-role/Ops/alice`."""
    return name(who.rpartition(":")[2] if who.startswith("arn:") else who)


def count(number: int, noun: str) -> str:
    """Return `1 service` or `2 services`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
