from dataclasses import replace

import pytest

from gantry.promotion.artifact import ArtifactKind
from gantry.promotion.promotion_start import PromotionStart, call_name, push_name
from gantry.promotion.timestamps import moment

AT = "2026-11-22T09:30:00.000Z"
PUSH = PromotionStart(push_name("13cde686"), AT, "cowsay", "4f0c2d1", "sha256:a")
OBJECT = PromotionStart(
    push_name("13cde687"),
    AT,
    "s3/acme-artifacts/glue/etl.py",
    artifact=ArtifactKind.S3_OBJECT,
    version_id="3/L4kqtJlcpXroDTDmJ",
)
CALL = PromotionStart(call_name("arn:one", "key"), AT, "cowsay", "4f0c2d1", environments=("prod",), called_by="arn:one")


def test_only_the_name_says_that_it_was_a_push() -> None:
    assert (PUSH.is_push, CALL.is_push) == (True, False)
    assert not replace(CALL, called_by=None).is_push
    assert replace(PUSH, called_by="arn:one").is_push


def test_the_input_is_what_a_person_would_type() -> None:
    assert PUSH.execution_input() == {"repository": "cowsay", "tag": "4f0c2d1", "digest": "sha256:a"}
    assert CALL.execution_input() == {"repository": "cowsay", "tag": "4f0c2d1", "environments": ("prod",)}
    assert OBJECT.execution_input() == {
        "artifact": {"bucket": "acme-artifacts", "key": "glue/etl.py"},
        "version_id": "3/L4kqtJlcpXroDTDmJ",
    }


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (replace(CALL, at="2026-11-22T09:31:00.000Z"), True),
        (replace(CALL, tag="another"), False),
        (replace(CALL, environments=None), False),
        (replace(CALL, called_by="arn:two"), False),
    ],
)
def test_a_second_try_is_the_same_whenever_it_comes(other: PromotionStart, is_same: bool) -> None:
    assert CALL.is_same_wish(other) is is_same


@pytest.mark.parametrize(("caller", "key"), [("arn:one", "other"), ("arn:two", "key"), ('arn:one", "', "key")])
def test_a_name_belongs_to_one_caller_and_one_key(caller: str, key: str) -> None:
    assert call_name(caller, key) != call_name("arn:one", "key") == CALL.execution_name


def test_a_name_is_one_that_step_functions_takes() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    for name in (push_name("13cde686-328b-6117-af20-0e5566167482"), call_name("arn:one", "a/b c" * 50)):
        assert len(name) <= 80
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_record_outlives_every_redrive_and_is_gone_before_its_name_is_free() -> None:
    days = (moment(CALL.expires_at) - moment(AT)).days
    assert 14 < days < 30
