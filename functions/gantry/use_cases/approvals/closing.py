"""Close the questions about canaries whose deployment has ended, whoever ended it."""

from dataclasses import replace
from datetime import UTC, datetime

from gantry.aws.canary_questions import AskedAboutCanary
from gantry.aws.executions import ExecutionEnd
from gantry.observability import logger
from gantry.promotion.interrupted_approval import stopped
from gantry.use_cases.approvals.concluding import conclude
from gantry.use_cases.services import Services


def close_questions(announced: ExecutionEnd | None, services: Services) -> tuple[str, ...]:
    """Close every question that nobody waits for any more. Return what could not be closed, and why.

    It may run at any time, twice, and beside itself.

    Args:
        announced: the end of an execution, as an event announced it.
        services: the adapters.
    """
    problems = []
    for question in list(services.canary_questions.open()):
        try:
            _close(question, announced, services)
        except Exception as error:
            logger.exception("question not closed", execution=question.execution)
            problems.append(f"{question.execution}: {type(error).__name__}: {error}")
    return tuple(problems)


def _close(question: AskedAboutCanary, announced: ExecutionEnd | None, services: Services) -> None:
    end = services.executions.end_of(question.execution, announced)
    if end is None or not end.is_certain(question.since, datetime.now(UTC)):
        return
    at = question.since if end.is_forgotten else end.at
    try:
        approval, _ = services.approvals.change(question.approval_id, lambda each: stopped(each, at))
    except LookupError:
        logger.info("safely ignored: people were not asked yet", approval=question.approval_id)
    else:
        conclude(approval, services)
    services.canary_questions.put(replace(question, is_open=False))
    logger.info("question closed", approval=question.approval_id, execution=question.execution)
