"""Why an answer is not accepted, or has not arrived everywhere yet. `http_api` maps each class to a status."""

from gantry.promotion.gantry_error import GantryError


class AnswerRefusedError(GantryError):
    """The base of every answer that changes nothing, and of every question that is not shown.

    `advice` says what to do instead. None means: send the same answer again, correctly.
    """

    def __init__(self, sentence: str, advice: str | None = None) -> None:
        super().__init__(sentence)
        self.advice = advice


class ApprovalNotFoundError(AnswerRefusedError):
    """The link or the id leads to no approval."""

    def __init__(self) -> None:
        super().__init__("There is no such approval.", "Use the id from the event Promotion Approval Requested.")


class AnswerForbiddenError(AnswerRefusedError):
    """This person may not give this answer, or has not proved who they are."""


class AnswerOutdatedError(AnswerRefusedError):
    """The answer is about something else than what would be decided now."""


class AnswerUnconfirmedError(AnswerRefusedError):
    """The environment's name is missing or wrong, and the manifest asks for it."""


class AnswerRepeatedError(GantryError):
    """The same answer was sent before; the message says what came of it."""


class OutcomeUndeliveredError(GantryError):
    """The outcome is kept, but the promotion could not be notified. Sending the answer again tries once more."""
