"""How a promotion ends, for the tests of it."""

from promotion.failure import Failure
from tests.statemachine.ran import Ended

DEPLOY = ["DeployToTargets", "DeployToTarget"]
COMPLETED = ["RecordPromotion", "HasFailed", "PromotionCompleted"]
FAILED = ["RecordPromotion", "HasFailed", "PromotionFailed"]
RECORDED = {"RecordPromotion": {"cause": "the recorded cause"}}


def has_failed(ran: Ended, last: str) -> Failure:
    """The failure as RecordPromotion reads it, after the promotion's end has been checked; it answered `RECORDED`."""
    assert ran.entered[-4:] == [last, *FAILED]
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "PromotionFailed", "the recorded cause")
    return Failure.of(ran.payload("RecordPromotion")["failure"])
