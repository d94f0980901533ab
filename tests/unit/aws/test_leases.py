from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from gantry.aws import ledger_keys as keys
from gantry.aws.leases import Leases
from gantry.promotion.errors import LeaseLostError
from gantry.promotion.lease import Contender, Lease
from gantry.promotion.restore_point import RestorePoint, RolledBackRelease
from gantry.promotion.target import Target
from gantry.promotion.traffic import Routing, TrafficMove

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Notes = Callable[[], list[dict[str, Any]]]
NOTE = {"pk": "service#cowsay", "sk": "note", "text": "something else that is known"}
OTHER_NOTE = NOTE | {"sk": "another note"}


ROLLBACK = Contender("arn:rollback", "cowsay", "prod", "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00.000Z")
ROLLED_BACK = RolledBackRelease("sha256:" + "c" * 64, "revision-3", 9)
RESTORE_POINT = RestorePoint(
    revision="7",
    digest="sha256:" + "b" * 64,
    tag="tag7",
    manifest_revision="revision-2",
    sequence=7,
    rolled_back=ROLLED_BACK,
    previous_routing="9 with 10 % on 10",
    interrupted="arn:stopped",
)


def taken_over(lease: Lease) -> Lease:
    return lease.taken_over(ROLLBACK, RESTORE_POINT)


def fenced_off(lease: Lease) -> Lease:
    assert lease.holder
    return lease.fenced(lease.holder.owner)


def ended(lease: Lease) -> Lease:
    assert lease.holder
    return lease.ended(lease.holder.owner)


def ended_and_joined_again(lease: Lease) -> Lease:
    assert lease.holder
    return ended(lease).joined(lease.holder)


@pytest.fixture
def notes(table: "Table") -> Notes:
    """What the ledger knows besides the leases."""
    return lambda: [item for item in table.scan()["Items"] if item["pk"] != keys.LEASES]


def test_the_lease_of_a_target_that_was_never_changed_is_free(leases: Leases, target: Target) -> None:
    assert leases.get(target) == Lease(target)
    assert list(leases.all()) == []


def test_what_happens_to_a_lease_is_kept_and_counted(leases: Leases, target: Target, deployment: Contender) -> None:
    joined = leases.change(target, lambda now: now.joined(deployment))
    assert joined == leases.get(target) == replace(Lease(target).joined(deployment), revision=1)

    ended = leases.change(target, lambda now: now.ended(deployment.owner))
    assert ended == leases.get(target) == Lease(target, fence=1, revision=2)


def test_two_targets_have_two_leases(leases: Leases, target: Target, deployment: Contender) -> None:
    beta = replace(target, name="cowsay/beta")
    leases.change(target, lambda now: now.joined(deployment))

    assert leases.get(beta) == Lease(beta)


def test_everything_about_a_lease_is_read_as_it_was_written(
    leases: Leases, target: Target, deployment: Contender
) -> None:
    newer = replace(deployment, owner="arn:newer", started_at="2026-11-22T11:45:00.000Z")
    full = Lease(
        target=target,
        fence=12,
        holder=newer,
        restore_point=RESTORE_POINT,
        move=TrafficMove(Routing("9", {"10": 12.5}), "7"),
        waiting=(deployment, newer),
        to_notify=(ROLLBACK, newer),
    )
    bare = replace(
        full,
        holder=ROLLBACK,
        move=None,
        restore_point=RestorePoint("7", "sha256:" + "b" * 64, rolled_back=RolledBackRelease("sha256:" + "c" * 64)),
        waiting=(replace(deployment, release=deployment.release and replace(deployment.release, tag=None)),),
    )
    for revision, lease in enumerate(
        (full, bare, replace(bare, restore_point=None), Lease(replace(target, settings={}))), 1
    ):
        leases.change(target, lambda _, lease=lease: lease)  # type: ignore[misc]

        assert leases.get(target) == replace(lease, revision=revision)
        assert list(leases.all()) == [leases.get(target)]


@pytest.mark.parametrize("before", [None, 4], ids=["the first change of all", "a later one"])
@pytest.mark.parametrize("together_with", [[], [NOTE]], ids=["alone", "with another item"])
def test_of_two_changes_at_the_same_time_none_is_lost(
    leases: Leases, target: Target, deployment: Contender, together_with: list[dict[str, str]], before: int | None
) -> None:
    newer = replace(deployment, owner="arn:newer", started_at="2026-11-22T11:45:00.000Z")
    if before:
        leases.change(target, lambda _: Lease(target, before))
    seen: list[Lease] = []

    def late(now: Lease) -> Lease:
        seen.append(now)
        if len(seen) == 1:
            leases.change(target, lambda now: now.joined(deployment))
        return now.joined(newer)

    lease = leases.change(target, late, lambda _: together_with)

    assert [each.holder and each.holder.owner for each in seen] == [None, deployment.owner]
    assert lease == leases.get(target)
    assert lease.holder
    assert (lease.holder.owner, lease.waiting) == (deployment.owner, (newer,))


