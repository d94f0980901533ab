"""What is known of a deployment's alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gantry.promotion.visible_text import one_line, quoted, quoted_name


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that changed to ALARM."""

    name: str
    at: str
    """ISO 8601, UTC."""
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """All alarms of a deployment of which there is something to say."""

    changes: tuple[AlarmChange, ...] = ()
    """Those that changed to ALARM since the canary's first traffic: they show harm."""
    firing_before: tuple[str, ...] = ()
    """Those that have been in ALARM since before: they cannot change any more, so they are no evidence."""
    without_data: tuple[str, ...] = ()
    """Those in INSUFFICIENT_DATA: nobody can say what they would say."""
    unknown: tuple[str, ...] = ()
    """Why something about the alarms is not known, each in words for people: a refused or throttled call."""


def describe(changes: Sequence[AlarmChange]) -> tuple[str, ...]:
    """Return one sentence for each alarm that changed to ALARM."""
    return tuple(
        f"the alarm {quoted_name(change.name)} changed to ALARM at {one_line(change.at)[:40]}: {quoted(change.reason)}"
        for change in changes
    )


def describe_firing_before(names: Sequence[str]) -> tuple[str, ...]:
    """Return one sentence for each alarm that cannot be evidence."""
    return tuple(
        f"the alarm {quoted_name(name)} was firing before the rollout began, so it cannot be evidence" for name in names
    )


def describe_without_data(names: Sequence[str]) -> tuple[str, ...]:
    """Return one sentence for each alarm that has no data."""
    return tuple(f"the alarm {quoted_name(name)} has no data" for name in names)


def describe_unknown(names: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return one sentence for each reason why it is not known whether some alarms changed."""
    return tuple(
        f"whether the {'alarm' if len(unknown) == 1 else 'alarms'} {', '.join(map(quoted_name, unknown))} "
        f"changed to ALARM: {reason}"
        for reason, unknown in names.items()
    )
