"""What people approved is compared again before it happens. If it does not hold, they are asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gantry.handlers import entry
from gantry.handlers.deployment_machine import inspect_target
from gantry.handlers.promotion_machine import follow_up_approval, request_approval
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.errors import ApprovalOutdatedError
from gantry.promotion.judge.settings import JudgeSettings
from gantry.promotion.live import Live
from gantry.promotion.timestamps import iso
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.use_cases.approvals.clock import now
from tests.unit.handlers.asking import ID, answered, approvals, found
from tests.unit.handlers.http_requests import answer, show, text_of
from tests.unit.handlers.mails import Mailed
from tests.unit.handlers.payloads import (
    ALARM,
    OPS,
    OTHER_TARGET,
    PROMOTION,
    RELEASE,
    ROLE,
    TARGET,
    Said,
    as_json,
    deployment_input,
    environment_input,
    invoke,
    payload,
    policy,
    release_input,
)
from tests.unit.handlers.records import lease, live, live_revision, record_lease, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "workloads", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

AGAIN = approval_id(PROMOTION, "prod", ID)


def ask(**changed: Any) -> Any:
    """What RequestApproval does, at first and after a Redrive."""
    event = payload(
        "RequestApproval",
        release=release_input(),
        origin={"is_manual": False, "pushed_by": None, "started_by": None, "tags": []},
        environment=environment_input(policy(OPS), **changed),
        firing=[],
        forecast=None,
        ends=None,
        drafts=[{} for _ in changed.get("targets", [TARGET])],
        started_at="2026-11-22T09:00:00.000Z",
        execution=PROMOTION,
        entered_at=now(),
    )
    return invoke(request_approval.handler, event)


def approve(mailed: Mailed) -> str:
    """Answer through the newest mail; the link."""
    link = mailed()[-1].link
    assert answer(link=link)["statusCode"] == 200
    return link


def become_live(number: int, **changed: Any) -> None:
    record_live(live(number, **changed))


def own_release_on(live_before: Live) -> Live:
    """The record once this release is live on a target."""
    current = replace(live_revision(9), digest=RELEASE.digest, manifest_revision=RELEASE.manifest_revision)
    return replace(live_before, current=current)


def age(approval: Approval, days: float) -> None:
    at = iso(datetime.now(UTC) - timedelta(days=days))
    approvals().change(approval.id, lambda each: replace(each, ended_at=at))


@pytest.fixture(autouse=True)
def running(workloads: Workloads) -> None:
    workloads.executions.running.add(PROMOTION)


def test_an_approval_that_holds_is_not_asked_for_again(mailed: Mailed) -> None:
    become_live(7)
    ask()
    approve(mailed)
    assert ask()["decision"]["decision"] == "approved"
    assert found().seen == {TARGET.id: "version 7 (tag7)"}
    assert len(mailed()) == 1


def test_when_something_else_became_live_people_are_asked_again(mailed: Mailed, announced: Said) -> None:
    become_live(7)
    ask()
    old = approve(mailed)
    become_live(8)
    announced()

    state = ask()

    assert (state["decision"], state["key"]["pk"]) == (None, f"approval#{AGAIN}")
    first, second = mailed()
    assert second.subject == "Approve cowsay 4f0c2d1 for prod again?"
    why = f"On {TARGET.id}, version 8 (tag8) is live now. When the release was approved, it was version 7 (tag7)."
    assert "Asked again" in second.text
    assert why in second.text
    assert first.link != second.link
    assert "a newer mail asks again" in text_of(show(old))
    assert [event["detail"]["approval"] for event in announced()] == [AGAIN]

    approve(mailed)
    decision = ask()["decision"]
    assert (decision["decision"], decision["live"]) == ("approved", {TARGET.id: "version 8 (tag8)"})
    assert len(mailed()) == 2


def test_an_answer_through_an_old_link_changes_nothing(mailed: Mailed) -> None:
    become_live(7)
    ask()
    old = approve(mailed)
    become_live(8)
    ask()
    answer(link=old, nonce=f"{'0' * 32}.0.0")
    assert found(AGAIN).answers == ()


@pytest.mark.parametrize(("days", "again"), [(13.9, False), (14.1, True)])
def test_an_approval_holds_for_fourteen_days(mailed: Mailed, days: float, again: bool) -> None:
    ask()
    approve(mailed)
    age(found(), days)
    assert (ask()["decision"] is None) is again


@pytest.mark.parametrize("days", [1, 20])
def test_a_target_that_runs_the_release_already_is_nothing_else(mailed: Mailed, days: float) -> None:
    """A redriven promotion has brought it there before it failed on another target."""
    targets = {"targets": (TARGET, OTHER_TARGET)}
    for each in targets["targets"]:
        record_live(live(7, target=each))
    ask(**targets)
    approve(mailed)
    record_live(own_release_on(live(7)))
    assert ask(**targets)["decision"]["decision"] == "approved"

    record_live(own_release_on(live(7, target=OTHER_TARGET)))
    age(found(), days)
    assert ask(**targets)["decision"]["decision"] == "approved", "there is nothing left to do"


def test_what_the_manifest_says_is_compared_too(mailed: Mailed) -> None:
    ask()
    approve(mailed)
    assert ask(judge=JudgeSettings(bake_after_seconds=60))["decision"] is None
    assert "The manifest is read differently now." in mailed()[-1].text


def test_a_crash_before_the_old_one_says_so_asks_once(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    become_live(7)
    ask()
    approve(mailed)
    become_live(8)
    with monkeypatch.context() as patch:
        patch.setattr(type(approvals()), "change", lambda *_: pytest.fail("it crashes"))
        with pytest.raises(pytest.fail.Exception):
            ask()
    state = ask()
    assert state["key"]["pk"] == f"approval#{AGAIN}"
    assert found().asked_again == AGAIN
    assert len(mailed()) == 2


def test_what_is_due_is_done_for_the_newest_round(mailed: Mailed) -> None:
    become_live(7)
    ask()
    approve(mailed)
    become_live(8)
    ask()
    event = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)
    assert invoke(follow_up_approval.handler, event)["key"]["pk"] == f"approval#{AGAIN}"


def inspect(live_then: str | None, days: float = 0, **changed: Any) -> Any:
    at = iso(datetime.now(UTC) - timedelta(days=days))
    deployment = deployment_input(approved={"at": at, "live": live_then}, **changed)
    return invoke(inspect_target.handler, payload("InspectTarget", deployment=deployment, entered_at=now()))


@pytest.mark.parametrize(
    ("then", "days"),
    [("version 6 (tag6)", 0), (None, 0), ("version 7 (tag7)", 14.1)],
    ids=["something else", "nothing", "too long ago"],
)
def test_a_deployment_whose_turn_it_is_compares_once_more(workloads: Workloads, then: str | None, days: float) -> None:
    become_live(7)
    record_lease(lease())
    with pytest.raises(ApprovalOutdatedError, match=r"live now|holds for 14 days"):
        inspect(then, days)
    assert entry.services().leases.get(TARGET).restore_point is None


def test_a_deployment_goes_on_with_what_people_saw(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    configuration = LambdaConfiguration(256, 10, 512, {}, [], ROLE)
    version = workloads.function(TARGET).deployed(live_revision(7).digest, configuration)
    workloads.alias(TARGET).current = Routing(version)
    become_live(7)
    record_lease(lease())
    inspect("version 7 (tag7)")
    record_live(own_release_on(live(7)))
    inspect("version 7 (tag7)", days=20)


def test_the_machine_gets_what_was_live_for_each_target(mailed: Mailed) -> None:
    become_live(7)
    ask()
    approve(mailed)
    assert ask()["decision"]["live"] == as_json({TARGET.id: "version 7 (tag7)"})


def test_an_answer_without_a_page_is_compared_with_nothing(mailed: Mailed) -> None:
    """Nobody knows what that approver saw, so that only an empty target is as it was."""
    become_live(7)
    ask()
    approvals().change(ID, lambda each: each.answered(answered(at=now())))
    assert ask()["decision"] is None


def test_a_newer_version_of_what_it_refers_to_was_not_approved_though_the_release_is_live(mailed: Mailed) -> None:
    """A configuration alone that failed is redriven after the secret was rotated."""
    text = "resolve:secretsmanager:cowsay/db:SecretString:"

    def with_version(version: str) -> Any:
        return ask(targets=[replace(TARGET, references={text: f"{text}::{version}"})])

    record_live(own_release_on(live(7)))
    with_version("11111111-old")
    approve(mailed)
    assert with_version("11111111-old")["decision"]["decision"] == "approved"
    assert with_version("99999999-new")["decision"] is None
    why = (
        f"On {TARGET.id}, it would get secret cowsay/db, version 99999999 now. What was approved is secret cowsay/db, "
    )
    assert f"{why}version 11111111." in mailed()[-1].text
