"""A quiet service whose canary nobody can judge: people are asked by mail, and what they answer is what happens."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from sandbox.driver.inbox import Inbox
from sandbox.driver.waiting import eventually
from tests.end_to_end.question import ANN, BOB, Question, text_of
from tests.end_to_end.service import STABLE, Json, NewService, Service

TWO_STEPS = [{"weight": 10, "bake": "5s"}, {"weight": 50, "bake": "5s"}]
MORE_THAN_A_MINUTE = 150
HELD: Json = {"version": "1", "weights": {"2": 0.1}}


@dataclass(frozen=True)
class Asked:
    """A deployment that asks about its canary."""

    service: Service
    digest: str
    promotion: str
    deployment: str

    @property
    def question(self) -> Question:
        """With what people can do; its mails name the deployment."""
        return Question(self.service, self.digest, self.deployment)

    @property
    def approval(self) -> Json:
        """The last question as the ledger has it."""
        ledger = self.service.pipeline.ledger
        (asked,) = [each for each in ledger("question") if each["sk"] == self.deployment]
        (item,) = ledger(f"approval#{asked['approval_id']}")
        approval: Json = item["approval"]
        return approval

    def decided(self) -> list[str]:
        """What the history says of how its questions ended."""
        entries = self.service.history("canary_question_decided")
        return [each["facts"]["decision"] for each in entries if each["execution"] == self.deployment]

    def mail(self, number: int = 1) -> str:
        """The link in the first, or a later, mail to Bob."""
        found = eventually(
            f"question {number} of {self.deployment}",
            lambda: mails[number - 1] if len(mails := self.question.mails(BOB)) >= number else None,
            MORE_THAN_A_MINUTE,
        )
        return found.links[0]


def ask(service: Service) -> Asked:
    """Let the second release of a service be a canary of which nobody knows enough."""
    approval = {"approvers": [ANN, BOB], "expires_after": "1h"}
    watched: Json = {"traffic": TWO_STEPS, "judge": "decide", "max_bake": "1m", "alarms": [service.alarm]}
    # With a timeout_seconds, so short a max_bake would be refused.
    service.add(service.environment(approval=approval, **watched), configuration={"memory_mb": 256})
    first = Question(service, *service.promote())
    first.waits().answer(ANN, "approved")
    service.succeeds(first.promotion)
    digest, promotion = service.promote()
    Question(service, digest, promotion).waits().answer(ANN, "approved")
    return Asked(service, digest, promotion, service.deployment(promotion))


@pytest.fixture(scope="module")
def stories(new_service: NewService, people: Inbox, automation: Inbox) -> Iterator[list[Asked]]:
    """Three at once, because each takes more than a minute."""
    with ThreadPoolExecutor(3) as pool:
        yield list(pool.map(ask, [new_service() for _ in range(3)]))


def test_people_are_asked_with_the_reasons_while_the_canary_has_the_smallest_weight(stories: list[Asked]) -> None:
    asked = stories[0]
    asked.mail()
    (mail,) = asked.question.mails(BOB)
    assert mail.subject.startswith(f"Promote {asked.service.name} ")
    assert mail.subject.endswith(" in prod anyway?")
    status, page = asked.service.pipeline.http("GET", mail.links[0])
    assert status == 200
    for words in ("Too little is known of", "Promote anyway", "Keep waiting", "Roll back", asked.service.target_id()):
        assert words in text_of(page)
    assert asked.service.routing() == HELD
    assert asked.service.pipeline.describe(asked.deployment)["status"] == "RUNNING"


def test_a_canary_that_people_promote_anyway_goes_live(stories: list[Asked], people: Inbox, automation: Inbox) -> None:
    asked = stories[0]
    link = asked.mail()
    assert asked.service.pipeline.answer(link, "approved", "it is quiet at night")[0] == 200
    asked.service.succeeds(asked.promotion)
    assert asked.service.routing() == {"version": "2", "weights": {}}
    assert asked.decided() == ["approved"]
    (completed,) = [
        each for each in asked.service.history("deployment_completed") if each["execution"] == asked.deployment
    ]
    answers = [each["answer"] for each in completed["facts"]["verdicts"] if each.get("answer")]
    assert [each["decision"] for each in answers] == ["approved"]
    subject = f"{asked.service.name} in prod: people have decided"
    told = people.one("the message", lambda message: message["Subject"] == subject)
    assert "it is quiet at night" in told["Message"]
    event = automation.one(
        "the event",
        lambda event: (
            event["detail-type"] == "Promotion Canary Question Decided"
            and event["detail"]["execution"] == asked.deployment
        ),
    )
    assert event["detail"]["answers"][0]["approver"] == BOB


def test_a_canary_that_one_of_them_wants_rolled_back_goes_back_without_quarantine(stories: list[Asked]) -> None:
    asked = stories[1]
    link = asked.mail()
    assert asked.service.pipeline.answer(link, "rejected", "not on a Friday")[0] == 200
    ended = asked.service.fails(asked.promotion)
    for words in ("CanaryInconclusiveError", BOB, "not on a Friday", "The traffic is back on the stable version"):
        assert words in ended["cause"]
    assert asked.service.routing() == STABLE
    assert asked.service.pipeline.quarantined(asked.service.name) == []
    assert asked.decided() == ["rejected"]
    assert "not on a Friday" in text_of(asked.service.pipeline.http("GET", link)[1])


def test_a_canary_that_one_of_them_waits_for_is_watched_again_and_an_alarm_ends_the_next_question(
    stories: list[Asked],
) -> None:
    asked, pipeline = stories[2], stories[2].service.pipeline
    assert pipeline.answer(asked.mail(), "keep_waiting")[0] == 200
    again = asked.mail(2)
    assert pipeline.states(asked.deployment).count("ResumeCanary") == 1
    assert asked.decided() == ["keep_waiting"]
    waits = eventually(
        "a second wait", lambda: pipeline.states(asked.deployment).count("AwaitCanaryDecision") > 1 or None
    )
    assert waits
    time.sleep(1)  # the alarm's event finds the wait in any case; that it comes first is the other tests' matter
    raised = asked.service.raise_alarm()
    eventually("the stable version alone", lambda: asked.service.routing() == STABLE or None)
    assert time.monotonic() - raised < 8
    assert "AlarmRaisedError" in asked.service.fails(asked.promotion)["cause"]
    eventually("the end of the question", lambda: asked.approval.get("outcome") == "stopped" or None)
    status, page = pipeline.http("GET", again)
    assert (status, "has ended: there is nothing to answer" in text_of(page)) == (200, True)
    assert pipeline.quarantined(asked.service.name) == [asked.digest]
