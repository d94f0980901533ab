"""Refuse queries that cannot work: without a metric or a threshold, with a wrong expression, or a name misspelt."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gantry.promotion.manifest.document import Located, as_mapping, list_at, repeated
from gantry.promotion.manifest.messages import quoted
from gantry.promotion.manifest.metric_math import metrics_in, times_used
from gantry.promotion.manifest.problem import Location, Problem
from gantry.promotion.manifest.query_keys import LONGEST_ASKED, LONGEST_EXPRESSION, LONGEST_PREFIX, METRIC_ID

REVISION = "{revision}"
_THRESHOLDS = ("at_most", "at_least", "above_stable")
_BRACED = re.compile(r"\$?\{+ *(\w*) *\}+")
_MEANT = ("revision", "version", "function_version", "executed_version", "qualifier", "canary", "stable")
"""What people may write for the revision. Other braces may be a part of the value, like the `/users/{id}` of an API."""


def query_problems(location: Location, scope: Mapping[Any, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the queries at the top or of one environment."""
    queries = [
        ((*location, "queries", index), as_mapping(each)) for index, each in enumerate(list_at(scope, "queries"))
    ]
    yield from repeated([((*at, "name"), query.get("name")) for at, query in queries], "the query")
    for at, query in queries:
        if query:
            yield from _metric_problems(at, query)
            yield from _threshold_problems(at, query)
            yield from _expression_problems(at, query)


def _metric_problems(at: Location, query: Mapping[Any, Any]) -> Iterator[Problem]:
    single, several = query.get("metric") is not None, query.get("metrics") is not None
    if single == several:
        wrong = "it has metric as well as metrics" if single else "it has no metric"
        yield Problem(at, f"{wrong}; give either metric, or metrics with an expression")
    elif several and query.get("expression") is None:
        yield Problem((*at, "expression"), "missing; give what is made of the metrics, like errors / requests")
    elif single and query.get("expression") is not None:
        yield Problem((*at, "expression"), "a single metric has none; leave it out, or give metrics by name")
    for place, metric in _metrics(at, query):
        for key in ("namespace", "metric"):
            yield from _braced((*place, key), metric.get(key), "only a dimension's value can have it")
        for name, value in as_mapping(metric.get("dimensions")).items():
            yield from _braced((*place, "dimensions", str(name)), name, "only a dimension's value can have it")
            yield from _misspelt((*place, "dimensions", str(name)), value)


def _threshold_problems(at: Location, query: Mapping[Any, Any]) -> Iterator[Problem]:
    given = [key for key in _THRESHOLDS if query.get(key) is not None]
    if len(given) != 1:
        wrong = f"it has {' and '.join(given)}" if given else "nothing says which value shows harm"
        yield Problem(at, f"{wrong}; give one of {', '.join(_THRESHOLDS)}")
    if "above_stable" in given and not any(_compares(metric) for _, metric in _metrics(at, query)):
        message = (
            f"no dimension has {REVISION}, so both versions would have the same value; give a dimension like "
            f'ExecutedVersion: "{REVISION}"'
        )
        yield Problem((*at, "above_stable"), message)


def _expression_problems(at: Location, query: Mapping[Any, Any]) -> Iterator[Problem]:
    expression, metrics = query.get("expression"), as_mapping(query.get("metrics"))
    if not isinstance(expression, str) or not 0 < len(expression) <= LONGEST_EXPRESSION:
        return
    if not metrics or not all(isinstance(each, str) and re.fullmatch(METRIC_ID, each) for each in metrics):
        return
    try:
        used = metrics_in(expression, list(metrics))
    except ValueError as error:
        yield Problem((*at, "expression"), f"{quoted(expression)} cannot work: {error}")
        return
    asked = len(expression) + LONGEST_PREFIX * times_used(expression, used)
    if asked > LONGEST_ASKED:
        message = (
            f"CloudWatch is asked with longer names, so it has {asked:,} characters there and may have "
            f"{LONGEST_ASKED:,}; name metrics less often"
        )
        yield Problem((*at, "expression"), message)
    for unused in [name for name in metrics if name not in used]:
        yield Problem((*at, "metrics", unused), "the expression does not use it; use it, or leave it out")


def _metrics(at: Location, query: Mapping[Any, Any]) -> Iterator[Located]:
    if isinstance(query.get("metric"), dict):
        yield (*at, "metric"), query["metric"]
    for name, metric in as_mapping(query.get("metrics")).items():
        yield (*at, "metrics", str(name)), as_mapping(metric)


def _compares(metric: Mapping[Any, Any]) -> bool:
    return any(REVISION in str(value) for value in as_mapping(metric.get("dimensions")).values())


def _braced(at: Location, value: object, why: str) -> Iterator[Problem]:
    if isinstance(value, str) and REVISION in value:
        yield Problem(at, f"{quoted(value)} has {REVISION}, and {why}; leave it out here")


def _misspelt(at: Location, value: object) -> Iterator[Problem]:
    for found in _BRACED.finditer(value) if isinstance(value, str) else ():
        is_meant = difflib.get_close_matches(found[1].lower(), _MEANT, n=1, cutoff=0.8)
        if found[0] != REVISION and is_meant:
            yield Problem(at, f"{quoted(found[0])} stands for nothing; the version that is asked about is {REVISION}")
