"""What is checked of a new version before any user reaches it."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD, REGION
from sandbox.stand_in.repairs.role_sessions import Keys
from tests.end_to_end.checking import a_check, a_project, answer, taken
from tests.end_to_end.service import STABLE, NewService, Service

BROKEN = "def handler(event, context):\n    raise ValueError('no cow, %s')\n"


def promoted(service: Service, app: str) -> tuple[str, str]:
    """Push an image with this source; its digest, and its promotion."""
    digest = service.pipeline.push(service.name, service.tag(), app)
    return digest, service.pipeline.promotion_of(digest)


def test_an_image_that_fails_its_check_never_gets_traffic(new_service: NewService, pipeline: Pipeline) -> None:
    service = new_service()
    expected = {"invoke": {"times": 2, "expect": {"said": None}}}
    service.add(service.environment(before_traffic=[expected]))
    service.release()
    digest, promotion = promoted(service, BROKEN % service.name)
    ended = service.fails(promotion)
    assert "CheckFailedError" in ended["cause"]
    assert f"no cow, {service.name}" in ended["cause"]
    assert "The traffic was not touched." in ended["cause"]
    assert service.routing() == STABLE
    assert service.alias_updates() == 0
    assert service.lease() is None
    assert pipeline.quarantined(service.name) == [digest]
    checks = [each["facts"] for each in service.history("revision_checked")]
    assert [(each["check"], each["revision"], each["status"]) for each in checks] == [
        ("2 x invoke", "1", "passed"),
        ("2 x invoke", "2", "failed"),
    ]


def test_a_first_deployment_that_fails_its_check_leaves_nothing_that_takes_traffic(new_service: NewService) -> None:
    service = new_service()
    service.add(service.environment(before_traffic=[{"invoke": {}}]))
    _, promotion = promoted(service, BROKEN % service.name)
    assert "CheckFailedError" in service.fails(promotion)["cause"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        service.routing()
    assert service.lease() is None


def test_builds_decide_and_know_what_they_check(new_service: NewService, pipeline: Pipeline) -> None:
    service = new_service()
    arn = f"arn:aws:lambda:{REGION}:{PROD}:function:{service.name}:"
    good = a_project(pipeline.stand_in, f"check-{service.name}-good", f'test "$VERSION_ARN" = {arn}1')
    bad = a_project(pipeline.stand_in, f"check-{service.name}-bad", 'test "$ENVIRONMENT" = dev')
    service.add(service.environment(before_traffic=[{"codebuild": good}]))
    service.release()
    service.change(service.environment(before_traffic=[{"codebuild": bad}]))
    digest, promotion = service.promote()
    ended = service.fails(promotion)
    assert "CheckFailedError" in ended["cause"]
    assert 'test "$ENVIRONMENT" = dev' in ended["cause"]
    assert pipeline.quarantined(service.name) == [digest]
    assert service.routing() == STABLE


def test_a_check_that_cannot_be_made_is_not_held_against_the_release(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service, function = new_service(), f"arn:aws:lambda:{REGION}:{PROD}:function"
    service.add(service.environment())
    for check, words in (
        ({"codebuild": "check-nothing"}, "there is no such project"),
        ({"codebuild": "not-for-the-pipeline"}, "CheckProjectPatterns"),
        ({"function": f"{function}:check-nothing"}, "there is no such function"),
        ({"function": f"{function}:other"}, "CheckFunctionPatterns"),
    ):
        service.change(service.environment(before_traffic=[check]))
        _, promotion = service.promote()
        cause = service.fails(promotion)["cause"]
        assert "CheckUnavailableError" in cause
        assert words in cause
    assert pipeline.quarantined(service.name) == []


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return tmp_path / "asked"


def question(asked: Path) -> dict[str, Any]:
    """What the function was asked last, once it was."""
    text = eventually("a question", lambda: asked.read_text() if asked.exists() else None)
    found: dict[str, Any] = json.loads(text.splitlines()[-1])
    return found


def test_a_check_answers_later_by_the_role_that_only_its_own_account_can_take(
    new_service: NewService, pipeline: Pipeline, asked: Path
) -> None:
    service = new_service()
    check = a_check(pipeline.stand_in, f"check-{service.name}", {"status": "started"}, str(asked))
    service.add(service.environment(before_traffic=[{"function": check, "within": "2m"}]))
    digest, promotion = service.promote()
    told = question(asked)
    assert told["version_arn"] == f"arn:aws:lambda:{REGION}:{PROD}:function:{service.name}:1"
    assert (told["digest"], told["environment"], told["service"]) == (digest, "prod", service.name)
    assert "task_token" not in json.dumps(told)

    with pytest.raises(ClientError, match="AccessDenied"):
        taken(pipeline, DEV, PROD)
    assert answer(pipeline, taken(pipeline, DEV, DEV), told["callback_id"], status="passed").status == 404
    assert answer(pipeline, Keys(PROD, "test"), told["callback_id"], status="passed").status == 403
    keys = taken(pipeline, PROD, PROD)
    assert answer(pipeline, keys, "0" * 64, status="passed").status == 404
    assert answer(pipeline, keys, told["callback_id"], status="perhaps").status == 400
    assert answer(pipeline, keys, told["callback_id"], status="passed", reason="12 of 12").status == 200
    service.succeeds(promotion)
    assert service.routing() == STABLE
    assert answer(pipeline, keys, told["callback_id"], status="failed").status == 409
    (recorded,) = service.history("revision_checked")
    assert (recorded["facts"]["status"], recorded["facts"]["reason"]) == ("passed", "12 of 12")
