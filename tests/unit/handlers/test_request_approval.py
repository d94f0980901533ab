from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.notifications import EventBus, Topic
from gantry.handlers import entry
from gantry.handlers.promotion_machine import request_approval
from gantry.promotion.approval import LONGEST_WAIT, Approval
from gantry.promotion.approval_link import link_key
from gantry.promotion.carriage import carriage_of
from gantry.promotion.environment_gate import EnvironmentGate
from gantry.promotion.errors import NotificationError, QuorumUnreachableError
from gantry.promotion.fact_section import RELEASED
from gantry.promotion.history import HistoryKind
from gantry.promotion.preview.rules import CHECKED_BEFORE_ASKING, SENTENCES, RuleName
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.targets.s3_object.object_target import ObjectTarget
from gantry.use_cases.approvals.clock import now
from tests.unit.handlers.asking import ID, TOKEN, answered, approvals, found, give, outcome_of, wait_for
from tests.unit.handlers.http_requests import answer, show, text_of
from tests.unit.handlers.ledger_pages import LedgerPages
from tests.unit.handlers.mails import REFUSED, THROTTLED, Mailed, and_then, record_tags, refuse
from tests.unit.handlers.payloads import (
    ALARM,
    AUTHOR,
    BOSS,
    BOT,
    DIGEST,
    HOUR,
    LEAD,
    OPS,
    ORIGIN,
    PROMOTION,
    RELEASE,
    SENDER,
    TARGET,
    Said,
    Told,
    as_json,
    environment,
    environment_input,
    invoke,
    payload,
    policy,
    release_input,
)
from tests.unit.handlers.records import decisions, live, record_live, record_quarantine, release_from_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "workloads", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

ENDS = "about 16 min; 2 h 5 min at most"
FORECAST = "prod had 12 requests a second last week. It takes 3 minutes."
ENTERED, STARTED, EXPIRES = "2998-11-22T09:30:00.123Z", "2998-11-22T09:00:00.000Z", "2998-11-25T09:30:00.123Z"


def ask(
    *approvers: str,
    origin: PromotionOrigin = ORIGIN,
    firing: tuple[str, ...] = (),
    drafts: tuple[dict[str, str], ...] = ({},),
    execution: str = PROMOTION,
    here: dict[str, Any] | None = None,
    **changed: Any,
) -> Any:
    event = payload(
        "RequestApproval",
        release=release_input(),
        origin=as_json({name: getattr(origin, name) for name in ("is_manual", "pushed_by", "started_by", "tags")}),
        environment=environment_input(policy(*approvers, **changed), **(here or {})),
        firing=list(firing),
        forecast=FORECAST,
        ends=ENDS,
        drafts=list(drafts),
        started_at=STARTED,
        execution=execution,
        entered_at=ENTERED,
    )
    return invoke(request_approval.handler, event)


def test_approvers_read_how_long_a_verdict_takes(mailed: Mailed) -> None:
    ask(OPS)
    (mail,) = mailed()
    assert "How long a verdict takes" in mail.text
    assert FORECAST in mail.text


def test_approvers_read_how_long_it_takes_from_their_answer_on_and_what_is_met_already(mailed: Mailed) -> None:
    ask(OPS)
    (mail,) = mailed()
    assert f"It takes {ENDS}" in mail.text
    assert "The policy file allows it; " in mail.text


def test_approvers_read_what_the_infrastructure_had_before_they_were_asked(mailed: Mailed) -> None:
    needs = [{"parameter": "/infra/prod/revision", "at_least": 12}]
    ask(OPS, here={"needs": needs})
    (mail,) = mailed()
    assert "The infrastructure has parameter /infra/prod/revision at least 12" in " ".join(mail.text.split())


