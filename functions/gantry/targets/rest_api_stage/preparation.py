"""How a document becomes one deployment of an API that holds exactly that."""

from collections.abc import Callable

from gantry.promotion.deployment import Deployment, PreparationOutcome, StableRevision
from gantry.promotion.errors import TargetConflictError
from gantry.targets.findings import Prepared
from gantry.targets.rest_api_stage.confirmation import wanted_variables
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
            raise TargetConflictError(
                f"{self._target.id}: the deployment {made} does not have the document's paths and methods. Either "
                "somebody else changed the API while it was made, or API Gateway shows them in another way: compare "
                "the document with aws apigateway get-deployment --embed apisummary"
            )
        return made

    def _holds(self, deployment_id: str, document: ApiDocument) -> bool:
        found = self._api.deployment(deployment_id, with_methods=True)
        return found is not None and found.methods == document.methods
