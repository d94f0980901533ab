"""The builds of a CodeBuild project in a target's account."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from gantry.aws.clients import code_of, message_of
from gantry.aws.session_policy import Right
from gantry.promotion.aws_partition import partition_of
from gantry.promotion.checks import CheckAnswer, CheckStatus
from gantry.promotion.errors import CheckUnavailableError
from gantry.promotion.target import Target

if TYPE_CHECKING:
    from mypy_boto3_codebuild.client import CodeBuildClient
    from mypy_boto3_codebuild.type_defs import BuildTypeDef

_GRANT = "name it in the target stack's CheckProjectPatterns"
_MEANINGS = {
    "AccessDeniedException": f"the pipeline may not start its builds: {_GRANT}",
    "ResourceNotFoundException": "there is no such project",
}
_STATUSES = {"IN_PROGRESS": CheckStatus.STARTED, "SUCCEEDED": CheckStatus.PASSED, "FAILED": CheckStatus.FAILED}
"""Every other status is the machinery's, not the build's own: FAULT, STOPPED, TIMED_OUT.
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html"""


class Builds:
    """The builds of one project."""

    def __init__(self, client: "CodeBuildClient", project: str) -> None:
        self._client = client
        self._project = project

    def begin(self, variables: Mapping[str, str], token: str) -> str:
        """Start a build and return its id. The same token within five minutes returns the same build.

        https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html

        Args:
            variables: what its environment has beside the project's own.
            token: the same for every try.

        Raises:
            CheckUnavailableError: there is no such project, or the pipeline may not use it.
        """
        try:
            build = self._client.start_build(
                projectName=self._project,
                idempotencyToken=token,
                environmentVariablesOverride=[
                    {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()
                ],
            )["build"]
        except ClientError as error:
            if code_of(error) not in _MEANINGS:
                raise
            said = f"the project {self._project}: {_MEANINGS[code_of(error)]} ({message_of(error)})"
            raise CheckUnavailableError(said) from error
        return build["id"]

    def answer(self, build_id: str) -> CheckAnswer:
        """Return what a build says by now.

        https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
        """
        found = self._client.batch_get_builds(ids=[build_id])["builds"]
        if not found:
            return CheckAnswer(CheckStatus.UNANSWERED, f"the build {build_id} does not exist any more")
        (build,) = found
        status = _STATUSES.get(build["buildStatus"], CheckStatus.UNANSWERED)
        said = f"the build {build_id} has the status {build['buildStatus']}"
        return CheckAnswer(
            status, "; ".join([said, *_phases(build)]), build_id if status is CheckStatus.STARTED else ""
        )


def building_rights(target: Target, project: str) -> tuple[Right, ...]:
    """Return the rights to one project's builds. CodeBuild checks those to a build by its project:
    https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-access-control-identity-based.html"""
    partition = partition_of(target.region).name
    arn = f"arn:{partition}:codebuild:{target.region}:{target.account}:project/{project}"
    return (Right(("codebuild:StartBuild", "codebuild:BatchGetBuilds"), (arn,)),)


def _phases(build: "BuildTypeDef") -> list[str]:
    """Return what each phase that did not succeed says of itself."""
    return [
        f"{phase.get('phaseType', 'a phase')}: {told['message']}"
        for phase in build.get("phases", [])
        for told in phase.get("contexts", [])
        if phase.get("phaseStatus") != "SUCCEEDED" and told.get("message")
    ]
