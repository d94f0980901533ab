from gantry.aws import bake_keys
from gantry.aws import ledger_keys as keys
from gantry.promotion.history import HistoryEntry, HistoryKind

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:gantry-deployment:release-8"
TARGET = "222222222222/us-east-1/cowsay/live"
AT = "2026-11-22T12:00:00.000Z"


def test_every_record_has_the_key_that_the_layout_gives_it() -> None:
    assert keys.live("team/cowsay", "prod", TARGET) == {"pk": "service#team/cowsay", "sk": f"live#prod#{TARGET}"}
    assert keys.claim("cowsay", "sha256:a@r1") == {"pk": "service#cowsay", "sk": "promotion#sha256:a@r1"}
    assert keys.push_claim("cowsay", "v1", "sha256:a") == {"pk": "service#cowsay", "sk": "push#v1#sha256:a"}
    assert keys.start("push-1") == {"pk": "start#push-1", "sk": "start"}
    assert keys.newest_start("cowsay") == {"pk": "service#cowsay", "sk": "newest_start"}
    assert keys.deployed_revision("cowsay", TARGET, "7") == {
        "pk": "service#cowsay",
        "sk": f"deployed#{TARGET}#revision#7",
    }
    assert keys.deployed_prefix(TARGET, digest="sha256:a") == f"deployed#{TARGET}#digest#sha256:a#"
    assert keys.deployed_prefix(TARGET, tag="v1") == f"deployed#{TARGET}#tag#v1#"
    assert keys.deployed_prefix(TARGET, digest="sha256:a", tag="v1") == f"deployed#{TARGET}#tag#v1#"
    assert keys.quarantine("cowsay", "sha256:a") == {"pk": "service#cowsay", "sk": "quarantine#sha256:a"}
    assert keys.gate("cowsay", "prod") == {"pk": "gate#cowsay", "sk": "prod"}
    assert keys.lease(TARGET) == {"pk": "lease", "sk": TARGET}
    assert keys.running_promotion(EXECUTION) == {"pk": "promotion", "sk": EXECUTION}
    assert keys.notified(EXECUTION) == {"pk": f"execution#{EXECUTION}", "sk": "notified"}
    assert bake_keys.bake(bake_keys.alarm_partition("222222222222/us-east-1/errors"), TARGET) == {
        "pk": "alarm#222222222222/us-east-1/errors",
        "sk": f"bake#{TARGET}",
    }
    assert bake_keys.bake(bake_keys.event_partition("arn:aws:ecs"), TARGET) == {
        "pk": "event#arn:aws:ecs",
        "sk": f"bake#{TARGET}",
    }
    assert keys.approval("a1") == {"pk": "approval#a1", "sk": "approval"}
    assert keys.link("cafe") == {"pk": "link#cafe", "sk": "link"}


def test_history_is_sorted_by_time_and_distinguished_by_execution_kind_and_target() -> None:
    entry = HistoryEntry("cowsay", AT, HistoryKind.ROLLED_BACK, EXECUTION)
    on_target = HistoryEntry("cowsay", entry.at, entry.kind, EXECUTION, target_id=TARGET)

    assert keys.history(entry)["pk"] == "service#cowsay"
    assert keys.history(entry)["sk"] == "history#2026-11-22T12:00:00.000Z#release-8#rolled_back"
    assert keys.history(on_target)["sk"] == f"history#2026-11-22T12:00:00.000Z#release-8#rolled_back#{TARGET}"


def test_what_people_are_asked_decide_and_want_has_a_history_of_its_own_and_nothing_else_is_in_it() -> None:
    partitions = {kind: keys.history(HistoryEntry("cowsay", AT, kind, EXECUTION))["pk"] for kind in HistoryKind}

    assert partitions.pop(HistoryKind.APPROVAL_DECIDED) == "approvals#cowsay"
    assert partitions.pop(HistoryKind.CANARY_STEERED) == "approvals#cowsay"
    assert partitions.pop(HistoryKind.CANARY_QUESTION_ASKED) == "approvals#cowsay"
    assert partitions.pop(HistoryKind.CANARY_QUESTION_DECIDED) == "approvals#cowsay"
    assert set(partitions.values()) == {"service#cowsay"}
