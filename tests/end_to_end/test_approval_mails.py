"""What approvers are told, and what happens when a mail does not reach them."""

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD, REGION
from sandbox.stand_in.mailbox import Mail
from tests.end_to_end.question import ANN, BOB, STRANGER, Question, text_of
from tests.end_to_end.service import HALF, STARTER, NewService, Service

pytestmark = pytest.mark.usefixtures("unanswered")
BOUNCES = "bounce+%s@simulator.amazonses.com"


def configured(level: str, token: str) -> dict[str, object]:
    return {"memory_mb": 512, "environment": {"LOG_LEVEL": level, "API_TOKEN": token}}


def fires_already(service: Service) -> str:
    """An alarm in prod that goes on firing."""
    name, cloudwatch = f"{service.name}-queue", service.pipeline.stand_in.client("cloudwatch", PROD)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Cowsay",
        MetricName="Waiting",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="too many cows wait")
    return name


def test_mail_and_page_tell_the_same_of_what_changes_and_how_it_did_so_far(new_service: NewService) -> None:
    service = new_service()
    before, after = "correct-horse-battery", "staple-correct-horse"
    service.add(service.environment("dev"), service.environment("prod", configuration=configured("INFO", before)))
    service.release()
    (live,) = [each for name, each in service.pipeline.live(service.name).items() if name == "prod"]
    service.change(
        service.environment("dev", traffic=HALF, alarms=[service.alarm]),
        service.environment(
            "prod",
            approval={"approvers": [ANN]},
            alarms=[service.alarm, firing := fires_already(service)],
            configuration=configured("DEBUG", after),
        ),
    )
    question = Question(service, *service.promote())
    service.canary("2", DEV)
    service.use("2", DEV)
    mail = question.waits().mail(ANN)
    (tag,) = {entry["facts"]["tag"] for entry in service.history("promotion_started")} - {live["tag"]}
    status, page = question.pipeline.http("GET", question.link(ANN))
    assert status == 200
    told = [
        question.digest,
        f"{live['tag']} → {tag}",
        "INFO → DEBUG",
        "API_TOKEN",
        "•••••• #",
        f"version 1 ({live['tag']}), since",
        "inconclusive at 50 % (",
        f"{firing} in {PROD}/{REGION}",
        "a push",
        "counts as rejected",
    ]
    for text in (" ".join(mail.text.split()), text_of(mail.html), text_of(page)):
        assert [words for words in told if words not in text] == [], text
    everything = mail.text + mail.html + page + str(question.state)
    assert [secret for secret in (before, after) if secret in everything] == []
    assert reads_well(mail)
    question.answer(ANN, "rejected")


def reads_well(mail: Mail) -> bool:
    """On a phone, in the dark, and without anything that is loaded from elsewhere."""
    loaded = [word for word in ("<img", "<link", "<script", "url(", "@import", "src=") if word in mail.html]
    return not loaded and 'name="viewport"' in mail.html and "prefers-color-scheme:dark" in mail.html


def test_what_was_rolled_back_by_hand_is_refused_when_pushed_again_and_a_release_from_quarantine_is_told(
    new_service: NewService,
) -> None:
    service = new_service()
    service.add()
    service.release()
    digest = push_cow(service, service.tag())
    service.succeeds(service.pipeline.promotion_of(digest))
    service.succeeds(service.roll_back())
    service.change(service.environment(approval={"approvers": [ANN]}))
    again = service.tag()
    assert push_cow(service, again) == digest
    refused = service.fails(service.pipeline.promotion_of(again))["cause"]
    assert ("QuarantinedError" in refused, "rolled back manually in prod" in refused) == (True, True)
    why = "the cow was tired, and has slept"
    question = Question(service, digest, service.start(digest=digest, release_from_quarantine=why)).waits()
    mail, (_, page) = question.mail(ANN), question.look(ANN)
    told = ["rolled back manually in prod", f"by “{STARTER}” (the name is not verified), to start this promotion", why]
    for text in (" ".join(mail.text.split()), text_of(mail.html), page):
        assert "released from quarantine" in text.casefold()
        assert [words for words in told if words not in text] == [], text
    question.answer(ANN, "rejected")


def push_cow(service: Service, tag: str) -> str:
    """Push the same image, whatever the tag; its digest."""
    return service.pipeline.push(service.name, tag, service.app("the same cow"))


def test_who_cannot_be_reached_is_told_to_people_and_the_others_decide(new_service: NewService, people: Inbox) -> None:
    bouncing = BOUNCES % "one"
    questions = {
        address: Question.of_push(new_service(), {"approvers": [address, ANN]}) for address in (STRANGER, bouncing)
    }
    for address, question in questions.items():
        question.waits()
        told = people.one("the bad news", lambda each, one=question: one.promotion in each["Message"])  # type: ignore[misc]
        assert "did not arrive" in told["Subject"]
        assert address in told["Message"]
        page = eventually(
            "the page says so",
            lambda one=question: text if "could not be reached" in (text := one.look(ANN)[1]) else None,  # type: ignore[misc]
        )
        assert address in page
        assert question.answer(ANN, "approved")[0] == 200
    for question in questions.values():
        question.service.succeeds(question.promotion)


def test_when_too_few_can_be_reached_the_promotion_says_so_and_does_not_hang(
    new_service: NewService, people: Inbox
) -> None:
    refused = Question.of_push(new_service(), {"approvers": [STRANGER]})
    bounced = Question.of_push(new_service(), {"approvers": [BOUNCES % "two", ANN], "quorum": 2})
    half = Question.of_push(new_service(), {"approvers": [STRANGER, BOB, BOUNCES % "three"], "quorum": 2})
    refused.fails_with("ApprovalUndeliverable", STRANGER, "production access", "start the promotion again")
    bounced.fails_with("ApprovalUndeliverable", BOUNCES % "two", "user unknown", "start the promotion again")
    half.fails_with("ApprovalUndeliverable", STRANGER, BOUNCES % "three")
    for question in (refused, bounced, half):
        assert question.decided["decision"] == "undeliverable"
        people.one("the failure", lambda each, one=question: one.promotion in each["Message"])  # type: ignore[misc]
    status, page = bounced.look(ANN)
    assert (status, f"{BOUNCES % 'two'} did not arrive" in page) == (200, True)
