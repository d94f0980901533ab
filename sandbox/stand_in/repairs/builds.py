"""A build runs its commands, and the same token begins it once.

Restores: StartBuild returns a build in progress, which BatchGetBuilds shows until it has ended. The commands of its
buildspec run with the variables of the project, and with those of the call over them. The first one that does not exit
with 0 fails its phase and the build. A token that was used within five minutes returns the build that it began. In the
library every build has succeeded at once. Here the commands run on this machine instead of in an image, there is only
the phase `build`, and there is no source beside the buildspec.
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import contextvars
import json
import subprocess
import threading
import time
from typing import Any

import yaml
from ministack.core.responses import json_response
from ministack.services import codebuild

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_TOKEN_SECONDS = 300
_tokens: dict[tuple[str, str], tuple[float, str]] = {}
"""When each token of a project began which build."""
_starting = threading.Lock()


def apply(settings: Settings) -> None:
    """Run each build in a thread of its own."""
    put_in_front(codebuild, "_start_build", _start)


def _start(original: Original, data: Json) -> Response:
    token = data.get("idempotencyToken")
    key = codebuild._project_arn(data.get("projectName")), str(token)
    with _starting:
        began, known = _tokens.get(key, (0.0, ""))
        if token and time.monotonic() - began < _TOKEN_SECONDS:
            return json_response({"build": codebuild._builds[known]})
        status, headers, body = original(data)
        if status != 200:  # noqa: PLR2004 -- the library's own
            return status, headers, body
        build = codebuild._builds[json.loads(body)["build"]["id"]]
        _tokens[key] = time.monotonic(), build["id"]
    build.pop("endTime")
    build |= {"buildStatus": "IN_PROGRESS", "currentPhase": "BUILD", "phases": [{"phaseType": "BUILD"}]}
    project = codebuild._projects[data["projectName"]]
    # What the library keeps is found by the request's account and region.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_run, build, project, _variables(project, data)), daemon=True).start()
    return json_response({"build": build})


def _variables(project: Json, data: Json) -> dict[str, str]:
    given = [*project["environment"].get("environmentVariables", []), *data.get("environmentVariablesOverride", [])]
    return {each["name"]: each["value"] for each in given}


def _run(build: Json, project: Json, variables: dict[str, str]) -> None:
    spec: Any = yaml.safe_load(project["source"].get("buildspec", "")) or {}
    commands = spec.get("phases", {}).get("build", {}).get("commands", [])
    failed = next((each for each in commands if not _succeeds(each, variables)), None)
    phase: Json = {"phaseType": "BUILD", "phaseStatus": "SUCCEEDED"}
    if failed is not None:
        message = f"Error while executing command: {failed}. Reason: exit status 1"
        context = {"statusCode": "COMMAND_EXECUTION_ERROR", "message": message}
        phase |= {"phaseStatus": "FAILED", "contexts": [context]}
    build["phases"] = [phase, {"phaseType": "COMPLETED"}]
    build["endTime"] = int(time.time())
    build["buildStatus"] = phase["phaseStatus"]


def _succeeds(command: str, variables: dict[str, str]) -> bool:
    environment = {"PATH": "/usr/bin:/bin", **variables}
    return subprocess.run(["/bin/sh", "-c", command], env=environment, check=False).returncode == 0  # noqa: S603 -- a test's own command
