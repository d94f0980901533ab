"""The keys of the ledger's table, all in one place.

| what             | pk                                    | sk                                                       |
|------------------|---------------------------------------|----------------------------------------------------------|
| live             | service#<service>                     | live#<environment>#<target id>                           |
| history          | service#<service>                     | history#<at>#<execution name>#<kind>[#<target id>]       |
| promotion claim  | service#<service>                     | promotion#<release id>                                   |
| quarantine       | service#<service>                     | quarantine#<image digest>                                |
| gate             | service#<service>                     | gate#<environment>                                       |
| lease            | lease                                 | <target id>                                              |
| told             | execution#<execution's ARN>           | told                                                     |
| bake             | alarm#<account>/<region>/<alarm name> | bake#<target id>                                         |
| approval         | approval#<approval id>                | approval                                                 |
| approval link    | link#<sha256 of the link's id, hex>   | link                                                     |
"""

from gantry.promotion.ledger import HistoryEntry

Key = dict[str, str]


def service_partition(service: str) -> str:
    """The partition of everything that is known of a service."""
    return f"service#{service}"


def live_prefix(environment: str | None = None) -> str:
    """What the sort keys of the live records begin with, of one environment or of all."""
    return "live#" if environment is None else f"live#{environment}#"


def live(service: str, environment: str, target_id: str) -> Key:
    """What is live on a target."""
    return {"pk": service_partition(service), "sk": f"{live_prefix(environment)}{target_id}"}


HISTORY_PREFIX = "history#"


def history(entry: HistoryEntry) -> Key:
    """One thing that happened: sorted by time, and the same each time it is recorded."""
    execution_name = entry.execution.rpartition(":")[2]
    parts = [entry.at, execution_name, entry.kind, *([entry.target_id] if entry.target_id else [])]
    return {"pk": service_partition(entry.service), "sk": HISTORY_PREFIX + "#".join(parts)}


def claim(service: str, release_id: str) -> Key:
    """Which promotion carries a release."""
    return {"pk": service_partition(service), "sk": f"promotion#{release_id}"}


def quarantine(service: str, image_digest: str) -> Key:
    """A digest that was rolled back."""
    return {"pk": service_partition(service), "sk": f"quarantine#{image_digest}"}


def gate(service: str, environment: str) -> Key:
    """The newest release that people were asked about in front of an environment."""
    return {"pk": service_partition(service), "sk": f"gate#{environment}"}


LEASES = "lease"
"""The partition of all leases, so that the repair finds them."""


def lease(target_id: str) -> Key:
    """Who may change a target."""
    return {"pk": LEASES, "sk": target_id}


def told(execution: str) -> Key:
    """That people were told how an execution ended."""
    return {"pk": f"execution#{execution}", "sk": "told"}


def alarm_partition(alarm_key: str) -> str:
    """The partition of all the bakes that an alarm ends; its key is `account/region/name`."""
    return f"alarm#{alarm_key}"


def bake(alarm_key: str, target_id: str) -> Key:
    """A bake that waits, under one of the alarms that end it."""
    return {"pk": alarm_partition(alarm_key), "sk": f"bake#{target_id}"}


def approval(approval_id: str) -> Key:
    """An approval, with the token of the task that waits for it."""
    return {"pk": f"approval#{approval_id}", "sk": "approval"}


def link(link_key: str) -> Key:
    """One approver's way to an approval."""
    return {"pk": f"link#{link_key}", "sk": "link"}
