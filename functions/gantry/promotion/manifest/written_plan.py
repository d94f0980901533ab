"""The steps that a manifest's `traffic` stands for, as YAML read it, right or wrong."""

import re
from itertools import pairwise

from gantry.promotion import durations
from gantry.promotion.manifest.document import as_mapping
from gantry.promotion.traffic import Plan, Step
from gantry.promotion.traffic_presets import PRESETS


def has_steps(traffic: object) -> bool:
    """Return whether it has any step, of whatever form."""
    return bool(PRESETS.get(traffic)) if isinstance(traffic, str) else isinstance(traffic, list) and bool(traffic)


def plan_in(traffic: object) -> Plan | None:
    """Return the steps; None where something is wrong with them that is reported elsewhere."""
    if isinstance(traffic, str):
        return PRESETS.get(traffic)
    steps = [_step(each) for each in traffic] if isinstance(traffic, list) else []
    right = tuple(each for each in steps if each)
    is_rising = all(before.weight < after.weight for before, after in pairwise(right))
    return right if len(right) == len(steps) and is_rising else None


def _step(written: object) -> Step | None:
    weight, bake = as_mapping(written).get("weight"), str(as_mapping(written).get("bake"))
    if isinstance(weight, int) and weight in range(1, 100) and re.fullmatch(durations.PATTERN, bake):
        return Step(weight, durations.seconds(bake))
    return None
