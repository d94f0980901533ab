"""What users of other canary judges have reported, each with what is right here."""

from datetime import UTC, datetime, timedelta

import pytest

from gantry.promotion.errors import CanaryInconclusiveError
from gantry.promotion.judge.alarm_facts import AlarmFacts
from gantry.promotion.judge.decision import Decision, Watch, decide
from gantry.promotion.judge.evidence import Minute, RevisionMinute, TargetEvidence
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.judge.verdict import Health, Judgement, judge
from gantry.promotion.traffic import Step

BEGAN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NOTHING = RevisionMinute(None, None)
PLAN = (Step(10, 300),)


def judged(*minutes: tuple[RevisionMinute, RevisionMinute], unknown: tuple[str, ...] = ()) -> Judgement:
    counted = tuple(Minute(BEGAN + timedelta(minutes=at), *both) for at, both in enumerate(minutes))
    return judge(TargetEvidence(counted, BEGAN, unknown=unknown), AlarmFacts(), JudgeSettings())


def decided(judgement: Judgement, minutes: int) -> Decision:
    return decide(judgement, JudgeSettings(), Watch(PLAN, 0, minutes * 60, minutes * 60), has_alarm=False)


def test_errors_of_the_canary_alone_are_found_where_the_stable_version_has_none() -> None:
    """https://github.com/spinnaker/kayenta/issues/799 passed it: without errors the baseline had no values."""
    errors = [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
    minutes = [(RevisionMinute(10, each), RevisionMinute(90, 0)) for each in errors]
    assert judged(*minutes).verdict is not Health.HEALTHY
    assert judged(*minutes * 10).verdict is Health.UNHEALTHY


def test_a_few_errors_every_other_minute_do_not_pass_as_noise() -> None:
    """https://github.com/spinnaker/spinnaker/issues/5622 passed it: most minutes of the canary were without errors."""
    minutes = [(RevisionMinute(20, 3 * (at % 2)), RevisionMinute(180, 0)) for at in range(30)]
    assert judged(*minutes).verdict is Health.UNHEALTHY


def test_a_service_without_any_traffic_is_watched_on_and_then_taken_back_without_blame() -> None:
    """https://github.com/fluxcd/flagger/issues/1035 and https://github.com/argoproj/argo-rollouts/issues/1905."""
    quiet = judged(*[(NOTHING, NOTHING)] * 10)
    assert quiet.verdict is Health.INCONCLUSIVE
    assert decided(quiet, 10) is Decision.KEEP_BAKING
    with pytest.raises(CanaryInconclusiveError):
        decided(quiet, 120)


def test_traffic_that_ends_half_way_does_not_let_the_canary_advance() -> None:
    """https://github.com/fluxcd/flagger/issues/1011 went on with the last value that it had."""
    some, many = RevisionMinute(20, 0), RevisionMinute(180, 0)
    stopped = judged((some, many), *[(NOTHING, NOTHING)] * 20)
    assert stopped.verdict is Health.INCONCLUSIVE
    assert decided(stopped, 21) is Decision.KEEP_BAKING


def test_measurements_that_all_failed_are_no_success() -> None:
    """https://github.com/argoproj/argo-rollouts/issues/4479 called such a run successful."""
    failed = judged(unknown=("CloudWatch refused the query: rate exceeded",))
    assert failed.verdict is Health.INCONCLUSIVE
    assert "rate exceeded" in failed.reasons[0]
