"""Actions that forward requests to several target groups, by weight.

Restores: `ForwardConfig` has target groups with weights, 1 where none is given, and is answered wherever an action is.
An action with one group names it by `TargetGroupArn` too. A target group knows the load balancers whose rules forward
to it, and an action cannot name one that does not exist. The library knows one group only.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html (the errors)
Stickiness is answered, and never followed.
"""

from collections.abc import Callable, Iterator, Mapping

from ministack.services import alb

from sandbox.stand_in.repairs.replacing import Json, Original, Response, put_in_front
from sandbox.stand_in.settings import Settings

_HEAVIEST, _MOST_GROUPS = 999, 5
_OPERATIONS = {
    "CreateListener": "DefaultActions",
    "ModifyListener": "DefaultActions",
    "CreateRule": "Actions",
    "ModifyRule": "Actions",
}


def apply(settings: Settings) -> None:
    """Read, check, answer and note them."""
    put_in_front(alb, "_parse_actions", _read)
    put_in_front(alb, "_action_xml", _answered)
    put_in_front(alb, "_tg_xml", _with_load_balancers)
    for operation, prefix in _OPERATIONS.items():
        alb._ACTION_MAP[operation] = _checking(alb._ACTION_MAP[operation], prefix)


def groups_of(action: Json) -> list[Json]:
    """Return the target groups of an action that forwards, each with its weight; none of another action."""
    groups: list[Json] = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    single = action.get("TargetGroupArn")
    return groups or ([{"TargetGroupArn": single, "Weight": 1}] if single else [])


def put_weights(rule_arn: str, shares: Mapping[str, float]) -> None:
    """Give the target groups of a rule these shares, in per cent, as ECS does.

    The rule of the current account and region forwards to all groups that are named, from now on. It may be gone.
    """
    rule = alb._rules.get(rule_arn) or {"Actions": []}
    whole = all(float(each).is_integer() for each in shares.values())
    weights = {arn: round(share if whole else share * 10) for arn, share in shares.items()}
    for action in [each for each in rule["Actions"] if each["Type"] == "forward"]:
        known = [each["TargetGroupArn"] for each in groups_of(action)]
        names = [*known, *(each for each in weights if each not in known)]
        tuples = [{"TargetGroupArn": each, "Weight": weights.get(each, 0)} for each in names]
        # Replaced whole, so that a request sees either all of the old weights or all of the new ones.
        action["ForwardConfig"] = {**(action.get("ForwardConfig") or {}), "TargetGroups": tuples}
        action.pop("TargetGroupArn", None)


def _read(original: Original, params: Json, prefix: str = "DefaultActions") -> list[Json]:
    actions: list[Json] = original(params, prefix)
    return [
        {**action, **_forward(params, f"{prefix}.member.{number}", action.get("TargetGroupArn"))}
        if action["Type"] == "forward"
        else action
        for number, action in enumerate(actions, start=1)
    ]


def _forward(params: Json, name: str, single: str | None) -> Json:
    groups = list(_tuples(params, f"{name}.ForwardConfig.TargetGroups.member"))
    sticky = alb._p(params, f"{name}.ForwardConfig.TargetGroupStickinessConfig.Enabled") == "true"
    seconds = alb._p(params, f"{name}.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds")
    stickiness = {"Enabled": sticky, **({"DurationSeconds": int(seconds)} if seconds else {})}
    if not groups and single:
        groups = [{"TargetGroupArn": single, "Weight": 1}]
    return {"ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}}


def _tuples(params: Json, name: str) -> Iterator[Json]:
    number = 1
    while arn := alb._p(params, f"{name}.{number}.TargetGroupArn"):
        yield {"TargetGroupArn": arn, "Weight": int(alb._p(params, f"{name}.{number}.Weight", "1"))}
        number += 1


def _checking(original: Original, prefix: str) -> Callable[[Json], Response]:
    def operation(params: Json) -> Response:
        for action in alb._parse_actions(params, prefix):
            if (refusal := _refusal(groups_of(action))) is not None:
                return refusal
        answer: Response = original(params)
        return answer

    return operation


def _refusal(groups: list[Json]) -> Response | None:
    missing = [each["TargetGroupArn"] for each in groups if each["TargetGroupArn"] not in alb._tgs]
    refusal: Response | None = None
    if missing:
        refusal = alb._error("TargetGroupNotFound", f"Target groups '{', '.join(missing)}' not found")
    elif len(groups) > _MOST_GROUPS:
        refusal = alb._error("TooManyTargetGroups", f"A rule can forward to {_MOST_GROUPS} target groups")
    elif any(not 0 <= each["Weight"] <= _HEAVIEST for each in groups):
        refusal = alb._error("ValidationError", f"Weight must be between 0 and {_HEAVIEST}")
    return refusal


def _answered(original: Original, action: Json) -> str:
    groups = groups_of(action)
    if action["Type"] != "forward" or not groups:
        return str(original(action))
    single = {"TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else {}
    others = {key: value for key, value in action.items() if key != "TargetGroupArn"}
    return str(original({**others, **single})).removesuffix("</member>") + _forward_xml(action, groups) + "</member>"


def _forward_xml(action: Json, groups: list[Json]) -> str:
    stickiness = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig") or {"Enabled": False}
    members = "".join(
        f"<member><TargetGroupArn>{each['TargetGroupArn']}</TargetGroupArn><Weight>{each['Weight']}</Weight></member>"
        for each in groups
    )
    seconds = stickiness.get("DurationSeconds")
    duration = f"<DurationSeconds>{seconds}</DurationSeconds>" if seconds else ""
    enabled = f"<Enabled>{str(stickiness['Enabled']).lower()}</Enabled>"
    return (
        f"<ForwardConfig><TargetGroups>{members}</TargetGroups>"
        f"<TargetGroupStickinessConfig>{enabled}{duration}</TargetGroupStickinessConfig></ForwardConfig>"
    )


def _with_load_balancers(original: Original, group: Json) -> str:
    return str(original({**group, "LoadBalancerArns": load_balancers_of(group["TargetGroupArn"])}))


def load_balancers_of(group: str) -> list[str]:
    """Return the load balancers of the current account and region whose rules forward to the target group."""
    found = {
        alb._listeners[rule["ListenerArn"]]["LoadBalancerArn"]: None
        for rule in list(alb._rules.values())
        for action in rule["Actions"]
        if rule["ListenerArn"] in alb._listeners and group in [each["TargetGroupArn"] for each in groups_of(action)]
    }
    return list(found)
