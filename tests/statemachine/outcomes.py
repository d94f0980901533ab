"""How a promotion ends, for the tests of it."""

from typing import Any

from gantry.promotion.failure import Failure
from tests.statemachine.ran import Ended
from tests.statemachine.scripted import Raises

DEPLOY = ["DeployInWaves", "DeployWave", "DeployToTarget"]
"""One wave with one target."""
ENVIRONMENT_FAILED = ["StopWave", "IsApprovalOutdated", "IsEnvironmentToRollBack", "EnvironmentFailed"]
COMPLETED = ["RecordPromotion", "IsDone", "PromotionCompleted"]
COMPLETES: dict[str, Any] = {"RecordPromotion": {"outcome": "completed"}}
RECORDED = {"RecordPromotion": Raises("PromotionFailedError", "the recorded cause")}


def has_failed(ran: Ended, last: str) -> Failure:
    """The failure as RecordPromotion reads it, after the promotion's end has been checked; it answered `RECORDED`."""
    assert ran.entered[-2:] == [last, "RecordPromotion"]
    assert (ran.status, ran.error) == ("FAILED", "PromotionFailedError")
    assert "the recorded cause" in ran.cause
    return Failure.of(ran.payload("RecordPromotion")["failure"])
