"""What `invoke` and `revision_arn` promise, whatever the kind."""

import pytest

from gantry.promotion.errors import TargetNotFoundError, TargetUnreachableError
from gantry.targets.invocable import Answer
from tests.unit.targets.contract.harness import NEW, Harness

invoked = pytest.mark.needs("can_be_invoked")


@invoked
def test_a_revision_without_traffic_answers_a_request_of_the_pipelines_own(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(NEW)
    harness.answer('{"cow": "moo"}')
    assert harness.kind.invoke(harness.target, revision, '{"warm": true}', 30) == Answer('{"cow": "moo"}', None)
    assert harness.requests() == [(revision, '{"warm": true}')]


@invoked
def test_what_goes_wrong_in_the_revision_is_its_answer_and_no_error_of_the_kinds(harness: Harness) -> None:
    revision = harness.stable().revision
    harness.answer("", "the cow is away")
    assert harness.kind.invoke(harness.target, revision, "{}", 30).error == "the cow is away"


@invoked
def test_an_answer_that_does_not_come_is_no_answer(harness: Harness) -> None:
    revision = harness.stable().revision
    harness.lose_request()
    with pytest.raises(TargetUnreachableError, match=revision):
        harness.kind.invoke(harness.target, revision, "{}", 30)


@invoked
def test_a_revision_that_is_gone_cannot_be_invoked(harness: Harness) -> None:
    harness.stable()
    revision = harness.make(NEW)
    harness.remove(revision)
    with pytest.raises(TargetNotFoundError):
        harness.kind.invoke(harness.target, revision, "{}", 30)


@invoked
def test_requests_of_the_pipelines_own_change_no_traffic(harness: Harness) -> None:
    stable = harness.stable()
    routed = list(harness.routes())
    harness.kind.invoke(harness.target, stable.revision, "{}", 30)
    assert list(harness.routes()) == routed


@pytest.mark.parametrize("others", [(), pytest.param(("neighbour",), marks=pytest.mark.needs("own revisions"))])
def test_a_revisions_arn_differs_from_every_others(harness: Harness, others: tuple[str, ...]) -> None:
    targets = [harness.target, *(getattr(harness, each) for each in others)]
    named = {harness.kind.revision_arn(target, each) for target in targets for each in "78"}
    assert len(named) == 2 * len(targets)
    assert all(each.startswith("arn:") or "/" in each for each in named)


def test_a_manifest_may_invoke_what_the_kind_can_invoke(harness: Harness) -> None:
    assert harness.schema.can_be_invoked == harness.kind.capabilities.can_be_invoked


def test_a_manifest_is_told_whether_the_kind_counts_requests(harness: Harness) -> None:
    assert harness.schema.counts_requests == harness.kind.capabilities.counts_requests
