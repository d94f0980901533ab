"""CheckAllEnvironments: what would surely stop a promotion later is found before anything is deployed."""

import re
import socket
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError, EndpointConnectionError

from gantry.handlers.promotion_machine import check_all_environments
from gantry.promotion.errors import (
    EnvironmentsNotReadyError,
    IncompatibleTargetError,
    ReplicationFailedError,
    TargetFailedError,
)
from gantry.promotion.live_now import LiveFor
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing
from gantry.targets.lambda_alias.configuration import LambdaConfiguration
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import (
    ALARM,
    AUTHOR,
    OLD_DIGEST,
    ORIGIN,
    PROMOTION,
    TARGET,
    as_json,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.previews import nothing_written
from tests.unit.handlers.records import contender, lease, record_lease, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket", "cowsay")
DEV = LambdaTarget("222222222222", "us-east-1", "cowsay", "live").as_target()
CONFIGURED = LambdaConfiguration(256, 10, 512, {"TO_SAY": "Hi"}, [], None, [], "")
EVERYWHERE = ("dev", "prod")


def runs(workloads: Workloads, target: Target) -> None:
    """Let a function and its alias be there, and the alarm."""
    workloads.alias(target).current = Routing(workloads.function(target).deployed(OLD_DIGEST, CONFIGURED))
    workloads.alarms(target).now = {ALARM: "OK"}


@pytest.fixture
def cowsay(ledger: Any, bucket: None, workloads: Workloads) -> None:
    """A service with dev and prod, both of which can take a release."""
    for target in (DEV, TARGET):
        runs(workloads, target)


def check(
    *environments: str,
    text: str = MANIFEST,
    origin: Any = ORIGIN,
    execution: str = PROMOTION,
    releases: Any = None,
    redrives: int = 0,
) -> dict[str, Any]:
    event = payload(
        "CheckAllEnvironments",
        release=release_input() | {"manifest_revision": upload(text)},
        origin=as_json(asdict(origin)),
        environments=list(environments or EVERYWHERE),
        releases=releases or {},
        execution=execution,
        redrives=redrives,
    )
    with nothing_written():
        found: dict[str, Any] = as_json(invoke(check_all_environments.handler, event))
    return found


def problems(*environments: str, **given: Any) -> list[str]:
    """Everything that would stop it, without the first line."""
    with pytest.raises(EnvironmentsNotReadyError) as caught:
        check(*environments, **given)
    first, *lines = str(caught.value).splitlines()
    assert re.match(rf"Nothing was deployed: {len(lines)} problems? would stop this promotion later. Fix", first)
    return lines


def manifest(**own: Any) -> str:
    """The manifest with other keys of prod."""
    document = yaml.safe_load(MANIFEST)
    document["environments"][1] |= own
    return str(yaml.safe_dump(document))


def in_region(region: str, **own: Any) -> str:
    there = yaml.safe_load(MANIFEST)["environments"][1]["targets"][0]
    return manifest(targets=[{**there, "region": region}], **own)


def gone(workloads: Workloads, target: Target = TARGET) -> None:
    workloads.alias(target).current = None
    workloads.function(target).states.clear()


def test_where_everything_is_there_nothing_is_said() -> None:
    assert check() == {"looks": 2, "unknown": []}


def test_everything_is_said_at_once_in_the_order_of_the_environments(workloads: Workloads) -> None:
    gone(workloads)
    workloads.alarms(TARGET).now.clear()
    workloads.function(DEV).somebody_changes(LATEST, architecture="arm64")
    dev, alarm, function = problems()
    assert dev.startswith("dev: The function cowsay in 222222222222 cannot take this release: it runs on arm64")
    assert alarm == f"prod: there is no alarm {ALARM}."
    assert function == (
        "prod: There is no function cowsay in 444444444444, us-east-1. Create it, or give the target a role in the "
        "manifest and Gantry creates it."
    )


def test_only_the_environments_of_the_promotion_are_looked_at(workloads: Workloads) -> None:
    gone(workloads)
    assert check("dev") == {"looks": 1, "unknown": []}


def test_a_promotion_passes_once_it_is_mended(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now.clear()
    problems()
    workloads.alarms(TARGET).now = {ALARM: "OK"}
    assert check()["unknown"] == []


def test_after_a_redrive_it_does_not_say_that_nothing_was_ever_deployed(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now.clear()
    with pytest.raises(EnvironmentsNotReadyError, match=r"^Nothing was deployed after the redrive: 1 problem would"):
        check(redrives=1)


def test_an_account_that_refuses_is_said_once(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    assert problems() == [f"prod: the account {TARGET.account} does not let the pipeline in."]


def test_each_environments_own_release_is_looked_at_where_only_configurations_change(
    workloads: Workloads, services: Services
) -> None:
    """Elsewhere, one image goes everywhere: here, dev's is not in prod's region, where nobody needs it."""
    asked = list[str]()

    def progress(image: Any, region: str) -> str:
        asked.append(image.digest)
        raise ReplicationFailedError(f"no replication rule of the registry brings {image.location} to {region}")

    vars(services)["replication"] = SimpleNamespace(progress=progress)
    workloads.images.unexpected.add("cowsay")
    runs(workloads, replace(TARGET, region="eu-west-1", arn=TARGET.arn.replace("us-east-1", "eu-west-1")))
    text = in_region("eu-west-1")
    own = release_input() | {"manifest_revision": upload(text), "configuration_of": {"prod": "old"}}
    own["artifact"] |= {"digest": OLD_DIGEST}
    with pytest.raises(EnvironmentsNotReadyError):
        check(text=text, releases={"prod": own})
    assert asked == [OLD_DIGEST]


def test_a_quorum_that_cannot_be_reached_is_found() -> None:
    (found,) = problems(text=manifest(approval={"approvers": [AUTHOR], "self_approval": False}))
    assert found.startswith("prod: prod needs 1 approvals, but nobody can approve their own release")


def test_another_services_target_is_found(workloads: Workloads) -> None:
    record_lease(replace(lease(release=None), holder=None, live_for=LiveFor("moo", "prod")))
    (found,) = problems()
    assert found.startswith(f"prod: {TARGET.id} is a target of the service moo, so cowsay was not deployed there.")


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_what_may_be_otherwise_by_then_stops_nothing(workloads: Workloads, state: str) -> None:
    workloads.alarms(TARGET).now = {ALARM: state}
    record_quarantine(release_input()["artifact"]["digest"])
    assert check()["unknown"] == []


def test_a_target_that_somebody_changes_is_asked_for_its_alarms_only(workloads: Workloads) -> None:
    record_lease(lease())
    gone(workloads)
    assert check()["unknown"] == []
    record_lease(replace(lease(), holder=None, waiting=(contender(),)))
    assert check()["unknown"] == []
    workloads.alarms(TARGET).now.clear()
    assert problems() == [f"prod: there is no alarm {ALARM}."]


def test_a_change_on_its_way_stops_nothing(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = Routing("1", {"2": 10})
    workloads.alias(TARGET).moving = True
    assert check()["unknown"] == []


def test_what_passes_by_itself_stops_nothing(workloads: Workloads) -> None:
    error = IncompatibleTargetError("it runs no tasks")
    error.may_pass = True
    workloads.alias(TARGET).refusal = error
    assert check()["unknown"] == []
    error.may_pass = False
    assert problems() == ["prod: it runs no tasks."]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "GetAlias"),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAlias"),
        EndpointConnectionError(endpoint_url="https://lambda.us-east-1.amazonaws.com"),
        TargetFailedError("nobody knows"),
    ],
)
def test_what_cannot_be_looked_at_is_logged_and_stops_nothing(
    workloads: Workloads, logged: list[str], error: Exception
) -> None:
    workloads.alias(TARGET).refusal = error
    (unknown,) = check()["unknown"]
    assert unknown.startswith(f"{TARGET.id}: ")
    assert any(unknown[:60] in each for each in logged)


def test_what_was_seen_before_a_look_failed_counts(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now.clear()
    workloads.alias(TARGET).refusal = EndpointConnectionError(endpoint_url="https://lambda")
    assert problems() == [f"prod: there is no alarm {ALARM}."]


def test_a_region_to_which_no_rule_brings_the_image_is_told_as_that(workloads: Workloads, services: Services) -> None:
    def progress(image: Any, region: str) -> str:
        raise ReplicationFailedError(f"no replication rule of the registry brings {image.location} to {region}")

    vars(services)["replication"] = SimpleNamespace(progress=progress)
    there = replace(TARGET, region="eu-west-1", arn=TARGET.arn.replace("us-east-1", "eu-west-1"))
    runs(workloads, there)
    assert check(text=in_region("eu-west-1")) == {"looks": 3, "unknown": []}, "somebody may copy it to the repository"
    workloads.images.unexpected.add("cowsay")
    assert problems(text=in_region("eu-west-1")) == [
        "prod: no replication rule of the registry brings cowsay to eu-west-1."
    ]


def test_a_region_that_does_not_exist_is_named_with_the_one_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert problems(text=in_region("us-esat-1")) == [
        "prod: There is no region us-esat-1: AWS has no endpoint of this name. Is us-east-1 meant? Correct the "
        "target's region in the manifest."
    ]


def test_of_a_region_that_nobody_knows_the_name_is_doubted(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_now(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", not_now)
    found, *_ = problems(text=in_region("us-esat-1", alarms=[]))
    assert "in 444444444444, us-esat-1. " in found
    assert "us-esat-1 is no region that this version of Gantry knows. Is us-east-1 meant?" in found


def test_forty_targets_of_which_none_exists_fit_into_one_message() -> None:
    there = yaml.safe_load(MANIFEST)["environments"][1]["targets"][0]
    many = [{**there, "function": f"cowsay-{number}-{'x' * 40}"} for number in range(40)]
    with pytest.raises(EnvironmentsNotReadyError) as caught:
        check(text=manifest(targets=many))
    assert len(str(caught.value)) < 13_000
    assert "40 problems" in str(caught.value)


def test_a_wrong_policy_file_is_said_as_that(services: Services) -> None:
    vars(services)["policy_file"] = FakePolicyFile("bindings: 7")
    with pytest.raises(Exception, match="bindings"):
        check()
