"""Whether the parameters about a target say what the ledger says."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import join

from gantry.promotion.drift.comparison import PARAMETER, DriftDifference
from gantry.promotion.drift.on_its_way import is_on_its_way
from gantry.promotion.drift.report import TargetDrift
from gantry.promotion.drift.states import DriftState
from gantry.promotion.errors import TargetAccessError
from gantry.promotion.live import Live
from gantry.promotion.live_parameter.errors import LiveParameterError
from gantry.promotion.live_parameter.wanted import WantedParameter
from gantry.use_cases.live_parameters.wanted import wanted_of
from gantry.use_cases.services import Services

_NEVER_WRITTEN = "It runs what it should. No parameter says so yet, so whoever reads them finds none"
_LONGEST = 300
"""Characters of what is shown of a parameter that is no JSON of Gantry's."""


@dataclass(frozen=True, slots=True)
class ExpectedParameters:
    """The parameters about one target: its own, and its environment's there."""

    wanted: tuple[WantedParameter, ...] = ()
    is_on_its_way: bool = False
    """Whether the last change is so new that it may still be written."""


NOTHING_EXPECTED = ExpectedParameters()


def expected_parameters(
    lives: Sequence[Live], listed: Mapping[str, Collection[str]], at: str, services: Services
) -> Mapping[str, ExpectedParameters]:
    """Return what parameters should say of a service's targets, by the target's id; nothing where none are written.

    Args:
        lives: what is live of the service.
        listed: the ids of the manifest's targets, by environment.
        at: the moment; ISO 8601, UTC.
        services: the adapters.
    """
    if not services.has_live_parameters:
        return {}
    by_environment: dict[str, list[Live]] = defaultdict(list)
    for live in lives:
        by_environment[live.environment].append(live)
    of_target: dict[str, list[WantedParameter]] = defaultdict(list)
    newest: dict[str, str] = defaultdict(str)
    for environment, those in by_environment.items():
        for wanted in wanted_of(those, listed.get(environment, ()), services):
            for target_id in wanted.targets:
                of_target[target_id].append(wanted)
                newest[target_id] = max(newest[target_id], wanted.value.since or "")
    return {
        each: ExpectedParameters(tuple(wanted), bool(newest[each]) and is_on_its_way(newest[each], at))
        for each, wanted in of_target.items()
    }


def with_parameters(found: TargetDrift, service: str, expected: ExpectedParameters, services: Services) -> TargetDrift:
    """Return a target that is in sync with what its parameters say beside it.

    One that has no parameter at all stays in sync, with the command that writes them: an older version of Gantry made
    it live. Whoever reads them fails, and nobody is told a wrong release. Where only one of them is gone, somebody has
    deleted it.
    """
    try:
        read = [(wanted, services.live_parameter(wanted).said()) for wanted in expected.wanted]
    except (LiveParameterError, TargetAccessError) as error:
        return replace(found, state=DriftState.UNKNOWN, reason=f"It runs what it should. {error}")
    differences = [difference for wanted, text in read for difference in _differences(wanted, text)]
    if not differences:
        return found
    if expected.is_on_its_way:
        return replace(found, state=DriftState.DEPLOYING, reason="Its parameters are still being written")
    command = join(["gantry", "write-live", service, found.environment])
    if all(text is None for _, text in read):
        return replace(found, reason=_NEVER_WRITTEN, command=command)
    return replace(found, state=DriftState.OUT_OF_SYNC, differences=(*found.differences, *differences), command=command)


def _differences(wanted: WantedParameter, text: str | None) -> Iterator[DriftDifference]:
    expected = wanted.value.text()
    if text == expected:
        return
    name = f"{PARAMETER} {wanted.name}"
    said = _read(text)
    if said is None:
        yield DriftDifference(name, expected, text[:_LONGEST] if text is not None else None)
        return
    facts = json.loads(expected)
    keys = [key for key in (*facts, *said) if facts.get(key) != said.get(key)]
    for key in dict.fromkeys(keys):
        yield DriftDifference(f"{name} {key}", _shown(facts.get(key)), _shown(said.get(key)))
    if not keys:  # the same, but not as it is split by those who cannot read JSON
        yield DriftDifference(name, expected, text)


def _read(text: str | None) -> dict[str, object] | None:
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:_LONGEST]
