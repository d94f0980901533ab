"""A push on its way through dev, an approval and prod's canary, told once; each test looks at one side of it."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.driver.approvals import nonce_on
from sandbox.driver.calls import WAITING, besides_waiting, calls_by_state, in_lambdas_bucket
from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import DEV, PROD
from sandbox.stand_in.mailbox import Mail
from sandbox.stories.bench.calls import MOST_CALLS
from tests.end_to_end.question import tells, text_of
from tests.end_to_end.service import APPROVAL, APPROVER, NewService, Service

STEPS = [{"weight": 80, "bake": "5s"}, {"weight": 90, "bake": "5s"}]


@dataclass(frozen=True)
class Story:
    service: Service
    digest: str
    tag: str
    before: str
    """The tag of what was live. Both images come from commits that are called like their tags."""
    promotion: str
    mail: Mail
    looked: list[tuple[int, str]]
    """What GET answered, after every other harmless method."""
    waited: bool
    """Whether the promotion still waited then."""
    decided: list[tuple[int, str]]
    """What the first and the second POST answered."""
    routings: Sequence[dict[str, Any]]
    """What prod's alias routed to, one after the other."""
    alias_updates: int
    output: dict[str, Any]


@pytest.fixture(scope="module")
def story(new_service: NewService, people: Inbox, automation: Inbox) -> Story:
    service, pipeline = (made := new_service()), made.pipeline
    service.add(service.environment("dev"), service.environment("prod"))
    before, tag = service.tag(), service.tag()
    service.succeeds(pipeline.promotion_of(service.push_labelled(before)))
    service.change(
        service.environment("dev", configuration={"environment": {"TO_SAY": "dev"}}),
        service.environment(
            "prod",
            approval=APPROVAL,
            traffic=STEPS,
            alarms=[service.alarm],
            configuration={"memory_mb": 512, "environment": {"TO_SAY": "prod"}},
        ),
    )
    updates = service.alias_updates()
    digest = service.push_labelled(tag)
    promotion, mail = pipeline.promotion_of(digest), service.asked(tag)
    link = mail.links[0]
    looked = []
    for method in ("OPTIONS", "HEAD", "GET", "HEAD", "OPTIONS", "GET"):
        answer = pipeline.http(method, link)
        looked += [answer] if method == "GET" else []
    waited = pipeline.describe(promotion)["status"] == "RUNNING" and service.versions(PROD) == ["1"]
    late = nonce_on(looked[-1][1])
    decided = [
        pipeline.answer(link, "approved", "it is good"),
        pipeline.post(link, decision="rejected", reason="it is not", nonce=late),
    ]
    routings = watch(service, promotion)
    return Story(
        service,
        digest,
        tag,
        before,
        promotion,
        mail,
        looked,
        waited,
        decided,
        routings,
        service.alias_updates() - updates,
        service.succeeds(promotion),
    )


def watch(service: Service, promotion: str) -> list[dict[str, Any]]:
    """Use prod until the promotion has ended; what its alias routed to meanwhile."""
    seen = [service.routing()]
    while service.pipeline.describe(promotion)["status"] == "RUNNING":
        service.pipeline.invoke(PROD, service.name)
        routing = service.routing()
        seen += [routing] if routing != seen[-1] else []
    return seen


def test_a_push_becomes_live_in_every_environment(story: Story, pipeline: Pipeline) -> None:
    live = pipeline.live(story.service.name)
    assert {name: each["revision"] for name, each in live.items()} == {"dev": "2", "prod": "2"}
    assert {each["digest"] for each in live.values()} == {story.digest}
    assert {each["tag"] for each in live.values()} == {story.tag}
    assert story.output["release"]["artifact"]["digest"] == story.digest
    assert story.output["environments"] == ["dev", "prod"]


def test_what_the_ledger_calls_live_is_what_the_alias_routes_to(story: Story, pipeline: Pipeline) -> None:
    for account, live in zip((DEV, PROD), pipeline.live(story.service.name).values(), strict=True):
        assert story.service.routing(account) == {"version": live["revision"], "weights": {}}


