"""A stage's throttling limits.

Restores: what a template says of a stage's routes is read back by GetStage, limits included. They are kept, and not
enforced.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-stage-routesettings.html
"""

from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Write them as the API does, and not as templates do."""
    put_in_front(provisioners, "_apigw_v2_stage_props", _with_readable_settings)


def _with_readable_settings(original: Original, properties: Json) -> Json:
    stage: Json = original(properties)
    camel = provisioners._pascal_to_camel
    stage["defaultRouteSettings"] = camel(properties.get("DefaultRouteSettings") or {})
    stage["routeSettings"] = {key: camel(value) for key, value in (properties.get("RouteSettings") or {}).items()}
    return stage
