"""Which expressions a query may have: those that give one value a minute from its own metrics."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.manifest.metric_math import FUNCTIONS, metrics_in
from gantry.promotion.manifest.query_keys import LONGEST_EXPRESSION

KNOWN = ("errors", "requests", "m1")


@pytest.mark.parametrize(
    ("expression", "used"),
    [
        ("m1", {"m1"}),
        ("errors / requests", {"errors", "requests"}),
        ("100 * (errors + m1) / requests", {"errors", "m1", "requests"}),
        ("-m1 ^ 2", {"m1"}),
        ("100*FILL(errors, 0)/FILL(requests, REPEAT)", {"errors", "requests"}),
        ("FILL(errors, LINEAR)", {"errors"}),
        ("FILL(errors, requests)", {"errors", "requests"}),
        ("SUM([errors, m1])", {"errors", "m1"}),
        ("MAX([errors, m1] / requests)", {"errors", "m1", "requests"}),
        ("m1 - AVG(m1)", {"m1"}),
        ("m1/PERIOD(m1)", {"m1"}),
        ("IF(requests > 100 AND errors >= 1, errors / requests, 0)", {"errors", "requests"}),
        ("IF(errors || m1, 1)", {"errors", "m1"}),
        ("RATE(RUNNING_SUM(m1))", {"m1"}),
        ("TIME_SERIES(1) * SUM(m1)", {"m1"}),
        ("HOUR(m1) == 3 && DAY(m1) != 2", {"m1"}),
        ("DIFF(m1)\n + 1.5", {"m1"}),
    ],
)
def test_metric_math_that_gives_one_series_is_taken(expression: str, used: set[str]) -> None:
    assert metrics_in(expression, KNOWN) == used


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("5", "one number"),
        ("SUM(m1)", "one number"),
        ("PERIOD(m1) * 2", "one number"),
        ("[errors, m1]", "several series"),
        ("ABS([errors, m1])", "several series"),
        ("IF(m1 > 1, [errors, m1])", "several series"),
        ("m2", "uses 'm2', which is none of the metrics"),
        ("errros / requests", "did you mean 'errors'?"),
        ("sum([errors, m1])", "write SUM"),
        ("SEARCH('{AWS/EC2} CPU', 'Average')", "'SEARCH' cannot be used"),
        ("m1 + SERVICE_QUOTA(m1)", "'SERVICE_QUOTA' cannot be used"),
        ("ANOMALY_DETECTION_BAND(m1)", "'ANOMALY_DETECTION_BAND' cannot be used"),
        ("METRICS()", "'METRICS' cannot be used"),
        ("SUM(METRICS('own'))", "'METRICS' cannot be used"),
        ("SEARCH(m1)", "'SEARCH' cannot be used"),
        ("FILL(SEARCH('{AWS/EC2} CPU', 'Average'), REPEAT)", "'SEARCH' cannot be used"),
        ("IF(m1, REPEAT)", "REPEAT can only be the second argument of FILL"),
        ("IF(m1, m1, LINEAR)", "LINEAR can only be the second argument of FILL"),
        ("FILL(REPEAT, m1)", "REPEAT can only be the second argument of FILL"),
        ("FILL(m1, REPEAT + 1)", "is not closed"),
        ("m1 + LINEAR", "LINEAR can only be the second argument of FILL"),
        ("INSIGHT_RULE_METRIC(m1, m1)", "'INSIGHT_RULE_METRIC' cannot be used"),
        ("ABS m1", "after ABS"),
        ("ABS(5) + m1", "takes a metric"),
        ("ABS(m1, errors)", "2 arguments"),
        ("FILL(m1)", "1 arguments"),
        ("(m1", "the ( before the end is not closed"),
        ("[m1 errors]", "the [ before 'errors' is not closed"),
        ("m1)", "')' cannot be where it is"),
        ("m1 errors", "'errors' cannot be where it is"),
        ("m1 +", "the end cannot be where it is"),
        ("m1 AND", "the end"),
        ("AND m1", "'AND' cannot be where it is"),
        ("", "the end"),
        ("'text'", "cannot be where it is"),
        ("m1 = 5", "the '=' at character 4"),
        ("m1 % 5", "the '%' at character 4"),
        ("m1 é 5", "the 'é' at character 4"),
        ("(" * 250 + "m1" + ")" * 250, "nested"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(expression: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        metrics_in(expression, KNOWN)


@given(
    st.lists(
        st.sampled_from([*"()[],+-*/^<>", *FUNCTIONS, *KNOWN, "OR", "1", "REPEAT", " ", "é"]),
        max_size=LONGEST_EXPRESSION,
    ).map("".join)
)
def test_every_text_is_either_metric_math_or_refused(expression: str) -> None:
    used: frozenset[str] = frozenset()
    with suppress(ValueError):
        used = metrics_in(expression, KNOWN)
    assert used <= set(KNOWN)


def test_a_long_chain_of_signs_is_read() -> None:
    assert metrics_in("-" * (LONGEST_EXPRESSION - 2) + "m1", KNOWN) == {"m1"}
