"""Who Gantry is to GitHub, and what happens when GitHub wants something else than to answer."""

import time

import pytest

from gantry.git_hosts.calls import GitHubCalls
from gantry.git_hosts.github_app import GitHubApp
from gantry.promotion.write_back.errors import (
    GitBusyError,
    GitRefusedError,
    GitRepositoryNotFoundError,
    GitRightsError,
    GitUnreachableError,
)
from gantry.use_cases.write_back.writing import write
from sandbox.stand_in.git_host.server import APP_ID, Fault, GitHost
from tests.unit.git_hosts.conftest import Open
from tests.unit.git_hosts.wanted import wanted

HEAD = "GET /repos/acme/infra/git/ref"


def test_a_token_is_used_again(github: GitHost, opened: Open) -> None:
    write(opened(), wanted())
    write(opened(), wanted("next"))
    assert github.app.given == 1


def test_a_token_that_has_ended_early_is_replaced(github: GitHost, opened: Open) -> None:
    write(opened(), wanted())
    github.app.expire()
    assert write(opened(), wanted("next")).outcome == "committed"
    assert github.app.given == 2


def test_a_token_is_replaced_before_it_ends(github: GitHost, app: GitHubApp) -> None:
    app.token("acme/infra", "commit")
    soon = time.time() + 3600 - 299
    app.calls.now = lambda: soon
    with pytest.raises(GitRightsError, match="does not accept the App's signature"):  # it is made for then
        app.token("acme/infra", "commit")


def test_another_key_is_not_accepted(github: GitHost) -> None:
    app = GitHubApp(GitHubCalls(github.url), APP_ID, lambda _: b"no signature")
    problem = "^GitHub does not accept the App's signature .Bad credentials.; GitHubAppId and GitHubAppKeyId have to be"
    with pytest.raises(GitRightsError, match=problem):
        app.token("acme/infra", "commit")


def test_a_repository_without_the_app_is_named(opened: Open) -> None:
    problem = (
        "^GitHub has no repository acme/other, or Gantry's App is not installed on it; correct write_back.repository"
    )
    with pytest.raises(GitRepositoryNotFoundError, match=problem):
        write(opened("acme/other"), wanted())


def test_a_repository_that_was_renamed_is_named(github: GitHost, opened: Open) -> None:
    github.faults.append(Fault(301, {"message": "Moved Permanently"}, {"location": f"{github.url}/repositories/1"}))
    with pytest.raises(GitRepositoryNotFoundError, match=r"^GitHub has no repository acme/infra"):
        write(opened(), wanted())


def test_a_right_that_is_missing_is_told(github: GitHost, opened: Open) -> None:
    write(opened(), wanted())
    github.faults.append(Fault(403, {"message": "Resource not accessible by integration"}, on=HEAD))
    with pytest.raises(GitRightsError, match=r"^Gantry's App may not do this in acme/infra: Resource not accessible"):
        write(opened(), wanted("next"))


def test_a_request_that_cannot_be_carried_out_is_told(github: GitHost, opened: Open) -> None:
    repository = opened(mode="pull_request")
    repository.head("main")
    invalid = {"message": "Validation Failed", "errors": [{"message": "base is invalid"}]}
    github.faults.append(Fault(422, invalid, on="GET /repos/acme/infra/pulls"))
    with pytest.raises(
        GitRefusedError, match=r"^GitHub refused a request about acme/infra: Validation Failed; base is"
    ):
        repository.ask("GET", "/pulls?state=open")


LIMITED = {"message": "You have exceeded a secondary rate limit"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "seconds"),
    [
        (403, {"retry-after": "900"}, LIMITED, 900),
        (429, {"retry-after": "7"}, None, 7),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1900"}, {"message": "API rate limit exceeded"}, 900),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999"}, {"message": "API rate limit exceeded"}, 1),
        (403, {}, LIMITED, 60),
        (200, {"retry-after": "7"}, {"errors": [{"type": "RATE_LIMITED"}]}, 7),
    ],
)
def test_a_limit_of_the_rate_is_left_to_the_queue(  # noqa: PLR0913, PLR0917 -- fixtures
    status: int, headers: dict[str, str], body: object, seconds: int, github: GitHost, app: GitHubApp
) -> None:
    app.calls.now = lambda: 1000.0
    github.faults.append(Fault(status, body, headers))
    with pytest.raises(GitBusyError, match=f"^GitHub wants no more requests for {seconds} seconds; it is tried again"):
        app.calls.ask("GET", "/repos/acme/infra/installation", "")
    assert len(github.calls) == 1


def test_a_call_that_failed_is_made_once_more(github: GitHost, app: GitHubApp) -> None:
    github.faults.extend([Fault(502), Fault(500)])
    with pytest.raises(GitUnreachableError, match=r"^GitHub answered 500; it is tried again later$"):
        app.calls.ask("GET", "/repos/acme/infra/installation", "")
    github.faults.append(Fault(502))
    assert app.calls.ask("GET", "/repos/acme/other/installation", "").status == 404


def test_a_github_that_is_not_there_is_told() -> None:
    calls = GitHubCalls("http://127.0.0.1:9")
    with pytest.raises(GitUnreachableError, match=r"^GitHub cannot be reached: .*; it is tried again later$"):
        calls.ask("GET", "/repos/acme/infra/installation", "")


def test_github_enterprise_server_has_graphql_beside_the_api(github: GitHost) -> None:
    calls = GitHubCalls(f"{github.url}/api/v3")
    calls.ask("GET", "/repos/acme/infra/installation", "")
    calls.graphql("", "query", {"input": {}})
    assert github.calls == ["GET /api/v3/repos/acme/infra/installation", "POST /api/graphql"]
