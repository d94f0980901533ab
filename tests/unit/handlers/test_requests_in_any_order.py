"""Any requests to the links and any calls, in any order, with other events in between.

Only a valid POST is an answer, and each approver's answer counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.handlers import entry
from gantry.handlers.http_api import decide_approval, show_approval
from gantry.handlers.promotion_machine import follow_up_approval
from tests.unit.handlers.asking import ID, LONG_AGO, TOKEN, add_link, approvals, ask, found, outcome_of
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.http_requests import FORM, LINK, OTHER_LINK, call, nonce_on, request, show
from tests.unit.handlers.payloads import (
    BOSS,
    BOT,
    DIGEST,
    HOUR,
    LEAD,
    OLD_DIGEST,
    OPS,
    PROMOTION,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import empty_ledger, live, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "mailed", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

BOSS_LINK = "the-link-of-whom-it-escalates-to"
"""Nobody gets this link before the escalation, but the link alone decides who may answer."""
APPROVERS = {LINK: OPS, OTHER_LINK: LEAD, BOSS_LINK: BOSS}
CALLERS = {
    "arn:aws:sts::111111111111:assumed-role/bot/session-1": BOT,
    "arn:aws:sts::111111111111:assumed-role/bot/session-2": BOT,
}
STRANGERS = ("arn:aws:sts::111111111111:assumed-role/another/session-1", "arn:aws:iam::111111111111:user/bot", None)
NEVER = 900 * 365 * 24 * HOUR
"""So late that it is not due."""
FOLLOW_UP = payload("FollowUpApproval", release=release_input(), environment="prod", execution=PROMOTION)
Nonces = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class FormRequest:
    """One request, by its parts."""

    handler: ModuleType
    method: str
    link: str
    nonce: str
    """Which of the nonces that the pages gave."""
    decision: str | None
    content_type: str | None
    reason: str
    environment: str
    padding: int

    @property
    def is_valid(self) -> bool:
        """Whether the page's form would send it."""
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

    @property
    def approver(self) -> str:
        return APPROVERS[self.link]


@dataclass(frozen=True)
class CallRequest:
    """One signed call, by its parts."""

    caller: str | None
    digest: str
    decision: str
    environment: str

    @property
    def is_valid(self) -> bool:
        """Whether it is a correct call of a role that the manifest names."""
        return (
            self.caller in CALLERS
            and self.digest == DIGEST
            and self.decision in {"approved", "rejected"}
            and (self.decision == "rejected" or self.environment == "prod")
        )

    @property
    def approver(self) -> str:
        return CALLERS[str(self.caller)]

    def send(self, _: Nonces) -> Any:
        return call(
            ID,
            self.caller,
            digest=self.digest,
            decision=self.decision,
            environment=self.environment,
        )


@dataclass(frozen=True)
class OtherEvent:
    """Something other than a request. Time passes only in such an event."""

    what: str
    is_valid = False

    def send(self, _: Nonces) -> None:
        if self.what == "time is up":
            _change(expires_at=LONG_AGO)
        elif self.what == "escalation is due":
            approval = found()
            _change(policy=replace(approval.policy, escalate_after_seconds=HOUR))
        else:
            invoke(follow_up_approval.handler, FOLLOW_UP)


Request = FormRequest | CallRequest | OtherEvent


def _change(**fields: Any) -> None:
    approvals().change(ID, lambda each: each if each.outcome else replace(each, **fields))


@dataclass
class Machine(FakeExecutions):
    """Executions that also remember the outcomes that no task waited for."""

    outcomes: list[Any] = field(default_factory=list)

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        self.outcomes.append((task_token, dict(output)))
        return super().succeed(task_token, output)


def mostly(right: Any, *wrong: Any) -> st.SearchStrategy[Any]:
    """The right value often enough that sometimes only one part is wrong."""
    return st.sampled_from([right] * 3 * len(wrong) + list(wrong))