def test_each_approver_gets_one_mail_with_a_link_of_their_own_to_the_same_question(mailed: Mailed) -> None:
    ask(OPS, LEAD, quorum=2)
    expected = Approval(
        id=ID,
        environment="prod",
        release=RELEASE,
        origin=ORIGIN,
        policy=policy(OPS, LEAD, quorum=2),
        targets=(TARGET,),
        settings={"memory_mb": "512", "environment.TO_SAY": "Hello from prod"},
        alarms=(ALARM,),
        firing=(),
        drafts=({},),
        forecast=FORECAST,
        ends=ENDS,
        rules=tuple(SENTENCES[each] for each in CHECKED_BEFORE_ASKING if each is not RuleName.REFERENCES),
        execution=PROMOTION,
        started_at=STARTED,
        requested_at=ENTERED,
        expires_at=EXPIRES,
        asked=(OPS, LEAD),
        carried=carriage_of(environment(policy(OPS, LEAD, quorum=2))),
        revision=2,
    )
    assert found() == expected
    assert [mail.to for mail in mailed()] == [OPS, LEAD]
    assert len({mail.link for mail in mailed()}) == 2
    links = [approvals().link(link_key(mail.link)) for mail in mailed()]
    assert [(link.approval_id, link.approver) for link in links if link] == [(ID, OPS), (ID, LEAD)]
    assert len({link.nonce_key for link in links if link}) == 2


def test_targets_of_several_kinds_are_each_given_what_their_own_kind_knows() -> None:
    configuration = {"memory_mb": 512, "environment": {"TO_SAY": "Moo"}, "metadata": {"cache-control": "no-cache"}}
    site = ObjectTarget("444444444444", "us-east-1", "acme-prod", "site.json").as_target()
    ask(OPS, drafts=({}, {}), here={"targets": (TARGET, site), "configuration": configuration})
    assert found().settings == {}
    assert found().settings_of_kinds == {
        "lambda": {"memory_mb": "512", "environment.TO_SAY": "Moo"},
        "s3": {"metadata.cache-control": "no-cache"},
    }


def test_the_machine_gets_the_key_for_its_token_and_how_long_to_wait(mailed: Mailed) -> None:
    state = ask()
    assert (state["key"], state["decision"]) == (keys.approval(ID), None)
    assert state["seconds"] == LONGEST_WAIT
    assert len(mailed()) == 2


def test_the_wait_ends_when_something_is_due(mailed: Mailed) -> None:
    until_the_end = ask()["seconds"]
    other = ask(OPS, reminder_after_seconds=HOUR, escalate_to=(BOSS,), escalate_after_seconds=2 * HOUR)
    assert abs(other["seconds"] - until_the_end) < 60, "a retry asks about what was asked the first time"
    assert len(mailed()) == 2


def test_the_mail_has_a_release_from_quarantine_as_the_ledger_knows_it(mailed: Mailed) -> None:
    record_quarantine(DIGEST)
    ask(OPS)
    release_from_quarantine(DIGEST)
    ask(LEAD, execution=f"{PROMOTION}-2")
    one, other = (mail.text for mail in mailed() if mail.subject.startswith("Approve "))
    assert RELEASED not in one
    assert RELEASED in other
    assert "it was the load test" in other


def test_the_links_of_the_mails_work(mailed: Mailed, workloads: Workloads) -> None:
    workloads.executions.running.add(PROMOTION)
    ask()
    assert wait_for(found(), workloads)
    first, second = mailed()
    assert f"You answer as {LEAD}" in text_of(show(second.link))
    assert answer(link=first.link)["statusCode"] == 200
    assert workloads.executions.answers[TOKEN]["decision"] == "approved"


def test_the_mail_has_the_question_and_its_facts(mailed: Mailed) -> None:
    record_live(live(7))
    ask(OPS, firing=(f"{ALARM} in 444444444444/us-east-1",))
    (mail,) = mailed()
    assert mail.subject == "Approve cowsay 4f0c2d1 for prod?"
    for fact in (DIGEST, "version 7 (tag7)", "Hello from prod", AUTHOR, "2998-11-25 09:30 UTC", f"{ALARM} in"):
        assert fact in mail.text


def test_what_is_live_is_read_once_however_many_are_asked(mailed: Mailed, pages: LedgerPages) -> None:
    people = [f"person-{number}@example.com" for number in range(5)]
    ask(*people)
    assert [mail.to for mail in mailed()] == people
    assert pages.count == 1


def test_an_arn_gets_no_mail_and_can_answer(mailed: Mailed) -> None:
    assert ask(BOT)["decision"] is None
    assert mailed() == []
    assert found().asked == ()
    assert found().approvers == (BOT,)


