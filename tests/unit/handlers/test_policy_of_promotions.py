"""A promotion is held to the policy file before anybody is asked, and people hear of weaker safeguards."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gantry.handlers.promotion_machine import check_gates, resolve_release
from gantry.promotion.errors import PolicyError, PolicyViolationError, TargetOwnedError
from gantry.promotion.history import HistoryKind
from gantry.promotion.lease import Lease
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.live_now import LiveFor
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.http_requests import start_by_call
from tests.unit.handlers.mails import Mailed, refuse
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import ALARM, DIGEST, ENTERED_AT, PROMOTION, TARGET, Said, invoke, payload
from tests.unit.handlers.pushes import push, resolve_push
from tests.unit.handlers.records import digest_of, history, record_lease, record_live
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")

FLOOR = """
floors:
  - rule: production
    accounts: ["444444444444"]
    minimum_quorum: 1
    minimum_bake: 5m
    requires_alarms: true
    may_skip_environments: false
"""
BARE = MANIFEST.replace("approval: {approvers: [ops@example.com], expires_after: 72h}\n    ", "").replace(
    "traffic: [{weight: 10, bake: 5m}, {weight: 50, bake: 10m}]\n    alarms: [cowsay-errors]\n    ", ""
)
"""The manifest with everything taken away that protects prod."""
PROD_TARGET = '    targets: [{account: "444444444444", region: us-east-1, function: cowsay, alias: live}]\n'
Told = Callable[[], list[tuple[str, str]]]


@pytest.fixture(autouse=True)
def pushed(workloads: Workloads) -> None:
    workloads.images.push("cowsay", "4f0c2d1", DIGEST)
    workloads.alarms(TARGET).now = {ALARM: "OK"}


def write(services: Services, policy: str | None, *others: str) -> None:
    vars(services)["policy_file"] = FakePolicyFile(policy, others)


def resolve() -> Any:
    return resolve_push(push())


def resolve_manually(*environments: str) -> Any:
    typed = {"repository": "cowsay", "tag": "4f0c2d1", "started_by": "bob@example.com", "environments": environments}
    return invoke(resolve_release.handler, payload("ResolveRelease", event=typed, execution=PROMOTION))


def check(release: Any, environment: str = "prod", promoted: tuple[str, ...] = ("dev", "prod")) -> Any:
    event = payload(
        "CheckGates",
        release=release,
        environment=environment,
        promoted=list(promoted),
        releases={},
        execution=PROMOTION,
    )
    return invoke(check_gates.handler, event)


FORBIDDEN = "unverified_starts: forbidden"


def test_a_start_past_push_and_call_can_be_forbidden(services: Services, items: Said, announced: Said) -> None:
    upload()
    write(services, FORBIDDEN)
    with pytest.raises(PolicyViolationError, match=r"unverified_starts: forbidden. Start it by .* POST /promotions"):
        resolve_manually("dev")
    assert (items(), announced()) == ([], [])


@pytest.mark.parametrize("policy", [None, "floors: []", "unverified_starts: allowed"])
def test_otherwise_people_may_start_the_machine_themselves(services: Services, policy: str | None) -> None:
    upload()
    write(services, policy)
    assert resolve_manually("dev")["origin"]["is_verified"] is False


def test_pushes_and_calls_are_never_forbidden(services: Services, workloads: Workloads) -> None:
    upload()
    write(services, FORBIDDEN)
    caller = "arn:aws:sts::111111111111:assumed-role/developer/bob@example.com"
    answer = start_by_call(caller, {"repository": "cowsay", "tag": "4f0c2d1", "environments": ["dev"]})
    called = payload("ResolveRelease", event={}, execution=json.loads(answer["body"])["execution"])
    assert invoke(resolve_release.handler, called)["origin"]["started_by"] == caller
    assert resolve()["origin"]["is_manual"] is False


def is_live_in_prod(revision: str) -> None:
    current = LiveRevision("7", digest_of(7), ENTERED_AT, "3333333", revision)
    record_live(Live("cowsay", "prod", TARGET, current))


def test_another_services_function_is_refused_before_anything_is_claimed_or_started(services: Services) -> None:
    upload(MANIFEST.replace("function: cowsay", "function: orders"))
    with pytest.raises(PolicyViolationError, match="without bindings, cowsay may only deploy to what is called"):
        resolve()
    assert history() == []


def test_a_manifest_below_the_floor_is_refused_with_every_reason(services: Services) -> None:
    write(services, FLOOR)
    upload(BARE)
    with pytest.raises(PolicyViolationError) as caught:
        resolve()
    assert [line.partition(" (rule ")[0] for line in str(caught.value).splitlines()] == [
        "prod: one person has to approve, and the manifest asks nobody",
        "prod: traffic has to move in steps that are watched for 5m at least, and the manifest gives no time",
        "prod: at least one alarm has to watch the deployment, and the manifest names none",
    ]


def test_a_person_may_not_skip_environments_where_the_floor_says_so(services: Services) -> None:
    write(services, FLOOR)
    upload()
    with pytest.raises(PolicyViolationError, match="a promotion has to pass dev first"):
        resolve_manually("prod")
    assert resolve_manually("dev", "prod")["outcome"] == "promote"
    assert resolve_manually("dev")["outcome"] == "promote"


def test_a_promotion_that_may_go_says_which_policy_it_was_checked_against(services: Services) -> None:
    write(services, FLOOR)
    upload()
    assert resolve()["outcome"] == "promote"
    (started,) = history()
    assert started.facts["policy_revision"] == "policy-1"


def test_a_wrong_policy_file_promotes_nothing(services: Services) -> None:
    write(services, "floors: [{rule: nowhere}]")
    upload()
    with pytest.raises(PolicyError, match="nothing is promoted until an administrator corrects it"):
        resolve()


def test_a_policy_that_was_written_meanwhile_is_held_before_people_are_asked(services: Services) -> None:
    upload(BARE)
    release = resolve()["release"]
    check(release)
    write(services, FLOOR)
    with pytest.raises(PolicyViolationError, match="one person has to approve, and the manifest asks nobody"):
        check(release)


def test_only_the_environment_at_whose_gate_the_release_is_is_looked_at(services: Services) -> None:
    upload(BARE)
    release = resolve()["release"]
    write(services, FLOOR)
    assert check(release, "dev")["environment"]["name"] == "dev"


def test_at_the_gate_the_whole_promotion_counts(services: Services) -> None:
    upload()
    release = resolve()["release"]
    write(services, FLOOR)
    assert check(release)["environment"]["name"] == "prod"
    with pytest.raises(PolicyViolationError, match="a promotion has to pass dev first"):
        check(release, "prod", ("prod",))


def test_each_target_of_the_environment_is_looked_at(services: Services, workloads: Workloads) -> None:
    second = PROD_TARGET.replace("us-east-1", "eu-west-1").strip()[len("targets: [") :]
    upload(MANIFEST.replace(PROD_TARGET, PROD_TARGET.replace("live}]", f"live}}, {second}")))
    there = LambdaTarget("444444444444", "eu-west-1", "cowsay", "live").as_target()
    workloads.alarms(there).now = {ALARM: "OK"}
    release = resolve()["release"]
    record_lease(Lease(there, live_for=LiveFor("orders", "prod")))
    with pytest.raises(TargetOwnedError, match="444444444444/eu-west-1/cowsay/live is a target of the service orders"):
        check(release)


def test_nobody_is_asked_about_a_target_that_is_live_for_another_service(services: Services) -> None:
    upload()
    release = resolve()["release"]
    record_lease(Lease(TARGET, live_for=LiveFor("orders", "prod")))
    with pytest.raises(TargetOwnedError, match="is a target of the service orders"):
        check(release)


def test_weaker_safeguards_are_told_to_the_topic_and_to_those_who_approved_before(
    told: Told, mailed: Mailed, announced: Said
) -> None:
    is_live_in_prod(upload())
    revision = upload(BARE)
    resolve()
    asked_before = "prod: nobody is asked any more; before, the quorum was 1 of ops@example.com"
    sentences = [
        asked_before,
        "prod: no longer watched: alarm cowsay-errors",
        "prod: all traffic moves at once; before, a canary was watched for 15m",
    ]
    ((subject, text),) = told()
    assert subject == "cowsay: less protection than before"
    assert all(sentence in text for sentence in sentences)
    (mail,) = mailed()
    assert (mail.to, mail.subject) == ("ops@example.com", "Less protection than before: cowsay")
    assert all(sentence in mail.text for sentence in sentences)
    event = announced()[-1]
    assert event["detail-type"] == "Promotion Safeguards Weakened"
    assert (event["detail"]["weakened"], event["detail"]["manifest_revision"]) == (sentences, revision)
    assert HistoryKind.SAFEGUARDS_WEAKENED in [each.kind for each in history()]


def test_a_new_approver_in_the_place_of_the_old_one_is_told_to_the_old_one(mailed: Mailed, told: Told) -> None:
    is_live_in_prod(upload())
    upload(MANIFEST.replace("ops@example.com", "eve@example.com"))
    resolve()
    (mail,) = mailed()
    assert mail.to == "ops@example.com"
    assert "may approve now: eve@example.com" in mail.text


def test_a_target_that_moves_into_an_environment_that_asks_nobody_is_told(told: Told, mailed: Mailed) -> None:
    is_live_in_prod(upload())
    dev, prod = MANIFEST.partition("  - name: prod")[::2]
    moved = dev.replace("alias: live}]", f"alias: live}}, {PROD_TARGET.strip()[len('targets: [') :]}")
    moved = moved.replace("configuration: {environment", "configuration: {memory_mb: 512, environment")
    upload(f"{moved}  - name: prod{prod.replace('alias: live', 'alias: decoy')}")
    resolve()
    ((_, text),) = told()
    assert "dev (before: prod): nobody is asked any more; before, the quorum was 1 of ops@example.com" in text
    assert [mail.to for mail in mailed()] == ["ops@example.com"]


def test_an_environment_with_another_name_is_told_as_if_it_had_its_old_one(told: Told, mailed: Mailed) -> None:
    is_live_in_prod(upload())
    upload(BARE.replace("name: prod", "name: playground"))
    resolve()
    ((_, text),) = told()
    assert "playground (before: prod): nobody is asked any more" in text


@pytest.mark.parametrize("reordered", [True, False], ids=["reordered", "taken out"])
def test_environments_that_releases_pass_no_more_are_told(reordered: bool, told: Told, mailed: Mailed) -> None:
    is_live_in_prod(upload())
    head, _, rest = MANIFEST.partition("  - name: dev")
    dev, _, prod = rest.partition("  - name: prod")
    upload(f"{head}  - name: prod{prod}" + (f"  - name: dev{dev}" if reordered else ""))
    resolve()
    ((_, text),) = told()
    assert "prod: releases do not pass dev before it any more" in text


@pytest.mark.parametrize("live_revision", [None, "the same"])
def test_nothing_is_told_where_nothing_was_weakened(live_revision: str | None, told: Told, mailed: Mailed) -> None:
    revision = upload()
    if live_revision:
        is_live_in_prod(revision)
    resolve()
    assert (told(), mailed()) == ([], [])


def test_a_manifest_that_can_no_longer_be_compared_is_told(told: Told) -> None:
    is_live_in_prod("deleted-long-ago")
    upload()
    resolve()
    ((_, text),) = told()
    assert "prod: the manifest that is live there cannot be read any more" in text


def test_somebody_who_cannot_be_reached_keeps_the_release_out_of_nothing(
    monkeypatch: pytest.MonkeyPatch, told: Told, mailed: Mailed
) -> None:
    is_live_in_prod(upload())
    upload(BARE)
    refuse(monkeypatch, "ops@example.com")
    assert resolve()["outcome"] == "promote"
    assert (len(told()), mailed()) == (1, [])
