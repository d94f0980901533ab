"""A push is promoted once, again when its promotion has come to nothing, and ignored only with a reason."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from gantry.aws import ledger_keys as keys
from gantry.aws.transactions import Transactions
from gantry.handlers.promotion_machine import resolve_release
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.board.listed_service import ListedService
from gantry.promotion.claim import ReleaseClaim
from gantry.promotion.errors import ArtifactNotFoundError, ManifestError, NotificationError
from gantry.promotion.history import HistoryEntry, HistoryKind
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.release import Release
from gantry.promotion.running_promotion import RunningPromotion
from gantry.promotion.target import Target
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.use_cases.services import Services
from tests.unit.handlers.manifests import MANIFEST, upload
from tests.unit.handlers.outages import with_bus, without_bus
from tests.unit.handlers.payloads import DIGEST, ENTERED_AT, OLD_DIGEST, STATES, Said, invoke, payload
from tests.unit.handlers.pushes import push, resolve_push
from tests.unit.handlers.records import history, record_live, record_running
from tests.unit.handlers.workloads import Workloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

A, B = DIGEST, OLD_DIGEST
FIRST, SECOND, THIRD = "aaaaaaa", "bbbbbbb", "ccccccc"
DEV, PROD = (LambdaTarget(account, "us-east-1", "cowsay", "live").as_target() for account in ("2" * 12, "4" * 12))


def execution(name: str) -> str:
    return f"{STATES}:gantry-promotion:push-{name}"


class Pushes:
    """People push images one after the other, and each push starts a promotion."""

    def __init__(self, workloads: Workloads) -> None:
        self.workloads = workloads
        self.revision = upload()
        self._minutes = 0

    def push(self, tag: str, digest: str, name: str = "") -> Any:
        """Push an image, or deliver the event of a push again; return what the promotion comes to, which runs then."""
        self.workloads.images.push("cowsay", tag, digest)
        return self.start(push(tag, digest), name or tag)

    def start(self, event: dict[str, Any], name: str) -> Any:
        self._minutes += 1
        self.workloads.executions.running.add(execution(name))
        entered_at = f"2026-11-22T10:{self._minutes:02}:00.000Z"
        if "detail" in event:
            return resolve_push(event, execution(name), entered_at=entered_at)
        sent = payload("ResolveRelease", event=event, execution=execution(name), entered_at=entered_at)
        return invoke(resolve_release.handler, sent)

    def end(self, name: str) -> None:
        """A promotion ends, and nothing of it is live that was not live before."""
        self.workloads.executions.running.discard(execution(name))

    def become_live(self, digest: str, *where: tuple[str, Target], revision: str = "") -> None:
        """A release becomes live, everywhere unless told otherwise."""
        current = LiveRevision("8", digest, ENTERED_AT, manifest_revision=revision or self.revision)
        places = where or (("dev", DEV), ("prod", PROD))
        record_live(*(Live("cowsay", name, target, current) for name, target in places))


@pytest.fixture
def pushes(ledger: "Table", bucket: None, told: object, workloads: Workloads) -> Pushes:
    return Pushes(workloads)


def is_promoted(answer: Any) -> bool:
    return bool(answer["outcome"] == "promote")


def why_ignored(answer: Any) -> str:
    assert (answer["outcome"], answer["release"], answer["origin"], answer["environments"]) == (
        "ignored",
        None,
        None,
        [],
    )
    return str(answer["reason"])


# The same release under another tag.


def test_a_release_that_was_replaced_is_promoted_again_when_it_is_pushed_under_a_new_tag(pushes: Pushes) -> None:
    """A revert that is built reproducibly has the digest of the first image."""
    for tag, digest in ((FIRST, A), (SECOND, B)):
        assert is_promoted(pushes.push(tag, digest))
        pushes.become_live(digest)
        pushes.end(tag)
    assert is_promoted(pushes.push(THIRD, A))


def test_a_release_whose_promotion_failed_is_promoted_again_when_it_is_pushed_under_a_new_tag(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.end(FIRST)
    assert is_promoted(pushes.push(SECOND, A))


@pytest.mark.parametrize(
    "live_on", [[("dev", DEV)], [("prod", PROD)], [("dev", PROD), ("prod", PROD)]], ids=["dev", "prod", "wrong target"]
)
def test_a_release_that_reached_only_some_targets_is_promoted_again(
    pushes: Pushes, live_on: list[tuple[str, Target]]
) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A, *live_on)
    pushes.end(FIRST)
    assert is_promoted(pushes.push(SECOND, A))


def test_a_release_that_is_live_with_another_configuration_is_promoted_again(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A, revision="an-older-revision")
    pushes.end(FIRST)
    assert is_promoted(pushes.push(SECOND, A))


def test_the_same_image_with_a_new_manifest_is_another_release(pushes: Pushes) -> None:
    first = pushes.push(FIRST, A)["release"]
    upload(MANIFEST.replace("memory_mb: 512", "memory_mb: 256"))
    second = pushes.push(SECOND, A)["release"]
    assert first["artifact"]["digest"] == second["artifact"]["digest"]
    assert first["manifest_revision"] != second["manifest_revision"]


def test_a_release_is_carried_already_while_its_promotion_runs(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    assert why_ignored(pushes.push(SECOND, A)) == (
        f"the promotion {execution(FIRST)} carries this release already; to promote it again, start a promotion "
        "manually"
    )


def test_a_release_is_carried_already_while_it_is_live_everywhere(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    reason = why_ignored(pushes.push(SECOND, A))
    assert reason.startswith(f"this release is live already in dev, prod; the promotion {execution(FIRST)} carried it")


def test_a_promotion_for_fewer_environments_does_not_carry_a_push(pushes: Pushes) -> None:
    pushes.workloads.images.push("cowsay", FIRST, A)
    by_hand = {"repository": "cowsay", "tag": FIRST, "environments": ["dev"], "started_by": "bob@example.com"}
    assert is_promoted(pushes.start(by_hand, "manual"))
    assert is_promoted(pushes.push(SECOND, A))


# A revert that comes while the other release is still on its way.


def test_a_live_release_is_promoted_again_when_another_one_is_about_to_replace_it(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    pushes.push(SECOND, B)
    assert is_promoted(pushes.push(THIRD, A))


def test_a_live_release_stays_as_it_is_when_the_other_one_has_ended_without_replacing_it(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    pushes.push(SECOND, B)
    pushes.end(SECOND)
    assert "is live already" in why_ignored(pushes.push(THIRD, A))


@pytest.mark.parametrize("ended", [[], [SECOND]])
def test_an_older_promotion_does_not_carry_a_release_past_a_newer_one(pushes: Pushes, ended: list[str]) -> None:
    """It waits in front of prod, and what was started since may have replaced it in dev."""
    pushes.push(FIRST, A)
    pushes.push(SECOND, B)
    for name in ended:
        pushes.end(name)
    assert is_promoted(pushes.push(THIRD, A))


def test_whether_a_promotion_that_has_completed_runs_is_not_asked(pushes: Pushes, services: Services) -> None:
    """Between two pushes of a release there may be hundreds of others."""
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    pushes.push(SECOND, B)
    services.running_promotions.remove(execution(SECOND))
    assert "is live already" in why_ignored(pushes.push(THIRD, A))
    assert execution(SECOND) in pushes.workloads.executions.running


def test_a_promotion_that_has_ended_and_was_redriven_may_still_replace_a_live_release(
    pushes: Pushes, services: Services
) -> None:
    """One that was stopped is redriven where it stopped, and no state notes that."""
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    pushes.push(SECOND, B)
    services.running_promotions.end(execution(SECOND))
    assert is_promoted(pushes.push(THIRD, A))


def test_a_promotion_of_another_service_replaces_nothing(pushes: Pushes, services: Services) -> None:
    pushes.push(FIRST, A)
    pushes.become_live(A)
    pushes.end(FIRST)
    pushes.push(SECOND, B)
    pushes.end(SECOND)
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, B, "fortune")
    theirs = RunningPromotion(execution("theirs"), Release("fortune", artifact, "r1"), ("dev",), "2026-11-22T10:03:00Z")
    record_running(theirs)
    pushes.workloads.executions.running.add(theirs.execution)
    assert "is live already" in why_ignored(pushes.push(THIRD, A))


# The same tag with the same digest.


def test_an_event_that_is_delivered_twice_starts_one_promotion_whatever_became_of_it(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    for _ in range(2):
        assert why_ignored(pushes.push(FIRST, A, "again")) == (
            f"the promotion {execution(FIRST)} has handled this tag with this digest already; to promote it again, "
            "start a promotion manually"
        )
        pushes.end(FIRST)


def test_a_second_delivery_starts_nothing_after_a_new_manifest(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    upload(MANIFEST.replace("memory_mb: 512", "memory_mb: 256"))
    assert "has handled this tag" in why_ignored(pushes.push(FIRST, A, "again"))


def test_the_second_delivery_of_a_push_that_was_ignored_starts_nothing(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    pushes.push(SECOND, A)
    pushes.end(FIRST)
    assert execution(SECOND) in why_ignored(pushes.push(SECOND, A, "again"))


def test_the_same_tag_with_another_digest_is_another_push(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    assert is_promoted(pushes.push(FIRST, B, "again"))


def test_a_person_starts_what_was_pushed_before_and_the_push_stays_handled(pushes: Pushes) -> None:
    pushes.push(FIRST, A)
    by_hand = {"repository": "cowsay", "tag": FIRST, "digest": A, "started_by": "bob@example.com"}
    assert is_promoted(pushes.start(by_hand, "manual"))
    assert execution(FIRST) in why_ignored(pushes.push(FIRST, A, "again"))


def test_a_push_that_failed_is_redriven_and_its_second_delivery_starts_nothing(pushes: Pushes) -> None:
    with pytest.raises(ArtifactNotFoundError):
        pushes.start(push(FIRST, A), FIRST)
    assert "has handled this tag" in why_ignored(pushes.push(FIRST, A, "again"))
    assert is_promoted(pushes.push(FIRST, A))


def test_a_push_with_a_wrong_manifest_is_redriven_once_the_manifest_is_right(pushes: Pushes) -> None:
    upload("repository: cowsay")
    with pytest.raises(ManifestError):
        pushes.push(FIRST, A)
    upload()
    assert is_promoted(pushes.push(FIRST, A))


# Crashes and races.


class Crashing:
    """The ledger's table for a function that dies after so many writes."""

    def __init__(self, table: Any, writes: int) -> None:
        self._table = table
        self._left = writes
        client = SimpleNamespace(transact_write_items=self._counted(table.meta.client.transact_write_items))
        self.meta, self.put_item = SimpleNamespace(client=client), self._counted(table.put_item)

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(**request: Any) -> Any:
            if not self._left:
                raise InterruptedError
            self._left -= 1
            return write(**request)

        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


