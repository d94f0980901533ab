"""Whether a revision is what was asked for."""

from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import RevisionMismatchError, TargetFailedError, TargetNotFoundError
from gantry.targets.ecs_service.task_definition import TaskDefinition
from gantry.targets.ecs_service.task_definitions import TaskDefinitions
from gantry.targets.ecs_service.task_differences import differences
from gantry.targets.ecs_service.wanted_revision import WantedRevision


def confirmed(
    definitions: TaskDefinitions,
    wanted: WantedRevision,
    revision: str,
    stable: StableRevision | None,
    *,
    is_new: bool = False,
) -> TaskDefinition:
    """Return a revision, once all of it is compared with what was asked for: what is not given is as in the stable one.

    Where that was deleted meanwhile, only what the manifest gives can be compared.

    Raises:
        RevisionMismatchError: it holds something else.
        TargetFailedError: it was made just now, and somebody has deregistered it.
        TargetNotFoundError: there is no such revision any more.
    """
    target, digest = wanted.target, wanted.deployment.release.digest
    found = definitions.find(revision)
    if found is None:
        raise TargetNotFoundError(f"{target.id}: there is no task definition {revision}")
    if is_new and not found.is_active:
        raise TargetFailedError(f"{target.id}: {revision} is {found.status}: somebody has deregistered it")
    base = (definitions.find(stable.revision) if stable else None) or found
    wrong = differences(wanted.document(base), found.document)
    if (has := found.digest(target.container)) != digest:
        wrong.append(f"digest of {target.container}: {has or 'none'}, not {digest}")
    if wrong:
        raise RevisionMismatchError(f"{target.id}: {revision} is not what was asked for: {'; '.join(wrong)}")
    return found
