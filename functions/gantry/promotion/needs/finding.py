"""Whether a need is met, given what one look has found; and if not, why, and whether it can ever be."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gantry.promotion.needs.need import Need
from gantry.promotion.visible_text import one_line, shortened

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_LONGEST = 100
"""Characters of a value. A parameter may have 8 KB."""
IN_PLACE = " in "
"""Between what is needed and where, where places have different values. No name of a need has it."""
_MOST_SAID = 10
"""Unmet needs in one message. The same one in 40 regions is 40 of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look has found of a parameter or an output."""

    value: str | None = None
    """None where there is none, or it cannot be used."""
    problem: str | None = None
    """Why there is no value, in words."""
    stays: bool = False
    """Whether that stays so until people change something other than the infrastructure that is waited for."""


@dataclass(frozen=True, slots=True)
class NeedFinding:
    """What a look has found of a need in one account and region."""

    need: Need
    place: str
    """`<account>/<region>`."""
    is_met: bool
    found: str | None
    """Its value, shortened; None where there is none."""
    problem: str | None = None
    """Why it is not met; None where it is, or where there only is another value."""
    stays: bool = False
    """As `Seen.stays`: the promotion would wait in vain."""

    @property
    def reason(self) -> str:
        """What was found in place of what is needed."""
        return self.problem or f"found {self.found}"

    def __str__(self) -> str:
        """For people: `parameter /infra/prod/revision at least 12 in 444444444444/us-east-1 (found 11)`."""
        return f"{self.need} in {self.place} ({self.reason})"


def judged(need: Need, place: str, seen: Seen) -> NeedFinding:
    """Return whether a need is met by what was seen."""
    if seen.value is None:
        return NeedFinding(need, place, is_met=False, found=None, problem=seen.problem, stays=seen.stays)
    shown = shortened(one_line(seen.value[: _LONGEST + 1]), _LONGEST) or "an empty value"
    if need.at_least is not None:
        if not _WHOLE.fullmatch(seen.value.strip()):
            problem = f"found {shown}, which is no whole number: whoever writes it has to write one"
            return NeedFinding(need, place, is_met=False, found=shown, problem=problem, stays=True)
        return NeedFinding(need, place, int(seen.value) >= need.at_least, shown)
    # A text that is needed has no line break, which whatever writes files of one line leaves at its end.
    is_met = need.equals is None or seen.value.rstrip("\r\n") == need.equals
    looks_like_it = not is_met and shown == need.equals
    why = f"found {shown} with other spaces or line breaks, of which it may have none" if looks_like_it else None
    return NeedFinding(need, place, is_met, shown, why)


def as_met(need: Need) -> str:
    """Return for approvers that a need was met before they were asked."""
    return f"The infrastructure has {one_line(str(need))}"


def unmet_among(findings: Iterable[NeedFinding]) -> tuple[NeedFinding, ...]:
    """Return those that are not met."""
    return tuple(each for each in findings if not each.is_met)


def said(findings: Sequence[NeedFinding]) -> str:
    """Return findings for people, in one line; of very many the first ones."""
    more = f"; and {len(findings) - _MOST_SAID} more" if len(findings) > _MOST_SAID else ""
    return "; ".join(map(str, findings[:_MOST_SAID])) + more


def owners(findings: Iterable[NeedFinding]) -> tuple[str, ...]:
    """Return whom to ask, once each."""
    return tuple(dict.fromkeys(each.need.owner for each in findings if each.need.owner))


def asked_of(people: Sequence[str]) -> str:
    """Return whom to ask as the end of a sentence; nothing where the manifest names nobody."""
    return f"; ask {', '.join(people)}" if people else ""


def values_of(findings: Iterable[NeedFinding]) -> Mapping[str, str]:
    """Return what was there, by what was needed; with the place where several places had different values."""
    by_name: dict[str, dict[str, str]] = {}
    for each in findings:
        by_name.setdefault(each.need.name, {})[each.place] = each.found or ""
    values: dict[str, str] = {}
    for name, found in by_name.items():
        if len(set(found.values())) == 1:
            values[name] = next(iter(found.values()))
        else:
            values.update({f"{name}{IN_PLACE}{place}": value for place, value in found.items()})
    return values
