"""The REST API of a target: its draft, and the deployments that were made of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gantry.promotion.errors import TargetNotFoundError
from gantry.targets.rest_api_stage.api_errors import api_errors, slow_rates
from gantry.targets.rest_api_stage.stage_target import StageTarget

if TYPE_CHECKING:
    from mypy_boto3_apigateway.client import APIGatewayClient

_LABEL = "gantry "
_PAGE = 500
"""The most that GetDeployments returns: https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html"""


def described(digest: str) -> str:
    """Return the description of a deployment that Gantry makes. It says nothing of a stage, so that all share it."""
    return f"{_LABEL}{digest}"


@dataclass(frozen=True, slots=True)
class ApiDeployment:
    """A deployment of an API: what the API was when it was made."""

    id: str
    digest: str
    """The digest of the document that it was made of; empty when somebody else has made it."""
    methods: frozenset[tuple[str, str]] = frozenset()
    """Each path with one of its methods, as far as they were asked for."""


class RestApi:
    """The API of one target. Every method raises what `api_errors` says.

    Args:
        client: the account's API Gateway.
        patient: the same, which waits long and sends each call once: an import that is sent again would come late.
        target: the API and its stage.
    """

    def __init__(self, client: "APIGatewayClient", patient: "APIGatewayClient", target: StageTarget) -> None:
        self._client = client
        self._patient = patient
        self._target = target

    def exists(self) -> bool:
        """Whether there is such a REST API."""
        try:
            with api_errors(self._target):
                self._client.get_rest_api(restApiId=self._target.rest_api_id)
        except TargetNotFoundError:
            return False
        return True

    def replace_draft(self, document: bytes) -> None:
        """Make the API what a document says. That has no effect on any stage.

        https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
        """
        with slow_rates(self._target):
            self._patient.put_rest_api(
                restApiId=self._target.rest_api_id, mode="overwrite", failOnWarnings=True, body=document
            )

    def deploy(self, digest: str) -> str:
        """Make a deployment of the draft, without giving it to a stage; return its id."""
        with slow_rates(self._target):
            return self._patient.create_deployment(restApiId=self._target.rest_api_id, description=described(digest))[
                "id"
            ]

    def deployments_of(self, digest: str) -> Iterator[str]:
        """Yield the ids of the deployments that Gantry has made of a document."""
        position: dict[str, Any] = {}
        while True:
            with api_errors(self._target):
                page = self._client.get_deployments(restApiId=self._target.rest_api_id, limit=_PAGE, **position)
            yield from (each["id"] for each in page["items"] if each.get("description") == described(digest))
            if not page.get("position"):
                return
            position = {"position": page["position"]}

    def deployment(self, deployment_id: str, *, with_methods: bool = False) -> ApiDeployment | None:
        """Return one deployment; None when there is none."""
        embed: dict[str, Any] = {"embed": ["apisummary"]} if with_methods else {}
        try:
            with api_errors(self._target):
                found = self._client.get_deployment(
                    restApiId=self._target.rest_api_id, deploymentId=deployment_id, **embed
                )
        except TargetNotFoundError:
            return None
        label = found.get("description", "")
        summary = found.get("apiSummary") or {}
        return ApiDeployment(
            found["id"],
            label.removeprefix(_LABEL) if label.startswith(f"{_LABEL}sha256:") else "",
            frozenset((path, method) for path, methods in summary.items() for method in methods),
        )
