"""Commits onto the branch itself."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gantry.git_hosts.calls import GitHubCalls
from gantry.git_hosts.github import GitHubRepository
from gantry.git_hosts.github_app import GitHubApp
from gantry.promotion.write_back.errors import (
    GitBranchMovedError,
    GitBranchNotFoundError,
    GitBranchProtectedError,
    GitRefusedError,
    WrittenFileError,
)
from gantry.use_cases.write_back.writing import write
from sandbox.stand_in.git_host.server import APP_ID, Fault, GitHost
from tests.unit.git_hosts.conftest import OWNED, VALUES, Open, fsck
from tests.unit.git_hosts.wanted import MESSAGE, wanted

WRITERS = 12


def read(github: GitHost, path: str = OWNED, branch: str = "main") -> bytes:
    return github.repository.read(path, github.repository.head(branch))


def test_one_commit_has_all_files_and_the_message(github: GitHost, opened: Open) -> None:
    before = github.repository.head("main")
    written = write(opened(), wanted())
    head = github.repository.head("main")
    assert (written.outcome, written.reference) == ("committed", head)
    assert github.repository.parents(head) == [before]
    assert github.repository.changed(before, head) == [OWNED]
    assert json.loads(read(github)) == {"versions": {"cowsay": "4f0c2d1"}}
    assert github.repository.message(head) == f"{MESSAGE.headline}\n\n{MESSAGE.body}"


def test_a_persons_file_keeps_all_its_other_bytes(github: GitHost, opened: Open) -> None:
    write(opened(), wanted(path=VALUES, form="yaml", key="image.tag"))
    assert read(github, VALUES) == b"image: {tag: '4f0c2d1'} # ours\n"


def test_a_file_that_says_so_already_gets_no_commit(github: GitHost, opened: Open) -> None:
    write(opened(), wanted())
    head = github.repository.head("main")
    assert write(opened(), wanted()).outcome == "nothing to do"
    assert github.repository.head("main") == head


def test_a_commit_of_a_person_in_between_is_kept(github: GitHost, opened: Open) -> None:
    repository = opened()
    head = repository.head_of_base("main")
    github.repository.push("main", {"README.md": b"by a person\n"})
    with pytest.raises(GitBranchMovedError, match="somebody else has written to main of acme/infra"):
        repository.commit("main", head, {OWNED: b"{}"}, MESSAGE)
    write(repository, wanted())
    assert read(github, "README.md") == b"by a person\n"
    assert json.loads(read(github)) == {"versions": {"cowsay": "4f0c2d1"}}


def test_twelve_writers_at_once_lose_nothing(github: GitHost, app_key: rsa.RSAPrivateKey) -> None:
    """https://github.com/akuity/kargo/issues/3071: stages that pushed at the same time failed."""

    def sign(content: bytes) -> bytes:
        return app_key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    def one(number: int) -> str:
        repository = GitHubRepository(GitHubApp(GitHubCalls(github.url), APP_ID, sign), "acme/infra", "commit")
        return write(repository, wanted(f"tag-{number}", key=f"versions.service{number}")).outcome

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = list(pool.map(one, range(WRITERS)))
    assert set(outcomes) == {"committed"}
    assert json.loads(read(github))["versions"] == {f"service{each}": f"tag-{each}" for each in range(WRITERS)}
    assert len(github.repository.log("main")) == 1 + WRITERS
    fsck(github)


def test_who_is_never_first_gives_up_and_overwrites_nothing(
    github: GitHost, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = github.answers.graphql

    def after_somebody_else(given: dict[str, object]) -> tuple[int, object]:
        github.repository.push("main", {"README.md": str(len(github.calls)).encode()})
        return answer(given)

    monkeypatch.setattr(github.answers, "graphql", after_somebody_else)
    with pytest.raises(GitBranchMovedError, match="it is tried again"):
        write(opened(), wanted())
    assert github.calls.count("POST /graphql") == 12


def test_a_lost_answer_makes_no_second_commit(github: GitHost, opened: Open) -> None:
    github.faults.append(Fault(502, on="POST /graphql", is_late=True))
    repository = opened()
    head = repository.head_of_base("main")
    with pytest.raises(GitBranchMovedError):
        repository.commit("main", head, {OWNED: b'{"versions": {"cowsay": "4f0c2d1"}}'}, MESSAGE)
    assert write(repository, wanted()).outcome == "nothing to do"
    assert len(github.repository.log("main")) == 2


def test_a_protected_branch_says_so_and_what_would_help(github: GitHost, opened: Open) -> None:
    github.answers.protected.add("main")
    problem = (
        "^main of acme/infra is protected .*At least 1 approving review.*; let Gantry's App bypass its rules, or use "
        "mode: pull_request$"
    )
    with pytest.raises(GitBranchProtectedError, match=problem):
        write(opened(), wanted())


def test_a_branch_that_is_not_there_is_named(github: GitHost, opened: Open) -> None:
    with pytest.raises(GitBranchNotFoundError, match=r"^acme/infra has no branch trunk; correct write_back\.branch"):
        write(opened(), wanted(branch="trunk"))


def test_what_github_refuses_otherwise_is_told_in_its_words(github: GitHost, opened: Open) -> None:
    refusal = {"data": None, "errors": [{"type": "UNPROCESSABLE", "message": "A path was requested for deletion"}]}
    repository = opened()
    repository.head_of_base("main")
    github.faults.append(Fault(200, refusal, on="POST /graphql"))
    with pytest.raises(
        GitRefusedError, match=r"^GitHub refused a commit on main of acme/infra: .*requested for deletion"
    ):
        repository.commit("main", github.repository.head("main"), {OWNED: b"{}"}, MESSAGE)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("a folder", "a folder: it is a folder or a link; name a file"),
        ("large.json", "large.json: it has 1048577 bytes, which is too large"),
        ("none.json", "none.json: it does not exist; create it with the key, or give format: tfvars.json"),
        ("README.md", "README.md: it is no JSON: line 1, column 1: Expecting value; correct it"),
    ],
)
def test_a_file_that_cannot_be_changed_is_named(path: str, problem: str, github: GitHost, opened: Open) -> None:
    with pytest.raises(WrittenFileError, match=f"^{problem}$"):
        write(opened(), wanted(path=path, form="json"))
    assert len(github.repository.log("main")) == 1