def test_no_ledger_log_state_or_event_has_a_secret(
    mailed: Mailed, items: Said, logged: list[str], announced: Said
) -> None:
    state = ask()
    text = "".join(logged) + str(announced()) + str(state)
    assert logged
    for mail in mailed():
        assert len(mail.link) >= 43
        assert mail.link not in text + str(items())
        link = approvals().link(link_key(mail.link))
        assert link
        assert len(link.nonce_key) >= 64
        assert link.nonce_key not in text + mail.html
        assert link_key(mail.link) not in text


def test_the_event_has_the_approvers_and_the_deadline(announced: Said, mailed: Mailed) -> None:
    ask(OPS, LEAD, BOT, quorum=2)
    (event,) = announced()
    assert event["detail-type"] == "Promotion Approval Requested"
    assert event["detail"] == {
        "service": "cowsay",
        "environment": "prod",
        "digest": DIGEST,
        "tag": "4f0c2d1",
        "source": None,
        "approval": ID,
        "approvers": [OPS, LEAD, BOT],
        "quorum": 2,
        "expires_at": EXPIRES,
        "execution": PROMOTION,
    }
    assert len(mailed()) == 2


def test_people_are_asked_although_the_event_cannot_be_published(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise NotificationError("EventBridge is away")

    monkeypatch.setattr(EventBus, "publish", fail)
    assert ask()["decision"] is None
    assert len(mailed()) == 2


def test_a_retry_after_a_crash_half_way_asks_nobody_twice(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        refuse(patch, LEAD, error=THROTTLED)
        with pytest.raises(ClientError, match="TooManyRequests"):
            ask(OPS, LEAD, BOSS)
    assert [mail.to for mail in mailed()] == [OPS]
    assert ask(OPS, LEAD, BOSS)["decision"] is None
    assert ask(OPS, LEAD, BOSS)["decision"] is None
    assert Counter(mail.to for mail in mailed()) == {OPS: 1, LEAD: 1, BOSS: 1}
    assert found().asked == (OPS, LEAD, BOSS)


def test_a_crash_between_ses_and_the_ledger_sends_that_one_mail_twice(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better than never: SES cannot recognise a mail that was sent before."""

    def crash() -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        and_then(patch, crash)
        with pytest.raises(TimeoutError):
            ask(OPS, LEAD)
    assert ask(OPS, LEAD)["decision"] is None
    assert Counter(mail.to for mail in mailed()) == {OPS: 2, LEAD: 1}


@pytest.mark.usefixtures("mailed")
def test_the_mails_are_tagged_as_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = record_tags(monkeypatch)
    ask(OPS, LEAD)
    assert tagged == [(each, {"approval": ID, "kind": "question"}) for each in (OPS, LEAD)]


def test_a_retry_after_an_answer_finds_it(workloads: Workloads, mailed: Mailed, announced: Said) -> None:
    """No task waits yet, so RequestApproval itself returns the outcome."""
    ask()
    give(answered(at=now()))
    announced()
    decision = ask()["decision"]
    assert decision["decision"] == "approved"
    assert decision == as_json(outcome_of(found()))
    assert len(mailed()) == 2
    assert workloads.executions.answers == {}
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Decided"]


def test_after_a_rejection_while_mails_are_sent_nobody_else_is_asked(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, announced: Said
) -> None:
    and_then(monkeypatch, lambda: give(answered("rejected", reason="not on a Friday")))
    assert ask()["decision"]["decision"] == "rejected"
    assert [mail.to for mail in mailed()] == [OPS]
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Decided"]


def test_the_team_is_notified_of_a_refused_mail_and_the_others_are_asked(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    refuse(monkeypatch, OPS)
    assert ask(OPS, LEAD)["decision"] is None
    assert [mail.to for mail in mailed()] == [LEAD]
    assert (found().asked, found().undeliverable) == ((LEAD,), {OPS: str(REFUSED)})
    ((_, text),) = told()
    assert str(REFUSED) in text
    assert PROMOTION in text
    assert [event["detail-type"] for event in announced()] == ["Promotion Approval Requested"]
    ask(OPS, LEAD)
    assert len(told()) == 1, "a retry notifies nobody again"


def test_the_others_are_asked_although_the_team_cannot_be_notified_of_a_refused_mail(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise NotificationError("SNS is away")

    refuse(monkeypatch, OPS)
    monkeypatch.setattr(Topic, "publish", fail)
    assert ask(OPS, LEAD)["decision"] is None
    assert [mail.to for mail in mailed()] == [LEAD]


def test_when_too_few_mails_are_accepted_the_approval_ends(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    refuse(monkeypatch, OPS)
    decision = ask(OPS, LEAD, BOSS, quorum=3)["decision"]
    assert decision["decision"] == "undeliverable"
    assert str(REFUSED) in decision["explanation"]
    assert mailed() == [], "nobody is asked about a release that cannot be approved any more"
    assert told() == [], "the end of the promotion notifies the team"
    (event,) = announced()
    assert (event["detail-type"], event["detail"]["decision"]) == ("Promotion Approval Decided", "undeliverable")
    (recorded,) = decisions()
    assert (recorded.kind, recorded.facts["decision"]) == (HistoryKind.APPROVAL_DECIDED, "undeliverable")


def test_an_unverified_sender_ends_it_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", f"not-{SENDER}")
    del entry.services().mail
    explanation = ask(OPS)["decision"]["explanation"]
    assert "verify the sender in SES" in explanation


def test_where_there_is_no_ses_roles_are_asked_and_people_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SENDER", "")
    del entry.services().mail
    assert ask(OPS, BOT)["decision"] is None
    assert "MailSender is empty" in found().undeliverable[OPS]


def test_people_are_asked_about_their_own_release_as_long_as_the_others_are_enough(mailed: Mailed) -> None:
    """They can reject it."""
    assert ask(AUTHOR, OPS)["decision"] is None
    assert [mail.to for mail in mailed()] == [AUTHOR, OPS]


@pytest.mark.parametrize(
    "origin",
    [
        ORIGIN,
        PromotionOrigin(is_manual=True, started_by=AUTHOR),
        PromotionOrigin(is_manual=True, pushed_by="author", started_by=BOSS),
    ],
    ids=["pushed", "started", "pushed with a name only"],
)
def test_when_the_quorum_needs_somebodys_own_approval_nobody_is_asked(
    mailed: Mailed, items: Said, origin: PromotionOrigin
) -> None:
    with pytest.raises(QuorumUnreachableError, match=r"prod needs 2 approvals.*self_approval: true"):
        ask(AUTHOR, OPS, quorum=2, origin=origin)
    assert (mailed(), items()) == ([], [])


def test_where_self_approval_is_allowed_they_count(mailed: Mailed) -> None:
    assert ask(AUTHOR, OPS, quorum=2, self_approval=True)["decision"] is None
    assert len(mailed()) == 2


def test_an_environment_without_a_policy_is_refused() -> None:
    event = payload(
        "RequestApproval",
        release=release_input(),
        origin={"is_manual": False},
        environment=environment_input(None),
        firing=[],
        forecast=None,
        ends=None,
        drafts=[{}],
        started_at=STARTED,
        execution=PROMOTION,
        entered_at=ENTERED,
    )
    with pytest.raises(QuorumUnreachableError, match="names no approvers for prod"):
        invoke(request_approval.handler, event)


def test_the_release_stands_at_the_gate_from_then_on(mailed: Mailed) -> None:
    ask()
    ask()
    assert approvals().gate("cowsay", "prod") == EnvironmentGate(ID, "cowsay 4f0c2d1", PROMOTION, STARTED)
    assert found().outcome is None
    assert len(mailed()) == 2


def test_the_machine_deploys_what_the_approvers_saw_of_the_drafts_also_when_it_is_redriven(mailed: Mailed) -> None:
    """A redrive reads the drafts once more and asks nobody a second time."""
    seen, since = (
        {"infrastructure.tracing": "Active"},
        {"infrastructure.tracing": "Active", "infrastructure.ipv6": "on"},
    )
    assert ask(OPS, drafts=(seen,))["drafts"] == [seen]
    assert "infrastructure.tracing" in mailed()[0].text
    give(answered(approver=OPS, at=now()))
    state = ask(OPS, drafts=(since,))
    assert (state["decision"]["decision"], state["drafts"]) == ("approved", [seen])


def test_an_approval_of_before_drafts_were_kept_holds_nothing() -> None:
    assert ask(OPS, drafts=())["drafts"] == [{}]
