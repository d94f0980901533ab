"""Listeners, rules and target groups in templates.

Restores: an action has all of its target groups with their weights; the library takes the first group. The full name of
a target group begins with `targetgroup/`, as metrics have it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-elasticloadbalancingv2-listenerrule-forwardconfig.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
"""

from ministack.services import alb
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json, Original, put_in_front
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Keep the weights, and give the whole name."""
    put_in_front(provisioners, "_elbv2_listener_actions", _actions)
    put_in_front(alb, "_target_group_full_name_from_arn", _full_name)


def _actions(original: Original, properties: Json, balancer: str | None, prop: str = "DefaultActions") -> list[Json]:
    actions: list[Json] = original(properties, balancer, prop)
    for written, action in zip(properties.get(prop) or [], actions, strict=True):
        if groups := (written.get("ForwardConfig") or {}).get("TargetGroups"):
            tuples = [{**each, "Weight": int(each.get("Weight", 1))} for each in groups]
            action["ForwardConfig"] = {"TargetGroups": tuples}
            action.pop("TargetGroupArn", None)
    return actions


def _full_name(original: Original, arn: str) -> str:
    return f"targetgroup/{original(arn)}"
