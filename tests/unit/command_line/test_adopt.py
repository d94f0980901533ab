"""`gantry adopt`: the manifest of a function that exists, and what is in the way."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.command_line.adoption import reading
from gantry.command_line.adoption.adopting import adopt
from gantry.command_line.adoption.naming import GivenFunction
from gantry.command_line.manifest_reading import read_manifest
from tests.unit.command_line.an_account import (
    ACCOUNT,
    NAME,
    REGION,
    ROLE,
    ZIP,
    Account,
    Json,
    arn,
    code_deploy,
    configuration,
)
from tests.unit.command_line.printed import require_documented
from tests.unit.command_line.running import run
from tests.unit.stubbed_aws import no_real_aws  # noqa: F401 -- a fixture

ROOT = Path(__file__).parents[3]
SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(reading, "session_of", lambda *_: made.session())
    return made


class Ran:
    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = run("adopt", *arguments, "--output", "json")
        printed = capsys.readouterr()
        self.out, self.err = printed.out, printed.err
        self.json: Json = json.loads(self.out) if self.out else {}
        if self.json:
            require_documented("adopt", self.json)

    @property
    def text(self) -> str:
        return str(self.json["manifest"])

    @property
    def manifest(self) -> Json:
        """What the printed YAML has; it has to be valid by the pipeline's own reader."""
        assert read_manifest(self.text.encode(), "cowsay.yaml", "cowsay.yaml").problems == ()
        found: Json = yaml.safe_load(self.text)
        return found

    @property
    def environment(self) -> Json:
        (found,) = self.manifest["environments"]
        return found  # type: ignore[no-any-return]  # YAML

    def finding(self, name: str) -> Json:
        (found,) = self.findings(name)
        return found

    def findings(self, name: str) -> list[Json]:
        return [each for each in self.json["findings"] if each["name"] == name]

    @property
    def blocking(self) -> set[str]:
        return {each["name"] for each in self.json["findings"] if each["level"] == "blocks"}


def test_a_function_behind_its_alias_is_adopted_as_it_is(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, NAME)
    assert (ran.code, ran.blocking) == (0, set())
    assert ran.manifest == {
        "repository": "team/cowsay",
        "versioning": "git-sha",
        "architecture": "arm64",
        "environments": [
            {
                "name": "prod",
                "targets": [{"account": ACCOUNT, "region": REGION, "function": NAME, "alias": "live"}],
                "traffic": "AllAtOnce",
                "configuration": {
                    "memory_mb": 512,
                    "timeout_seconds": 10,
                    "ephemeral_storage_mb": 512,
                    "environment": {"LOG_LEVEL": "INFO", "TO_SAY": "Hello, it's 1:00"},
                },
            }
        ],
    }


