"""What people use today, on the same traffic: the share of canaries that each promotes."""

import numpy as np
from scipy.stats import mannwhitneyu

from tests.judge_bench.cells import Cell
from tests.judge_bench.simulation import Flags, Numbers

CANARY_MINUTES = 5
"""As in CodeDeploy's LambdaCanary10Percent5Minutes."""
KAYENTA_MINUTES = 60
"""Spinnaker wants 50 values of a metric at least. https://spinnaker.io/docs/guides/user/canary/best-practices/"""
KAYENTA_TOLERANCE, KAYENTA_ALPHA = 0.25, 0.01
"""Its judge wants the lower end of a two-sided 98 % interval to be above a quarter of the shift that it estimates.
https://github.com/spinnaker/kayenta, NetflixACAJudge.scala and MannWhitneyClassifier.scala"""
PERIODS = 2
"""One-minute sums above 0 in a row that make SAM's documented alarms fire.
https://github.com/aws/serverless-application-model/blob/develop/docs/safe_lambda_deployments.rst"""


def promoted_by_peers(cell: Cell, runs: int) -> dict[str, float]:
    """Return the share of rollouts that each of the others would promote. None of them knows a tolerance."""
    random = cell.random()
    before = random.poisson(cell.requests_per_second * 60 * cell.rates.stable, (PERIODS + 1, runs))
    during = np.array([cell.minute(random, runs) for _ in range(KAYENTA_MINUTES)])
    canary, stable = during[:CANARY_MINUTES, 1], during[:CANARY_MINUTES, 3]
    return {
        "alarm on alias": float(1 - _changes_to_alarm(np.concatenate([before, canary + stable])).mean()),
        "alarm on version": float(1 - _changes_to_alarm(np.concatenate([np.zeros_like(before), canary])).mean()),
        "aws-lambda-deploy": float(1 - (canary > 0).any(axis=0).mean()),
        "Mann-Whitney": float(1 - _is_high(during).mean()),
    }


def _changes_to_alarm(errors: Numbers) -> Flags:
    """Whether an alarm changes to ALARM after the canary's first traffic. One that fires already cannot change."""
    firing = np.array([(errors[end - PERIODS : end] > 0).all(axis=0) for end in range(PERIODS, len(errors) + 1)])
    changes: Flags = (firing[1:] & ~firing[:-1])[-CANARY_MINUTES:].any(axis=0)
    return changes


def _is_high(minutes: Numbers) -> Flags:
    """Whether Kayenta calls the canary's error rates high. A minute without requests has a rate of 0."""
    canary = minutes[:, 1].T / np.maximum(minutes[:, 0].T, 1)
    stable = minutes[:, 3].T / np.maximum(minutes[:, 2].T, 1)
    shift = np.median((canary[:, :, None] - stable[:, None, :]).reshape(len(canary), -1), axis=1)
    lowered = canary - KAYENTA_TOLERANCE * np.abs(shift)[:, None]
    p_values = mannwhitneyu(lowered, stable, alternative="greater", axis=1, method="asymptotic").pvalue
    # Where all values are alike there is no p-value, and Kayenta passes.
    high: Flags = (np.nan_to_num(p_values, nan=1.0) < KAYENTA_ALPHA) & (canary.mean(axis=1) >= stable.mean(axis=1))
    return high
