"""A deployment that asks people about its canary, as the tests of that begin."""

from typing import Any

from gantry.handlers.deployment_machine import ask_about_canary, await_canary_decision
from gantry.promotion.approval import Approval
from gantry.promotion.approval_rounds import approval_id
from gantry.promotion.timestamps import iso
from tests.unit.handlers.asking import approval, approvals, found
from tests.unit.handlers.payloads import ALARM, DEPLOYMENT, ENTERED_AT, PLAN, TARGET, deployment_input, invoke, payload
from tests.unit.handlers.records import lease, record_lease
from tests.unit.handlers.workloads import Workloads
from tests.unit.promotion.an_approval import MINUTES, REASON

TOKEN = "the token of the wait for people"
ASKED_AT = "2998-11-22T09:00:00.000Z"
"""So late that nothing is due yet."""
QUESTION = approval_id(DEPLOYMENT, "prod", ASKED_AT)
JUDGE = {"on_inconclusive": "ask", "max_bake_seconds": 7_200}
KNOWN = {
    "reasons": [REASON],
    "evidence": {"worse_by_at_most": 31.5, "canary": {"requests": 10}},
    "minutes": [
        [iso(each.at), each.canary.requests, each.canary.failed, each.stable.requests, each.stable.failed]
        for each in MINUTES
    ],
}


def deploying(workloads: Workloads, *approvers: str, **policy: Any) -> None:
    """A deployment whose release people have approved holds its target, and shifts its traffic."""
    approvals().open(approval(*approvers, **policy))
    record_lease(lease())
    workloads.executions.running.add(DEPLOYMENT)
    workloads.alarms(TARGET).now = {ALARM: "OK"}


def ask(asked_at: str = ASKED_AT, **changed: Any) -> Any:
    """What AskAboutCanary says."""
    known: dict[str, Any] = {
        "deployment": deployment_input(judge=JUDGE),
        "found": {"revision": "7", "weights": {}},
        "canary": "8",
        "plan": PLAN,
        "index": 1,
        "asked_at": asked_at,
        "rollout_since": ASKED_AT,
        "known": KNOWN,
    }
    return invoke(ask_about_canary.handler, payload("AskAboutCanary", **(known | changed)))


def wait(workloads: Workloads, token: str = TOKEN, seconds: int = 7_200) -> None:
    """Do what AwaitCanaryDecision does."""
    workloads.executions.waiting.add(token)
    state = payload(
        "AwaitCanaryDecision",
        task_token=token,
        rollout_since=ASKED_AT,
        found={"revision": "7", "weights": {}},
        canary="8",
        plan=PLAN,
        index=1,
        asked_at=ENTERED_AT,
        approval_id=QUESTION,
        seconds=seconds,
        ended_early=0,
    )
    invoke(await_canary_decision.handler, state)


def question() -> Approval:
    """The question as it is now."""
    return found(QUESTION)
