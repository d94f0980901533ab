"""Approvals: what the functions that ask and that end them tell the machine, and what it leaves in the ledger."""

import itertools
import json
from dataclasses import asdict

from gantry.promotion.approval import Approval
from gantry.promotion.approval_answer import Answer, Outcome
from gantry.promotion.approval_outcome import outcome_facts
from gantry.promotion.manifest.content import ApprovalPolicy
from gantry.promotion.promotion_origin import PromotionOrigin
from gantry.use_cases.approvals.approval_state import state_of
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, soon
from tests.unit.handlers.payloads import ENTERED_AT, PROMOTION, RELEASE, as_json

_POLICY = ApprovalPolicy(("ops@example.com", "lead@example.com"), expires_after_seconds=3600)
_ORIGIN = PromotionOrigin(is_manual=False, pushed_by="dev@example.com", tags=("4f0c2d1",))
_ASKED = Approval(
    id="0" * 32,
    environment="prod",
    release=RELEASE,
    origin=_ORIGIN,
    policy=_POLICY,
    targets=(),
    settings={},
    alarms=(),
    firing=(),
    execution=PROMOTION,
    started_at=ENTERED_AT,
    requested_at=ENTERED_AT,
    expires_at=ENTERED_AT,
    undeliverable={"ops@example.com": "no such mailbox"},
)
_numbers = itertools.count(1)
SEEN: list[Json] = [{"infrastructure.subnets": f"subnet-{number}"} for number in range(3)]
"""What approvers saw that the release takes from each target. FollowUpApproval does not answer it."""

POLICY: Json = as_json(asdict(_POLICY))
ORIGIN: Json = as_json(asdict(_ORIGIN))


def told(outcome: Outcome, reason: str | None = None) -> Json:
    """What the machine is told of an outcome."""
    facts = outcome_facts(_ended(outcome, reason))
    assert facts
    found: Json = as_json(asdict(facts))
    return found


def a_key() -> Json:
    """The key of a new approval in the ledger."""
    return {"pk": f"approval#{next(_numbers)}", "sk": "approval"}


def decided(outcome: Outcome, reason: str | None = None) -> Json:
    """What RequestApproval and FollowUpApproval answer when nobody has to be waited for."""
    found: Json = as_json(asdict(state_of(_ended(outcome, reason))))
    return found | {"drafts": SEEN}


def pending(seconds: int, key: Json | None = None) -> Json:
    """What they answer when nothing is due before so many seconds are over."""
    found: Json = as_json(asdict(state_of(_ASKED)))
    assert {"key", "seconds"} < found.keys()
    return found | {"key": key or a_key(), "seconds": seconds, "drafts": SEEN}


def _ended(outcome: Outcome, reason: str | None) -> Approval:
    if outcome in ("approved", "rejected"):
        who = "ops@example.com"
        return _ASKED.answered(Answer(who, outcome, ENTERED_AT, who, "203.0.113.7", "a browser", reason=reason))
    return _ASKED.ended(outcome, ENTERED_AT, "cowsay b0b0b0b")


class Asked:
    """An approval in the ledger, which a machine waits for."""

    def __init__(self, aws: StandIn, ledger: str, outcome: Outcome | None = None) -> None:
        self._aws, self._ledger, self.key = aws, ledger, a_key()
        kept = {"environment": {"S": "prod"}} | ({"outcome": {"S": outcome}} if outcome else {})
        aws.client("dynamodb", ASSETS).put_item(TableName=ledger, Item=self._key() | {"approval": {"M": kept}})

    def item(self) -> Json:
        """Everything that the ledger has of it."""
        found: Json = self._aws.client("dynamodb", ASSETS).get_item(TableName=self._ledger, Key=self._key())["Item"]
        return found

    def token(self, after: str | None = None) -> str:
        """The token of the task that waits, once there is one, or another one than before."""

        def look() -> str | None:
            found = self.item().get("task_token", {}).get("S")
            return None if found == after else str(found)

        return soon(look, 40)

    def answer(self, outcome: Outcome, token: str | None = None) -> Json:
        """Tell whoever waits the outcome; what they are told."""
        output, client = told(outcome), self._aws.client("stepfunctions", ASSETS)
        client.send_task_success(taskToken=token or self.token(), output=json.dumps(output))
        return output

    def _key(self) -> Json:
        return {name: {"S": value} for name, value in self.key.items()}
