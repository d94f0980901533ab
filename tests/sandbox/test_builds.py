"""CodeBuild runs what a project's buildspec says.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
"""

from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import DEV, REGION
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_role, allow, new_name, soon
from tests.sandbox.plain_api import assumed


@pytest.fixture
def codebuild(aws: StandIn) -> Any:
    return aws.client("codebuild", DEV)


def a_project(codebuild: Any, *commands: str, **variables: str) -> str:
    name = new_name("project")
    spec = {"version": 0.2, "phases": {"build": {"commands": list(commands)}}}
    codebuild.create_project(
        name=name,
        source={"type": "NO_SOURCE", "buildspec": yaml.safe_dump(spec)},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": key, "value": value} for key, value in variables.items()],
        },
        serviceRole=f"arn:aws:iam::{DEV}:role/builds",
    )
    return name


def started(codebuild: Any, project: str, token: str = "", **variables: str) -> str:
    override = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    more = {"idempotencyToken": token} if token else {}
    build = codebuild.start_build(projectName=project, environmentVariablesOverride=override, **more)["build"]
    return str(build["id"])


def ended(codebuild: Any, build: str) -> Json:
    def look() -> Json | None:
        (found,) = codebuild.batch_get_builds(ids=[build])["builds"]
        return None if found["buildStatus"] == "IN_PROGRESS" else found

    return soon(look)


def test_a_build_is_in_progress_until_its_commands_have_ended(codebuild: Any) -> None:
    build = started(codebuild, a_project(codebuild, "sleep 0.5"))
    (found,) = codebuild.batch_get_builds(ids=[build])["builds"]
    assert (found["buildStatus"], "endTime" in found) == ("IN_PROGRESS", False)
    assert ended(codebuild, build)["buildStatus"] == "SUCCEEDED"


def test_a_command_that_fails_fails_its_phase_and_the_build(codebuild: Any) -> None:
    found = ended(codebuild, started(codebuild, a_project(codebuild, "true", "exit 3", "sleep 60")))
    assert found["buildStatus"] == "FAILED"
    (failed,) = [each for each in found["phases"] if each.get("phaseStatus") == "FAILED"]
    assert failed["phaseType"] == "BUILD"
    assert "exit 3" in failed["contexts"][0]["message"]


@pytest.mark.parametrize(("given", "status"), [({}, "FAILED"), ({"COW": "moo"}, "SUCCEEDED")])
def test_the_calls_variables_override_the_projects(codebuild: Any, given: dict[str, str], status: str) -> None:
    project = a_project(codebuild, 'test "$COW$PIG" = moooink', COW="silent", PIG="oink")
    assert ended(codebuild, started(codebuild, project, **given))["buildStatus"] == status


def test_a_token_begins_one_build_of_a_project(codebuild: Any) -> None:
    one, other = a_project(codebuild), a_project(codebuild)
    assert started(codebuild, one, "a") == started(codebuild, one, "a")
    assert len({started(codebuild, one, "a"), started(codebuild, one, "b"), started(codebuild, other, "a")}) == 3
    assert started(codebuild, one) != started(codebuild, one)


def test_there_is_no_build_of_no_project(codebuild: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        started(codebuild, new_name("nothing"))


def test_builds_are_allowed_by_their_project(aws: StandIn, codebuild: Any) -> None:
    one, other = a_project(codebuild), a_project(codebuild)
    may = allow(["codebuild:StartBuild", "codebuild:BatchGetBuilds"], f"arn:aws:codebuild:*:*:project/{one}")
    role = a_role(aws, may, trusts={"AWS": f"arn:aws:iam::{DEV}:root"}, account=DEV)
    session = aws.session_client("codebuild", REGION, *assumed(aws, role, "one"))
    build = started(session, one)
    assert ended(session, build)["id"] == build
    for refused in (lambda: started(session, other), lambda: ended(session, started(codebuild, other))):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
