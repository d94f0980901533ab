"""The pipeline's own requests to a canary. They are apart from people's, and show harm by themselves only."""

from dataclasses import dataclass, replace

from gantry.promotion.judge.verdict import Health, Judgement

_LOOKS_THAT_SHOW_HARM = 2
"""One failure may be chance, such as a cold start that took too long. It has to be there at the next look too."""


@dataclass(frozen=True, slots=True)
class OwnRequests:
    """What came of the requests of one look."""

    sent: int
    failed: int
    problem: str = ""
    """What was wrong with the first one that failed."""
    failed_looks: int = 0
    """How many looks in a row had failures, this one included."""

    def after(self, failed_looks: int) -> "OwnRequests":
        """Return the same, once so many looks in a row right before this one had failures."""
        return replace(self, failed_looks=failed_looks + 1 if self.failed else 0)

    @property
    def shows_harm(self) -> bool:
        """Whether something failed at this look and at the one before."""
        return self.failed_looks >= _LOOKS_THAT_SHOW_HARM


def with_own_requests(judgement: Judgement, own: OwnRequests) -> Judgement:
    """Return the judgement with what the pipeline's own requests show, and with their numbers."""
    numbers = {"sent": own.sent, "failed": own.failed, "failed_looks": own.failed_looks}
    evidence = {**judgement.evidence, "own_requests": numbers}
    if not own.failed:
        return replace(judgement, evidence=evidence)
    said = f"{own.failed} of {own.sent} requests of the pipeline's own failed: {own.problem}"
    if not own.shows_harm:
        return replace(judgement, evidence=evidence, notes=(*judgement.notes, said))
    harm = f"{said}; so did some at the look before"
    others = judgement.reasons if judgement.verdict is Health.UNHEALTHY else ()
    return replace(judgement, verdict=Health.UNHEALTHY, reasons=(*others, harm), evidence=evidence)