WRITES = ["claim on the push", "claim on the release", "start"]


@pytest.fixture(params=range(len(WRITES)), ids=lambda number: f"before the {WRITES[number]}")
def crashed(request: pytest.FixtureRequest, pushes: Pushes, services: Services) -> None:
    """The first promotion's ResolveRelease has died."""
    table = Crashing(services.ledger._table, request.param)
    with pytest.MonkeyPatch.context() as patch:
        for adapter in (services.push_claims, services.claims, services.started_promotions):
            patch.setattr(adapter, "_table", table)
        patch.setattr(services.started_promotions, "_together", Transactions(cast("Any", table)))
        with pytest.raises(InterruptedError):
            pushes.push(FIRST, A)


def starts() -> set[str]:
    return {each.execution for each in history() if each.kind is HistoryKind.PROMOTION_STARTED}


@pytest.mark.usefixtures("crashed")
def test_after_a_crash_a_retry_promotes_the_push_and_its_second_delivery_does_not(pushes: Pushes) -> None:
    assert is_promoted(pushes.push(FIRST, A))
    pushes.end(FIRST)
    assert execution(FIRST) in why_ignored(pushes.push(FIRST, A, "again"))
    assert starts() == {execution(FIRST)}


@pytest.mark.usefixtures("crashed")
def test_the_second_delivery_may_come_between_a_crash_and_the_retry(pushes: Pushes) -> None:
    promoted = [is_promoted(pushes.push(FIRST, A, name)) for name in ("again", FIRST)]
    assert promoted.count(True) == len(starts()) == 1


