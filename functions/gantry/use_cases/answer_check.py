"""Take the answer of a check that goes on after its function has returned."""

from dataclasses import asdict, dataclass

from gantry.observability import logger
from gantry.promotion.checks import CheckAnswer
from gantry.use_cases.services import Services


class HookNotFoundError(Exception):
    """Nobody waits for a check with this id, or not for this caller's answer."""


class HookEndedError(Exception):
    """The check was answered before, or its time has ended."""


@dataclass(frozen=True, slots=True)
class HookCaller:
    """Who answers: a role of the pipeline's account, which each target account takes under its own id."""

    role: str
    """The role's name."""
    session: str
    """The id of the account that took it. The role's trust policy lets no account take it under another name."""

    @classmethod
    def of(cls, arn: str) -> "HookCaller":
        """Return the caller with an ARN that ends with `assumed-role/gantry-hooks/222222222222`."""
        kind, _, rest = arn.rpartition(":")[2].partition("/")
        role, _, session = rest.partition("/")
        return cls(role, session) if kind == "assumed-role" else cls("", "")


def answer_check(callback_id: str, caller: HookCaller, answer: CheckAnswer, services: Services) -> None:
    """Hand an answer to the deployment that waits for it.

    Raises:
        HookNotFoundError: there is no such check, or the caller is not from its target's account.
        HookEndedError: it came too late.
    """
    hook = services.hooks.find(callback_id)
    if hook is None or caller != HookCaller(services.hook_role, hook.account):
        logger.warning("check's answer refused", is_known=hook is not None, caller=caller.session)
        raise HookNotFoundError
    if not services.executions.succeed(hook.task_token, asdict(answer)):
        raise HookEndedError
    logger.info("check answered", execution=hook.execution, status=answer.status)
