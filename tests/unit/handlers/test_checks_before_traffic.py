"""Checks of a revision before any user sees it: its own answers, a team's function, a build; and what is recorded."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gantry.handlers.deployment_machine import await_check, record_check, run_check
from gantry.promotion.checks import Check, CheckAnswer, CheckKind, CheckStatus, OwnRequest
from gantry.promotion.errors import (
    CheckFailedError,
    CheckPendingError,
    CheckUnavailableError,
    LeaseLostError,
    TargetAccessError,
    TargetUnreachableError,
)
from gantry.promotion.lease import Lease
from gantry.promotion.timestamps import iso
from gantry.targets.invocable import Answer
from tests.unit.handlers.fake_function import FakeFunction
from tests.unit.handlers.http_requests import answer_hook
from tests.unit.handlers.payloads import DIGEST, TARGET, as_json, invoke, payload
from tests.unit.handlers.records import LOST, history, lease, record_lease
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger")

TOKEN, OTHER_TOKEN = "AQCEAAAAKgAAAAMAAAAA", "AQCEAAAAKgAAAAMAAAAB"
FUNCTION = "arn:aws:lambda:us-east-1:444444444444:function:smoke-test"
INVOKE = Check(CheckKind.INVOKE, 840, request=OwnRequest('{"warm":true}', '{"statusCode":200}'), times=3)
ASK = Check(CheckKind.FUNCTION, 300, FUNCTION)
BUILD = Check(CheckKind.CODEBUILD, 600, "smoke-test")
FACTS = {
    "version_arn": "arn:aws:lambda:us-east-1:444444444444:function:cowsay:8",
    "digest": DIGEST,
    "environment": "prod",
    "service": "cowsay",
    "target": "444444444444/us-east-1/cowsay/live",
}
CALLER = "arn:aws:sts::111111111111:assumed-role/gantry-hooks/444444444444"
GOOD = Answer('{"statusCode":200,"body":"moo"}', None)


@pytest.fixture(autouse=True)
def waiting(ledger: Any, workloads: Workloads) -> None:
    record_lease(lease())
    workloads.executions.waiting |= {TOKEN, OTHER_TOKEN}


def run(check: Check, token: str = TOKEN, index: int = 0) -> Any:
    values = {"task_token": token, "revision": "8", "index": index, "check": as_json(asdict(check))}
    return invoke(run_check.handler, payload("RunCheck", **values), milliseconds=900_000)


def answered(workloads: Workloads, token: str = TOKEN) -> Any:
    return as_json(workloads.executions.answers.get(token))


def function_of(workloads: Workloads) -> FakeFunction:
    return workloads.function(TARGET)


def test_the_new_revision_itself_is_invoked_as_often_as_the_manifest_says(workloads: Workloads) -> None:
    function_of(workloads).answers = [GOOD] * 3
    assert run(INVOKE) == {}
    assert function_of(workloads).invoked == [("8", '{"warm":true}')] * 3
    assert answered(workloads) == {"status": "passed", "reason": "3 of 3 invocations succeeded", "run": ""}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Answer("", "KeyError: 'cow'"), "it failed: “KeyError: 'cow'”"),
        (Answer('{"statusCode":500}', None), "the answer.statusCode is 500 instead of 200"),
        (Answer('{"body":"moo"}', None), 'the answer has no "statusCode"'),
        (Answer("moo", None), "its answer is no JSON"),
    ],
)
def test_the_first_bad_answer_fails_the_check(bad: Answer, words: str, workloads: Workloads) -> None:
    function_of(workloads).answers = [GOOD, bad, GOOD]
    run(INVOKE)
    assert answered(workloads) == {"status": "failed", "reason": f"invocation 2 of 3: {words}", "run": ""}
    assert len(function_of(workloads).invoked) == 2


def test_without_an_expectation_any_answer_without_an_error_will_do(workloads: Workloads) -> None:
    function_of(workloads).answers = [Answer("moo", None)]
    run(Check(CheckKind.INVOKE, 840))
    assert answered(workloads)["status"] == "passed"


def test_a_revision_that_does_not_answer_in_the_time_there_is_says_nothing(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(self: FakeFunction, version: str, payload: str) -> Answer:
        raise TargetUnreachableError(f"version {version} did not answer")

    monkeypatch.setattr(FakeFunction, "invoke", hang)
    run(INVOKE)
    assert answered(workloads) == {
        "status": "unanswered",
        "reason": "invocation 1 of 3: version 8 did not answer",
        "run": "",
    }


def test_no_invocation_begins_that_could_not_be_waited_for(workloads: Workloads) -> None:
    run(replace(INVOKE, within_seconds=9))
    assert answered(workloads)["status"] == "unanswered"
    assert answered(workloads)["reason"] == "there was no time for invocation 1 of 3"
    assert function_of(workloads).invoked == []


def test_a_teams_function_is_told_what_it_checks_and_decides_at_once(workloads: Workloads) -> None:
    workloads.check_function.answer = {"status": "failed", "reason": "2 of 12 tests failed"}
    run(ASK)
    (asked,) = workloads.check_function.asked
    assert {key: value for key, value in asked.items() if key != "callback_id"} == FACTS
    assert workloads.check_function.where == [("444444444444", FUNCTION)]
    assert answered(workloads) == {"status": "failed", "reason": "2 of 12 tests failed", "run": ""}


@pytest.mark.parametrize("answer", [{}, {"status": "ok"}, {"status": None}, {"status": ["passed"]}])
def test_a_function_that_says_nothing_clear_says_nothing(answer: dict[str, Any], workloads: Workloads) -> None:
    workloads.check_function.answer = answer
    run(ASK)
    assert answered(workloads)["status"] == "unanswered"
    assert '"failed", "passed", "started"' in answered(workloads)["reason"]


def test_a_function_that_cannot_be_asked_says_nothing(workloads: Workloads) -> None:
    workloads.check_function.answer = CheckUnavailableError("there is no such function")
    run(ASK)
    assert answered(workloads)["status"] == "unanswered"
    assert answered(workloads)["reason"] == "there is no such function"


def test_a_function_may_answer_later_by_its_callback_id(workloads: Workloads) -> None:
    workloads.check_function.answer = {"status": "started"}
    run(ASK)
    assert answered(workloads) is None
    (asked,) = workloads.check_function.asked
    said = answer_hook(asked["callback_id"], CALLER, {"status": "passed", "reason": "12 of 12"})
    assert said["statusCode"] == 200
    assert answered(workloads) == {"status": "passed", "reason": "12 of 12", "run": ""}


def test_a_function_may_answer_before_its_invocation_returns(workloads: Workloads) -> None:
    workloads.check_function.answer = {"status": "started"}
    workloads.check_function.when_asked = lambda callback_id: answer_hook(callback_id, CALLER, {"status": "passed"})
    run(ASK)
    assert answered(workloads)["status"] == "passed"


def test_another_try_has_the_same_id_and_the_newer_token(workloads: Workloads) -> None:
    workloads.check_function.answer = {"status": "started"}
    run(ASK)
    run(ASK, OTHER_TOKEN)
    first, second = (each["callback_id"] for each in workloads.check_function.asked)
    assert first == second
    answer_hook(first, CALLER, {"status": "passed"})
    assert (answered(workloads), answered(workloads, OTHER_TOKEN)["status"]) == (None, "passed")


def test_each_check_has_an_id_of_its_own(workloads: Workloads) -> None:
    run(ASK)
    run(ASK, OTHER_TOKEN, index=1)
    assert len({each["callback_id"] for each in workloads.check_function.asked}) == 2


def test_a_build_is_begun_with_what_it_checks_and_goes_on(workloads: Workloads) -> None:
    for token in (TOKEN, OTHER_TOKEN):
        run(BUILD, token)
    ((begun, variables),) = workloads.builds.begun.items()
    assert variables == {name.upper(): value for name, value in FACTS.items()}
    assert len(begun) == 64
    assert answered(workloads)["status"] == "started"
    assert answered(workloads)["run"] == answered(workloads, OTHER_TOKEN)["run"] == "smoke-test:1"


def test_a_project_that_cannot_be_used_says_nothing(workloads: Workloads) -> None:
    workloads.builds.refusal = CheckUnavailableError("there is no such project")
    run(BUILD)
    assert answered(workloads)["status"] == "unanswered"


def test_nobody_waits_any_more(workloads: Workloads, logged: list[str]) -> None:
    workloads.executions.waiting.clear()
    run(INVOKE)
    assert any("nobody waits for this check any more" in line for line in logged)


@pytest.mark.parametrize("now", LOST)
@pytest.mark.parametrize("check", [INVOKE, ASK, BUILD])
def test_nothing_is_begun_once_the_lease_is_lost(check: Check, now: Lease, workloads: Workloads) -> None:
    record_lease(now)
    with pytest.raises(LeaseLostError):
        run(check)
    assert (workloads.check_function.asked, workloads.builds.begun, function_of(workloads).invoked) == ([], {}, [])


@pytest.mark.parametrize("check", [INVOKE, ASK, BUILD])
def test_an_account_that_lets_nobody_in_is_no_verdict(check: Check, workloads: Workloads) -> None:
    workloads.closed.add("444444444444")
    with pytest.raises(TargetAccessError):
        run(check)


def test_no_token_and_no_payload_gets_into_the_log(workloads: Workloads, logged: list[str]) -> None:
    workloads.check_function.answer = {"status": "started"}
    for check in (INVOKE, ASK, BUILD):
        run(check)
    assert logged
    assert not [line for line in logged if TOKEN in line or "warm" in line]


def build(answer: CheckAnswer, entered_at: datetime, workloads: Workloads) -> Any:
    workloads.builds.answers = [answer]
    known = CheckAnswer(CheckStatus.STARTED, "it goes on", "smoke-test:1")
    values = {"check": as_json(asdict(BUILD)), "answer": as_json(asdict(known)), "entered_at": iso(entered_at)}
    return invoke(await_check.handler, payload("AwaitCheck", **values))


@pytest.mark.parametrize("status", [CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.UNANSWERED])
def test_a_build_that_has_ended_is_the_answer(status: CheckStatus, workloads: Workloads) -> None:
    ended = CheckAnswer(status, "the build says so")
    assert build(ended, datetime.now(UTC), workloads) == as_json(asdict(ended))


def test_a_build_that_goes_on_is_looked_at_again_until_its_time_is_over(workloads: Workloads) -> None:
    going_on = CheckAnswer(CheckStatus.STARTED, "IN_PROGRESS", "smoke-test:1")
    with pytest.raises(CheckPendingError, match="IN_PROGRESS"):
        build(going_on, datetime.now(UTC), workloads)
    late = build(going_on, datetime(2026, 11, 22, 9, 30, tzinfo=UTC), workloads)
    assert late == {"status": "unanswered", "reason": "after 600 seconds IN_PROGRESS", "run": ""}


def record(status: CheckStatus, reason: str = "2 of 12 tests failed") -> Any:
    values = {"revision": "8", "index": 1, "check": as_json(asdict(ASK))}
    answer = as_json(asdict(CheckAnswer(status, reason)))
    return invoke(record_check.handler, payload("RecordCheck", **values, answer=answer))


def test_what_has_passed_is_in_the_history_once(workloads: Workloads) -> None:
    for _ in range(2):
        assert record(CheckStatus.PASSED, "fine") == {"check": f"function {FUNCTION}", "reason": "fine"}
    (entry,) = history()
    assert (entry.kind, entry.target_id) == ("revision_checked", TARGET.id)
    assert entry.facts == {"check": f"function {FUNCTION}", "revision": "8", "status": "passed", "reason": "fine"}


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [
        (CheckStatus.FAILED, CheckFailedError, "push a new release"),
        (CheckStatus.UNANSWERED, CheckUnavailableError, "repair the check, and promote it again"),
    ],
)
def test_what_has_not_passed_is_in_the_history_too_and_says_what_to_do(
    status: CheckStatus, error: type[Exception], advice: str
) -> None:
    with pytest.raises(error, match=advice) as raised:
        record(status)
    assert f"check 2 before any traffic, function {FUNCTION}: “2 of 12 tests failed”" in str(raised.value)
    (entry,) = history()
    assert (entry.facts["status"], entry.facts["reason"]) == (status, "2 of 12 tests failed")


def test_nothing_is_recorded_by_who_has_lost_the_lease() -> None:
    record_lease(LOST[0])
    with pytest.raises(LeaseLostError):
        record(CheckStatus.PASSED)
    assert history() == []


def hooked(workloads: Workloads) -> str:
    workloads.check_function.answer = {"status": "started"}
    run(ASK)
    return str(workloads.check_function.asked[-1]["callback_id"])


@pytest.mark.parametrize(
    "caller",
    [
        None,
        "arn:aws:sts::111111111111:assumed-role/gantry-hooks/222222222222",
        "arn:aws:sts::111111111111:assumed-role/chat-bot/444444444444",
        "arn:aws:iam::111111111111:user/gantry-hooks/444444444444",
        "arn:aws:iam::444444444444:role/smoke-test",
    ],
)
def test_nobody_but_the_targets_account_may_answer(caller: str | None, workloads: Workloads) -> None:
    refused = answer_hook(hooked(workloads), caller, {"status": "passed"})
    assert refused["statusCode"] == 404
    assert "with the id of the target's account" in json.loads(refused["body"])["error"]
    assert answered(workloads) is None


@pytest.mark.parametrize("callback_id", ["0" * 64, "a/b", "%2e%2e"])
def test_an_id_that_nobody_was_given_is_answered_like_a_foreign_one(callback_id: str, workloads: Workloads) -> None:
    assert hooked(workloads)
    assert answer_hook(callback_id, CALLER, {"status": "passed"})["statusCode"] == 404
    assert answered(workloads) is None


def test_an_answer_counts_once(workloads: Workloads) -> None:
    callback_id = hooked(workloads)
    assert answer_hook(callback_id, CALLER, {"status": "failed", "reason": "no"})["statusCode"] == 200
    late = answer_hook(callback_id, CALLER, {"status": "passed"})
    assert late["statusCode"] == 409
    assert "answered before, or its time is over" in json.loads(late["body"])["error"]
    assert answered(workloads)["status"] == "failed"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 4000, 400),
        (b"{" + b" " * 5000 + b"}", 413),
        ({"status": "started"}, 400),
        ({"status": "unanswered"}, 400),
        ({"status": 1}, 400),
        ({"status": "passed", "reason": 5}, 400),
        ({"status": "passed", "reason": "x" * 501}, 400),
    ],
)
def test_an_answer_that_cannot_be_used_changes_nothing(body: Any, status: int, workloads: Workloads) -> None:
    callback_id = hooked(workloads)
    refused = answer_hook(callback_id, CALLER, body)
    assert refused["statusCode"] == status
    assert "Nothing was changed." in json.loads(refused["body"])["error"]
    assert answered(workloads) is None
    assert answer_hook(callback_id, CALLER, {"status": "passed"})["statusCode"] == 200
