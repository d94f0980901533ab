"""What people have reported of the tools that `gantry adopt` takes over from, tried on it."""

import json

import pytest

from gantry.command_line.adoption import reading
from tests.unit.command_line.an_account import NAME, Account, Json, arn, code_deploy, configuration
from tests.unit.command_line.test_adopt import Ran
from tests.unit.stubbed_aws import no_real_aws  # noqa: F401 -- a fixture


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(reading, "session_of", lambda *_: made.session())
    return made


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> tuple[Account, Account]:
    """Two accounts' functions, read in this order."""
    other = configuration(FunctionArn=arn(region="eu-west-1"))
    made = (Account(), Account(other, other | {"Version": "7"}))
    accounts = iter(made)
    monkeypatch.setattr(reading, "session_of", lambda *_: next(accounts).session())
    return made


def test_a_deployment_configuration_of_ones_own_is_not_lost_without_a_word(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """A canary by steps of one's own would have been adopted as `AllAtOnce`.

    https://github.com/aws/serverless-application-model/issues/836
    """
    account.answers |= code_deploy("live", "Canary25Percent45Minutes")
    ran = Ran(capsys, NAME)
    assert ran.environment["traffic"] == "AllAtOnce"
    assert ran.blocking == {"code_deploy", "traffic"}
    finding = ran.finding("traffic")
    assert "Canary25Percent45Minutes" in finding["what"]
    assert "steps" in finding["remedy"]


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        ("CodeDeployDefault.LambdaAllAtOnce", "AllAtOnce"),
        ("CodeDeployDefault.LambdaLinear10PercentEvery3Minutes", "Linear10PercentEvery3Minutes"),
    ],
)
def test_a_configuration_that_gantry_knows_is_taken_over(
    account: Account, capsys: pytest.CaptureFixture[str], name: str, plan: str
) -> None:
    """What the report's answer, SAM's own names, comes to."""
    account.answers |= code_deploy("live", name)
    ran = Ran(capsys, NAME)
    assert (ran.environment["traffic"], ran.findings("traffic")) == (plan, [])


def test_targets_that_are_shifted_differently_are_told(
    two: tuple[Account, Account], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same report: one configuration for all functions of a template is not what all of them have."""
    two[0].answers |= code_deploy("live")
    ran = Ran(capsys, NAME, f"prod={NAME}")
    assert (ran.environment["traffic"], "alarms" in ran.environment) == ("AllAtOnce", False)
    assert "LambdaCanary" not in ran.finding("traffic")["what"]
    assert "Canary10Percent5Minutes" in ran.finding("traffic")["what"]
    assert "cowsay-errors" in ran.finding("alarms_differ")["what"]


def test_a_deployment_that_is_running_is_in_the_way(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever deploys beside CodeDeploy gets a conflicting deployment, and an alias that no later one accepts.

    https://github.com/aws/serverless-application-model/issues/291
    """
    weights = {"AdditionalVersionWeights": {"8": 0.1}}
    account.answers |= code_deploy("live") | {"GetAlias": {"FunctionVersion": "7", "RoutingConfig": weights}}
    ran = Ran(capsys, NAME)
    assert (ran.code, ran.blocking) == (1, {"code_deploy", "alias_split"})
    assert "deploying just now" in ran.finding("code_deploy")["what"]
    assert "10 %" in ran.finding("alias_split")["what"]


def test_an_api_that_may_invoke_only_the_function_gets_the_alias_permission_first(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alias has permissions of its own; without one, API Gateway answers with an error.

    https://github.com/aws/serverless-application-model/issues/316
    """
    statement: Json = {
        "Sid": "api",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn(),
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:444444444444:a1b2c3/*"}},
    }

    def get_policy(asked: Json) -> Json | str:
        return (
            "ResourceNotFoundException"
            if asked.get("Qualifier")
            else {"Policy": json.dumps({"Statement": [statement]})}
        )

    account.answers["GetPolicy"] = get_policy
    ran = Ran(capsys, NAME)
    (finding,) = [each for each in ran.json["findings"] if "apigateway" in each["what"]]
    assert finding["level"] == "blocks"
    assert "--qualifier live" in finding["remedy"]
    assert finding["remedy"].index("add-permission") < finding["remedy"].index("/invocations")


def test_a_changed_variable_that_no_version_has_is_told(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """A stack's parameter changes a variable of `$LATEST`, and no version is published: people take it for live.

    https://github.com/aws/aws-cdk/issues/25997, https://github.com/aws/serverless-application-model/issues/3820
    """
    account.latest = configuration(Environment={"Variables": {"LOG_LEVEL": "DEBUG"}})
    ran = Ran(capsys, NAME)
    assert ran.environment["configuration"]["environment"]["LOG_LEVEL"] == "INFO"
    said = ran.finding("latest_settings")["what"]
    assert "LOG_LEVEL" in said
    assert "version 7" in said


def test_an_alias_with_provisioned_concurrency_gets_no_canary(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weights and provisioned concurrency exclude each other; CodeDeploy's canary made Terraform's apply fail.

    https://github.com/hashicorp/terraform/issues/24957
    """
    config = {"FunctionArn": arn("live"), "RequestedProvisionedConcurrentExecutions": 5}
    account.answers |= code_deploy("live") | {
        "ListProvisionedConcurrencyConfigs": {"ProvisionedConcurrencyConfigs": [config]}
    }
    ran = Ran(capsys, NAME)
    assert ran.environment["traffic"] == "AllAtOnce"
    assert ran.findings("provisioned_on_alias")
    assert ran.findings("traffic") == []
