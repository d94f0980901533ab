"""ECS services: a migration, requests that two task definitions share, the ways back, and an ECS that does not wait."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC
from itertools import pairwise

import pytest

from sandbox.driver.ecs_service import CLUSTER
from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.stand_in.accounts import DEV, PROD
from tests.end_to_end.ecs_steps import Tasks, add_tasks, at_rest
from tests.end_to_end.ecs_stories import (
    ANSWERS,
    FAILS,
    Ended,
    Story,
    alarmed,
    ignoring_pauses,
    left_by_a_dead_gantry,
    promoted,
    rolled_back_by_a_person,
    unhealthy,
    waiting_in_line,
    with_a_bad_migration,
)
from tests.end_to_end.service import NewService
from tests.end_to_end.test_repair import news

_AT_ONCE = 5
"""Stories. With more of them, functions are ended to make room for the tasks of the services."""


@pytest.fixture(scope="module")
def stories(pipeline: Pipeline, new_service: NewService, people: Inbox) -> Iterator[dict[Story, Future[Ended]]]:
    """Some of them at the same time, the longest first: most of one is waiting."""
    services: dict[Story, Tasks] = {promoted: add_tasks(new_service(), (DEV, PROD))}
    pipeline.add_role(services[promoted].name, DEV)
    told: list[Story] = [unhealthy, rolled_back_by_a_person, waiting_in_line, left_by_a_dead_gantry]
    told += [ignoring_pauses, alarmed, with_a_bad_migration]
    services |= {each: add_tasks(new_service()) for each in told}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield {each: pool.submit(each, tasks) for each, tasks in services.items()}


Stories = dict[Story, Future[Ended]]


def test_an_image_goes_to_a_function_and_to_services_and_a_migration_runs_first(
    stories: Stories, pipeline: Pipeline
) -> None:
    found = stories[promoted].result()
    tasks, name, (page, answers) = found.tasks, found.tasks.name, found.seen
    assert found.end["succeeded"], found.end
    for words in (f"{CLUSTER}/{name}", "run_task python app.py migrate", "moo from prod", found.digest[:19]):
        assert words in page
    assert {revision for _, revision in answers} == {f"{name}:1", f"{name}:2"}
    assert tasks.standing() == at_rest(f"{name}:2")
    assert pipeline.invoke(DEV, name)["payload"]["said"] == "moo from dev"

    *_, last = tasks.deployments()
    (ran,) = [each for each in tasks.printed() if each.endswith("migrate")]
    assert name in ran
    (check,) = tasks.service.history("revision_checked")
    assert (check["facts"]["status"], check["facts"]["revision"]) == ("passed", f"{name}:2")
    assert check["at"] < last["createdAt"].astimezone(UTC).isoformat()
    live = pipeline.live(name)
    assert {each: live[each]["digest"] for each in live} == {"dev": found.digest, "prod": found.digest}
    assert live["prod"]["revision"] == f"{name}:2"
    completed = tasks.service.history("deployment_completed")
    assert sorted(each["target_id"] for each in completed)[-1] == tasks.target_id
    assert len(completed) == 3


def test_a_canary_whose_requests_fail_goes_back_by_itself(stories: Stories, pipeline: Pipeline) -> None:
    found = stories[unhealthy].result()
    assert "CanaryUnhealthyError" in found.end["cause"]
    found.tasks.ends_as("ROLLBACK_SUCCESSFUL")
    assert found.tasks.standing() == at_rest(found.first)
    assert pipeline.quarantined(found.tasks.name) == [found.digest]
    (judged,) = found.tasks.service.history("canary_judged")
    assert judged["facts"]["evidence"]["failed"]["canary"]["requests"] >= 6_000


def test_an_alarm_in_the_middle_takes_the_canary_back(stories: Stories, pipeline: Pipeline) -> None:
    found = stories[alarmed].result()
    assert found.seen[FAILS, f"{found.tasks.name}:2"] > 0
    assert found.seen[ANSWERS, found.first] > 0
    assert "AlarmRaisedError" in found.end["cause"]
    found.tasks.ends_as("ROLLBACK_SUCCESSFUL")
    assert found.tasks.standing() == at_rest(found.first)
    assert pipeline.quarantined(found.tasks.name) == [found.digest]


def test_a_person_rolls_back_during_a_walk_and_after_one(stories: Stories, pipeline: Pipeline) -> None:
    found = stories[rolled_back_by_a_person].result()
    tasks, ((weights, during), last, before) = found.tasks, found.seen
    stable = f"{tasks.name}:2"
    assert "RolledBackManually" in found.end["cause"]
    assert (weights, during) == ([0, 100], stable)
    assert before not in {stable, found.first}
    assert Counter(tasks.statuses()) == {"SUCCESSFUL": 4, "ROLLBACK_SUCCESSFUL": 1}
    assert tasks.standing() == at_rest(stable)
    assert sorted(pipeline.quarantined(tasks.name)) == sorted([found.digest, last])


def test_ecs_brings_a_dead_gantrys_canary_back_and_the_repair_finds_it_whole(
    stories: Stories, pipeline: Pipeline, people: Inbox
) -> None:
    found = stories[left_by_a_dead_gantry].result()
    deployment, (weights, was_held, hooks) = found.seen
    assert weights == [100, 0]
    assert was_held
    assert len(hooks) == 3
    assert found.tasks.standing() == at_rest(found.first)
    (repaired,) = found.tasks.service.history("deployment_repaired")
    assert repaired["execution"] == deployment
    assert "aborted" in found.end["cause"]
    message = news(people, deployment)
    assert message["Subject"] == f"{found.tasks.name} in prod: deployment stopped"
    assert f"routes to version {found.first}" in message["Message"]
    assert ", as before" in message["Message"]
    assert found.tasks.service.history("deployment_completed") == []
    assert pipeline.live(found.tasks.name).get("prod", {}).get("digest") != found.digest


def test_a_deployment_waits_for_the_one_before_it(stories: Stories) -> None:
    found = stories[waiting_in_line].result()
    told, has_worked = found.seen
    assert "another deployment of the service has not ended" in told
    assert has_worked
    assert found.end["succeeded"], found.end
    ran = found.tasks.deployments()
    assert [each["status"] for each in ran[1:]] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]
    assert all(one["finishedAt"] <= next_["createdAt"] for one, next_ in pairwise(ran))
    assert found.tasks.standing() == at_rest(f"{found.tasks.name}:3")


def test_nothing_is_touched_when_the_migration_fails(stories: Stories, pipeline: Pipeline) -> None:
    found = stories[with_a_bad_migration].result()
    name, cause = found.tasks.name, found.end["cause"]
    assert "CheckFailedError" in cause
    assert "has ended with exit code 1" in cause
    assert f"its log is in the log group /ecs/{name}, stream ecs/app/" in cause
    assert "The traffic was not touched." in cause
    assert len(found.tasks.deployments()) == 1
    assert found.tasks.standing() == at_rest(found.first)
    assert [each.split()[-1] for each in found.tasks.printed()] == ["migrate"]
    assert pipeline.quarantined(name) == [found.digest]


def test_an_ecs_that_does_not_wait_is_stopped(stories: Stories) -> None:
    found = stories[ignoring_pauses].result()
    assert "without waiting to be told" in found.end["cause"]
    found.tasks.ends_as("ROLLBACK_SUCCESSFUL")
    assert found.tasks.standing() == at_rest(found.first)
