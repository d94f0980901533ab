"""Whether a revision is what was asked for."""

from collections.abc import Mapping

from gantry.promotion.deployment import Deployment, StableRevision
from gantry.promotion.errors import RevisionMismatchError, TargetNotFoundError
from gantry.targets.rest_api_stage.rest_api import RestApi
from gantry.targets.rest_api_stage.revision import StageRevision


def confirmed(api: RestApi, deployment: Deployment, name: str, stable: StableRevision | None) -> StageRevision:
    """Return a revision, once it is compared with what was asked for.

    API Gateway exports what a stage has, and no deployment. So the document's integrations cannot be read back
    before there is traffic; its paths and methods were compared when the deployment was prepared.
    """
    revision, wanted = StageRevision.named(name), wanted_variables(deployment, stable)
    found = api.deployment(revision.deployment)
    if found is None:
        raise TargetNotFoundError(f"{deployment.target.id}: deployment {revision.deployment} does not exist")
    differences = [] if revision.variables == wanted else [f"variables: {_differing(revision.variables, wanted)}"]
    if found.digest != deployment.release.digest:
        differences.append(f"digest: {found.digest or 'none'}, not {deployment.release.digest}")
    if differences:
        message = f"deployment {revision.deployment} is not what was asked for: {'; '.join(differences)}"
        raise RevisionMismatchError(f"{deployment.target.id}: {message}")
    return revision


def wanted_variables(deployment: Deployment, stable: StableRevision | None) -> dict[str, str]:
    """Return the manifest's variables, and those of the stable revision that it does not give."""
    before = StageRevision.named(stable.revision).variables if stable else {}
    return {**before, **deployment.configuration.get("variables", {})}


def _differing(has: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Return the names of the variables that differ."""
    names = has.keys() | wanted.keys()
    return ", ".join(sorted(name for name in names if has.get(name) != wanted.get(name)))
