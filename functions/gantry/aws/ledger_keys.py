"""The keys of the ledger's table, all in one place.

| what             | pk                                    | sk                                                       |
|------------------|---------------------------------------|----------------------------------------------------------|
| live             | service#<service>                     | live#<environment>#<target id>                           |
| taken over       | service#<service>                     | taken#<environment>#<target id>#<whose before>           |
| history          | service#<service>                     | history#<at>#<execution name>#<kind>[#<target id>]       |
| decided approval | approvals#<service>                   | history#<at>#<execution name>#approval_decided           |
| asked, steered   | approvals#<service>                   | history#<at>#<execution name>#<kind>#<target id>         |
| promotion claim  | service#<service>                     | promotion#<release id>                                   |
| push claim       | service#<service>                     | push#<tag>#<digest>                                      |
| …, of an object  | service#<service>                     | push#version#<version id>                                |
| newest start     | service#<service>                     | newest_start                                             |
| deployed         | service#<service>                     | deployed#<target id>#revision#<revision>                 |
| …, by digest     | service#<service>                     | deployed#<target id>#digest#<digest>#<since>             |
| …, by tag        | service#<service>                     | deployed#<target id>#tag#<tag>#<since>                   |
| quarantine       | service#<service>                     | quarantine#<digest>                                      |
| infrastructure   | service#<service>                     | infrastructure#<environment>#<digest>#<manifest revision> |
| promotion start  | start#<execution name>                | start                                                    |
| gate             | gate#<service>                        | <environment>                                            |
| rehearsal        | rehearsal                             | <service>#<environment>                                  |
| lease            | lease                                 | <target id>                                              |
| draft lock       | draft#<draft>                         | lock                                                     |
| running          | promotion                             | <execution's ARN>                                        |
| canary question  | question                              | <execution's ARN>                                        |
| notified         | execution#<execution's ARN>           | notified                                                 |
| hook             | hook#<callback id>                    | hook                                                     |
| approval         | approval#<approval id>                | approval                                                 |
| approval link    | link#<sha256 of the link's id, hex>   | link                                                     |

IAM can limit a role to partitions, so what a role must not write is in none that it writes to:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
`board_keys` and `bake_keys` have more.
"""

from gantry.promotion.history import HistoryEntry
from gantry.promotion.live_now import LiveFor

Key = dict[str, str]


def service_partition(service: str) -> str:
    """Return the partition of everything about a service."""
    return f"service#{service}"


def live_prefix(environment: str | None = None) -> str:
    """Return the prefix of the sort keys of live records, in one environment or in all."""
    return "live#" if environment is None else f"live#{environment}#"


def live(service: str, environment: str, target_id: str) -> Key:
    """Return the key of what is live on a target."""
    return {"pk": service_partition(service), "sk": f"{live_prefix(environment)}{target_id}"}


def taken_prefix(environment: str) -> str:
    """Return the prefix of the sort keys of what an environment's targets were before."""
    return f"taken#{environment}#"


def taken(service: str, environment: str, target_id: str, before: LiveFor) -> Key:
    """Return the key of whose target it was, before this environment of this service took it over."""
    return {
        "pk": service_partition(service),
        "sk": f"{taken_prefix(environment)}{target_id}#{before.environment}#{before.service}",
    }


def approvals_partition(service: str) -> str:
    """Return the partition of the history of a service's approvals."""
    return f"approvals#{service}"


HISTORY_PREFIX = "history#"
_BY_PEOPLE = {"approval_decided", "canary_steered", "canary_question_asked", "canary_question_decided"}


def history(entry: HistoryEntry) -> Key:
    """Return the key of one thing that happened. It sorts by time, and a retry gets the same key.

    What people are asked, decide and want is apart from everything else: the functions behind the API write there. It
    has no bound, and is for people. What functions need of it has items of its own; only a rollback that does not
    find a name there searches a part of it.
    """
    partition = approvals_partition if entry.kind in _BY_PEOPLE else service_partition
    execution_name = entry.execution.rpartition(":")[2]
    parts = [entry.at, execution_name, entry.kind, *([entry.target_id] if entry.target_id else [])]
    return {"pk": partition(entry.service), "sk": HISTORY_PREFIX + "#".join(parts)}


