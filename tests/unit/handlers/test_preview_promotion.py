"""What a promotion would do, said without doing any of it."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from gantry.artifacts.object_versions import ObjectVersion
from gantry.aws import board_keys
from gantry.aws import ledger_keys as keys
from gantry.aws.board_items import to_open_approval_item
from gantry.aws.ledger_items import to_item
from gantry.handlers import entry
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.board.listed_approval import ListedApproval
from gantry.promotion.claim import NewestStart, ReleaseClaim
from gantry.promotion.live_now import LiveFor
from gantry.promotion.source import Source
from gantry.targets.lambda_alias.infrastructure import Infrastructure
from gantry.use_cases.services import Services
from tests.unit.handlers.fake_function import LATEST
from tests.unit.handlers.fakes import FakePolicyFile
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import ALARM, DIGEST, OLD_DIGEST, RELEASE, ROLE, TARGET, Said
from tests.unit.handlers.previews import answered, is_live, previewed, rules
from tests.unit.handlers.records import lease, record_lease, record_quarantine
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
TAG, LATER = "4f0c2d1", "2999-11-22T08:00:00.000Z"
DEV = replace(TARGET, account="222222222222", arn=TARGET.arn.replace("444444444444", "222222222222"))
NAMES = {
    "not_in_quarantine",
    "policy_allows_it",
    "target_is_the_services",
    "artifact_is_where_it_is_read",
    "enough_approvers",
    "target_answers",
    "alarms_exist",
    "target_takes_it",
}


@pytest.fixture(autouse=True)
def cowsay(bucket: None, ledger: Any, workloads: Workloads) -> None:
    """A service with dev and prod, of which prod has steps, an alarm and an approver; another image is live there."""
    upload()
    workloads.images.push("cowsay", TAG, DIGEST)
    is_live(workloads)


def prod(**query: str) -> Any:
    (found,) = previewed(environment="prod", tag=TAG, **query)["environments"]
    return found


def target_of(environment: Any) -> Any:
    (found,) = environment["targets"]
    return found


def changed(**own: Any) -> None:
    """Upload the manifest with other keys of prod."""
    document = yaml.safe_load(MANIFEST)
    document["environments"][1] |= own
    upload(yaml.safe_dump(document))


def stopped_by(rule: str) -> str:
    found = prod()
    assert (found["outcome"], found["ends_at"]) == ("stopped", None)
    (broken,) = [each for each in found["rules"] if not each["is_met"]]
    assert broken["name"] == rule
    return str(broken["reason"])


def test_it_says_which_release_it_is_about() -> None:
    found = previewed(environment="prod", tag=TAG)
    assert (found["service"], found["outcome"]) == ("cowsay", "waits_for_people")
    release = found["release"]
    assert (release["tag"], release["digest"], release["tags"], release["chosen"]) == (TAG, DIGEST, [TAG], "named")


def test_it_leads_to_the_commit_and_on_each_target_to_what_that_changes(workloads: Workloads) -> None:
    repository = "https://github.com/acme/cowsay"
    workloads.images.source = Source(repository, "4f0c2d1", "https://ci.example.com/7")
    is_live(workloads, source=Source(repository, "a91be07"))
    found = previewed(environment="prod", tag=TAG)
    links = found["release"]["links"]
    assert (links["commit"], links["run"]) == (f"{repository}/commit/4f0c2d1", "https://ci.example.com/7")
    (target,) = found["environments"][0]["targets"]
    assert target["live"]["compare"] == f"{repository}/compare/a91be07...4f0c2d1"


def test_each_setting_that_changes_is_there_with_both_values() -> None:
    target = target_of(prod())
    assert (target["artifact"], target["is_same_artifact"]) == (f"before → {TAG}", False)
    assert {each["key"]: (each["before"], each["after"]) for each in target["changes"]} == {
        "memory_mb": ("256", "512"),
        "environment.TO_SAY": ("Hi", "Hello from prod"),
    }
    assert (target["live"]["version"], target["live"]["digest"]) == ("1", OLD_DIGEST)


def test_secrets_are_masked_as_approvers_see_them() -> None:
    changed(configuration={"environment": {"API_TOKEN": "hunter2-hunter2", "TO_SAY": "Hi"}})
    status, body = answered(environment="prod", tag=TAG)
    (change,) = [each for each in body["environments"][0]["targets"][0]["changes"] if "TOKEN" in each["key"]]
    assert status == 200
    assert change["after"].startswith("••••••")
    assert "hunter2" not in str(body)


def test_the_steps_are_those_of_the_manifest_and_then_all() -> None:
    steps = [(each["weight"], each["bake_seconds"]) for each in target_of(prod())["steps"]]
    assert steps == [(10, 300), (50, 600), (100, 0)]


def test_a_first_release_gets_all_traffic_at_once(workloads: Workloads) -> None:
    workloads.alias(TARGET).current = None
    workloads.function(TARGET).states.clear()
    there = yaml.safe_load(MANIFEST)["environments"][1]["targets"][0]
    changed(targets=[there | {"role": ROLE}])
    found = prod()
    assert [each["weight"] for each in target_of(found)["steps"]] == [100]
    assert found["estimate"]["bake_seconds"] == 0


def test_a_release_that_is_live_already_changes_nothing(workloads: Workloads) -> None:
    now = {"memory_mb": "512", "timeout_seconds": "10", "environment.TO_SAY": "Hello from prod"}
    now["infrastructure"] = "none"
    is_live(workloads, DIGEST, configuration=now)
    target = target_of(prod())
    assert (target["changes"], target["steps"], target["is_same_artifact"]) == ([], [], True)


def test_people_who_would_be_asked_are_named_and_who_may_not_approve() -> None:
    changed(approval={"approvers": ["ops@example.com", "chat-bot-7@example.com"], "expires_after": "72h"})
    asks = prod()["asks"]
    assert asks["approvers"] == ["ops@example.com", "chat-bot-7@example.com"]
    assert asks["may_not_approve"] == ["chat-bot-7@example.com"], "who asks would be the one who starts it"
    assert (asks["quorum"], asks["expires_after_seconds"]) == (1, 72 * 3600)


def test_an_open_question_would_be_replaced(ledger: Any) -> None:
    at = "2026-11-22T08:00:00.000Z"
    open_one = ListedApproval(
        "1f3a", "cowsay", "prod", OLD_DIGEST, "old", "arn:one", at, at.replace("2026", "2999"), 1, ()
    )
    for each in (open_one, replace(open_one, id="other", service="moo"), replace(open_one, id="canary", target_id="x")):
        ledger.put_item(Item=to_open_approval_item(each))
    assert ledger.get_item(Key=board_keys.open_approval("1f3a"))["Item"]
    assert prod()["asks"]["replaces"] == ["1f3a"]


def test_all_rules_are_said_and_met() -> None:
    assert rules(prod()) == dict.fromkeys(NAMES, True)


def test_without_an_approval_it_goes_through_and_ends_after_all_bakes() -> None:
    changed(approval=None, judge="observe")
    found = prod()
    assert (found["outcome"], found["asks"]) == ("goes_through", None)
    assert found["estimate"]["bake_seconds"] == 900
    assert found["estimate"]["usual_seconds"] == 960
    assert (found["begins_at"], found["ends_at"]) == ("2026-11-22T03:55:44.000Z", "2026-11-22T04:11:44.000Z")


def test_the_end_is_up_to_people_where_they_are_asked() -> None:
    assert prod()["ends_at"] is None


def test_of_several_environments_each_begins_when_the_one_before_has_ended(workloads: Workloads) -> None:
    is_live(workloads, environment="dev", target=DEV)
    found = previewed(tag=TAG)
    dev, prod_ = found["environments"]
    assert [dev["name"], prod_["name"]] == ["dev", "prod"]
    assert dev["ends_at"] == prod_["begins_at"] == "2026-11-22T03:56:44.000Z"
    assert (dev["outcome"], prod_["outcome"]) == ("goes_through", "waits_for_people")
    assert found["outcome"] == "waits_for_people"


def test_what_stops_in_one_environment_stops_the_promotion_there() -> None:
    """Nobody gave a role to create the function in dev with."""
    found = previewed(tag=TAG)
    assert [each["outcome"] for each in found["environments"]] == ["stopped", "waits_for_people"]
    assert (found["outcome"], found["environments"][1]["begins_at"]) == ("stopped", None)


def test_quarantine_stops_it_unless_it_would_be_released() -> None:
    record_quarantine(DIGEST)
    assert "rolled back in dev" in stopped_by("not_in_quarantine")
    assert prod(release_from_quarantine="true")["outcome"] == "waits_for_people"


def test_the_policy_file_stops_it_and_what_it_does_not_bind_is_not_looked_at(
    services: Services, workloads: Workloads
) -> None:
    workloads.function(TARGET).refusal = AssertionError("nobody may look")
    other = {"rule": "other", "services": ["moo"], "accounts": [TARGET.account], "regions": ["*"], "targets": ["moo*"]}
    policy = {"bindings": [other]}
    vars(services)["policy_file"] = FakePolicyFile(yaml.safe_dump(policy))
    assert "cowsay" in stopped_by("policy_allows_it")
    assert target_of(prod())["routing"] is None


def test_a_target_of_another_service_is_not_looked_at(workloads: Workloads) -> None:
    workloads.function(TARGET).refusal = AssertionError("nobody may look")
    record_lease(replace(lease(), holder=None, live_for=LiveFor("moo", "prod")))
    assert "is a target of the service moo" in stopped_by("target_is_the_services")


def test_a_target_that_cannot_be_reached_says_so_and_the_rest_is_there(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    assert "does not let the pipeline in" in stopped_by("target_answers")
    found = prod()
    assert {each["key"] for each in target_of(found)["changes"]} >= {"memory_mb"}
    assert found["asks"]["approvers"] == ["ops@example.com"]
    assert "target_takes_it" not in rules(found), "nobody knows"


def test_what_nobody_foresaw_of_one_target_is_said_of_it(workloads: Workloads) -> None:
    workloads.function(TARGET).refusal = RuntimeError("the tide")
    assert "RuntimeError: the tide" in stopped_by("target_answers")


def test_a_target_that_cannot_take_it_says_why(workloads: Workloads) -> None:
    workloads.function(TARGET).somebody_changes(LATEST, package_type="Zip")
    assert "is made of a zip" in stopped_by("target_takes_it")


def test_an_alarm_that_does_not_exist_stops_it(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {}
    assert ALARM in stopped_by("alarms_exist")


def test_an_alarm_that_fires_is_said_and_stops_nothing(workloads: Workloads) -> None:
    workloads.alarms(TARGET).now = {ALARM: "ALARM"}
    found = prod()
    assert (found["firing"], found["outcome"]) == ([f"{ALARM} in 444444444444/us-east-1"], "waits_for_people")


def test_too_few_approvers_stop_it() -> None:
    changed(approval={"approvers": ["chat-bot-7@example.com"], "expires_after": "72h"})
    assert "too few others may approve" in stopped_by("enough_approvers")


def test_what_comes_first_on_the_target_is_said_and_the_end_is_unknown() -> None:
    changed(approval=None)
    record_lease(lease())
    found = prod()
    assert target_of(found)["waits_for"] == [f"cowsay {RELEASE.tag} is on its way there, since 2026-11-22 09:00 UTC"]
    assert (found["outcome"], found["ends_at"]) == ("goes_through", None)


def test_what_somebody_changed_by_hand_and_the_release_leaves_is_said(workloads: Workloads) -> None:
    workloads.function(TARGET).somebody_changes(LATEST, infrastructure=Infrastructure({"tracing": "Active"}))
    keys_ = {each["key"] for each in target_of(prod())["changes"]}
    assert "tracing" in str(keys_)


def test_without_a_release_it_is_what_is_live_in_the_environment_before(workloads: Workloads) -> None:
    is_live(workloads, DIGEST, "dev", DEV)
    found = previewed(environment="prod")
    assert (found["release"]["digest"], found["release"]["chosen"]) == (DIGEST, "environment_before")
    assert found["release"]["tag"] == "before"


def test_in_front_of_the_first_environment_it_is_what_was_promoted_last(ledger: Any) -> None:
    newest = NewestStart("cowsay", RELEASE.id, "arn:one", "2026-11-22T08:00:00.000Z")
    ledger.put_item(Item=keys.newest_start("cowsay") | to_item(newest))
    claim = ReleaseClaim(RELEASE, "arn:one", "2026-11-22T08:00:00.000Z")
    ledger.put_item(Item=keys.claim("cowsay", RELEASE.id) | to_item(claim))
    found = previewed(environment="dev")
    assert (found["release"]["digest"], found["release"]["chosen"]) == (DIGEST, "newest_promotion")


@pytest.mark.parametrize(
    ("service", "query", "status", "says"),
    [
        ("moo", {}, 400, "There is no service moo"),
        ("cowsay", {"environment": "production"}, 400, "no environment production; name some of prod, dev"),
        ("cowsay", {"environment": "dev"}, 400, "Nothing of cowsay was promoted yet. Name a release."),
        ("cowsay", {"environment": "prod"}, 400, "Nothing is live in dev"),
        ("cowsay", {"tag": "missing"}, 404, "has no image missing"),
        ("cowsay", {"tag": TAG, "digest": DIGEST}, 400, "Give one of tag, digest and version_id"),
        ("cowsay", {"enviroment": "prod"}, 400, "enviroment"),
    ],
)
def test_what_does_not_exist_is_said_with_what_to_do(
    service: str, query: dict[str, str], status: int, says: str
) -> None:
    found, body = answered(service, **query)
    assert (found, says in body["error"]) == (status, True), body


def test_a_wrong_manifest_is_said_like_a_promotion_would_say_it() -> None:
    upload("repository: cowsay\nenvironments: []\n")
    assert answered(tag=TAG)[0] == 422


def test_nothing_is_published_mailed_or_kept(items: Said, announced: Said, mailed: Any, told: Any) -> None:
    """The guard around each call fails on the first one that writes, too."""
    before = items()
    assert previewed(tag=TAG)["environments"]
    assert (items(), announced(), mailed(), told()) == (before, [], [], [])


def test_a_target_is_only_looked_at(workloads: Workloads) -> None:
    prod()
    assert (workloads.function(TARGET).writes, workloads.alias(TARGET).written) == ([], [])


def test_sessions_in_the_targets_accounts_only_read() -> None:
    prod()
    assert vars(entry.services())["_only_reads"], "tests/unit/aws/test_accounts.py says what comes of it"


class Bucket:
    """The versions of one object, of which S3 may know the digest."""

    def __init__(self, digest: str | None) -> None:
        self.digest = digest

    def look(self, location: str, version: str, copies: Any, known: str | None) -> ObjectVersion | None:
        digest = self.digest or known
        artifact = Artifact(ArtifactKind.S3_OBJECT, digest, location, version, copies) if digest else None
        return ObjectVersion(artifact, "v2", "alice") if artifact else None


def object_manifest() -> str:
    """Upload the manifest of a zip for prod; the service."""
    document = yaml.safe_load(MANIFEST) | {"artifact": {"bucket": "acme", "key": "cowsay"}}
    del document["repository"], document["versioning"]
    upload(yaml.safe_dump(document), service="s3/acme/cowsay")
    return "s3/acme/cowsay"


def test_an_object_whose_digest_nobody_knows_yet_is_said_to_be_one_and_is_not_copied(services: Services) -> None:
    vars(services)["object_versions"] = Bucket(None)
    status, body = answered(object_manifest(), environment="prod", version_id="v2")
    assert (status, "a preview writes nothing" in body["error"]) == (400, True)


def test_an_object_is_previewed_by_its_version_and_a_function_of_images_does_not_take_it(services: Services) -> None:
    vars(services).update(object_versions=Bucket(DIGEST), objects=None)
    found = previewed(object_manifest(), environment="prod", version_id="v2")
    release = found["release"]
    assert (release["digest"], release["tag"], release["pushed_by"]) == (DIGEST, "v2", "alice")
    assert rules(found["environments"][0])["target_takes_it"] is False
