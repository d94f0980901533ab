"""References in a configuration: approvers and deployment see the same version, and missing ones are found first."""

from dataclasses import asdict
from typing import Any

import pytest
import yaml

from gantry.handlers import entry
from gantry.handlers.event_rules import check_drift
from gantry.handlers.promotion_machine import check_all_environments, check_gates
from gantry.promotion.errors import EnvironmentsNotReadyError, TargetAccessError
from gantry.promotion.lease import Lease
from gantry.promotion.live_now import LiveFor
from gantry.promotion.references.errors import ReferenceNotFoundError, ReferenceUnreadableError
from gantry.targets import registry
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.registry import RegisteredKinds
from gantry.use_cases.drift.look_for_drift import look_for_drift
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_references import FakeReferences
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import (
    DIGEST,
    ORIGIN,
    PROMOTION,
    TARGET,
    Told,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.previews import is_live, previewed, rules
from tests.unit.handlers.records import digest_of, record_lease
from tests.unit.handlers.test_look_for_drift import target as looked_at
from tests.unit.handlers.test_second_kind import MANIFEST as OF_MEMORY
from tests.unit.handlers.whole_machines import WholeMachines
from tests.unit.handlers.workloads import Workloads
from tests.unit.targets.memory.kind import MemoryKind
from tests.unit.targets.memory.service import MemoryService

pytestmark = [
    pytest.mark.usefixtures("ledger", "bucket"),
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
HERE, DEV_HERE = "444444444444/us-east-1", "222222222222/us-east-1"
ROLE = "arn:aws:iam::444444444444:role/cowsay"
URL, DB = "parameter /cowsay/url", "secret cowsay/db"
REFERRING = {
    "URL": {"parameter": "/cowsay/url"},
    "DB_PASSWORD": {"secret": "cowsay/db", "key": "password"},
    "A_WORD": "Moo",
}
PINNED_URL, PINNED_DB = "resolve:ssm:/cowsay/url:7", "resolve:secretsmanager:cowsay/db:SecretString:password::first-id"
VARIABLES = {"URL": "resolve:ssm:/cowsay/url:6", "DB_PASSWORD": PINNED_DB, "A_WORD": "Moo"}
LIVE = {
    "memory_mb": "512",
    "timeout_seconds": "10",
    **{f"environment.{name}": value for name, value in VARIABLES.items()},
    "infrastructure": "none",
}


@pytest.fixture(autouse=True)
def there(bucket: None, ledger: Any, workloads: Workloads, services: Services) -> FakeReferences:
    """Parameter and secret are in the accounts of dev and prod; an older version of the parameter is live in prod."""
    store = FakeReferences(
        {(place, name): version for place in (HERE, DEV_HERE) for name, version in ((URL, "7"), (DB, "first-id"))}
    )
    vars(services).update(referenced_versions=store.of, role_rights=store.role_rights)
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)
    is_live(workloads, configuration=LIVE, runs=LambdaConfiguration(512, 10, 512, VARIABLES, [], None, [], ""))
    record_lease(Lease(TARGET, live_for=LiveFor("cowsay", "prod")))
    return store


def referring(**own: Any) -> str:
    """Upload a manifest whose prod refers to both."""
    document = yaml.safe_load(MANIFEST)
    document["environments"][1] |= {"configuration": {"memory_mb": 512, "environment": REFERRING}} | own
    return upload(yaml.safe_dump(document))


def gates(revision: str) -> Any:
    release = release_input() | {"manifest_revision": revision}
    return invoke(
        check_gates.handler,
        payload("CheckGates", release=release, environment="prod", promoted=["prod"], releases={}, execution=PROMOTION),
    )


def test_gates_find_the_versions_and_show_them_with_the_target() -> None:
    (target,) = gates(referring())["environment"]["targets"]
    assert sorted(target["references"].values()) == sorted([PINNED_URL, PINNED_DB])
    assert target["settings"] == {"environment.URL": PINNED_URL, "environment.DB_PASSWORD": PINNED_DB}


def test_a_configuration_without_references_asks_no_account(there: FakeReferences) -> None:
    gates(upload())
    assert there.asked == []


def test_an_account_and_region_is_asked_once(there: FakeReferences) -> None:
    one = {"account": "444444444444", "region": "us-east-1", "function": "cowsay"}
    gates(referring(targets=[{**one, "alias": "live"}, {**one, "alias": "batch"}], alarms=[]))
    assert there.asked == [HERE]


def test_nobody_is_asked_about_what_is_not_there(there: FakeReferences) -> None:
    del there.versions[HERE, URL]
    with pytest.raises(ReferenceNotFoundError, match=f"there is no {URL} in {HERE}"):
        gates(referring())


def checked_all(revision: str) -> None:
    event = payload(
        "CheckAllEnvironments",
        release=release_input() | {"manifest_revision": revision},
        environments=["dev", "prod"],
        origin=asdict(ORIGIN),
        releases={},
        execution=PROMOTION,
        redrives=0,
    )
    invoke(check_all_environments.handler, event)


def test_it_is_found_before_the_first_environment_is_deployed_to(there: FakeReferences) -> None:
    del there.versions[HERE, DB]
    with pytest.raises(EnvironmentsNotReadyError, match=f"prod: there is no {DB} in {HERE}"):
        checked_all(referring())


ELSEWHERE = {"account": "444444444444", "region": "eu-west-1", "function": "cowsay", "alias": "live"}


def test_the_pipelines_own_region_is_named_if_it_is_there(there: FakeReferences) -> None:
    revision = referring(targets=[ELSEWHERE], alarms=[])
    there.versions["444444444444/eu-west-1", DB] = "first-id"
    missing = f"there is no {URL} in 444444444444/eu-west-1"
    with pytest.raises(ReferenceNotFoundError, match=f"^{missing}. It is in us-east-1.$"):
        gates(revision)
    there.closed.add(HERE)
    with pytest.raises(ReferenceNotFoundError, match=f"^{missing}$"):
        gates(revision)


def test_another_region_of_the_environment_is_named_if_it_is_there(there: FakeReferences) -> None:
    both = [ELSEWHERE, {**ELSEWHERE, "region": "ap-south-1"}]
    for region in ("eu-west-1", "ap-south-1"):
        there.versions[f"444444444444/{region}", DB] = "first-id"
    there.versions["444444444444/ap-south-1", URL] = "2"
    with pytest.raises(
        ReferenceNotFoundError, match=r"in 444444444444/eu-west-1\. It is in ap-south-1 and us-east-1\.$"
    ):
        gates(referring(targets=both, alarms=[]))


def test_what_is_nowhere_else_is_said_as_before(there: FakeReferences) -> None:
    del there.versions[HERE, URL]
    with pytest.raises(ReferenceNotFoundError, match=f"^there is no {URL} in {HERE}$"):
        gates(referring())
    assert there.asked == [HERE]


def with_role(**own: Any) -> str:
    """Upload a manifest whose prod refers to both, and whose function's role it names."""
    one = {"account": "444444444444", "region": "us-east-1", "function": "cowsay"}
    targets = [{**one, "alias": each, "role": ROLE} for each in ("live", "batch")]
    return referring(targets=targets, alarms=[], **own)


def test_nobody_is_asked_about_what_the_role_may_not_read(there: FakeReferences) -> None:
    there.unreadable |= {(ROLE, URL), (ROLE, DB)}
    with pytest.raises(ReferenceUnreadableError) as error:
        gates(with_role())
    assert str(error.value) == "; ".join(f"the role {ROLE} may not read {each} in {HERE}" for each in (DB, URL))
    assert there.asked_about == [(HERE, ROLE)]


def test_the_functions_own_role_reads_where_the_manifest_names_none(
    there: FakeReferences, workloads: Workloads
) -> None:
    workloads.function(TARGET).somebody_changes("$LATEST", role=f"{ROLE}-own")
    gates(referring())
    assert there.asked_about == [(HERE, f"{ROLE}-own")]


def test_what_is_missing_and_what_is_not_readable_is_said_together(there: FakeReferences) -> None:
    there.unreadable.add((ROLE, DB))
    del there.versions[HERE, URL]
    with pytest.raises(ReferenceNotFoundError, match=f"there is no {URL} in {HERE}; the role {ROLE} may not read {DB}"):
        gates(with_role())


def test_no_role_is_asked_about_where_nothing_is_there(there: FakeReferences) -> None:
    there.versions.clear()
    with pytest.raises(ReferenceNotFoundError):
        gates(with_role())
    assert there.asked_about == []


def test_an_account_that_does_not_say_what_roles_may_read_stops_the_gates(there: FakeReferences) -> None:
    there.silent.add(HERE)
    with pytest.raises(TargetAccessError):
        gates(with_role())


def test_what_prods_role_may_not_read_is_found_before_dev_is_deployed_to(there: FakeReferences) -> None:
    there.unreadable.add((ROLE, DB))
    with pytest.raises(EnvironmentsNotReadyError, match=f"prod: the role {ROLE} may not read {DB} in {HERE}"):
        checked_all(with_role())


def test_a_preview_says_what_the_role_may_not_read(there: FakeReferences) -> None:
    there.unreadable.add((ROLE, DB))
    with_role()
    (prod,) = previewed(environment="prod", tag="4f0c2d1")["environments"]
    assert (prod["outcome"], rules(prod)["references_exist"]) == ("stopped", False)


def test_a_preview_says_which_version_is_new_and_that_all_are_there() -> None:
    referring()
    (prod,) = previewed(environment="prod", tag="4f0c2d1")["environments"]
    (target,) = prod["targets"]
    assert [(each["key"], each["before"], each["after"]) for each in target["changes"]] == [
        ("environment.URL", "parameter /cowsay/url, version 6", "parameter /cowsay/url, version 7")
    ]
    assert rules(prod)["references_exist"]


def test_a_preview_says_what_is_missing(there: FakeReferences) -> None:
    del there.versions[HERE, URL]
    referring()
    (prod,) = previewed(environment="prod", tag="4f0c2d1")["environments"]
    assert (prod["outcome"], rules(prod)["references_exist"]) == ("stopped", False)


def test_a_newer_version_is_told_with_the_command_and_is_no_drift(told: Told) -> None:
    referring()
    one = looked_at()
    assert (one["state"], one["command"]) == ("SYNCED", "gantry promote cowsay --configuration --to prod")
    assert "environment.URL has parameter /cowsay/url, version 6, and 7 is there" in one["reason"]
    assert invoke(check_drift.handler, {})["out_of_sync"] == 0


def test_one_that_is_gone_is_drift(there: FakeReferences, told: Told) -> None:
    referring()
    there.versions |= {(HERE, URL): "6"}
    del there.versions[HERE, DB]
    one = looked_at()
    (difference,) = one["differences"]
    assert (one["state"], difference["what"], difference["found"]) == (
        "OUT_OF_SYNC",
        "reference environment.DB_PASSWORD",
        None,
    )
    assert one["reason"] == f"There is no {DB} in {HERE}"


def test_one_that_is_gone_is_restored_by_nobody(there: FakeReferences) -> None:
    """A promotion of what is live could not begin."""
    referring()
    del there.versions[HERE, DB]
    found = look_for_drift("2026-11-22T10:00:00.000Z", 10, entry.services(), service="cowsay", at_once=4)
    assert [each.is_astray for each in found.services[0].targets] == [False]


def test_what_could_not_be_looked_up_is_unknown(there: FakeReferences) -> None:
    referring()
    there.closed.add(HERE)
    assert looked_at()["state"] == "UNKNOWN"


@pytest.fixture
def machines(workloads: Workloads, services: Services, monkeypatch: pytest.MonkeyPatch) -> WholeMachines:
    """The real definitions and handlers, with a kind in memory."""
    service = MemoryService(looks_to_settle=1)
    there = WholeMachines(service)
    monkeypatch.setitem(registry.KINDS, "memory", "tests.unit.targets.memory")
    kinds = RegisteredKinds({"memory": lambda: MemoryKind(service), "lambda": workloads.kind})
    vars(services).update(kinds=kinds, executions=there)
    document = yaml.safe_load(OF_MEMORY)
    document["configuration"] = {"settings": {"TO_SAY": {"parameter": "/cowsay/url"}}}
    upload(yaml.safe_dump(document))
    workloads.images.push("cowsay", "abcdef1", digest_of(1))
    return there


def promoted(machines: WholeMachines, **typed: Any) -> dict[str, str | None]:
    """Promote the image or its configuration; by environment, the setting that is live."""
    run = machines.run("promotion", {"repository": "cowsay", "started_by": "bob@example.com"} | typed)
    assert run.status == "SUCCEEDED", (run.error, run.cause)
    lives = {each.environment: each.current.configuration or {} for each in entry.services().ledger.live("cowsay")}
    return {name: next((value for key, value in each.items() if "TO_SAY" in key), None) for name, each in lives.items()}


@pytest.mark.usefixtures("told")
def test_each_environment_runs_and_records_its_own_version_and_takes_a_newer_one_when_asked(
    machines: WholeMachines, there: FakeReferences
) -> None:
    there.versions[DEV_HERE, URL] = "3"
    both = {"dev": "resolve:ssm:/cowsay/url:3", "prod": PINNED_URL}
    assert promoted(machines, tag="abcdef1") == both

    there.versions[HERE, URL] = "8"
    only_prod = {"configuration_only": True, "environments": ["prod"]}
    assert promoted(machines, **only_prod) == both | {"prod": "resolve:ssm:/cowsay/url:8"}
    assert promoted(machines, **only_prod) == both | {"prod": "resolve:ssm:/cowsay/url:8"}