def claim(service: str, release_id: str) -> Key:
    """Return the key of a promotion's claim on a release."""
    return {"pk": service_partition(service), "sk": f"promotion#{release_id}"}


def push_claim(service: str, tag: str, digest: str) -> Key:
    """Return the key of a promotion's claim on a push."""
    return {"pk": service_partition(service), "sk": f"push#{tag}#{digest}"}


def version_claim(service: str, version_id: str) -> Key:
    """Return the key of a promotion's claim on the push of an object. No digest is like a version id."""
    return {"pk": service_partition(service), "sk": f"push#version#{version_id}"}


def newest_start(service: str) -> Key:
    """Return the key of the newest start of a promotion of a service."""
    return {"pk": service_partition(service), "sk": "newest_start"}


def deployed_revision(service: str, target_id: str, revision: str) -> Key:
    """Return the key of one revision that was deployed to a target."""
    return {"pk": service_partition(service), "sk": f"deployed#{target_id}#revision#{revision}"}


def deployed_prefix(target_id: str, *, digest: str | None = None, tag: str | None = None) -> str:
    """Return the prefix of the sort keys of what was deployed to a target with a tag, or else with a digest."""
    named = f"tag#{tag}" if tag else f"digest#{digest}"
    return f"deployed#{target_id}#{named}#"


def start(execution_name: str) -> Key:
    """Return the key of the record of how an execution of the promotion machine was started."""
    return {"pk": f"start#{execution_name}", "sk": "start"}


def quarantine(service: str, digest: str) -> Key:
    """Return the key of a digest's quarantine."""
    return {"pk": service_partition(service), "sk": f"quarantine#{digest}"}


def infrastructure(service: str, environment: str, digest: str, manifest_revision: str) -> Key:
    """Return the key of the infrastructure that a release found when it came to an environment."""
    return {"pk": service_partition(service), "sk": f"infrastructure#{environment}#{digest}#{manifest_revision}"}


def gate(service: str, environment: str) -> Key:
    """Return the key of the newest release that waited for approval in front of an environment."""
    return {"pk": f"gate#{service}", "sk": environment}


LEASES = "lease"
"""The partition of all leases, so that the repair finds them."""


def lease(target_id: str) -> Key:
    """Return the key of the lease on a target."""
    return {"pk": LEASES, "sk": target_id}


def draft_lock(draft: str) -> Key:
    """Return the key of the lock on a draft that several targets are prepared in."""
    return {"pk": f"draft#{draft}", "sk": "lock"}


RUNNING_PROMOTIONS = "promotion"
"""The partition of all promotions whose end is not known yet."""


def running_promotion(execution: str) -> Key:
    """Return the key of a promotion whose end is not known yet."""
    return {"pk": RUNNING_PROMOTIONS, "sk": execution}


CANARY_QUESTIONS = "question"
"""The partition of the last question of every deployment, so that those which are still open are found."""


def canary_question(execution: str) -> Key:
    """Return the key of a deployment's last question about its canary."""
    return {"pk": CANARY_QUESTIONS, "sk": execution}


REHEARSALS = "rehearsal"
"""The partition of the last rehearsal of every environment."""


def rehearsal(service: str, environment: str) -> Key:
    """Return the key of the last rehearsal of a rollback in an environment of a service."""
    return {"pk": REHEARSALS, "sk": f"{service}#{environment}"}


def notified(execution: str) -> Key:
    """Return the key that says people were notified of an execution's end."""
    return {"pk": f"execution#{execution}", "sk": "notified"}


def hook(callback_id: str) -> Key:
    """Return the key of a check that answers later, with the token of the task that waits for it."""
    return {"pk": f"hook#{callback_id}", "sk": "hook"}


def approval(approval_id: str) -> Key:
    """Return the key of an approval, with the token of the task that waits for it."""
    return {"pk": f"approval#{approval_id}", "sk": "approval"}


def link(link_key: str) -> Key:
    """Return the key of one approver's link to an approval."""
    return {"pk": f"link#{link_key}", "sk": "link"}
