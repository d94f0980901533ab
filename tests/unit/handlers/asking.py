"""Approvals that a machine waits for, without the mails that ask for them."""

from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from gantry.aws import ledger_keys as keys
from gantry.aws.approvals import Approvals
from gantry.aws.ledger_items import is_condition_failure
from gantry.handlers import entry
from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Decision
from gantry.promotion.approval_link import Link, link_key
from gantry.promotion.approval_outcome import outcome_facts
from gantry.promotion.approval_rounds import approval_id
from tests.unit.handlers.http_requests import LINK, OTHER_LINK
from tests.unit.handlers.payloads import ALARM, LEAD, OPS, ORIGIN, PROMOTION, RELEASE, TARGET, _state, policy
from tests.unit.handlers.workloads import Workloads

TOKEN = "AQCEAAAAKgAAAAMAAAAA"
NONCE_KEY = "the key that signs what the pages give"
LONG_AGO, LATER, FAR_AWAY = "2020-01-01T00:00:00.000Z", "2020-01-02T00:00:00.000Z", "2999-01-01T00:00:00.000Z"
ID = approval_id(PROMOTION, "prod")


def approvals() -> Approvals:
    """The adapter that the handlers use."""
    return entry.services().approvals


def approval(*approvers: str, execution: str = PROMOTION, **changed: Any) -> Approval:
    """An approval. Whatever is not a field of it is one of its policy."""
    fields = {name: changed.pop(name) for name in list(changed) if name in Approval.__dataclass_fields__}
    given: dict[str, Any] = {
        "id": approval_id(execution, "prod"),
        "environment": "prod",
        "release": RELEASE,
        "origin": ORIGIN,
        "policy": policy(*approvers, **changed),
        "targets": (TARGET,),
        "settings": {"memory_mb": "512"},
        "alarms": (ALARM,),
        "firing": (),
        "execution": execution,
        "started_at": LONG_AGO,
        "requested_at": LONG_AGO,
        "expires_at": FAR_AWAY,
        "asked": approvers or (OPS, LEAD),
    }
    return Approval(**(given | fields))


def ask(workloads: Workloads, *approvers: str, **changed: Any) -> Approval:
    """Ask two people, each by a link of their own, and let the machine wait."""
    asked = approvals().open(approval(*approvers, **changed))
    for link, approver in zip((LINK, OTHER_LINK), asked.policy.approvers, strict=False):
        add_link(link, approver, asked)
    workloads.executions.running.add(asked.execution)
    assert wait_for(asked, workloads)
    return asked


def add_link(link: str, approver: str, asked: Approval) -> None:
    approvals().add_link(link_key(link), Link(asked.id, approver, NONCE_KEY + link), asked)


def wait_for(asked: Approval, workloads: Workloads, token: str = TOKEN) -> bool:
    """Do what AwaitDecision does, as its definition says; False when an outcome fails its condition."""
    state = _state("AwaitDecision")["Arguments"]
    try:
        approvals()._table.update_item(
            Key=keys.approval(asked.id),
            UpdateExpression=state["UpdateExpression"],
            ConditionExpression=state["ConditionExpression"],
            ExpressionAttributeNames=state["ExpressionAttributeNames"],
            ExpressionAttributeValues={":token": token},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    workloads.executions.waiting.add(token)
    return True


def answered(decision: Decision = "approved", approver: str = OPS, at: str = LATER, **said: Any) -> Answer:
    """An answer that came some other way."""
    return Answer(approver, decision, at, approver, "198.51.100.9", "curl", **said)


def give(given: Answer, approval_id: str = ID) -> Approval:
    """Count an answer without delivering its outcome."""
    return approvals().change(approval_id, lambda each: each.answered(given))[0]


def end(outcome: Any, superseded_by: str | None = None, approval_id: str = ID) -> Approval:
    return approvals().change(approval_id, lambda each: each.ended(outcome, LATER, superseded_by))[0]


def outcome_of(approval: Approval) -> dict[str, Any]:
    """What the machine gets when an approval has ended."""
    outcome = outcome_facts(approval)
    assert outcome
    return asdict(outcome)


def found(approval_id: str = ID) -> Approval:
    """The approval as it is now."""
    return approvals().get(approval_id)