def test_lambda_runs_the_pushed_digest_in_every_account(story: Story) -> None:
    assert [story.service.running("2", account) for account in (DEV, PROD)] == [story.digest, story.digest]


def test_each_environment_has_its_own_configuration_with_the_same_code(story: Story, pipeline: Pipeline) -> None:
    answers = [pipeline.invoke(account, story.service.name) for account in (DEV, PROD)]
    assert [answer["payload"]["said"] for answer in answers] == ["dev", "prod"]
    assert len({answer["payload"]["by"] for answer in answers}) == 1


def test_the_alias_follows_the_plan_with_the_stable_version_as_its_primary_one(story: Story) -> None:
    assert story.routings == [
        {"version": "1", "weights": {}},
        {"version": "1", "weights": {"2": 0.8}},
        {"version": "1", "weights": {"2": 0.9}},
        {"version": "2", "weights": {}},
    ]


def test_n_steps_take_n_plus_1_alias_updates(story: Story) -> None:
    assert story.alias_updates == len(STEPS) + 1


def test_n_steps_take_at_most_5n_plus_12_transitions(story: Story, pipeline: Pipeline) -> None:
    deployment = pipeline.deployments_of(story.promotion)[1]
    entered = pipeline.states(deployment)
    assert [entered.count(state) for state in ("ShiftTraffic", "Bake", "JudgeCanary")] == [len(STEPS)] * 3
    assert len(entered) <= 5 * len(STEPS) + 12


def test_no_state_calls_more_than_it_has_to(story: Story, pipeline: Pipeline) -> None:
    deployment = pipeline.deployments_of(story.promotion)[1]
    counted, times = calls_by_state(pipeline, deployment), Counter(pipeline.states(deployment))
    entered = {state: calls.pop("AssumeRole", 0) for state, calls in counted.items()}
    made = {state: calls.total() for state, calls in counted.items() if state != WAITING}
    assert made.keys() == MOST_CALLS.keys()
    assert {state: calls for state, calls in made.items() if calls > times[state] * MOST_CALLS[state]} == {}
    assert max(entered.values()) <= 1
    assert set(counted[WAITING]) <= {"Invoke", "GetFunction"}


def test_a_deployment_leaves_most_of_lambdas_bucket_to_others(story: Story, pipeline: Pipeline) -> None:
    """Without steps: dev's. Of it, two calls are for the configuration, which changes as well."""
    calls = besides_waiting(calls_by_state(pipeline, pipeline.deployments_of(story.promotion)[0]))
    assert in_lambdas_bucket(calls) <= 8


def test_no_lease_is_left(story: Story) -> None:
    assert [story.service.lease(account) for account in (DEV, PROD)] == [None, None]


def test_get_head_and_options_on_the_link_decide_nothing(story: Story) -> None:
    assert story.waited
    assert [status for status, _ in story.looked] == [200, 200]
    assert all('name="decision" value="approved"' in page for _, page in story.looked)


def test_a_decision_counts_once_and_a_second_one_shows_it(story: Story, pipeline: Pipeline) -> None:
    assert [status for status, _ in story.decided] == [200, 200]
    assert all(tells(text_of(page), APPROVER, "it is good") for _, page in story.decided)
    assert all("it is not" not in page for _, page in story.decided)
    (decided,) = story.service.history("approval_decided")
    (answer,) = decided["facts"]["answers"]
    assert (answer["decision"], answer["identity"], answer["reason"]) == ("approved", APPROVER, "it is good")
    status, page = pipeline.http("GET", story.mail.links[0])
    assert status == 200
    assert tells(text_of(page), APPROVER, "it is good")
    assert "<form" not in page


def test_the_execution_tells_who_approved_what_and_why(story: Story) -> None:
    (approval,) = story.output["approvals"]
    (answer,) = approval["answers"]
    assert (approval["environment"], approval["decision"]) == ("prod", "approved")
    assert (answer["approver"], answer["decision"], answer["reason"]) == (APPROVER, "approved", "it is good")


