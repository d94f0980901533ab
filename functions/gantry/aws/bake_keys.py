"""The keys of bakes in the ledger's table, by what ends them.

| what             | pk                                    | sk                                                       |
|------------------|---------------------------------------|----------------------------------------------------------|
| bake             | alarm#<account>/<region>/<alarm name> | bake#<target id>                                         |
| …, by events     | event#<target's ARN>                  | bake#<target id>                                         |
"""

from gantry.aws.ledger_keys import Key


def alarm_partition(alarm_key: str) -> str:
    """Return the partition of all bakes that an alarm ends. The alarm's key is `account/region/name`."""
    return f"alarm#{alarm_key}"


def event_partition(arn: str) -> str:
    """Return the partition of what events of a target end."""
    return f"event#{arn}"


def bake(partition: str, target_id: str) -> Key:
    """Return the key of a bake in the partition of one of the things that end it."""
    return {"pk": partition, "sk": f"bake#{target_id}"}
