"""How long the judge needs in each environment of a manifest, given a rate of requests; for people who write one."""

from collections.abc import Iterator
from math import isfinite

import click

from gantry.promotion.judge.expected_time import time_to_verdict
from gantry.promotion.judge.looks import USUAL_METRICS_DELAY
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.kinds import evidence_late_seconds
from gantry.targets.registry import all_schemas

ERROR_RATE = 0.1
"""Per cent of requests that fail on the stable version, when nobody says."""
_ALL = 100


def verdict_times(manifest: Manifest, requests_per_second: float, error_rate: float) -> Iterator[str]:
    """Yield a line for each environment, and one more for each thing that would help where `max_bake` is not enough.

    Args:
        manifest: whose environments.
        requests_per_second: to one target, both versions together.
        error_rate: per cent of requests that fail on the stable version.
    """
    schemas = all_schemas()
    for environment in manifest.environments:
        late = evidence_late_seconds(environment, schemas, USUAL_METRICS_DELAY)
        expected = time_to_verdict(requests_per_second, environment.plan, environment.judge, error_rate / _ALL, late)
        warning = "" if expected.is_enough else "warning: "
        yield f"{environment.name}: {warning}{expected.sentence}"
        for advice in expected.advice:
            yield f"{environment.name}: this would help: {advice}"


def positive_rate(text: str) -> float:
    """Return a number of requests a second above 0.

    Raises:
        BadParameter: it is none.
    """
    number = _number(text)
    if number <= 0:
        raise click.BadParameter(f"{text} is not above 0")
    return number


def per_cent(text: str) -> float:
    """Return a number from 0 to 100.

    Raises:
        BadParameter: it is none.
    """
    number = _number(text)
    if not 0 <= number <= _ALL:
        raise click.BadParameter(f"{text} is not between 0 and 100")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise click.BadParameter(f"{text} is not a number")
    return number