def test_a_change_that_changes_nothing_is_not_written(leases: Leases, held: Lease) -> None:
    assert leases.change(held.target, lambda now: now.ended("arn:stranger")) == held
    assert leases.get(held.target) == held


def test_a_change_that_would_change_nothing_is_decided_again_by_the_lease_as_it_is_now(
    leases: Leases, held: Lease, deployment: Contender
) -> None:
    def noted(lease: Lease) -> Lease:
        return lease.begun(deployment.owner, held.fence, RestorePoint("7", "sha256:" + "b" * 64))

    known = leases.change(held.target, noted)
    assert leases.change(held.target, noted, known=known) == known
    leases.change(held.target, taken_over)
    with pytest.raises(LeaseLostError):
        leases.change(held.target, noted, known=known)


def test_what_is_to_be_written_with_a_lease_that_stays_as_it_is_is_written(
    leases: Leases, held: Lease, notes: Notes
) -> None:
    leases.change(held.target, lambda now: now, lambda _: [NOTE, OTHER_NOTE])

    assert sorted(notes(), key=lambda note: str(note["sk"])) == [OTHER_NOTE, NOTE]
    assert leases.get(held.target) == replace(held, revision=held.revision + 1)


def test_what_a_change_raises_ends_it_and_nothing_is_written(leases: Leases, held: Lease, notes: Notes) -> None:
    with pytest.raises(LeaseLostError):
        leases.change(held.target, lambda now: now.fenced("arn:stranger"), lambda _: [NOTE])

    assert leases.get(held.target) == held
    assert notes() == []


def test_when_the_lease_was_changed_meanwhile_nothing_that_goes_with_it_is_written_either(
    leases: Leases, held: Lease, deployment: Contender, notes: Notes
) -> None:
    def late(now: Lease) -> Lease:
        now.require(deployment.owner, held.fence)
        leases.change(held.target, taken_over)
        return now.ended(deployment.owner)

    with pytest.raises(LeaseLostError, match="arn:rollback holds it now"):
        leases.change(held.target, late, lambda _: [NOTE])

    assert leases.get(held.target).holder == ROLLBACK
    assert notes() == []


def test_the_holder_writes(leases: Leases, held: Lease, deployment: Contender, notes: Notes) -> None:
    leases.write_as_holder(held.target, deployment.owner, held.fence, [NOTE, OTHER_NOTE])

    assert len(notes()) == 2
    assert leases.get(held.target) == held


@pytest.mark.parametrize("lose", [taken_over, fenced_off, ended, ended_and_joined_again])
def test_an_execution_that_lost_the_lease_writes_nothing(
    leases: Leases, held: Lease, deployment: Contender, notes: Notes, lose: Callable[[Lease], Lease]
) -> None:
    leases.change(held.target, lose)

    with pytest.raises(LeaseLostError, match=deployment.owner):
        leases.write_as_holder(held.target, deployment.owner, held.fence, [NOTE, OTHER_NOTE])

    assert notes() == []


def test_an_execution_that_never_had_a_lease_writes_nothing(leases: Leases, target: Target, notes: Notes) -> None:
    with pytest.raises(LeaseLostError, match="nobody holds it now"):
        leases.write_as_holder(target, "arn:stranger", 0, [NOTE])

    assert notes() == []


def test_the_leases_of_all_targets_are_found_beyond_the_first_page(
    leases: Leases, target: Target, table: "Table", deployment: Contender
) -> None:
    large = replace(deployment, task_token="x" * 350_000)
    targets = [replace(target, name=f"cowsay-{number}/live") for number in range(4)]
    for each in targets:
        leases.change(each, lambda now: now.joined(large))
    leases.change(targets[0], lambda now: now.ended(large.owner))
    table.put_item(Item=NOTE)

    assert list(leases.all()) == [leases.get(each) for each in targets]


def test_another_transaction_at_the_same_time_only_needs_another_try(
    leases: Leases, target: Target, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}
    answers = stubbed(table.meta.client)
    for _ in range(2):
        answers.add_response("get_item", {})
        answers.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=reasons)
    answers.add_response("get_item", {})
    answers.add_response("transact_write_items", {})

    assert leases.change(target, lambda now: now, lambda _: [NOTE]).revision == 1


def test_a_transaction_at_the_same_time_as_a_single_write_only_needs_another_try(
    leases: Leases, target: Target, deployment: Contender, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    answers = stubbed(table.meta.client)
    answers.add_response("get_item", {})
    answers.add_client_error("put_item", "TransactionConflictException")
    answers.add_response("get_item", {})
    answers.add_response("put_item", {})

    assert leases.change(target, lambda now: now.joined(deployment)).revision == 1


def test_an_unknown_error_escapes(
    leases: Leases, target: Target, deployment: Contender, table: "Table", stubbed: Callable[[Any], Stubber]
) -> None:
    answers = stubbed(table.meta.client)
    answers.add_response("get_item", {})
    answers.add_client_error("put_item", "ThrottlingException")
    answers.add_client_error("transact_write_items", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        leases.change(target, lambda now: now.joined(deployment))
    with pytest.raises(ClientError, match="ThrottlingException"):
        leases.write_as_holder(target, deployment.owner, 1, [NOTE])
