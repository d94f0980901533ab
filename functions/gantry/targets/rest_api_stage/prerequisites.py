"""What has to be there before a release may go to a stage, and what to do where it is missing."""

from collections.abc import Callable, Iterable, Iterator

from gantry.promotion.errors import IncompatibleTargetError, TargetNotFoundError
from gantry.promotion.secret_values import is_secret
from gantry.targets.rest_api_stage.revision import LARGEST, StageRevision
from gantry.targets.rest_api_stage.stage_state import StageState
from gantry.targets.rest_api_stage.stage_target import StageTarget


def why_no_stage(
    target: StageTarget, *, exists: bool, protocol: Callable[[], str | None]
) -> IncompatibleTargetError | TargetNotFoundError:
    """Return what is missing of a target that has no stage, as an error of a decision.

    Args:
        target: the API and its stage.
        exists: whether there is such a REST API.
        protocol: returns that of an HTTP or WebSocket API with this id, or None.
    """
    if exists:
        message = f"{target.id}: the REST API has no stage {target.stage}. Create it; a release only moves its traffic"
        return TargetNotFoundError(message)
    if (found := protocol()) is None:
        message = f"There is no REST API {target.rest_api_id} in {target.account}, {target.region}. Create it"
        return TargetNotFoundError(f"{message}, or correct the manifest's rest_api_id")
    return IncompatibleTargetError(
        f"{target.id}: it is an API of type {found}, which has no canary. Let its integration call an alias of the "
        "Lambda function, and promote that as a target of kind lambda: the alias has the weights"
    )


def require_compatible(target: StageTarget, found: StageState, wanted: StageRevision, others: Iterable[str]) -> None:
    """Return quietly when the release may go to this stage.

    Args:
        target: the API and its stage.
        found: the stage.
        wanted: what it should have after the release.
        others: what else is in the way.

    Raises:
        IncompatibleTargetError: with every reason why not, and what to do about it.
    """
    passing, lasting = [*_canary(found)], [*_problems(wanted), *others]
    if problems := [*passing, *lasting]:
        error = IncompatibleTargetError(f"{target.id} cannot take this release: {'; '.join(problems)}")
        error.may_pass = not lasting
        raise error


def _canary(found: StageState) -> Iterator[str]:
    if found.canary is not None:
        yield (
            f"the stage has a canary already, at {found.canary_weight:g} %, and as long as it has, nobody can deploy "
            "to it: delete the canary, on the stage's page or by aws apigateway update-stage --patch-operations "
            "op=remove,path=/canarySettings; promote it only if you know that it is healthy"
        )


def _problems(wanted: StageRevision) -> Iterator[str]:
    secrets = sorted(name for name, value in wanted.variables.items() if is_secret(name, value))
    if secrets:
        yield (
            f"its stage variables {', '.join(secrets)} look like secrets, and revisions are named by their variables: "
            "keep the values in Secrets Manager or Parameter Store, and only their names in the stage"
        )
    elif not StageRevision.is_name(wanted.name):
        yield (
            f"its stage variables are too long, or have characters that API Gateway does not allow: with the "
            f"deployment's id they may have {LARGEST} characters together"
        )
