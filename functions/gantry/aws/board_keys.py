"""The keys of what people see of everything at once, and of what they are asked and want.

| what                | pk                   | sk                                         |
|---------------------|----------------------|--------------------------------------------|
| a canary's progress | board                | canary#<service>#<environment>#<target id> |
| a service           | board                | service#<service>                          |
| its last end        | board                | end#<service>                              |
| a quarantine        | board                | quarantine#<service>#<digest>              |
| its drift           | board                | drift#<service>                            |
| a waiting release   | board                | waiting#<service>#<environment>            |
| an open approval    | asked                | <approval id>                              |
| steering            | steering#<target id> | canary                                     |
"""

from gantry.aws.ledger_keys import Key

BOARD = "board"
"""The partition of what people see of everything at once. Who faces the internet writes nothing there."""
CANARY, SERVICE, LAST_END, QUARANTINE, DRIFT = "canary#", "service#", "end#", "quarantine#", "drift#"
WAITING = "waiting#"
"""What the sort keys of its items begin with."""


def canary_progress(service: str, environment: str, target_id: str) -> Key:
    """Return the key of how far a running canary is."""
    return {"pk": BOARD, "sk": f"{CANARY}{service}#{environment}#{target_id}"}


def listed_service(service: str) -> Key:
    """Return the key of what the last promotion said of a service."""
    return {"pk": BOARD, "sk": f"{SERVICE}{service}"}


def last_end(service: str) -> Key:
    """Return the key of how a service's last promotion that has ended did so."""
    return {"pk": BOARD, "sk": f"{LAST_END}{service}"}


def listed_quarantine(service: str, digest: str) -> Key:
    """Return the key of a quarantine among those of all services."""
    return {"pk": BOARD, "sk": f"{QUARANTINE}{service}#{digest}"}


def drift_record(service: str) -> Key:
    """Return the key of what the last check for drift found of a service."""
    return {"pk": BOARD, "sk": f"{DRIFT}{service}"}


def waiting_release(service: str, environment: str) -> Key:
    """Return the key of the newest release that waits for its infrastructure in front of an environment."""
    return {"pk": BOARD, "sk": f"{WAITING}{service}#{environment}"}


OPEN_APPROVALS = "asked"
"""The partition of what people are asked and have not decided."""


def open_approval(approval_id: str) -> Key:
    """Return the key of an approval among those that wait for people."""
    return {"pk": OPEN_APPROVALS, "sk": approval_id}


def steering(target_id: str) -> Key:
    """Return the key of what people want of a target's canary, with the token of the task that waits for it."""
    return {"pk": f"steering#{target_id}", "sk": "canary"}
