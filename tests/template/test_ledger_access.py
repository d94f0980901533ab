"""Which items of the ledger a role may reach, by their partition keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from gantry.aws import bake_keys, board_keys
from gantry.aws import ledger_keys as keys
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live_now import LiveFor
from gantry.promotion.promotion_start import call_name, push_name, restore_name
from tests.template.parsed import ANY_ITEM, actions, function_statements, functions, limits, role_statements, routes

READING = {"GetItem", "Query"}
BATCHES = {"BatchGetItem"}
"""What names its keys too: the first page cited above has an example with it."""

Statement = Mapping[str, Any]
Access = dict[str, set[str]]

SHOWING: Access = {each: {"approval#*", "link#*", "service#*"} for each in READING}
ENDING: Access = {"UpdateItem": {"approval#*"}, "PutItem": {"approvals#*", "asked"}, "DeleteItem": {"asked"}}
WAITING: Access = {
    **{each: {ANY_ITEM} for each in ("GetItem", "PutItem", "ConditionCheckItem")},
    "UpdateItem": {"steering#*"},
}
LIMITED: dict[str, Access] = {
    "ShowApproval": SHOWING,
    "DecideApproval": SHOWING | ENDING,
    "ShowStatus": {"Query": {"lease", "board", "asked", "promotion", "service#*", "approvals#*"}},
    "CheckAllEnvironments": {"BatchGetItem": {"lease", "service#*"}},
    "PreviewPromotion": {
        "BatchGetItem": {"lease", "service#*"},
        "Query": {"asked", "promotion", "service#*"},
        "GetItem": {"service#*"},
    },
    "AwaitInfrastructure": {
        "BatchGetItem": {"service#*"},
        "GetItem": {"board", "gate#*", "approval#*", "service#*"},
        "PutItem": {"board", "service#*"},
        "DeleteItem": {"board"},
    },
    "LookForDrift": {"Query": {"lease", "service#*"}, "GetItem": {"lease"}},
    "CheckDrift": {
        "Query": {"lease", "service#*", "board", "promotion"},
        "GetItem": {"lease"},
        "PutItem": {"board", "start#drift-*"},
    },
    "FollowUpApproval": SHOWING | ENDING | {"PutItem": {"approvals#*", "asked", "link#*"}},
    "RequestApproval": {
        **SHOWING,
        **ENDING,
        "GetItem": {*SHOWING["GetItem"], "gate#*"},
        "PutItem": {"approval#*", "approvals#*", "asked", "gate#*", "link#*"},
    },
    "PrepareRevision": {"GetItem": {ANY_ITEM}, "PutItem": {"draft#*"}, "DeleteItem": {"draft#*"}},
    "AnswerCheck": {"GetItem": {"hook#*"}},
    "OnBounce": {"GetItem": {"approval#*"}, **ENDING},
    "AskAboutCanary": {
        **SHOWING,
        **ENDING,
        "GetItem": {*SHOWING["GetItem"], "lease", "question", "execution#*"},
        "PutItem": {"approval#*", "approvals#*", "asked", "link#*", "question", "execution#*"},
    },
    "Bake": WAITING,
    "AwaitShift": WAITING,
    "AwaitCompletion": WAITING,
    "AwaitCanaryDecision": WAITING | {"UpdateItem": {"approval#*", "steering#*"}},
    "SteerCanary": {
        "Query": {"board", "lease"},
        "GetItem": {"steering#*"},
        "UpdateItem": {"steering#*"},
        "PutItem": {"approvals#*"},
    },
    "RepairTarget": {
        "GetItem": {ANY_ITEM},
        "Query": {ANY_ITEM},
        "PutItem": {ANY_ITEM},
        "UpdateItem": {"approval#*"},
        "DeleteItem": {"asked"},
    },
    "OnAlarm": {"Query": {"alarm#*"}, "DeleteItem": {"alarm#*"}},
    "OnTargetEvent": {"Query": {"event#*"}, "DeleteItem": {"event#*"}},
    "ResolveRelease": {
        "Query": {"service#*", "promotion"},
        "GetItem": {"service#*", "start#*"},
        "PutItem": {"service#*", "promotion", "board"},
        "DeleteItem": {"board"},
    },
    "StartPromotion": {"PutItem": {"start#push-*"}},
    "StartPromotionByCall": {"PutItem": {"start#call-*"}},
    "RecordPromotion": {
        "PutItem": {"service#*", "execution#*", "board"},
        "UpdateItem": {"promotion"},
        "DeleteItem": {"promotion"},
    },
    "StopWave": {"GetItem": {"lease"}, "Query": {"service#*"}},
    "RehearseRollbacks": {"Query": {"lease"}, "GetItem": {"rehearsal"}, "PutItem": {"rehearsal"}},
    "WriteBack": {"Query": {"service#*", "approvals#*"}},
    "WriteLiveParameters": {"Query": {"service#*"}},
    "ClosePromotion": {
        "GetItem": {"promotion", "approval#*", "execution#*"},
        "Query": {"promotion"},
        "PutItem": {"service#*", "approvals#*", "asked", "execution#*", "board"},
        "UpdateItem": {"promotion", "approval#*"},
        "DeleteItem": {"promotion", "asked"},
    },
}
"""By function and action. The others read leases, or write them and other items in one transaction."""


def access(statements: Iterable[Statement]) -> Access:
    """What statements together allow in the ledger."""
    found: Access = defaultdict(set)
    for statement in statements:
        for action in actions([statement]):
            if action.startswith("dynamodb:"):
                found[action.removeprefix("dynamodb:")] |= set(limits(statement))
    return dict(found)


def limited() -> list[Statement]:
    of_functions = [each for name in functions() for each in function_statements(name)]
    return [each for each in [*of_functions, *role_statements("PromotionMachineRole")] if limits(each) != [ANY_ITEM]]


def partitions() -> set[str]:
    """One partition of each kind that the ledger has."""
    entries = [HistoryEntry("cowsay", "now", kind, "arn:one") for kind in HistoryKind]
    items = [
        *map(keys.history, entries),
        keys.live("cowsay", "prod", "a target"),
        keys.taken("cowsay", "prod", "a target", LiveFor("moosay", "prod")),
        keys.claim("cowsay", "a release"),
        keys.push_claim("cowsay", "v1", "sha256:a"),
        keys.newest_start("cowsay"),
        keys.deployed_revision("cowsay", "a target", "7"),
        keys.quarantine("cowsay", "sha256:a"),
        keys.gate("cowsay", "prod"),
        keys.lease("a target"),
        keys.draft_lock("an api"),
        keys.running_promotion("arn:one"),
        keys.canary_question("arn:one"),
        keys.rehearsal("cowsay", "prod"),
        keys.notified("arn:one"),
        bake_keys.bake(bake_keys.alarm_partition("an alarm"), "a target"),
        bake_keys.bake(bake_keys.event_partition("an arn"), "a target"),
        keys.hook("an id"),
        keys.approval("an approval"),
        keys.link("a hash"),
        board_keys.listed_service("cowsay"),
        board_keys.open_approval("an approval"),
        board_keys.steering("a target"),
        board_keys.waiting_release("cowsay", "prod"),
        board_keys.infrastructure("cowsay", "prod", "sha256:a", "revision-1"),
        keys.start(push_name("an event")),
        keys.start(call_name("an arn", "a key")),
        keys.start(restore_name("a hash")),
    ]
    return {item["pk"] for item in items}


@pytest.mark.parametrize("name", functions())
def test_a_function_reaches_the_partitions_that_it_needs_and_no_others(name: str) -> None:
    found = access(function_statements(name))
    assert found == LIMITED.get(name, {action: {ANY_ITEM} for action in found})


def test_what_faces_the_internet_writes_approvals_and_nothing_else() -> None:
    """Or records who has started a promotion or steers a canary, or reads one check: what only IAM's callers reach."""
    assert {key for key, route in routes().items() if route.function == "StartPromotionByCall"} == {"POST /promotions"}
    assert routes()["POST /promotions"].own["AuthorizationType"] == "AWS_IAM"
    assert {key for key, route in routes().items() if route.function == "AnswerCheck"} == {"POST /hooks/{check}"}
    assert routes()["POST /hooks/{check}"].own["AuthorizationType"] == "AWS_IAM"
    assert {key for key, route in routes().items() if route.function == "SteerCanary"} == {"POST /canaries/{action}"}
    assert routes()["POST /canaries/{action}"].own["AuthorizationType"] == "AWS_IAM"
    assert access(function_statements("ShowStatus")).keys() == {"Query"}, "it only reads"
    assert access(function_statements("PreviewPromotion")).keys() == READING | BATCHES, "so does this one"
    assert access(function_statements("LookForDrift")).keys() == READING, "and so does this one"
    by_call = {"StartPromotionByCall", "AnswerCheck", "ShowStatus", "SteerCanary", "PreviewPromotion", "LookForDrift"}
    for name in {route.function for route in routes().values()} - by_call:
        found = access(function_statements(name))
        written = {(action, each) for action, patterns in found.items() for each in patterns if action not in READING}
        listing = {("PutItem", "asked"), ("DeleteItem", "asked")}
        assert written <= {("UpdateItem", "approval#*"), ("PutItem", "approvals#*"), *listing}, name
        assert {each for action in READING for each in found[action]} == {"approval#*", "link#*", "service#*"}, name


