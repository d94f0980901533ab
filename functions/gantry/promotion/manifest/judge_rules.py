"""Check how each environment's canary is judged, with what is shared.

A problem is reported where it should be fixed: in the environment if that gives one of the conflicting keys, otherwise
at the top, and then once for all environments.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.document import Located, as_mapping, list_at
from gantry.promotion.manifest.override import holder, written_out
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.traffic_presets import PRESETS


def judge_problems(shared: Mapping[str, Any], environments: Iterable[Located]) -> Iterator[Problem]:
    """Yield what is asked of the judge, or of people, and can never happen.

    Args:
        shared: the manifest's top keys that environments may share.
        environments: each environment's location and its own keys.
    """
    problems: dict[Problem, None] = {}
    for location, own in environments:
        written = written_out(shared, own)
        problems |= dict.fromkeys(_asks_nobody(location, own, written))
        problems |= dict.fromkeys(_compares_nothing(location, own, written))
    yield from problems


def _asks_nobody(location: Location, own: Mapping[Any, Any], written: Mapping[Any, Any]) -> Iterator[Problem]:
    """An environment without a canary may share what it has no use for."""
    is_used = "on_inconclusive" in own or _has_steps(written) or written.get("bake_after") is not None
    if written.get("on_inconclusive") == "ask" and written.get("approval") is None and is_used:
        message = "nobody can be asked without approval; give its approvers, or roll_back or promote"
        yield Problem((*holder(location, own, "on_inconclusive", "approval"), "on_inconclusive"), message)


def _compares_nothing(location: Location, own: Mapping[Any, Any], written: Mapping[Any, Any]) -> Iterator[Problem]:
    if _has_steps(written) or not ("queries" in own or written.get("bake_after") is not None):
        return
    for index, query in enumerate(list_at(written, "queries")):
        if as_mapping(query).get("above_stable") is not None:
            at = (*holder(location, own, "queries"), "queries", index, "above_stable")
            message = (
                "all traffic moves at once, so there is no stable version beside the new one; give steps as traffic"
            )
            yield Problem(at, message)


def _has_steps(written: Mapping[Any, Any]) -> bool:
    """Whether the traffic has steps, or is wrong, which the shape's check reports."""
    traffic = written.get("traffic", "AllAtOnce")
    return bool(PRESETS.get(traffic, True)) if isinstance(traffic, str) else True
