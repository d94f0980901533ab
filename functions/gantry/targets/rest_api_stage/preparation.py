"""How a document becomes one deployment of an API that holds exactly that."""

from collections.abc import Callable, Mapping

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import RevisionMismatchError, TargetConflictError, TargetNotFoundError
from gantry.targets.findings import Prepared
from gantry.targets.rest_api_stage.document import ApiDocument
from gantry.targets.rest_api_stage.rest_api import RestApi
from gantry.targets.rest_api_stage.revision import StageRevision
from gantry.targets.rest_api_stage.stage_target import StageTarget


class Preparation:
    """The preparation of one revision for one deployment."""

    def __init__(self, api: RestApi, deployment: Deployment, content: Callable[[], bytes]) -> None:
        self._api = api
        self._deployment = deployment
        self._content = content
        self._target = StageTarget.of(deployment.target)

    def advance(self, stable: StableRevision | None, hold: Callable[[], object]) -> Prepared:
        """Find or make the deployment of the document, and return it with its variables.

        One document has one deployment in an API, whatever the stage: the next environment uses the same one.
        """
        wanted = wanted_variables(self._deployment, stable)
        if stable and stable.digest == self._deployment.release.digest:
            revision = StageRevision(StageRevision.named(stable.revision).deployment, wanted).name
        else:
            revision = StageRevision(self._deployment_id(hold), wanted).name
        if stable and revision == stable.revision:
            return Prepared(revision, PreparationOutcome.UNCHANGED)
        return Prepared(revision, PreparationOutcome.PUBLISHED if stable else PreparationOutcome.CREATED)

    def confirm(self, name: str, stable: StableRevision | None) -> StageRevision:
        """Return a revision, once it is compared with what was asked for.

        API Gateway exports what a stage has, and no deployment. So the document's integrations cannot be read back
        before there is traffic; its paths and methods were compared when the deployment was prepared.
        """
        revision, wanted = StageRevision.named(name), wanted_variables(self._deployment, stable)
        found = self._api.deployment(revision.deployment)
        if found is None:
            raise TargetNotFoundError(f"{self._target.id}: deployment {revision.deployment} does not exist")
        differences = [] if revision.variables == wanted else [f"variables: {_differing(revision.variables, wanted)}"]
        if found.digest != self._deployment.release.digest:
            differences.append(f"digest: {found.digest or 'none'}, not {self._deployment.release.digest}")
        if differences:
            message = f"deployment {revision.deployment} is not what was asked for: {'; '.join(differences)}"
            raise RevisionMismatchError(f"{self._target.id}: {message}")
        return revision

    def _deployment_id(self, hold: Callable[[], object]) -> str:
        body, artifact = self._content(), self._deployment.release.artifact
        document = ApiDocument.read(body, f"s3://{artifact.location}")
        for made in self._api.deployments_of(artifact.digest):
            if self._holds(made, document):
                return made
        hold()
        self._api.replace_draft(body)
        made = self._api.deploy(artifact.digest)
        if not self._holds(made, document):
            message = f"{self._target.id}: somebody else changed the API while its deployment {made} was made"
            raise TargetConflictError(message)
        return made

    def _holds(self, deployment_id: str, document: ApiDocument) -> bool:
        found = self._api.deployment(deployment_id, with_methods=True)
        return found is not None and found.methods == document.methods


def wanted_variables(deployment: Deployment, stable: StableRevision | None) -> dict[str, str]:
    """Return the manifest's variables, and those of the stable revision that it does not give."""
    before = StageRevision.named(stable.revision).variables if stable else {}
    return {**before, **deployment.configuration.get("variables", {})}


def _differing(has: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Return the names of the variables that differ."""
    names = has.keys() | wanted.keys()
    return ", ".join(sorted(name for name in names if has.get(name) != wanted.get(name)))
