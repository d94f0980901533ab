"""What the functions that may end an approval share: whoever waits for the outcome is told of it."""

from typing import Any

from gantry.aws.approvals import Approvals
from gantry.aws.executions import Executions
from gantry.aws.ledger import Ledger
from gantry.handlers.announcing import announce
from gantry.handlers.observability import logger, metrics
from gantry.promotion.approval import Approval
from gantry.promotion.ledger import HistoryEntry


def conclude(approval: Approval, approvals: Approvals) -> None:
    """Tell whoever waits how an approval has ended.

    The history keeps it once and the machine takes one answer, so that a replay does no harm and helps where a try
    before got no further. When no task waits yet, the one that is about to finds the outcome in the ledger. The event
    is put before that is noted: who dies in between puts it twice, and never not at all.
    """
    release, told = approval.release, approval.told()
    image = {"image_digest": release.image_digest, "tag": release.tag}
    moment = str(approval.ended_at)
    facts = image | told | {"answers": _answers(approval, told), "shown": dict(approval.shown)}
    Ledger.from_env().record(
        HistoryEntry(release.service, moment, "approval_decided", approval.execution, approval.environment, facts=facts)
    )
    token = approvals.task_token(approval.id)
    if not token or not Executions.from_env().succeed(token, told):
        logger.info("safely ignored: no task waits for this outcome", approval=approval.id)
    if approvals.is_announced(approval.id):
        return
    logger.info("approval ended", approval=approval.id, outcome=approval.outcome)
    whose = {"service": release.service, "approval": approval.id, "execution": approval.execution}
    if announce("Promotion Approval Decided", image | told | whose):
        approvals.note_announced(approval.id)
        metrics.add_metric(f"Approvals{str(approval.outcome).capitalize()}", unit="Count", value=1)


def _answers(approval: Approval, told: dict[str, Any]) -> list[dict[str, Any]]:
    """What the history keeps of the answers, which is more than is told of them elsewhere."""
    return [
        answer | {"shown": given.shown, "source_ip": given.source_ip, "user_agent": given.user_agent}
        for answer, given in zip(told["answers"], approval.answers, strict=True)
    ]
