"""AwaitInfrastructure: a release waits for what it needs, people see that, and it goes on by itself."""

from dataclasses import asdict, replace
from typing import Any

import pytest
import yaml

from gantry.aws.notifications import Topic
from gantry.handlers import entry
from gantry.handlers.promotion_machine import await_infrastructure
from gantry.promotion.errors import (
    DeploymentSupersededError,
    NotificationError,
    QuarantinedError,
    TargetAccessError,
)
from gantry.promotion.needs.errors import NeedsTimedOutError, NeedsUnmetError
from gantry.promotion.needs.finding import Seen
from gantry.use_cases.needs import await_infrastructure as use_case
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.payloads import (
    ENTERED_AT,
    PROMOTION,
    RELEASE,
    TARGET,
    Said,
    Told,
    as_json,
    invoke,
    payload,
    release_input,
)
from tests.unit.handlers.records import digest_of, image, live, record_live, record_quarantine
from tests.unit.handlers.test_superseding import arrive
from tests.unit.handlers.workloads import Workloads

pytestmark = pytest.mark.usefixtures("ledger", "bucket")
REVISION, QUEUE = "parameter /infra/prod/revision", "output QueueUrl of stack cowsay-infra"
NEEDS = [
    {"parameter": "/infra/prod/revision", "at_least": 12, "owner": "platform@example.com"},
    {"stack": "cowsay-infra", "output": "QueueUrl"},
]
PLACE, ELSEWHERE = "444444444444/us-east-1", "444444444444/eu-west-1"
NEWER = f"{PROMOTION}-newer"
STARTED_AT, LATER = "2026-11-22T08:30:00.000Z", "2026-11-22T09:00:00.000Z"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The time, which is that of entering the state."""
    at = [ENTERED_AT]
    monkeypatch.setattr(use_case, "now", lambda: at[0])
    return at


def manifest(**own: Any) -> str:
    """The manifest with needs of prod, in two regions."""
    document = yaml.safe_load(MANIFEST)
    target = document["environments"][1]["targets"][0]
    targets = [target, {**target, "function": "another"}, {**target, "region": "eu-west-1"}]
    document["environments"][1] |= {"targets": targets, "needs": NEEDS, **own}
    return str(yaml.safe_dump(document))


def look(execution: str = PROMOTION, started_at: str = STARTED_AT, text: str | None = None, **release: Any) -> Any:
    event = payload(
        "AwaitInfrastructure",
        release=release_input() | {"manifest_revision": upload(text or manifest())} | release,
        environment="prod",
        releases={},
        started_at=started_at,
        execution=execution,
    )
    return invoke(await_infrastructure.handler, event, 55_000)


def unmet(execution: str = PROMOTION, started_at: str = STARTED_AT, **given: Any) -> str:
    with pytest.raises(NeedsUnmetError) as caught:
        look(execution, started_at, **given)
    return str(caught.value)


def there(workloads: Workloads, revision: str = "12") -> None:
    workloads.infrastructure.has(REVISION, revision)
    workloads.infrastructure.has(QUEUE, "https://queue")


def waits() -> Any:
    return entry.services().needs.waiting("cowsay", "prod")


def test_where_everything_is_there_it_goes_on_and_nobody_is_told(
    workloads: Workloads, told: Told, announced: Said
) -> None:
    there(workloads)
    assert look() == {"infrastructure": {REVISION: "12", QUEUE: "https://queue"}}
    assert workloads.infrastructure.looked_at == [PLACE, ELSEWHERE], "each account and region once"
    assert (told(), announced(), waits().unmet) == ([], [], ())


def test_what_was_there_is_kept_with_the_release(workloads: Workloads) -> None:
    there(workloads)
    look(manifest_revision=(revision := upload(manifest())))
    needs = entry.services().needs
    assert needs.found("cowsay", "prod", RELEASE.digest, revision) == {REVISION: "12", QUEUE: "https://queue"}
    assert needs.found("cowsay", "prod", RELEASE.digest, "another") == {}
    assert needs.found("cowsay", "dev", RELEASE.digest, revision) == {}


def test_the_first_look_tells_people_once_what_is_missing_and_whom_to_ask(
    workloads: Workloads, told: Told, announced: Said, clock: list[str]
) -> None:
    there(workloads, "11")
    missing = f"{REVISION} at least 12 in {PLACE} (found 11)"
    assert missing in unmet()
    assert unmet().endswith("; ask platform@example.com")
    ((subject, text),) = told()
    assert subject == "cowsay: waits in prod"
    assert f"- {missing}\n" in text
    assert "Ask platform@example.com. It goes on by itself" in text
    (event,) = announced()
    assert event["detail-type"] == "Promotion Infrastructure Awaited"
    assert event["detail"]["environment"] == "prod"
    assert [(each["found"], each["owner"]) for each in event["detail"]["needs"]] == [("11", "platform@example.com")] * 2
    assert event["detail"]["until"] == waits().until == "2026-11-23T09:30:00.123Z"


def test_the_board_has_what_the_last_look_found(workloads: Workloads) -> None:
    unmet()
    assert len(waits().unmet) == 4
    there(workloads, "11")
    unmet()
    assert waits().unmet == tuple(f"{REVISION} at least 12 in {each} (found 11)" for each in (PLACE, ELSEWHERE))


def test_once_it_is_there_it_goes_on_and_automation_hears_of_it(
    workloads: Workloads, told: Told, announced: Said
) -> None:
    unmet()
    there(workloads)
    announced()
    look()
    (event,) = announced()
    assert event["detail-type"] == "Promotion Infrastructure Found"
    assert event["detail"]["infrastructure"] == {REVISION: "12", QUEUE: "https://queue"}
    assert len(told()) == 1
    assert waits().unmet == ()
    assert look()["infrastructure"][REVISION] == "12", "a retry finds the same"
    assert announced() == []


def test_one_region_that_lacks_it_is_enough_to_wait(workloads: Workloads) -> None:
    there(workloads)
    workloads.infrastructure.has(f"444444444444/eu-west-1 {REVISION}", "11")
    assert "eu-west-1 (found 11)" in unmet()
    assert len(waits().unmet) == 1


def test_after_its_time_it_ends_with_who_was_waited_for_and_waits_anew_after_a_redrive(
    workloads: Workloads, clock: list[str], told: Told
) -> None:
    there(workloads, "11")
    unmet(text=manifest(needs_within="2h"))
    clock[0] = "2026-11-22T11:30:00.122Z"
    unmet(text=manifest(needs_within="2h"))
    clock[0] = "2026-11-22T11:30:00.123Z"
    with pytest.raises(NeedsTimedOutError) as caught:
        look(text=manifest(needs_within="2h"))
    said = str(caught.value)
    assert "has waited in prod for 2h, and this is not there: " in said
    assert f"{REVISION} at least 12 in {PLACE} (found 11)" in said
    assert "; ask platform@example.com" in said
    assert waits() is None
    assert len(told()) == 1
    clock[0] = ENTERED_AT
    unmet()
    assert len(told()) == 2


def test_a_newer_release_that_waits_there_ends_an_older_one(workloads: Workloads) -> None:
    unmet()
    workloads.executions.running.add(NEWER)
    unmet(NEWER, LATER, tag="5555555")
    with pytest.raises(DeploymentSupersededError, match="a newer release has come there, 5555555"):
        look()
    assert waits().execution == NEWER


def test_a_newer_release_that_was_stopped_ends_nobody(workloads: Workloads) -> None:
    unmet(NEWER, LATER)
    unmet()
    assert waits().execution == PROMOTION


def test_a_newer_release_that_went_through_ends_an_older_one_that_waits_for_more(workloads: Workloads) -> None:
    there(workloads, "12")
    wants_more = manifest(needs=[{"parameter": "/infra/prod/revision", "at_least": 99}])
    unmet(text=wants_more)
    workloads.executions.running.add(NEWER)
    look(NEWER, LATER)
    with pytest.raises(DeploymentSupersededError):
        look(text=wants_more)


def test_a_newer_release_that_found_everything_is_ahead_of_one_that_comes_there_later(workloads: Workloads) -> None:
    there(workloads)
    workloads.executions.running.add(NEWER)
    look(NEWER, LATER)
    there(workloads, "11")
    with pytest.raises(DeploymentSupersededError):
        look()


def test_a_newer_release_that_went_through_and_was_rejected_or_rolled_back_blocks_nobody(workloads: Workloads) -> None:
    there(workloads)
    look(NEWER, LATER)  # it does not run any more
    there(workloads, "11")
    unmet()
    there(workloads)
    workloads.executions.running.add(NEWER)
    look(NEWER, LATER, artifact=as_json(asdict(image(digest_of(5)))))
    record_quarantine(digest_of(5))
    there(workloads, "11")
    unmet()


def test_a_newer_release_that_needs_nothing_and_is_live_ends_an_older_one(workloads: Workloads) -> None:
    unmet()
    newer = live(5)
    record_live(replace(newer, current=replace(newer.current, promotion_started_at=STARTED_AT)))
    unmet()
    record_live(replace(newer, current=replace(newer.current, promotion_started_at=LATER)))
    with pytest.raises(DeploymentSupersededError, match=r"\(tag5\), whose promotion was started later, is live on"):
        look()


@pytest.mark.usefixtures("mailed", "told")
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_newer_release_about_which_people_are_asked_ends_an_older_one(workloads: Workloads) -> None:
    unmet()
    arrive(5)
    unmet()  # its promotion was stopped
    workloads.executions.running.add(f"{PROMOTION}-5")
    with pytest.raises(DeploymentSupersededError, match="cowsay tag5, whose promotion was started later, is at the"):
        look()


def test_what_is_quarantined_while_it_waits_does_not_wait_any_more(workloads: Workloads) -> None:
    unmet()
    record_quarantine(RELEASE.digest)
    with pytest.raises(QuarantinedError):
        look()


def test_an_older_release_does_not_take_the_place_of_a_newer_one(workloads: Workloads, told: Told) -> None:
    workloads.executions.running.add(NEWER)
    unmet(NEWER, LATER)
    with pytest.raises(DeploymentSupersededError):
        look()
    assert (waits().execution, len(told())) == (NEWER, 1)


def test_a_configuration_gives_way_to_an_artifact_that_waits_and_people_are_told_once_of_each(
    workloads: Workloads, told: Told, announced: Said
) -> None:
    alone, running = {"prod": "4f0c2d1"}, workloads.executions.running
    running |= {PROMOTION, NEWER}
    unmet(NEWER, LATER, configuration_of=alone)
    for _ in range(2):
        unmet()
        with pytest.raises(DeploymentSupersededError, match="promote cowsay --configuration"):
            look(NEWER, LATER, configuration_of=alone)
    assert (waits().execution, len(told()), len(announced())) == (PROMOTION, 2, 2)
    running.remove(PROMOTION)
    unmet(NEWER, LATER, configuration_of=alone)
    assert (waits().execution, len(told())) == (NEWER, 2), "people have read that it waits"


def test_a_configuration_does_not_give_way_to_an_artifact_that_went_through(workloads: Workloads) -> None:
    workloads.executions.running.add(PROMOTION)
    there(workloads)
    look()
    there(workloads, "11")
    unmet(NEWER, LATER, configuration_of={"prod": "4f0c2d1"})


def test_that_people_cannot_be_notified_ends_nothing_and_they_are_notified_later(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch, told: Told, announced: Said
) -> None:
    def away(*_: object) -> None:
        raise NotificationError("SNS is away")

    with monkeypatch.context() as patched:
        patched.setattr(Topic, "publish", away)
        unmet()
        unmet()
    assert (told(), announced()) == ([], [])
    unmet()
    unmet()
    assert (len(told()), len(announced())) == (1, 1)


def test_a_need_that_people_have_to_fix_waits_all_the_same(workloads: Workloads) -> None:
    """It may be fixed in time. Before the promotion began, it would have ended it."""
    there(workloads)
    workloads.infrastructure.values[REVISION] = Seen(problem="it is a SecureString", stays=True)
    assert "it is a SecureString" in unmet()


def test_an_account_that_refuses_ends_it(workloads: Workloads) -> None:
    workloads.closed.add(TARGET.account)
    with pytest.raises(TargetAccessError):
        look()


def test_a_configuration_alone_waits_by_its_own_manifest(workloads: Workloads) -> None:
    there(workloads)
    revision = upload(manifest())
    own = release_input(replace(RELEASE, manifest_revision=revision, configuration_of={"prod": "4f0c2d1"}))
    event = payload(
        "AwaitInfrastructure",
        release=release_input() | {"manifest_revision": "gone"},
        environment="prod",
        releases={"prod": own},
        started_at=STARTED_AT,
        execution=PROMOTION,
    )
    assert invoke(await_infrastructure.handler, event)["infrastructure"][REVISION] == "12"
