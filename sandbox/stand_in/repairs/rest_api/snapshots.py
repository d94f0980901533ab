"""Deployments are snapshots of the API.

Restores: a deployment keeps the API as it was when the deployment was created. A stage serves its deployment, or the
canary's, so a change of the API is not seen before it is deployed. An export of a stage is its deployment's. In the
library all stages serve the API as it is now.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import apigateway_v1

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_PARTS = ("_resources", "_authorizers_v1", "_models", "_request_validators")
"""The library's stores of what a deployment keeps. Each has an API's part by the API's id."""
_STAGES = "_stages_v1"
_taken = AccountRegionScopedDict()


@dataclass(slots=True)
class Served:
    """What a request, or an export, is served with."""

    api_id: str
    stage: Json
    is_canary: bool
    parts: Mapping[str, Json]
    request: Json = field(default_factory=dict)
    """What the library knows of the request, as soon as it has found out."""
    error: str | None = None
    integration_milliseconds: float | None = None


_current: ContextVar[Served | None] = ContextVar("served", default=None)


class _Store(AccountRegionScopedDict):
    """A store that has an API's part of the deployment instead, while a request to that API is served."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 -- the library's own
        served = _current.get()
        return served.parts[self._name] if served and served.api_id == key else super().get(key, default)


def canary_mark(served: Served) -> str | None:
    """Return `$context.isCanaryRequest`; None on a stage without a canary."""
    return str(served.is_canary).lower() if served.stage.get("canarySettings") else None


def apply(settings: Settings) -> None:
    """Keep a snapshot of every new deployment, and export it."""
    for name in (*_PARTS, _STAGES):
        setattr(apigateway_v1, name, _Store(name))
    put_in_front(apigateway_v1, "_create_deployment", _create)
    put_in_front(apigateway_v1, "_delete_deployment", _delete)
    put_in_front(apigateway_v1, "_get_export", _export)


def current() -> Served | None:
    """Return what the present request is served with; None outside of a request."""
    return _current.get()


def served_by(api_id: str, stage: Json, *, canary: bool = False) -> Served:
    """Return what a stage serves, or its canary, in the API's account and region."""
    served = copy.deepcopy(stage)
    if canary:
        settings = stage["canarySettings"]
        served["deploymentId"] = settings["deploymentId"]
        served["variables"] = {**stage.get("variables", {}), **settings.get("stageVariableOverrides", {})}
    snapshot = (_taken.get(api_id) or {}).get(served["deploymentId"]) or {name: {} for name in _PARTS}
    return Served(api_id, served, canary, {**snapshot, _STAGES: {stage["stageName"]: served}})


@contextmanager
def serving(served: Served) -> Iterator[None]:
    """Let the library see the deployment instead of the API while the block runs."""
    token = _current.set(served)
    try:
        yield
    finally:
        _current.reset(token)


def parts_of(api_id: str) -> dict[str, Json]:
    """Return a copy of the API as it is now, for a snapshot or to go back to it."""
    return {name: copy.deepcopy(getattr(apigateway_v1, name).get(api_id) or {}) for name in _PARTS}


def put_back(api_id: str, parts: Mapping[str, Json]) -> None:
    """Make the API what it was when `parts_of` was called."""
    for name, part in parts.items():
        getattr(apigateway_v1, name)[api_id] = part


def _create(original: Original, api_id: str, data: Json) -> Response:
    known = set(apigateway_v1._deployments_v1.get(api_id) or {})
    answer: Response = original(api_id, data)
    for deployment_id in set(apigateway_v1._deployments_v1.get(api_id) or {}) - known:
        _taken.setdefault(api_id, {})[deployment_id] = parts_of(api_id)
    return answer


def _delete(original: Original, api_id: str, deployment_id: str) -> Response:
    answer: Response = original(api_id, deployment_id)
    if deployment_id not in (apigateway_v1._deployments_v1.get(api_id) or {}):
        (_taken.get(api_id) or {}).pop(deployment_id, None)
    return answer


def _export(original: Original, api_id: str, stage_name: str, *rest: object) -> Response:
    stage = (apigateway_v1._stages_v1.get(api_id) or {}).get(stage_name)
    if stage is None:
        missing: Response = original(api_id, stage_name, *rest)
        return missing
    with serving(served_by(api_id, stage)):
        exported: Response = original(api_id, stage_name, *rest)
    return exported