def test_the_manifest_is_all_of_stdout_and_manifest_check_takes_it(
    account: Account, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("adopt", NAME, "--environment", "dev") == 0
    printed = capsys.readouterr()
    file = tmp_path / "cowsay.yaml"
    file.write_text(printed.out)
    assert run("manifest", "check", file) == 0
    assert "a valid manifest; 1 environment: dev" in capsys.readouterr().out
    assert "Nothing is in the way." in printed.err


def test_every_call_only_reads_and_the_page_names_its_right(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.answers |= code_deploy("live")
    Ran(capsys, NAME)
    Ran(capsys, "cowsy")
    names = {name for name, _ in account.asked}
    section = (ROOT / "docs" / "command-line.md").read_text().partition("## Adopting a function\n")[2]
    policy = json.loads(section.partition("```json\n")[2].partition("```")[0])
    actions = {action.partition(":")[2] for each in policy["Statement"] for action in each["Action"]}
    assert actions == names | {"ListTags"}, "GetFunction has the tags only with ListTags"
    assert all(each.startswith(("Get", "List", "Describe", "BatchGet")) for each in actions)


def test_the_version_that_has_the_traffic_counts_not_what_lies_in_latest(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.latest = configuration(MemorySize=1024, CodeSha256="b" * 64, VpcConfig={"SubnetIds": ["subnet-1"]})
    ran = Ran(capsys, NAME)
    assert ran.environment["configuration"]["memory_mb"] == 512
    assert "memory_mb: 1024, not 512" in ran.finding("latest_settings")["what"]
    assert "subnets" in ran.finding("latest_infrastructure")["what"]
    assert ran.finding("latest_code")["level"] == "check"


def test_without_the_alias_the_manifest_names_the_role_so_that_gantry_creates_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.answers |= {"GetAlias": "ResourceNotFoundException", "ListAliases": {"Aliases": [{"Name": "stable"}]}}
    account.latest = configuration(MemorySize=1024)
    ran = Ran(capsys, NAME)
    (target,) = ran.environment["targets"]
    assert target["role"] == ROLE
    assert ran.environment["configuration"]["memory_mb"] == 1024
    missing = ran.finding("alias_missing")
    assert "stable" in missing["what"]
    assert "ExecutionRolePatterns" in missing["remedy"]
    assert "--alias stable" in missing["remedy"]


def test_an_alias_on_latest_or_a_split_one_is_in_the_way(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.answers["GetAlias"] = {"FunctionVersion": "$LATEST"}
    assert Ran(capsys, NAME).blocking == {"alias_on_latest"}
    weights = {"AdditionalVersionWeights": {"8": 0.1}}
    account.answers["GetAlias"] = {"FunctionVersion": "7", "RoutingConfig": weights}
    ran = Ran(capsys, NAME)
    assert (ran.code, ran.blocking) == (1, {"alias_split"})
    assert "10" in ran.finding("alias_split")["what"]


def test_whoever_invokes_the_function_itself_is_in_the_way_with_the_command_that_moves_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    mappings = [("one", None), ("two", "live"), ("three", "$LATEST")]
    account.answers |= {
        "ListEventSourceMappings": {
            "EventSourceMappings": [
                {"UUID": uuid, "EventSourceArn": queue, "FunctionArn": arn(alias)} for uuid, alias in mappings
            ]
        },
        "ListFunctionUrlConfigs": {"FunctionUrlConfigs": [{"FunctionArn": arn()}]},
        "ListFunctionEventInvokeConfigs": {"FunctionEventInvokeConfigs": [{"FunctionArn": arn("$LATEST")}]},
    }
    ran = Ran(capsys, NAME)
    assert ran.blocking == {"event_source", "function_url"}
    remedies = " ".join(each["remedy"] for each in ran.findings("event_source"))
    assert "update-event-source-mapping --uuid one --function-name cowsay:live" in remedies
    assert "three" in remedies
    assert "two" not in remedies
    assert "--qualifier live" in ran.finding("asynchronous")["remedy"]


@pytest.mark.parametrize(
    ("principal", "moved"),
    [
        ("apigateway.amazonaws.com", ":live/invocations"),
        ("events.amazonaws.com", "put-targets"),
        ("s3.amazonaws.com", "put-bucket-notification-configuration"),
        ("sns.amazonaws.com", "aws sns subscribe"),
        ("elasticloadbalancing.amazonaws.com", "register-targets"),
        ("iot.amazonaws.com", "let it invoke the alias"),
    ],
)
def test_a_permission_for_the_function_is_given_to_the_alias_first(
    account: Account, capsys: pytest.CaptureFixture[str], principal: str, moved: str
) -> None:
    source = f"arn:aws:x:{REGION}:{ACCOUNT}:a; rm -rf /"
    statement = {"Sid": "one", "Principal": {"Service": principal}, "Condition": {"ArnLike": {"AWS:SourceArn": source}}}
    of_function, of_alias = statement | {"Resource": arn()}, statement | {"Resource": arn("live")}
    account.answers["GetPolicy"] = lambda asked: (
        "ResourceNotFoundException" if "Qualifier" in asked else {"Policy": json.dumps({"Statement": [of_function]})}
    )
    found = Ran(capsys, NAME).finding("permission")
    assert "add-permission --function-name cowsay --qualifier live --action lambda:InvokeFunction" in found["remedy"]
    assert f"--source-arn '{source}'" in found["remedy"]
    assert moved in found["remedy"]

    account.answers["GetPolicy"] = {"Policy": json.dumps({"Statement": [of_function, of_alias]})}
    ran = Ran(capsys, NAME)
    assert ran.blocking == set()
    assert "remove-permission" in ran.finding("permission_left")["remedy"]


def test_no_secret_is_printed_and_no_list_of_variables_that_would_delete_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.version = configuration(
        "7",
        Environment={"Variables": {"LOG_LEVEL": "a: b\n# c", "STRIPE": SECRET}},
        ImageConfigResponse={"ImageConfig": {"Command": ["--password", "hunter2"]}},
    )
    ran = Ran(capsys, NAME)
    assert "environment" not in ran.environment["configuration"]
    assert "command" not in ran.environment["configuration"]
    assert ran.finding("secrets")["level"] == "changes"
    assert "STRIPE" in ran.finding("secrets")["what"]
    assert ran.finding("secret_argument")["what"].startswith("command")
    assert SECRET not in ran.out + ran.err
    assert "hunter2" not in ran.out + ran.err
    run("adopt", NAME)
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    comment = "".join(line[8:] + "\n" for line in ran.text.splitlines() if line.startswith("    #   "))
    assert yaml.safe_load(comment) == {"environment": {"LOG_LEVEL": "a: b\n# c"}}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Z0-9_]{1,12}", fullmatch=True), st.text(max_size=60), min_size=1, max_size=5
    )
)
def test_any_variables_come_back_from_the_manifest_or_none_do(variables: dict[str, str]) -> None:
    account, patched = Account(), pytest.MonkeyPatch()
    account.version = configuration("7", Environment={"Variables": variables})
    try:
        patched.setattr(reading, "session_of", lambda *_: account.session())
        adopted = adopt([GivenFunction("prod", NAME, "live", None, REGION)], None)
    finally:
        patched.undo()
    invalid = [each for each in adopted.findings if each.name == "manifest"]
    parsed = yaml.safe_load(adopted.manifest)["environments"][0]["configuration"].get("environment")
    assert parsed == variables or parsed is None or invalid
    assert (parsed is None) == any(each.name == "secrets" for each in adopted.findings)


def test_variables_that_cannot_be_read_stay_as_they_are(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"ErrorCode": "AccessDeniedException", "Message": "no kms:Decrypt"}
    account.version = configuration("7", Environment={"Error": error}, KMSKeyArn="arn:aws:kms:us-east-1:4:key/1")
    ran = Ran(capsys, NAME)
    assert ran.code == 3
    assert "environment" not in ran.environment["configuration"]
    assert "KmsKeyArns" in ran.finding("variables")["remedy"]


def test_a_zip_needs_the_object_that_its_code_will_come_from(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.code = {"Location": "https://x", "RepositoryType": "S3"}
    account.latest, account.version = configuration(**ZIP), configuration("7", **ZIP)
    guessed = Ran(capsys, NAME)
    assert guessed.blocking == {"artifact_not_named"}
    assert guessed.manifest["artifact"]["key"] == "cowsay.zip"
    ran = Ran(capsys, NAME, "--service", "s3/acme-artifacts/orders/cowsay.zip")
    assert (ran.code, ran.json["service"]) == (0, "s3/acme-artifacts/orders/cowsay.zip")
    assert ran.manifest["artifact"] == {"bucket": "acme-artifacts", "key": "orders/cowsay.zip"}
    own = ran.environment["configuration"]
    assert (own["runtime"], own["handler"], own["layers"]) == ("python3.13", "app.handler", [ZIP["Layers"][0]["Arn"]])
    assert "LayerPatterns" in ran.finding("layers")["remedy"]
    assert Ran(capsys, NAME, "--service", "cowsay").code == 2


def test_an_encrypted_or_signed_zip_is_told(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.code = {"Location": "https://x", "SourceKMSKeyArn": "arn:aws:kms:us-east-1:4:key/1"}
    account.latest, account.version = configuration(**ZIP), configuration("7", **ZIP)
    account.answers["GetFunctionCodeSigningConfig"] = {"CodeSigningConfigArn": "arn:aws:lambda:x:csc-1"}
    ran = Ran(capsys, NAME, "--service", "s3/acme-artifacts/cowsay.zip")
    assert ran.blocking == {"encrypted_zip"}
    assert ran.finding("code_signing")["level"] == "check"


def test_what_code_deploy_does_today_is_taken_over_and_has_to_end(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    alarms = [{"AlarmName": "cowsay-errors"}, {"AlarmName": "cowsay-slow"}]
    account.answers |= code_deploy("live") | {"DescribeAlarmsForMetric": {"MetricAlarms": alarms}}
    ran = Ran(capsys, NAME)
    assert ran.blocking == {"code_deploy"}
    assert "deploying just now" in ran.finding("code_deploy")["what"]
    assert (ran.environment["traffic"], ran.environment["alarms"]) == ("Canary10Percent5Minutes", ["cowsay-errors"])
    assert ran.finding("alarms")["what"] == "These alarms are about the function: cowsay-slow."
    account.answers |= code_deploy("other")
    assert Ran(capsys, NAME).blocking == set()


def test_provisioned_and_reserved_concurrency(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    configs = [{"FunctionArn": arn(each), "RequestedProvisionedConcurrentExecutions": 5} for each in ("6", "live")]
    account.answers["ListProvisionedConcurrencyConfigs"] = {"ProvisionedConcurrencyConfigs": configs}
    account.more = {"Concurrency": {"ReservedConcurrentExecutions": 50}}
    ran = Ran(capsys, NAME)
    assert (ran.code, ran.environment["traffic"]) == (0, "AllAtOnce")
    assert "--qualifier 6" in ran.finding("provisioned_on_version")["remedy"]
    assert ran.finding("provisioned_on_alias")["level"] == "changes"
    assert ran.finding("reserved_concurrency")["level"] == "stays"
    account.more = {"Concurrency": {"ReservedConcurrentExecutions": 0}}
    assert Ran(capsys, NAME).blocking == {"concurrency_of_zero"}


def test_infrastructure_stays_with_infrastructure(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    own: Json = {
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:x"},
        "SnapStart": {"ApplyOn": "PublishedVersions"},
    }
    account.latest, account.version = configuration(**own), configuration("7", **own)
    ran = Ran(capsys, NAME)
    assert "dead_letter_queue, security_groups, snap_start, subnets" in ran.finding("infrastructure")["what"]
    assert ran.findings("snap_start")
    assert not ran.findings("latest_infrastructure")


@pytest.mark.parametrize(
    ("tags", "manager"),
    [
        ({"aws:cloudformation:stack-name": "shop", "lambda:createdBy": "SAM"}, "(SAM)"),
        ({"aws:cloudformation:stack-name": "shop"}, "(CloudFormation, or CDK)"),
        ({"ManagedBy": "Terraform"}, "Terraform manages"),
        ({}, "No tag says"),
    ],
)
def test_who_manages_it_is_told_by_its_tags(
    account: Account, capsys: pytest.CaptureFixture[str], tags: dict[str, str], manager: str
) -> None:
    account.more = {"Tags": tags}
    found = Ran(capsys, NAME).finding("managed")
    assert manager in found["what"]
    page, _, section = found["remedy"].partition("docs/")[2].partition(", ")
    assert (ROOT / "docs" / page.split()[0]).exists()
    if tags:
        assert f"## {section.rstrip('.')}\n" in (ROOT / "docs" / page).read_text()


def test_a_function_of_lambda_at_edge_is_refused(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.answers["GetRole"] = {"Role": {"AssumeRolePolicyDocument": '["edgelambda.amazonaws.com"]'}}
    assert Ran(capsys, NAME).blocking == {"lambda_at_edge"}
    assert Ran(capsys, "us-east-1.cowsay").code == 2


def test_what_may_not_be_read_is_told_with_its_action_and_is_not_green(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for operation in ("ListAliases", "GetPolicy", "ListApplications", "GetRole", "DescribeAlarmsForMetric"):
        account.answers[operation] = "AccessDeniedException"
    ran = Ran(capsys, NAME)
    assert ran.code == 3
    remedies = " ".join(each["remedy"] for each in ran.findings("not_looked_at"))
    for action in ("lambda:ListAliases", "lambda:GetPolicy", "codedeploy:ListApplications", "iam:GetRole"):
        assert action in remedies
    assert len(ran.findings("not_looked_at")) == 5
    account.answers["ListAliases"] = "ServiceException"
    (failed,) = (each for each in Ran(capsys, NAME).findings("not_looked_at") if "ServiceException" in each["what"])
    assert failed["remedy"].startswith("Run it again")


@pytest.mark.parametrize("operation", ["GetFunction", "GetAlias"])
def test_without_the_right_that_everything_needs_it_ends(
    account: Account, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    account.answers[operation] = "AccessDeniedException"
    ran = Ran(capsys, NAME)
    assert (ran.code, ran.out) == (5, "")
    assert f"lambda:{operation}" in ran.err


def test_a_function_that_is_not_there_is_told_with_its_neighbours(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = Ran(capsys, "cowsy")
    assert (ran.code, ran.out) == (2, "")
    assert "There is no function cowsy in us-east-1. Did you mean cowsay?" in ran.err
    account.answers["ListFunctions"] = "AccessDeniedException"
    assert "lambda:ListFunctions is not allowed" in Ran(capsys, "cowsy").err


def test_a_region_that_does_not_exist_is_told_with_the_one_that_was_meant(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://lambda.us-esat-1.amazonaws.com/")

    monkeypatch.setattr(reading, "session_of", unreachable)
    ran = Ran(capsys, NAME, "--region", "us-esat-1")
    assert (ran.code, ran.out) == (2, "")
    assert "us-esat-1 is no region that this SDK knows" in ran.err
    assert "us-east-1" in ran.err


@pytest.mark.parametrize("typed", ["Prod=cowsay", "a b", "arn:aws:s3:::x", "=cowsay", "cowsay@"])
def test_what_names_no_function_is_a_mistake(account: Account, capsys: pytest.CaptureFixture[str], typed: str) -> None:
    assert Ran(capsys, typed).code == 2


def test_the_whole_path_is_adopted_by_one_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = {}
    for profile, number in (("dev", "222222222222"), ("prod-admin", "444444444444")):
        own = configuration(FunctionArn=arn(account=number))
        accounts[profile] = Account(own, own | {"Version": "7"})
    sessions: list[tuple[str | None, str | None]] = []

    def session_of(profile: str | None, region: str | None) -> Any:
        sessions.append((profile, region))
        return accounts[profile or ""].session()

    monkeypatch.setattr(reading, "session_of", session_of)
    ran = Ran(capsys, "dev=cowsay@dev", f"prod={arn('live', region='eu-west-1')}@prod-admin")
    assert sessions == [("dev", None), ("prod-admin", "eu-west-1")]
    found = ran.manifest["environments"]
    assert [(each["name"], each["targets"][0]["account"]) for each in found] == [
        ("dev", "222222222222"),
        ("prod", "444444444444"),
    ]


def test_targets_of_one_environment_share_only_what_is_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = configuration(FunctionArn=arn(region="eu-west-1"), MemorySize=1024)
    accounts = iter([Account(), Account(other, other | {"Version": "7"})])
    monkeypatch.setattr(reading, "session_of", lambda *_: next(accounts).session())
    ran = Ran(capsys, NAME, f"prod={NAME}")
    assert len(ran.environment["targets"]) == 2
    assert "memory_mb" not in ran.environment["configuration"]
    assert ran.environment["configuration"]["timeout_seconds"] == 10
    assert "memory_mb" in ran.finding("differing")["what"]


def test_functions_that_no_artifact_can_be_for_together_are_in_the_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = configuration(FunctionArn=arn(region="eu-west-1"), Architectures=["x86_64"], **ZIP)
    accounts = iter([Account(), Account(own, own | {"Version": "7"}, code={"Location": "https://x"})])
    monkeypatch.setattr(reading, "session_of", lambda *_: next(accounts).session())
    assert Ran(capsys, NAME, f"dev={NAME}").blocking >= {"package_types", "architectures"}


def test_the_same_target_twice_is_a_mistake(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, f"dev={NAME}", f"prod={NAME}")
    assert ran.code == 2
    assert "named twice" in ran.err


@pytest.mark.parametrize(
    ("image", "repository", "scheme"),
    [
        ("shop/cowsay:1.4.0", "shop/cowsay", "semver"),
        ("cowsay:latest", "cowsay", "git-sha"),
        ("cdk-hnb659fds-container-assets-444444444444-us-east-1:0a1b", "cowsay", "git-sha"),
    ],
)
def test_the_repository_is_the_images_own_unless_it_is_everybodys(
    account: Account, capsys: pytest.CaptureFixture[str], image: str, repository: str, scheme: str
) -> None:
    account.code = account.code | {"ImageUri": f"111111111111.dkr.ecr.us-east-1.amazonaws.com/{image}"}
    ran = Ran(capsys, NAME)
    assert (ran.manifest["repository"], ran.manifest["versioning"]) == (repository, scheme)
    assert bool(ran.findings("repository")) == image.startswith("cdk-")


def test_people_read_what_is_in_the_way_first(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.answers["GetAlias"] = {"FunctionVersion": "$LATEST"}
    assert run("adopt", NAME) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"{ACCOUNT}/{REGION}/{NAME}/live:"
    assert told[1] == "  In the way:"
    assert told[-1] == "1 thing is in the way of the first promotion."


def test_every_finding_ends_as_a_sentence(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    account.answers["GetAlias"] = {"FunctionVersion": "$LATEST"}
    for finding in Ran(capsys, NAME).json["findings"]:
        assert finding["what"].endswith("."), finding
        assert "$LATEST" not in (finding["target"] or "")


def test_sentences_fit_80_columns_and_commands_can_be_copied(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.answers |= code_deploy("live") | {"GetAlias": {"FunctionVersion": "$LATEST"}}
    assert run("adopt", NAME) == 1
    lines = capsys.readouterr().err.splitlines()
    assert max(len(line) for line in lines if "aws " not in line) <= 80
    (command,) = [line for line in lines if "publish-version" in line]
    assert command.endswith("--function-version VERSION")
