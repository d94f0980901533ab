"""A change of configuration alone, from what a person types to what the machine carries."""

from dataclasses import replace
from typing import Any

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.ledger_items import to_item
from gantry.handlers import entry
from gantry.handlers.promotion_machine import check_gates, resolve_release
from gantry.promotion.errors import DeploymentSupersededError, InvalidRequestError
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import LiveFor, LiveNow
from gantry.promotion.release_facts import release_facts
from gantry.promotion.running_promotion import RunningPromotion
from gantry.use_cases.services import Services
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import (
    DIGEST,
    OLD_DIGEST,
    PROMOTION,
    RELEASE,
    TARGET,
    Said,
    invoke,
    payload,
)
from tests.unit.handlers.previews import answered, previewed
from tests.unit.handlers.records import history, lease, record_lease, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
DEV = replace(TARGET, account="222222222222", arn=TARGET.arn.replace("444444444444", "222222222222"))
OTHER = f"{PROMOTION}-another"
AT = "2026-11-20T08:00:00.000Z"


def start(**typed: Any) -> Any:
    event = {"repository": "cowsay", "started_by": "bob@example.com", "configuration_only": True} | typed
    return invoke(resolve_release.handler, payload("ResolveRelease", event=event, execution=PROMOTION))


@pytest.fixture(autouse=True)
def _live(ledger: None, bucket: None, workloads: Workloads) -> None:
    """Another image is live in prod than in dev."""
    workloads.images.push("cowsay", "new", DIGEST)
    workloads.images.push("cowsay", "old", OLD_DIGEST)
    revision = upload()
    for name, target, tag, digest in (("dev", DEV, "new", DIGEST), ("prod", TARGET, "old", OLD_DIGEST)):
        current = LiveRevision("7", digest, AT, tag, revision, "arn:x", AT, sequence=1)
        record_live(Live("cowsay", name, target, current))


def change(before: str = "memory_mb: 512", after: str = "memory_mb: 1024") -> str:
    assert before in MANIFEST
    return upload(MANIFEST.replace(before, after))


def newest(services: Services) -> Any:
    return services.started_promotions.newest("cowsay")


def test_each_environment_keeps_the_artifact_that_is_live_there() -> None:
    revision = change("timeout_seconds: 10", "timeout_seconds: 20")
    answer = start()
    assert (answer["environments"], answer["promoted"]) == (["dev", "prod"], ["dev", "prod"])
    digests = {name: each["artifact"]["digest"] for name, each in answer["releases"].items()}
    assert digests == {"dev": DIGEST, "prod": OLD_DIGEST}
    assert {each["manifest_revision"] for each in answer["releases"].values()} == {revision}
    assert answer["release"]["configuration_of"] == {"dev": "new", "prod": "old"}
    facts = history()[0].facts
    assert not {"digest", "tag"} & facts.keys(), "there is no one artifact"
    assert facts["configuration_of"] == {"dev": "new", "prod": "old"}


def test_only_prod_is_touched_by_a_change_for_prod_and_nothing_counts_as_the_newest_start() -> None:
    change()
    answer = start()
    assert (answer["environments"], list(answer["releases"])) == (["prod"], ["prod"])
    assert answer["promoted"] == ["dev", "prod"], "dev is not skipped: it has the configuration already"
    (entered,) = history()
    assert "its configuration is what is live" in entered.facts["left_out"]["dev"]
    services = entry.services()
    assert newest(services) is None
    assert services.claims.get("cowsay", f"{OLD_DIGEST}@{answer['release']['manifest_revision']}") is None


def test_a_retry_finds_its_own_start() -> None:
    change()
    assert start() == start()


@pytest.mark.parametrize("text", [MANIFEST, f"# why\n{MANIFEST}", MANIFEST.replace("weight: 10", "weight: 20")])
def test_where_nothing_differs_nothing_is_started(text: str, announced: Said) -> None:
    upload(text)
    answer = start()
    assert (answer["outcome"], "no configuration differs" in answer["reason"]) == ("ignored", True)
    assert (history(), announced()) == ([], [])


def in_flight(services: Services, execution: str = OTHER) -> None:
    running = RunningPromotion(execution, RELEASE, ("dev", "prod"), AT)
    services.running_promotions._table.put_item(Item=_item(running))


def _item(running: RunningPromotion) -> Any:
    return keys.running_promotion(running.execution) | to_item(running)


def test_while_a_promotion_is_under_way_nothing_is_compared(workloads: Workloads) -> None:
    change()
    in_flight(entry.services())
    workloads.executions.running.add(OTHER)
    says = r"is being promoted to dev, prod .*run gantry promote cowsay --configuration. Rejecting its "
    with pytest.raises(InvalidRequestError, match=says):
        start()
    status, body = answered(configuration_only="true")
    assert (status, "is being promoted" in body["error"]) == (409, True)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"tag": "new"}, "leave out the tag"),
        ({"digest": DIGEST}, "leave out the digest"),
        ({"release_from_quarantine": "because I said so"}, "promoting that artifact"),
        ({"configuration_only": "yes"}, 'configuration_only: "yes" is text, not true or false; give true or false'),
    ],
)
def test_it_names_no_artifact(typed: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRequestError, match=why):
        start(**typed)


def test_a_preview_says_which_environments_get_it_and_which_not() -> None:
    change()
    found = previewed(configuration_only="true")
    assert [each["name"] for each in found["environments"]] == ["prod"]
    assert (found["release"]["digest"], found["release"]["chosen"]) == (OLD_DIGEST, "live")
    (target,) = found["environments"][0]["targets"]
    assert (target["is_same_artifact"], target["artifact"]) == (True, "old, as now")
    assert list(found["left_out"]) == ["dev"]


def test_a_preview_of_nothing_has_no_release() -> None:
    found = previewed(configuration_only="true")
    assert (found["release"], found["environments"], list(found["left_out"])) == (None, [], ["dev", "prod"])
    assert answered(configuration_only="true", tag="new")[0] == 400


def test_the_gate_gives_each_environment_its_own_release_and_looks_once_more_what_is_live(
    workloads: Workloads,
) -> None:
    change("timeout_seconds: 10", "timeout_seconds: 20")
    answer = start()
    given = {"release": answer["release"], "releases": answer["releases"], "promoted": answer["promoted"]}
    event = payload("CheckGates", environment="dev", execution=PROMOTION, **given)
    record_lease(_with(DIGEST))
    assert invoke(check_gates.handler, event)["release"] == answer["releases"]["dev"]
    record_lease(_with(OLD_DIGEST))
    with pytest.raises(DeploymentSupersededError, match=r"would change the artifact there.*--configuration"):
        invoke(check_gates.handler, event)


def _with(digest: str) -> Any:
    """The lease that nobody holds, on a target where this is live."""
    return replace(
        lease(target=DEV), holder=None, live_for=LiveFor("cowsay", "dev"), live_now=LiveNow("7", digest, AT, "x")
    )


def test_events_of_an_artifact_say_nothing_of_configurations() -> None:
    assert "configuration_of" not in release_facts(RELEASE)
    assert release_facts(replace(RELEASE, configuration_of={"prod": "x"}))["digest"] == RELEASE.digest
