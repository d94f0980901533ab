"""Questions that somebody leaves unanswered for a minute, the least that a manifest takes."""

from dataclasses import dataclass
from typing import Self

from tests.end_to_end.question import ANN, BOB, CAT, Question
from tests.end_to_end.service import NewService


@dataclass(frozen=True)
class Unanswered:
    """Each of them with an approval of Ann's, except the one that nobody has answered."""

    expiring: Question
    nonce: str
    """Of Bob's page of the one that expires."""
    reminding: Question
    escalating: Question

    @classmethod
    def ask(cls, new_service: NewService) -> Self:
        """Ask all of them now."""
        two = {"approvers": [ANN, BOB], "quorum": 2}
        expiring = Question.of_push(new_service(), {**two, "expires_after": "1m"})
        reminding = Question.of_push(new_service(), {**two, "reminder_after": "1m"})
        escalating = Question.of_push(new_service(), {"approvers": [ANN], "escalate_to": [CAT], "escalate_after": "1m"})
        for question in (expiring, reminding):
            assert question.answer(ANN, "approved")[0] == 200
        return cls(expiring, expiring.nonce(BOB), reminding, escalating)
