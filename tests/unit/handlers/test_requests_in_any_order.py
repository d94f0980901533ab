"""Whatever is sent to the links and as calls, in whatever order, whatever else happens in between.

Nothing but a valid POST is an answer, and each approver's counts once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gantry.aws.approvals import Approvals
from gantry.handlers import decide_approval, follow_up_approval, show_approval
from tests.unit.handlers.asking import ID, LONG_AGO, TOKEN, add_link, ask, found
from tests.unit.handlers.fakes import FakeExecutions
from tests.unit.handlers.http_requests import FORM, LINK, OTHER_LINK, call, nonce_on, request, show
from tests.unit.handlers.payloads import BOSS, BOT, DIGEST, HOUR, LEAD, OLD_DIGEST, OPS, PROMOTION, invoke, payload
from tests.unit.handlers.records import empty_ledger, live, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = [
    pytest.mark.usefixtures("ledger", "mailed", "told"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

BOSS_LINK = "the-link-of-whom-it-escalates-to"
"""Whoever has a link may answer; nobody has this one before the escalation, but here that makes no difference."""
APPROVERS = {LINK: OPS, OTHER_LINK: LEAD, BOSS_LINK: BOSS}
CALLERS = {
    "arn:aws:sts::111111111111:assumed-role/bot/session-1": BOT,
    "arn:aws:sts::111111111111:assumed-role/bot/session-2": BOT,
}
STRANGERS = ("arn:aws:sts::111111111111:assumed-role/another/session-1", "arn:aws:iam::111111111111:user/bot", None)
NEVER = 900 * 365 * 24 * HOUR
"""So late that it is not due."""
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

    @property
    def approver(self) -> str:
        return APPROVERS[self.link]


@dataclass(frozen=True)
class Called:
    """One signed call, by its parts."""

    caller: str | None
    image_digest: str
    decision: str
    environment: str

    @property
    def is_valid(self) -> bool:
        """Whether it is what a role that the manifest names has to send."""
        return (
            self.caller in CALLERS
            and self.image_digest == DIGEST
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
            image_digest=self.image_digest,
            decision=self.decision,
            environment=self.environment,
        )


@dataclass(frozen=True)
class Happened:
    """Something that is no request; time goes by only as far as it says."""

    what: str
    is_valid = False

    def send(self, _: Nonces) -> Any:
        if self.what == "time is up":
            _change(expires_at=LONG_AGO)
        elif self.what == "escalation is due":
            approval = found()
            _change(policy=replace(approval.policy, escalate_after_seconds=HOUR))
        else:
            invoke(follow_up_approval.handler, payload("FollowUpApproval", environment="prod", execution=PROMOTION))
        return {"statusCode": 200}


Request = Sent | Called | Happened


def _change(**fields: Any) -> None:
    Approvals.from_env().change(ID, lambda each: each if each.outcome else replace(each, **fields))


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


forms = st.builds(
    Sent,
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
    Called,
    caller=mostly(st.sampled_from(sorted(CALLERS)), *map(st.just, STRANGERS)).flatmap(lambda each: each),
    image_digest=mostly(DIGEST, OLD_DIGEST, ""),
    decision=st.sampled_from(["approved", "rejected"] * 4 + ["approve", ""]),
    environment=mostly("prod", "", "staging"),
)
events = st.builds(
    Happened, st.sampled_from(["escalation is due", "the machine looks", "the machine looks", "time is up"])
)
requests = forms | forms | calls | events
quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def asked(workloads: Workloads, quorum: int) -> Nonces:
    """Two people and a role were asked; the nonces that can be got hold of, by link and kind."""
    empty_ledger()
    workloads.executions = Machine()
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
    """Who is counted as what, and the outcome, by the rules in a few words."""
    answers: dict[str, str] = {}
    is_over = False
    for each in sent:
        if isinstance(each, Happened):
            is_over = is_over or each.what == "time is up"
            if is_over and each.what == "the machine looks":
                return list(answers.items()), "expired"
        elif each.is_valid and not is_over:
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
    statuses = [each.send(nonces)["statusCode"] for each in sent]
    assert found() == before
    assert isinstance(workloads.executions, Machine)
    assert (workloads.executions.told, workloads.executions.answers) == ([], {})
    assert all(status < 500 for status in statuses)


@quick
@given(sent=st.lists(requests, min_size=1, max_size=8), quorum=st.sampled_from([1, 2, 3]))
def test_each_approver_is_counted_once_and_the_token_gets_one_answer(
    workloads: Workloads, sent: list[Request], quorum: int
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