def test_the_status_page_reads_no_link_no_token_of_an_approval_and_nothing_that_steers() -> None:
    patterns = access(function_statements("ShowStatus"))["Query"]
    secret = ("approval#1", "link#1", "hook#1", "alarm#1", "event#1", "steering#1", "start#1", "question", "draft#1")
    assert [each for each in secret if any(fnmatchcase(each, by) for by in patterns)] == []


def test_no_function_of_approvals_writes_what_is_live_or_quarantined_or_leased() -> None:
    for name in ("RequestApproval", "FollowUpApproval", "AskAboutCanary", "OnBounce"):
        found = access(function_statements(name))
        written = set.union(*(patterns for action, patterns in found.items() if action not in READING))
        assert not {
            each for each in ("service#cowsay", "lease", "board") if any(fnmatchcase(each, by) for by in written)
        }, name


def test_no_function_but_one_says_that_something_was_pushed() -> None:
    """Those that write everything take part in leases, and have no limit."""
    patterns = {name: access(function_statements(name)).get("PutItem", set()) for name in functions()}
    limited = [name for name in LIMITED if ANY_ITEM not in patterns[name]]
    pushes = [name for name in limited if any(fnmatchcase("start#push-1", each) for each in patterns[name])]
    calls = [name for name in limited if any(fnmatchcase("start#call-1", each) for each in patterns[name])]
    restores = [name for name in limited if any(fnmatchcase("start#drift-1", each) for each in patterns[name])]
    assert (pushes, calls, restores) == (["StartPromotion"], ["StartPromotionByCall"], ["CheckDrift"])
    assert fnmatchcase(keys.start(push_name("13cde686"))["pk"], "start#push-*")
    assert fnmatchcase(keys.start(call_name("arn:one", "a key"))["pk"], "start#call-*")


def test_the_promotion_machine_leaves_its_task_token_in_approvals_only() -> None:
    assert access(role_statements("PromotionMachineRole")) == {"UpdateItem": {"approval#*"}}


def test_each_limit_is_a_kind_of_partition_that_the_ledger_has() -> None:
    for pattern in {each for statement in limited() for each in limits(statement)}:
        kinds = {each.partition("#")[0] for each in partitions() if fnmatchcase(each, pattern)}
        assert len(kinds) == 1, pattern


def test_a_limit_holds_for_every_call_that_it_is_for() -> None:
    """Of no keys `ForAllValues` is true, and a scan reads all items, whatever the keys.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition_examples-multi-valued-context-keys.html
    """
    for statement in limited():
        assert statement["Condition"].keys() == {"ForAllValues:StringLike", "Null"}, statement["Sid"]
        assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}, statement["Sid"]
        by_key = {f"dynamodb:{each}" for each in (*READING, *BATCHES, "PutItem", "UpdateItem", "DeleteItem")}
        assert actions([statement]) <= by_key, statement["Sid"]
