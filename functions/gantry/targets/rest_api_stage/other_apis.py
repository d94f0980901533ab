"""The APIs that are no REST APIs, and have no canary."""

from collections.abc import Mapping
from typing import Any, Protocol

from gantry.promotion.errors import TargetNotFoundError
from gantry.targets.rest_api_stage.api_errors import api_errors
from gantry.targets.rest_api_stage.stage_target import StageTarget


class ApiGatewayV2Client(Protocol):
    """What is called of boto3's client."""

    def get_api(self, *, ApiId: str) -> Mapping[str, Any]:  # noqa: N803 -- the argument's name is AWS'
        """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html"""


class OtherApis:
    """The HTTP and WebSocket APIs in a target's account and region."""

    def __init__(self, client: ApiGatewayV2Client, target: StageTarget) -> None:
        self._client = client
        self._target = target

    def protocol(self) -> str | None:
        """Return `HTTP` or `WEBSOCKET` where the target's id is that of such an API; None otherwise."""
        try:
            with api_errors(self._target):
                return str(self._client.get_api(ApiId=self._target.rest_api_id)["ProtocolType"])
        except TargetNotFoundError:
            return None