def test_the_same_release_under_another_tag_may_come_between_the_first_promotions_claim_and_its_start(
    pushes: Pushes, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = services.started_promotions.add
    second: list[Any] = []

    def add_late(promotion: RunningPromotion, started: HistoryEntry, listed: ListedService) -> None:
        monkeypatch.setattr(services.started_promotions, "add", add)
        second.append(pushes.push(SECOND, A))
        add(promotion, started, listed)

    monkeypatch.setattr(services.started_promotions, "add", add_late)
    assert is_promoted(pushes.push(FIRST, A))
    assert execution(FIRST) in why_ignored(second[0])


@pytest.fixture
def forget_starts(ledger: "Table") -> Callable[[], object]:
    """An update of Gantry, from a version that kept no newest starts."""
    return lambda: ledger.delete_item(Key=keys.newest_start("cowsay"))


def test_after_an_update_a_release_is_carried_already_while_its_promotion_runs(
    pushes: Pushes, forget_starts: Callable[[], object]
) -> None:
    pushes.push(FIRST, A)
    forget_starts()
    assert "carries this release already" in why_ignored(pushes.push(SECOND, A))


@pytest.mark.parametrize("ended", [[], [SECOND]])
def test_after_an_update_a_promotion_carries_no_release_past_a_newer_one(
    pushes: Pushes, forget_starts: Callable[[], object], ended: list[str]
) -> None:
    pushes.push(FIRST, A)
    pushes.push(SECOND, B)
    for name in ended:
        pushes.end(name)
    forget_starts()
    assert is_promoted(pushes.push(THIRD, A))


@pytest.mark.usefixtures("crashed")
def test_an_execution_that_ended_with_its_crash_keeps_out_no_other_tag(pushes: Pushes) -> None:
    pushes.end(FIRST)
    assert is_promoted(pushes.push(SECOND, A))


def test_of_two_pushes_that_take_a_claim_over_at_once_one_is_promoted(pushes: Pushes, services: Services) -> None:
    pushes.push(FIRST, A)
    pushes.end(FIRST)
    artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, A, "cowsay")
    faster = ReleaseClaim(Release("cowsay", artifact, pushes.revision), execution(SECOND), ENTERED_AT, ("dev", "prod"))
    executions, asked = pushes.workloads.executions, []

    class Racing:
        """While it is asked whether the first promotion runs, another push takes the claim over."""

        def is_running(self, arn: str) -> bool:
            asked.append(arn)
            if arn == execution(FIRST):
                executions.running.add(execution(SECOND))
                services.claims.replace(faster)
            return executions.is_running(arn)

    vars(services)["executions"] = Racing()
    assert execution(SECOND) in why_ignored(pushes.push(THIRD, A))
    assert asked == [execution(FIRST), execution(SECOND)]


