"""What a manifest may ask to be checked before any traffic."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from gantry.promotion.checks import BakeRequests, Check, CheckKind, Checks, OwnRequest
from gantry.promotion.errors import ManifestError
from gantry.promotion.manifest.content import Environment
from gantry.promotion.manifest.json_fields import LARGEST_PAYLOAD
from gantry.promotion.manifest.reading import parse
from tests.unit.manifest.documents import SCHEMAS, VALID, changed, problems, text
from tests.unit.manifest.page_kind import PAGE, TASK_PAGE

FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:smoke-test"
TARGET = VALID["environments"][0]["targets"][0]


def environment(*checks: Any, document: dict[str, Any] = VALID) -> Environment:
    return parse(text(changed("environments.0.before_traffic", list(checks), document)), SCHEMAS).environments[0]


def refused(*checks: Any, at: int | None = 0) -> str:
    place = "before_traffic" if at is None else f"environments.{at}.before_traffic"
    found = problems(changed(place, list(checks)))
    assert len(found) == 1, found
    return found[0]


def test_nothing_is_checked_when_nothing_is_said() -> None:
    assert parse(text(VALID), SCHEMAS).environments[0].checks == Checks()
    assert Checks().longest_seconds == 0


def test_each_way_to_check_is_read_in_its_order() -> None:
    checks = environment(
        {"invoke": {"payload": {"warm": True}, "times": 3, "expect": {"statusCode": 200, "body": {"ok": [1]}}}},
        {"function": FUNCTION},
        {"function": f"{FUNCTION}:live", "within": "1h"},
        {"codebuild": "load-test", "within": "90s"},
    ).checks
    assert checks.before_traffic == (
        Check(
            CheckKind.INVOKE, 840, request=OwnRequest('{"warm":true}', '{"statusCode":200,"body":{"ok":[1]}}'), times=3
        ),
        Check(CheckKind.FUNCTION, 300, FUNCTION),
        Check(CheckKind.FUNCTION, 3600, f"{FUNCTION}:live"),
        Check(CheckKind.CODEBUILD, 90, "load-test"),
    )
    assert checks.longest_seconds == 840 + 300 + 3600 + 90 + 4 * 300


def test_an_invocation_may_say_nothing_at_all() -> None:
    assert environment({"invoke": {}}).checks.before_traffic == (Check(CheckKind.INVOKE, 840),)


@pytest.mark.parametrize("payload", [None, "moo", 5, 1.5, True, [], [{"a": None}], "ümläut"])
def test_a_payload_may_be_any_json(payload: Any) -> None:
    (check,) = environment({"invoke": {"payload": payload}}).checks.before_traffic
    assert check.request.payload


def test_an_environment_replaces_what_is_shared() -> None:
    document = changed("before_traffic", [{"invoke": {}}, {"codebuild": "shared-test"}])
    dev, prod = parse(text(changed("environments.0.before_traffic", [], document)), SCHEMAS).environments
    assert dev.checks == Checks()
    assert [str(each) for each in prod.checks.before_traffic] == ["invoke", "codebuild shared-test"]


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ({"within": "5m"}, "it checks nothing; give exactly one of invoke, function, codebuild, run_task"),
        ({"invoke": None}, "it checks nothing; give exactly one of invoke, function, codebuild, run_task"),
        ({"invoke": {}, "codebuild": "load-test"}, "invoke and codebuild are given together; give exactly one of"),
        ({"invoke": {}, "within": "5m"}, ".within: invocations take as long as the version's own time-out lets them"),
        ({"codebuild": "load-test", "within": 300}, ".within: 300 has no unit; give a whole number and one of s, m"),
        ({"codebuild": "load-test", "within": "59s"}, ".within: '59s' is too short; give 1m to 1h"),
        ({"codebuild": "load-test", "within": "61m"}, ".within: '61m' is too long; give 1m to 1h"),
        ({"codebuild": "arn:aws:codebuild:x"}, ".codebuild: 'arn:aws:codebuild:x' is not a CodeBuild project's name"),
        ({"function": "smoke-test"}, ".function: 'smoke-test' is not the ARN of a function; give one like arn:"),
        ({"invoke": {"times": 0}}, ".invoke.times: 0 is out of range; give 1 to 100"),
        ({"invoke": {"times": 101}}, ".invoke.times: 101 is out of range; give 1 to 100"),
        ({"invoke": {"expect": []}}, ".invoke.expect: it is a list, not a mapping; give the keys and values that"),
        ({"invoke": {"expect": {}}}, ".invoke.expect: it is empty; give at least one key, or leave it out"),
        ({"invoke": {"expect": {"a": [{5: 1}]}}}, ".invoke.expect: it holds the key 5, which JSON does not have"),
        ({"invoke": {"expect": {"a": float("nan")}}}, ".invoke.expect: it holds nan, which JSON does not have"),
        ({"invoke": {"payload": [float("inf")]}}, ".invoke.payload: it holds inf, which JSON does not have"),
        ({"invok": {}}, ".invok: unknown key; did you mean 'invoke'?"),
    ],
)
def test_a_check_that_cannot_work_is_refused(check: Any, problem: str) -> None:
    place = "environments[0].before_traffic[0]" + ("" if problem.startswith(".") else ": ")
    found = problems(changed("environments.0.before_traffic", [check]))
    assert [each for each in found if each.startswith(f"{place}{problem}")], found


def test_a_payload_has_six_kilobytes_at_most() -> None:
    largest = "x" * (LARGEST_PAYLOAD - 2)
    assert environment({"invoke": {"payload": largest}})
    assert "has 6145 bytes as JSON; give 6144 at most" in refused({"invoke": {"payload": f"{largest}x"}})


def test_there_are_five_checks_at_most() -> None:
    assert len(environment(*[{"invoke": {}}] * 5).checks.before_traffic) == 5
    assert "give at most 5" in refused(*[{"invoke": {}}] * 6)


def test_a_function_of_another_account_is_refused_wherever_it_stands() -> None:
    other = FUNCTION.replace("222222222222", "333333333333")
    assert "the function is in account 333333333333, and the target" in refused({"function": other})
    shared = refused({"function": FUNCTION}, at=None)
    assert shared.startswith("environments[1].before_traffic[0].function: the function is in account 222222222222")
    assert shared.endswith("give one in every target's account, or split the environment")


def test_a_function_may_be_in_the_region_of_any_target_and_of_no_other() -> None:
    elsewhere = changed("environments.0.targets", [TARGET, {**TARGET, "region": "eu-west-1"}])
    for region in ("us-east-1", "eu-west-1"):
        assert environment({"function": FUNCTION.replace("us-east-1", region)}, document=elsewhere)
    tokyo = refused({"function": FUNCTION.replace("us-east-1", "ap-northeast-1")})
    assert tokyo.endswith("function: the function is in ap-northeast-1; give one in us-east-1")


@pytest.mark.parametrize("qualifier", ["", ":live", ":7"])
def test_a_target_does_not_check_itself(qualifier: str) -> None:
    itself = f"arn:aws:lambda:us-east-1:222222222222:function:cowsay{qualifier}"
    assert refused({"function": itself}).endswith("is this function; give another one, or invoke")
    assert environment({"function": "arn:aws:lambda:us-east-1:222222222222:function:cowsay-test"})


def test_what_cannot_be_invoked_is_not_invoked() -> None:
    page = {"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}
    document = changed("environments.0.targets", [page], VALID | {"configuration": {}})
    document["environments"][1]["configuration"] = {}
    document["environments"][0]["before_traffic"] = [{"codebuild": "load-test"}]
    kinds = {**SCHEMAS, "page": PAGE}
    assert parse(text(document), kinds).environments[0].checks.before_traffic
    document["environments"][0]["before_traffic"].append({"invoke": {}})
    with pytest.raises(Exception, match="targets of the kind page cannot be invoked directly; leave it out"):
        parse(text(document), kinds)


RUNNING = {**SCHEMAS, "page": TASK_PAGE}
MIGRATE = ["python", "manage.py", "migrate"]


def with_pages(*checks: Any, kinds: Any = RUNNING) -> Environment:
    page = {"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}
    document = changed("environments.0.targets", [page], VALID | {"configuration": {}})
    document["environments"][1]["configuration"] = {}
    document["environments"][0]["before_traffic"] = list(checks)
    return parse(text(document), kinds).environments[0]


def test_a_task_runs_a_command_in_the_container_that_gets_the_image_or_in_another() -> None:
    checks = with_pages(
        {"run_task": {"command": MIGRATE}, "within": "15m"},
        {"run_task": {"command": ["sh", "-c", "echo a b"], "container": "tools"}},
    ).checks.before_traffic
    assert checks == (
        Check(CheckKind.RUN_TASK, 900, command=tuple(MIGRATE)),
        Check(CheckKind.RUN_TASK, 300, "tools", command=("sh", "-c", "echo a b")),
    )
    assert [str(each) for each in checks] == ["run_task python manage.py migrate", "run_task sh -c 'echo a b' in tools"]


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        ({}, "run_task.command: missing"),
        ({"command": []}, "run_task.command: the list of the command's arguments is empty; give at least one"),
        ({"command": "migrate"}, "run_task.command: 'migrate' is text, not a list; give a list of the command's arg"),
        ({"command": [5]}, "run_task.command[0]: 5 is a number, not text"),
        ({"command": ["x" * 509]}, "run_task.command: it has 513 bytes as JSON; give 512 at most"),
        ({"command": ["ls"], "container": "a b"}, "run_task.container: 'a b' is not a container's name"),
    ],
)
def test_a_task_that_cannot_run_is_refused(task: Any, problem: str) -> None:
    with pytest.raises(ManifestError) as raised:
        with_pages({"run_task": task})
    (found,) = raised.value.problems
    assert f"environments[0].before_traffic[0].{problem}" in str(replace(found, about=None))


def test_a_command_may_be_as_long_as_people_can_read() -> None:
    (check,) = with_pages({"run_task": {"command": ["x" * 508]}}).checks.before_traffic
    assert len(check.command[0]) == 508


def test_what_runs_no_tasks_is_told_what_does_check_it() -> None:
    message = "run_task: targets of the kind lambda run no tasks; check them by function or codebuild, or give those"
    assert message in refused({"run_task": {"command": MIGRATE}})
    with pytest.raises(ManifestError, match="targets of the kind page run no tasks"):
        with_pages({"run_task": {"command": MIGRATE}}, kinds={**SCHEMAS, "page": PAGE})


def test_an_environment_with_targets_of_both_kinds_runs_no_tasks() -> None:
    page = {"kind": "page", "account": "222222222222", "region": "us-east-1", "page": "home"}
    document = changed("environments.0.targets", [TARGET, page])
    document["environments"][0]["before_traffic"] = [{"run_task": {"command": MIGRATE}}]
    with pytest.raises(
        ManifestError,
        match=r"before_traffic\[0\].run_task \(environment dev\): targets of the kind lambda run no tasks",
    ):
        parse(text(document), RUNNING)


def test_a_check_is_json_that_a_deployment_can_carry() -> None:
    (check,) = environment({"invoke": {"expect": {"statusCode": 200}}}).checks.before_traffic
    assert asdict(check)["request"]["expect"] == '{"statusCode":200}'


def test_requests_during_a_bake_are_read_and_taken_back() -> None:
    document = changed("during_bake", {"invoke": {"payload": {"warm": True}, "expect": {"ok": 1}}, "per_look": 3})
    dev, prod = parse(text(changed("environments.0.during_bake", None, document)), SCHEMAS).environments
    assert dev.checks.during_bake is None
    assert prod.checks.during_bake == BakeRequests(OwnRequest('{"warm":true}', '{"ok":1}'), 3)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "during_bake.invoke: missing; give what the version is invoked with"),
        ({"invoke": {}, "per_look": 0}, "during_bake.per_look: 0 is out of range; give 1 to 20"),
        ({"invoke": {}, "per_look": 21}, "during_bake.per_look: 21 is out of range; give 1 to 20"),
        ({"invoke": {"times": 3}}, "during_bake.invoke.times: unknown key; give one of payload, expect"),
        ([], "during_bake: it is a list, not a mapping; give a mapping with the keys invoke, per_look"),
    ],
)
def test_requests_during_a_bake_that_cannot_be_made_are_refused(value: Any, problem: str) -> None:
    (found,) = problems(changed("during_bake", value))
    assert found.startswith(problem)
