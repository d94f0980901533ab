"""Whatever is sent to the links, in whatever order: nothing but a valid POST is an answer, and each one counts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers import decide_approval, show_approval
from tests.unit.handlers.asking import TOKEN, ask, found
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.http_requests import FORM, LINK, OTHER_LINK, nonce_on, request, show
from tests.unit.handlers.payloads import LEAD, OPS, invoke
from tests.unit.handlers.records import empty_ledger, live, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

APPROVERS = {LINK: OPS, OTHER_LINK: LEAD}
Nonces = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Sent:
    """One request, by its parts."""

    handler: ModuleType
    method: str
    link: str
    nonce: str
    """Which one, of what the pages gave."""
    decision: str | None
    content_type: str | None
    reason: str
    environment: str
    padding: int

    @property
    def is_valid(self) -> bool:
        """Whether it is just what the page's form sends."""
        return (
            self.handler is decide_approval
            and (self.method, self.content_type) == ("POST", FORM)
            and self.link in APPROVERS
            and self.nonce == "fresh"
            and self.decision in {"approved", "rejected"}
            and len(self.reason) <= 500
            and self.padding <= 2000
            and (self.decision == "rejected" or self.environment == "prod")
        )

    def send(self, nonces: Nonces) -> Any:
        fields = {"reason": self.reason, "environment": self.environment, "padding": "x" * self.padding}
        if self.decision is not None:
            fields["decision"] = self.decision
        if self.nonce != "missing":
            fields["nonce"] = nonces.get((self.link, self.nonce), self.nonce)
        headers = {"content-type": self.content_type} if self.content_type else {}
        return invoke(self.handler.handler, request(self.method, self.link, urlencode(fields).encode(), headers))


@dataclass
class Machine(FakeExecutions):
    """Remembers also what it was told in vain."""

    told: list[Any] = field(default_factory=list)

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        self.told.append((task_token, dict(output)))
        return super().succeed(task_token, output)


def mostly(right: Any, *wrong: Any) -> st.SearchStrategy[Any]:
    """Right often enough that one part is wrong and all others are not."""
    return st.sampled_from([right] * 3 * len(wrong) + list(wrong))


requests = st.builds(
    Sent,
    handler=mostly(decide_approval, show_approval),
    method=mostly("POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"),
    link=st.sampled_from([LINK, OTHER_LINK] * 4 + ["nowhere", LINK[:-1]]),
    nonce=mostly("fresh", "missing", "", "guessed", "stale", "foreign", "truncated"),
    decision=st.sampled_from(["approved", "rejected"] * 4 + ["approve", "", None]),
    content_type=mostly(FORM, "application/json", "text/plain", None),
    reason=mostly("fine", "", "x" * 501),
    environment=mostly("prod", "", "staging"),
    padding=mostly(0, 5000),
)
quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def asked(workloads: Workloads, quorum: int) -> Nonces:
    """Two people were asked; the nonces that can be got hold of, by link and kind."""
    empty_ledger()
    workloads.executions = Machine()
    record_live(live(7))
    ask(workloads, quorum=quorum, confirm="type-the-environment")
    stale = {link: nonce_on(show(link)) for link in APPROVERS}
    record_live(live(8, 7))
    fresh = {link: nonce_on(show(link)) for link in APPROVERS}
    others = {LINK: OTHER_LINK, OTHER_LINK: LINK}
    return {
        (link, kind): nonce
        for link in APPROVERS
        for kind, nonce in {
            "fresh": fresh[link],
            "stale": stale[link],
            "foreign": fresh[others[link]],
            "truncated": fresh[link][:-1],
        }.items()
    }


def expected(sent: Sequence[Sent], quorum: int) -> tuple[list[tuple[str, str]], str | None]:
    """Who is counted as what, and the outcome, by the rules in a few words."""
    answers: dict[str, str] = {}
    for each in sent:
        if each.is_valid and each.decision:
            answers.setdefault(APPROVERS[each.link], each.decision)
            if each.decision == "rejected" and answers[APPROVERS[each.link]] == "rejected":
                return list(answers.items()), "rejected"
            if len(answers) == quorum:
                return list(answers.items()), "approved"
    return list(answers.items()), None


@quick
@given(sent=st.lists(requests.filter(lambda each: not each.is_valid), min_size=1, max_size=6))
def test_without_a_valid_post_no_token_is_answered_and_no_answer_is_kept(
    workloads: Workloads, sent: list[Sent]
) -> None:
    nonces = asked(workloads, quorum=1)
    before = found()
    statuses = [each.send(nonces)["statusCode"] for each in sent]
    assert found() == before
    assert isinstance(workloads.executions, Machine)
    assert (workloads.executions.told, workloads.executions.answers) == ([], {})
    assert all(status < 500 for status in statuses)


@quick
@given(sent=st.lists(requests, min_size=1, max_size=6), quorum=st.sampled_from([1, 2]))
def test_each_approver_is_counted_once_and_the_token_gets_one_answer(
    workloads: Workloads, sent: list[Sent], quorum: int
) -> None:
    nonces = asked(workloads, quorum)
    statuses = [each.send(nonces)["statusCode"] for each in sent]
    answers, outcome = expected(sent, quorum)
    approval = found()
    assert [(given.approver, given.decision) for given in approval.answers] == answers
    assert approval.outcome == outcome
    assert isinstance(workloads.executions, Machine)
    assert workloads.executions.answers == ({TOKEN: approval.told()} if outcome else {})
    assert all(told == (TOKEN, approval.told()) for told in workloads.executions.told)
    assert all(status < 500 for status in statuses)
