"""One pull request a service and environment."""

import pytest

from gantry.promotion.write_back.errors import GitRightsError
from gantry.use_cases.write_back.writing import own_branch, write
from sandbox.stand_in.git_host.server import Fault, GitHost
from tests.unit.git_hosts.conftest import OWNED, Open, fsck
from tests.unit.git_hosts.wanted import MESSAGE, wanted

BRANCH = "gantry/prod/cowsay"


def test_the_base_stays_and_a_pull_request_waits(github: GitHost, opened: Open) -> None:
    base = github.repository.head("main")
    written = write(opened(mode="pull_request"), wanted(mode="pull_request"))
    (pull,) = github.pulls.open()
    assert (written.outcome, written.reference) == ("proposed", "1")
    assert (pull.head, pull.base, pull.title, pull.body) == (BRANCH, "main", MESSAGE.headline, MESSAGE.body)
    assert github.repository.head("main") == base
    head = github.repository.head(BRANCH)
    assert github.repository.parents(head) == [base]
    assert github.repository.changed(base, head) == [OWNED]
    assert "Gantry-Execution: arn:of:it" in github.repository.message(head)
    fsck(github)


def test_the_same_again_moves_nothing(github: GitHost, opened: Open) -> None:
    write(opened(mode="pull_request"), wanted(mode="pull_request"))
    head = github.repository.head(BRANCH)
    github.calls.clear()
    write(opened(mode="pull_request"), wanted(mode="pull_request"))
    assert github.repository.head(BRANCH) == head
    assert {each.partition(" ")[0] for each in github.calls} == {"GET"}


def test_a_newer_release_replaces_the_commit_in_the_same_pull_request(github: GitHost, opened: Open) -> None:
    """https://github.com/argoproj-labs/argocd-image-updater/issues/879: the second push was rejected."""
    write(opened(mode="pull_request"), wanted("old", "pull_request"))
    github.repository.push("main", {"README.md": b"changed\n"})
    write(opened(mode="pull_request"), wanted("new", "pull_request"))
    (pull,) = github.pulls.all
    head = github.repository.head(BRANCH)
    assert pull.state == "open"
    assert github.repository.parents(head) == [github.repository.head("main")]
    assert b"new" in github.repository.read(OWNED, head)
    assert github.repository.read("README.md", head) == b"changed\n"


def test_a_pull_request_that_has_become_empty_is_closed_with_its_branch(github: GitHost, opened: Open) -> None:
    github.repository.push("main", {OWNED: b'{"versions": {"cowsay": "stable"}}'})
    write(opened(mode="pull_request"), wanted("bad", "pull_request"))
    written = write(opened(mode="pull_request"), wanted("stable", "pull_request"))
    assert written.outcome == "nothing to do"
    assert [each.state for each in github.pulls.all] == ["closed"]
    assert github.repository.branches() == ["main"]


def test_after_people_closed_one_the_next_release_opens_another(github: GitHost, opened: Open) -> None:
    write(opened(mode="pull_request"), wanted("old", "pull_request"))
    github.pulls.all[0].state = "closed"
    write(opened(mode="pull_request"), wanted("new", "pull_request"))
    assert [each.state for each in github.pulls.all] == ["closed", "open"]


def test_a_branch_that_was_left_after_a_merge_is_no_obstacle(github: GitHost, opened: Open) -> None:
    write(opened(mode="pull_request"), wanted("old", "pull_request"))
    github.repository.force("main", github.repository.head(BRANCH))
    github.pulls.after_a_move()
    write(opened(mode="pull_request"), wanted("new", "pull_request"))
    assert [each.state for each in github.pulls.all] == ["closed", "open"]


def test_a_pull_request_that_was_opened_by_a_call_without_an_answer_is_not_opened_twice(
    github: GitHost, opened: Open
) -> None:
    repository = opened(mode="pull_request")
    ask = repository.ask

    def with_a_lost_answer(method: str, path: str, *more: object, **named: object) -> object:
        if (method, path) == ("POST", "/pulls"):
            github.faults.append(Fault(502, on="POST", is_late=True))
        return ask(method, path, *more, **named)  # type: ignore[arg-type]

    repository.ask = with_a_lost_answer  # type: ignore[assignment,method-assign]
    assert write(repository, wanted(mode="pull_request")).reference == "1"
    assert len(github.pulls.all) == 1


def test_services_of_one_environment_have_pull_requests_of_their_own(github: GitHost, opened: Open) -> None:
    repository = opened(mode="pull_request")
    write(repository, wanted(mode="pull_request"))
    write(repository, wanted(mode="pull_request", service="team/horse", key="versions.horse"))
    assert [each.head for each in github.pulls.open()] == [BRANCH, "gantry/prod/team-horse-4f03d88b"]


def test_a_commit_needs_no_right_to_pull_requests(github: GitHost, opened: Open) -> None:
    github.app.rights = {"contents": "write"}
    assert write(opened(), wanted()).outcome == "committed"
    with pytest.raises(
        GitRightsError, match=r"no token for acme/infra .*it needs contents: write and pull_requests: write"
    ):
        write(opened(mode="pull_request"), wanted("new", "pull_request"))


def test_names_that_are_no_branches_stay_apart() -> None:
    names = ["a/b", "a-b", "s3/bucket/app.zip", "s3/bucket/app-zip", "a_b", "x.lock"]
    branches = {own_branch(name, "prod") for name in names}
    assert len(branches) == len(names)
    assert {branch.count("/") for branch in branches} == {2}
