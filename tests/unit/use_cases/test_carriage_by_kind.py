"""What approvers read of the judge depends on what the kinds of the targets count."""

import pytest

from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.manifest.content import Environment
from gantry.promotion.target import Target
from gantry.use_cases.service_manifest import carriage

AN_OBJECT = Target("s3", "2" * 12, "us-east-1", "s3/acme-prod/etl.py", "arn")
A_FUNCTION = Target("lambda", "2" * 12, "us-east-1", "cowsay/live", "arn")


@pytest.mark.parametrize(
    ("targets", "judged"),
    [
        ((AN_OBJECT,), "alarms alone; requests are not counted here"),
        ((A_FUNCTION,), "evidence and alarms"),
        ((AN_OBJECT, A_FUNCTION), "evidence and alarms"),
    ],
)
def test_only_alarms_judge_where_no_kind_counts_requests(targets: tuple[Target, ...], judged: str) -> None:
    watched = JudgeSettings(bake_after_seconds=600)
    assert carriage(Environment("prod", targets, None, (), ("etl-fails",), {}, watched))["Judged by"] == judged