forms = st.builds(
    FormRequest,
    handler=mostly(decide_approval, show_approval),
    method=mostly("POST", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"),
    link=st.sampled_from([LINK, OTHER_LINK, BOSS_LINK] * 3 + ["nowhere", LINK[:-1], f'{LINK}"']),
    nonce=mostly("fresh", "missing", "", "guessed", "stale", "foreign", "truncated"),
    decision=st.sampled_from(["approved", "rejected"] * 4 + ["approve", "", None]),
    content_type=mostly(FORM, "application/json", "text/plain", None),
    reason=mostly("fine", "", "x" * 501),
    environment=mostly("prod", "", "staging"),
    padding=mostly(0, 5000),
)
calls = st.builds(
    CallRequest,
    caller=mostly(st.sampled_from(sorted(CALLERS)), *map(st.just, STRANGERS)).flatmap(lambda each: each),
    digest=mostly(DIGEST, OLD_DIGEST, ""),
    decision=st.sampled_from(["approved", "rejected"] * 4 + ["approve", ""]),
    environment=mostly("prod", "", "staging"),
)
events = st.builds(
    OtherEvent, st.sampled_from(["escalation is due", "the machine looks", "the machine looks", "time is up"])
)
requests = forms | forms | calls | events
quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def asked(workloads: Workloads, quorum: int) -> Nonces:
    """Ask two people and a role. Return the nonces that somebody can have, by link and kind."""
    empty_ledger()
    workloads.executions = Machine()
    workloads.put_into(entry.services())
    record_live(live(7))
    approval = ask(
        workloads,
        *(OPS, LEAD, BOT),
        quorum=quorum,
        confirm="type-the-environment",
        escalate_to=(BOSS,),
        escalate_after_seconds=NEVER,
    )
    add_link(BOSS_LINK, BOSS, approval)
    stale = {link: nonce_on(show(link)) for link in APPROVERS}
    record_live(live(8, 7))
    fresh = {link: nonce_on(show(link)) for link in APPROVERS}
    others = {LINK: OTHER_LINK, OTHER_LINK: LINK, BOSS_LINK: LINK}
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


def expected(sent: Sequence[Request], quorum: int) -> tuple[list[tuple[str, str]], str | None]:
    """Return the answers that count, and the outcome, by the rules in short."""
    answers: dict[str, str] = {}
    has_ended = False
    for each in sent:
        if isinstance(each, OtherEvent):
            has_ended = has_ended or each.what == "time is up"
            if has_ended and each.what == "the machine looks":
                return list(answers.items()), "expired"
        elif each.is_valid and not has_ended:
            decision = answers.setdefault(each.approver, str(each.decision))
            if decision == "rejected":
                return list(answers.items()), "rejected"
            if len(answers) == quorum:
                return list(answers.items()), "approved"
    return list(answers.items()), None


@quick
@given(sent=st.lists((forms | calls).filter(lambda each: not each.is_valid), min_size=1, max_size=6))
def test_without_a_valid_post_no_token_is_answered_and_no_answer_is_kept(
    workloads: Workloads, sent: list[Request]
) -> None:
    nonces = asked(workloads, quorum=1)
    before = found()
    responses = [response for each in sent if (response := each.send(nonces))]
    assert found() == before
    assert isinstance(workloads.executions, Machine)
    assert (workloads.executions.outcomes, workloads.executions.answers) == ([], {})
    assert all(each["statusCode"] < 500 for each in responses)
    assert all("Strict-Transport-Security" in each["headers"] for each in responses)


@quick
@given(sent=st.lists(requests, min_size=1, max_size=8), quorum=st.sampled_from([1, 2, 3]))
def test_each_approver_is_counted_once_and_the_token_gets_one_answer(
    workloads: Workloads, sent: list[Request], quorum: int
) -> None:
    nonces = asked(workloads, quorum)
    responses = [response for each in sent if (response := each.send(nonces))]
    answers, outcome = expected(sent, quorum)
    approval = found()
    assert [(given.approver, given.decision) for given in approval.answers] == answers
    assert approval.outcome == outcome
    assert isinstance(workloads.executions, Machine)
    assert workloads.executions.answers == ({TOKEN: outcome_of(approval)} if outcome else {})
    assert all(each == (TOKEN, outcome_of(approval)) for each in workloads.executions.outcomes)
    assert all(each["statusCode"] < 500 for each in responses)
    assert all("Strict-Transport-Security" in each["headers"] for each in responses)
