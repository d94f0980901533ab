"""A stage's throttling limits.

Restores: GetStage returns the settings that a template gives to a stage's routes, limits included. The limits are not
enforced.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigatewayv2-stage-routesettings.html
"""

from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Store them with the API's names instead of the template's."""
    put_in_front(provisioners, "_apigw_v2_stage_props", _with_readable_settings)


def _with_readable_settings(original: Original, properties: Json) -> Json:
    stage: Json = original(properties)
    camel = provisioners._pascal_to_camel
    stage["defaultRouteSettings"] = camel(properties.get("DefaultRouteSettings") or {})
    stage["routeSettings"] = {key: camel(value) for key, value in (properties.get("RouteSettings") or {}).items()}
    return stage