def test_the_task_token_and_the_link_are_nowhere_but_where_they_belong(story: Story, pipeline: Pipeline) -> None:
    link_id = story.mail.links[0].rpartition("/")[2]
    kept = [pipeline.ledger(f"service#{story.service.name}"), story.service.decisions]
    told = json.dumps([kept, story.decided, story.looked], default=str)
    assert link_id not in told
    assert "task_token" not in told


def test_automation_hears_every_chapter(story: Story, automation: Inbox) -> None:
    chapters = [
        "Promotion Started",
        *["Promotion Deployment Started", "Promotion Deployment Completed"] * 2,
        "Promotion Approval Requested",
        "Promotion Approval Decided",
        *["Promotion Traffic Shifted"] * len(STEPS),
        "Promotion Completed",
    ]

    def heard() -> list[str]:
        own = automation.all(
            lambda event: (
                event["detail"]["service"] == story.service.name and event["detail"].get("tag", story.tag) == story.tag
            )
        )
        return sorted(event["detail-type"] for event in own)

    eventually("as many events", lambda: len(heard()) >= len(chapters) or None, 10)
    assert heard() == sorted(chapters)


def test_everybody_is_led_to_the_commit_and_to_what_it_changes(
    story: Story, pipeline: Pipeline, people: Inbox, automation: Inbox
) -> None:
    repository = f"https://github.com/acme/{story.service.name}"
    commit, run = f"{repository}/commit/{story.tag}", f"{repository}/actions/runs/7"
    links = [commit, f"{repository}/compare/{story.before}...{story.tag}", run]
    assert [each for each in story.mail.links if each in links] == links
    assert all(f'href="{each}"' in page for each in links for _, page in story.looked)
    started = automation.one(
        "the start", lambda event: event["detail"]["execution"] == story.promotion and "tags" in event["detail"]
    )
    source = {"repository": repository, "revision": story.tag, "run": run}
    assert started["detail"]["source"] == {**source, "commit": commit, "manifest": None}
    told = people.one("the good news", lambda message: story.promotion in message["Message"])
    console = f"#/v2/executions/details/{story.promotion}"
    assert commit in told["Message"]
    assert console in told["Message"]
    assert {json.dumps(each["source"], sort_keys=True) for each in pipeline.live(story.service.name).values()} == {
        json.dumps(source, sort_keys=True)
    }


def test_people_hear_that_it_is_live(story: Story, people: Inbox) -> None:
    told = people.one("the good news", lambda message: story.promotion in message["Message"])
    assert told["Subject"] == f"{story.service.name}: promotion completed"
    assert f"{story.service.name} {story.tag}: live in all" in told["Message"]


def test_a_rejection_fails_the_promotion_with_who_and_why_and_deploys_nothing(
    new_service: NewService, people: Inbox
) -> None:
    service = new_service()
    service.add(service.environment(approval=APPROVAL))
    tag = service.tag()
    digest = service.push(tag)
    promotion = service.pipeline.promotion_of(digest)
    status, page = service.pipeline.answer(service.asked(tag).links[0], "rejected", "not on a Friday")
    assert (status, tells(text_of(page), APPROVER, "not on a Friday")) == (200, True)
    ended = service.fails(promotion)
    assert ended["error"] == "PromotionFailedError"
    assert f"ApprovalRejected: {service.name} {tag} was rejected for prod" in ended["cause"]
    assert tells(ended["cause"], APPROVER, "not on a Friday")
    assert service.versions() == []
    assert service.pipeline.deployments_of(promotion) == []
    people.one("the bad news", lambda message: promotion in message["Message"] and "not on a Friday" in str(message))


def test_a_link_that_nobody_was_sent_shows_and_decides_nothing(pipeline: Pipeline) -> None:
    link = f"{pipeline.outputs['ApprovalUrl']}/approvals/{'x' * 43}"
    assert pipeline.http("GET", link)[0] == 404
    assert pipeline.post(link, decision="approved", nonce="x" * 32)[0] == 404
