"""What a call of ECS is authorised on.

Restores: each call is authorised on all resources that it names, and on `*` if its action takes none. A call about a
service deployment or a service revision needs the service too. `ecs:cluster`, `ecs:service` and `ecs:task-definition`
are the request's. Whoever registers or runs a task needs `iam:PassRole` on its task role and its execution role, and
`ecs:TagResource` if there are tags. The roles of a service's hooks and load balancers are passed to ECS itself. The
Describe calls of load balancers are authorised on `*`. The library checks most of them on the cluster, and passes any
role.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
https://github.com/ministryofjustice/modernisation-platform/pull/8443 (RegisterTaskDefinition passes roles)
https://github.com/LBHackney-IT/Data-Platform/pull/1992 (RunTask passes the task role)
https://github.com/serverless-operations/serverless-step-functions/pull/189 (and the execution role)
"""

import json
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import ecs

from sandbox.stand_in.repairs.iam.ecs_resources import Check, checks_of
from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_TASKS, _SERVICES = "ecs-tasks.amazonaws.com", "ecs.amazonaws.com"
_ROLES = ("taskRoleArn", "executionRoleArn")


class EcsResource(str):
    """The ARN that is checked first, with everything that a call of ECS is checked on."""

    checks: list[Check]


_denied: ContextVar[Check | None] = ContextVar("denied", default=None)
"""What the present call of ECS is not allowed."""


def apply(settings: Settings) -> None:
    """Read the request where the library looks for its resource, and ask about all of it."""
    put_in_front(iam_actions, "extract_resource_arn", _resource)
    put_in_front(iam_evaluator, "enforce", _enforce)
    put_in_front(iam_actions, "access_denied_response", _refuse)


def _resource(original: Original, service: str, *request: Any) -> str:  # noqa: ANN401 -- the library's own
    _, _, headers, body, query, region, account = request
    if service == "elasticloadbalancing":
        action = iam_actions._action_from_query(query, body, headers.get("content-type", "")) or ""
        return "*" if action.startswith("Describe") else str(original(service, *request))
    if service != "ecs":
        return str(original(service, *request))
    action = iam_actions._action_from_target(headers) or ""
    try:
        asked = json.loads(body or b"{}")
        checks = [*checks_of(action, asked, f"{region}:{account}"), *_passed(action, asked)]
    except (ValueError, TypeError, AttributeError, KeyError):
        return "*"  # the service refuses what cannot be read
    found = EcsResource(checks[0].arn)
    found.checks = checks
    return found


def _passed(action: str, request: Json) -> Iterator[Check]:
    """Return the roles that a call passes to ECS."""
    if action == "RegisterTaskDefinition":
        yield from (_pass(request[each], _TASKS) for each in _ROLES if request.get(each))
    if action == "RunTask":
        definition = ecs._task_defs.get(ecs._resolve_td_key(request.get("taskDefinition", ""))) or {}
        roles = {**definition, **(request.get("overrides") or {})}
        yield from (_pass(roles[each], _TASKS) for each in _ROLES if roles.get(each))
    if action in {"CreateService", "UpdateService"}:
        hooks = (request.get("deploymentConfiguration") or {}).get("lifecycleHooks") or []
        advanced = [each.get("advancedConfiguration") or {} for each in request.get("loadBalancers") or []]
        yield from (_pass(each["roleArn"], _SERVICES) for each in (*hooks, *advanced) if each.get("roleArn"))


def _pass(role: str, service: str) -> Check:
    return Check("iam:PassRole", role, {"iam:PassedToService": service})


def _enforce(original: Original, *request: Any, **options: Any) -> object:  # noqa: ANN401 -- the library's own
    resource = options.get("resource_arn")
    _denied.set(None)
    if not isinstance(resource, EcsResource):
        return original(*request, **options)
    key, _, *place = request
    known = options.get("service_context") or {}
    for check in resource.checks:
        asked = {"resource_arn": check.arn, "service_context": {**known, **check.keys}}
        denied = original(key, check.action, *place, **asked)
        if denied is not None:
            _denied.set(check)
            return denied
    return None


def _refuse(original: Original, service: str, action: str, caller: str, request_id: str, **options: Any) -> Response:  # noqa: ANN401
    check = _denied.get()
    if service == "ecs" and check is not None and not options.get("error_code"):
        action, explicit = check.action, options.get("explicit_deny", False)
        options["message"] = iam_actions.identity_denial_message(action, caller, check.arn, explicit)
    refusal: Response = original(service, action, caller, request_id, **options)
    return refusal