# What is ignored is announced.


def test_an_ignored_push_is_published_and_recorded_with_its_reason(pushes: Pushes, announced: Said) -> None:
    pushes.push(FIRST, A)
    reasons = [
        why_ignored(pushes.push(SECOND, A)),
        why_ignored(pushes.push(FIRST, A, "again")),
    ]
    started, *ignored = announced()
    facts = [
        {"service": "cowsay", "digest": A, "tag": tag, "reason": reason}
        for tag, reason in zip((SECOND, FIRST), reasons, strict=True)
    ]
    executions = [execution(SECOND), execution("again")]
    assert started["detail-type"] == "Promotion Started"
    assert {event["detail-type"] for event in ignored} == {"Promotion Ignored"}
    assert [event["detail"] for event in ignored] == [
        {**each, "version_id": None, "execution": arn} for each, arn in zip(facts, executions, strict=True)
    ]
    assert [(each.kind, each.execution, each.facts) for each in reversed(history())][1:] == [
        (HistoryKind.PROMOTION_IGNORED, arn, each) for each, arn in zip(facts, executions, strict=True)
    ]


def test_the_digest_of_an_ignored_push_is_the_one_that_was_pushed(pushes: Pushes, announced: Said) -> None:
    index = "sha256:" + "d" * 64
    pushes.push(FIRST, A)
    pushes.workloads.images.push("cowsay", SECOND, index, {"x86_64": A})
    why_ignored(pushes.start(push(SECOND, index), SECOND))
    assert announced()[-1]["detail"]["digest"] == index


def test_a_reason_that_could_not_be_published_is_published_by_the_retry(
    pushes: Pushes, services: Services, announced: Said
) -> None:
    pushes.push(FIRST, A)
    announced()
    without_bus(services)
    with pytest.raises(NotificationError):
        pushes.push(SECOND, A)
    with_bus(services)
    why_ignored(pushes.push(SECOND, A))
    assert [event["detail-type"] for event in announced()] == ["Promotion Ignored"]
