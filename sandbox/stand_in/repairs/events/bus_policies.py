"""AWS::Events::EventBusPolicy, with the whole statement.

Restores: a template can give a bus a policy. The library's CloudFormation does not know the resource.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
"""

from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

from sandbox.stand_in.repairs.replacing import Json
from sandbox.stand_in.settings import Settings


def apply(settings: Settings) -> None:
    """Add the resource."""
    provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
        "create": _create,
        "update": _update,
        "delete": _delete,
    }


def _create(logical_id: str, properties: Json, stack_name: str) -> tuple[str, Json]:
    bus, sid = properties.get("EventBusName", "default"), properties["StatementId"]
    if bus not in eventbridge._event_buses:
        raise ValueError(f"Event bus {bus} does not exist.")
    _put(bus, sid, properties)
    return f"{stack_name}-{logical_id}-{bus}-{sid}", {}


def _update(physical_id: str, old: Json, new: Json, _stack_name: str) -> tuple[str, Json]:
    _delete(physical_id, old)
    _put(new.get("EventBusName", "default"), new["StatementId"], new)
    return physical_id, {}


def _delete(_physical_id: str, properties: Json) -> None:
    policy = eventbridge._event_bus_policies.get(properties.get("EventBusName", "default"))
    if policy:
        policy["Statement"] = [each for each in policy["Statement"] if each["Sid"] != properties["StatementId"]]


def _put(bus: str, sid: str, properties: Json) -> None:
    statement = properties.get("Statement") or {
        "Effect": "Allow",
        "Principal": {"AWS": properties["Principal"]},
        "Action": properties["Action"],
        "Resource": eventbridge._event_buses[bus]["Arn"],
        **({"Condition": properties["Condition"]} if properties.get("Condition") else {}),
    }
    policy = eventbridge._event_bus_policies.setdefault(bus, {"Version": "2012-10-17", "Statement": []})
    policy["Statement"].append({**statement, "Sid": sid})
