"""The role in the workload accounts: who gets in, and what may be done there."""

import json
from collections.abc import Mapping
from typing import Any

from gantry.aws.builds import building_rights
from gantry.aws.check_function import calling_rights
from gantry.aws.infrastructure import need_rights
from gantry.aws.live_parameter import parameter_rights
from gantry.aws.referenced_versions import describing_rights
from gantry.aws.role_rights import simulating_rights
from gantry.aws.session_policy import session_policy
from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.needs.need import Need
from gantry.targets.ecs_service.ecs_target import EcsTarget
from gantry.targets.ecs_service.rights import running_rights
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from gantry.targets.lambda_alias.rights import invoking_rights, preparing_rights
from gantry.targets.registry import rights_of
from gantry.targets.rest_api_stage.stage_target import StageTarget
from gantry.targets.s3_object.object_target import ObjectTarget
from tests.template.intrinsics import resolved
from tests.template.parsed import (
    ROOT,
    TARGET,
    actions,
    function_statements,
    functions,
    handler_of,
    if_there,
    resources,
    role_statements,
    template,
)
from tests.template.reach import done_there

PARAMETER = "arn:aws:ssm:us-east-1:222222222222:parameter/gantry/cowsay/prod/live"
CHECK = "arn:aws:lambda:us-east-1:222222222222:function:smoke-test"
NEEDS = (Need(parameter="/infra/prod/revision"), Need(stack="cowsay-infra", output="QueueUrl"))
KEY = "arn:aws:kms:ap-southeast-2:222222222222:key/mrk-1234abcd12ab34cd56ef1234567890ab"
ZIPPED = Artifact(ArtifactKind.S3_OBJECT, f"sha256:{'0' * 64}", "acme/cowsay.zip", "v1")
TRUSTED = "/gantry/${PipelineName}/enters-targets/"
"""The path of the roles that target roles trust."""
LAMBDA_ASKS_OF_ITS_CALLER = {
    "iam:PassRole",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "s3:GetObjectVersion",
    "lambda:GetLayerVersion",
    "kms:GenerateDataKey",
}
"""What no code calls. S3 checks it for encrypted objects; Lambda when a function is created, is given code or layers,
or has variables under a key."""
CALLED_BY_THE_VERSION_BEFORE = {"lambda:GetFunctionConfiguration"}
"""What only the pipeline of the version before calls. A target stack may be updated before it."""


def may() -> list[Mapping[str, Any]]:
    """What the role may do: by its own policies, and by the managed ones that are attached to it."""
    managed = list(resources("AWS::IAM::ManagedPolicy", TARGET).values())
    assert all(each["Roles"] == [{"Ref": "TargetRole"}] for each in managed)
    attached = [if_there(statement) for each in managed for statement in each["PolicyDocument"]["Statement"]]
    return [*role_statements("TargetRole", TARGET), *attached]


def test_the_target_role_may_do_exactly_what_the_code_does_with_it() -> None:
    done = {action for name in functions() for action in done_there(handler_of(name))}
    assert actions(may()) == done | LAMBDA_ASKS_OF_ITS_CALLER | CALLED_BY_THE_VERSION_BEFORE


def test_a_session_may_do_all_that_the_target_role_may_but_with_one_target() -> None:
    """What either forgets would be refused on AWS only."""
    role = "arn:aws:iam::222222222222:role/cowsay"
    target = LambdaTarget("222222222222", "us-east-1", "cowsay", "live", role).as_target()
    policy = json.loads(session_policy(rights_of(target)))
    waking = json.loads(session_policy(invoking_rights(target, "7")))
    calling = json.loads(session_policy(calling_rights(CHECK)))
    building = json.loads(session_policy(building_rights(target, "smoke-test")))
    single = json.loads(session_policy(rights_of(ObjectTarget("222222222222", "us-east-1", "acme", "a").as_target())))
    stage = json.loads(session_policy(rights_of(StageTarget("222222222222", "us-east-1", "a1b2", "live").as_target())))
    needing = json.loads(session_policy(need_rights(NEEDS, target)))
    telling = json.loads(session_policy(parameter_rights(PARAMETER)))
    referring = json.loads(session_policy(describing_rights(target)))
    asking = json.loads(session_policy(simulating_rights(target, role)))
    zipped = json.loads(session_policy(preparing_rights(target, ZIPPED, "us-east-1")))
    service = EcsTarget("222222222222", "us-east-1", "main", "cowsay", "app").as_target()
    of_services = [json.loads(session_policy(each)) for each in (rights_of(service), running_rights(service))]
    others = (policy, zipped, single, stage, waking, calling, building, telling, needing, referring, asking)
    every = [each for one in (*others, *of_services) for each in one["Statement"]]
    assert actions(every) == actions(may()) - CALLED_BY_THE_VERSION_BEFORE
    assert waking["Statement"][-1]["Resource"] == ["arn:aws:lambda:us-east-1:222222222222:function:cowsay:7"]
    assert calling["Statement"][-1]["Resource"] == [CHECK]
    assert telling["Statement"][-1] == {
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:PutParameter"],
        "Resource": [PARAMETER],
    }
    assert [each["Resource"] for each in asking["Statement"][-2:]] == [
        [role],
        ["arn:aws:secretsmanager:us-east-1:222222222222:secret:*"],
    ]
    assert [each["Resource"] for each in needing["Statement"][-2:]] == [
        ["arn:aws:ssm:us-east-1:222222222222:parameter/infra/prod/revision"],
        ["arn:aws:cloudformation:us-east-1:222222222222:stack/cowsay-infra/*"],
    ]
    project = "arn:aws:codebuild:us-east-1:222222222222:project/smoke-test"
    assert building["Statement"][-1]["Resource"] == [project]
    assert "lambda:InvokeFunction" not in actions(policy["Statement"])


def test_no_rollback_asks_what_roles_may_read() -> None:
    asking = {name for name in functions() if "iam:SimulatePrincipalPolicy" in done_there(handler_of(name))}
    assert asking == {"CheckAllEnvironments", "CheckGates", "PreviewPromotion"}


def test_the_target_role_lets_in_the_functions_of_its_own_pipeline_and_nobody_else() -> None:
    role = resources("AWS::IAM::Role", TARGET)["TargetRole"]
    assert role["Path"] == {"Fn::Sub": "/gantry/${PipelineName}/"}
    assert role["RoleName"] == {"Fn::Sub": "${PipelineName}-target"}, "names differ, because paths do not count"
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AssetsAccount}:root"}}
    assert trust["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AssetsAccount}}:role{TRUSTED}*"}},
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
    }


def test_the_functions_enter_the_very_role_that_the_target_stack_makes() -> None:
    role = resources("AWS::IAM::Role", TARGET)["TargetRole"]
    path = f"{role['Path']['Fn::Sub']}{role['RoleName']['Fn::Sub']}".removeprefix("/")
    assert template()["Globals"]["Function"]["Environment"]["Variables"]["TARGET_ROLE"] == {"Fn::Sub": path}
    assert (
        template()["Parameters"]["PipelineName"]["Default"] == template(TARGET)["Parameters"]["PipelineName"]["Default"]
    )
    statements = [each for name in functions() for each in function_statements(name)]
    entering = [each for each in statements if "sts:AssumeRole" in actions([each])]
    assert entering
    for statement in entering:
        assert statement["Resource"] == {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{path}"}
        assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "TargetAccounts"}}}


def named(action: str, patterns: str) -> set[str]:
    """The resources on which the role may do something, of these functions and roles."""
    parameters = {"FunctionNamePatterns": patterns.split(","), "ExecutionRolePatterns": patterns.split(",")}
    found = [each for each in may() if action in actions([each]) and "Check" not in each["Sid"]]
    (statement,) = [each for each in found if each["Sid"] != "GiveTasksTheirRoles"]
    return set(resolved(statement["Resource"], parameters))


def checking(parameter: str, patterns: str) -> tuple[set[str], set[str]]:
    """What is done by those who check, and on which resources, where a parameter has these patterns."""
    parameters = {parameter: patterns.split(",")}
    (statement,) = [each for each in may() if parameter in json.dumps(each["Resource"])]
    return actions([statement]), set(resolved(statement["Resource"], parameters))


def test_only_objects_of_the_artifact_buckets_are_read_and_only_of_the_pipelines_account() -> None:
    actions_, found = checking("ArtifactBuckets", "acme,acme-eu")
    assert (actions_, found) == (
        {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"},
        {"arn:*:s3:::acme/*", "arn:*:s3:::acme-eu/*", "arn:*:s3:::acme", "arn:*:s3:::acme-eu"},
    )
    (statement,) = [each for each in may() if each["Sid"] == "ReadArtifacts"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AssetsAccount"}}}


def test_the_keys_of_artifacts_decrypt_through_s3_only() -> None:
    assert checking("ArtifactKeyArns", KEY) == ({"kms:Decrypt"}, {KEY})
    (statement,) = [each for each in may() if each["Sid"] == "DecryptArtifacts"]
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "s3.*.${AWS::URLSuffix}"}}}


def test_only_layers_that_match_a_pattern_are_given_to_functions() -> None:
    assert checking("LayerPatterns", "222222222222:layer:common,580247275435:layer:otel-*") == (
        {"lambda:GetLayerVersion"},
        {"arn:*:lambda:*:222222222222:layer:common:*", "arn:*:lambda:*:580247275435:layer:otel-*:*"},
    )


def test_only_objects_that_match_a_pattern_and_only_in_this_account_are_written_and_none_is_deleted() -> None:
    assert checking("BucketKeyPatterns", "acme/glue/*,site/*") == (
        {"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"},
        {"arn:*:s3:::acme/glue/*", "arn:*:s3:::site/*"},
    )
    assert checking("BucketKeyArns", KEY) == ({"kms:Decrypt", "kms:GenerateDataKey"}, {KEY})
    own = [each for each in may() if each["Sid"] in {"WriteObjectsAndReadTheirVersions", "LookAtBuckets"}]
    assert [each["Condition"] for each in own] == [
        {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    ] * 2
    assert not [action for action in actions(may()) if "Delete" in action]


def deploying(action: str) -> set[str]:
    """The resources on which the role may do something with REST APIs, where two are given."""
    found = [each for each in may() if "RestApiIds" in json.dumps(each["Resource"]) and action in actions([each])]
    return {name for each in found for name in resolved(each["Resource"], {"RestApiIds": ["a1", "b2"]})}


def test_only_rest_apis_that_are_given_are_deployed_to_and_nothing_of_them_is_deleted() -> None:
    a1, b2 = "arn:*:apigateway:*::/restapis/a1", "arn:*:apigateway:*::/restapis/b2"
    assert deploying("apigateway:PUT") == {a1, b2}
    assert deploying("apigateway:POST") == {f"{a1}/deployments", f"{b2}/deployments"}
    assert deploying("apigateway:PATCH") == {f"{a1}/stages/*", f"{b2}/stages/*"}
    assert deploying("apigateway:GET") == {
        *(f"{api}{below}" for api in (a1, b2) for below in ("", "/deployments", "/deployments/*", "/stages/*")),
        "arn:*:apigateway:*::/apis/a1",
        "arn:*:apigateway:*::/apis/b2",
    }
    assert not [action for action in actions(may()) if "DELETE" in action.upper()]


def test_what_checks_new_versions_is_what_is_named_for_it_and_nothing_else() -> None:
    smoke, load = "arn:*:lambda:*:*:function:smoke", "arn:*:lambda:*:*:function:load-*"
    assert checking("CheckFunctionPatterns", "smoke,load-*") == (
        {"lambda:InvokeFunction"},
        {smoke, f"{smoke}:*", load, f"{load}:*"},
    )
    assert checking("CheckProjectPatterns", "smoke,load-*") == (
        {"codebuild:StartBuild", "codebuild:BatchGetBuilds"},
        {"arn:*:codebuild:*:*:project/smoke", "arn:*:codebuild:*:*:project/load-*"},
    )


def test_what_is_optional_is_allowed_only_where_its_parameter_is_given() -> None:
    """Each in a policy of its own, which is there only then: a role's own ones are nearly full."""
    for policy, condition, parameter in (
        ("CheckByFunctions", "ChecksByFunctions", "CheckFunctionPatterns"),
        ("CheckByBuilds", "ChecksByBuilds", "CheckProjectPatterns"),
        ("ReadArtifacts", "ReadsArtifacts", "ArtifactBuckets"),
        ("GiveLayers", "GivesLayers", "LayerPatterns"),
        ("WriteObjects", "WritesObjects", "BucketKeyPatterns"),
        ("DeployRestApis", "DeploysRestApis", "RestApiIds"),
        ("DeployEcsServices", "DeploysEcsServices", "EcsServicePatterns"),
    ):
        assert template(TARGET)["Parameters"][parameter]["Default"] == ""
        assert template(TARGET)["Resources"][policy]["Condition"] == condition
        given = {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": parameter}]}, ""]}]}
        assert template(TARGET)["Conditions"][condition] == {"Fn::And": [{"Condition": "CreatesRole"}, given]}


def test_both_kinds_of_bucket_keys_have_one_policy_which_is_there_where_some_are_given() -> None:
    conditions = template(TARGET)["Conditions"]
    either = [{"Condition": "DecryptsArtifacts"}, {"Condition": "WritesEncryptedObjects"}]
    assert template(TARGET)["Resources"]["UseBucketKeys"]["Condition"] == "UsesBucketKeys"
    assert conditions["UsesBucketKeys"] == {"Fn::And": [{"Condition": "CreatesRole"}, {"Fn::Or": either}]}
    for condition, parameter in (("DecryptsArtifacts", "ArtifactKeyArns"), ("WritesEncryptedObjects", "BucketKeyArns")):
        assert template(TARGET)["Parameters"][parameter]["Default"] == ""
        assert conditions[condition] == {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": parameter}]}, ""]}]}
    policy = resources("AWS::IAM::ManagedPolicy", TARGET)["UseBucketKeys"]["PolicyDocument"]
    found = [each["Fn::If"] for each in policy["Statement"]]
    assert [(condition, own["Resource"], otherwise) for condition, own, otherwise in found] == [
        ("DecryptsArtifacts", {"Ref": "ArtifactKeyArns"}, {"Ref": "AWS::NoValue"}),
        ("WritesEncryptedObjects", {"Ref": "BucketKeyArns"}, {"Ref": "AWS::NoValue"}),
    ]


def test_a_role_has_room_for_the_managed_policy_of_one_more_kind() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: ten for each role."""
    assert len(resources("AWS::IAM::ManagedPolicy", TARGET)) <= 9


def test_the_target_role_touches_only_functions_that_match_a_pattern() -> None:
    cowsay, orders = "arn:*:lambda:*:*:function:cowsay", "arn:*:lambda:*:*:function:orders-*"
    assert named("lambda:UpdateAlias", "cowsay") == {cowsay}
    assert named("lambda:UpdateAlias", "cowsay,orders-*") == {cowsay, orders}
    assert named("lambda:GetFunction", "cowsay,orders-*") == {cowsay, f"{cowsay}:*", orders, f"{orders}:*"}
    assert named("lambda:InvokeFunction", "cowsay,orders-*") == {f"{cowsay}:*", f"{orders}:*"}
    assert named("iam:PassRole", "cowsay,lambda/*") == {"arn:*:iam::*:role/cowsay", "arn:*:iam::*:role/lambda/*"}


def test_a_target_stack_that_is_updated_first_lets_the_version_before_read_functions() -> None:
    assert named("lambda:GetFunctionConfiguration", "cowsay") == named("lambda:GetFunction", "cowsay")


def test_where_the_account_is_a_wildcard_a_condition_names_it() -> None:
    for statement in may():
        others = actions([statement]) - {"lambda:GetLayerVersion"}  # a layer's pattern has its account
        if statement["Resource"] != "*" and any(each.startswith(("lambda:", "codebuild:", "ecs:")) for each in others):
            account = {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}
            assert statement["Condition"]["StringEqualsIfExists"] == account, statement["Sid"]


def test_25_functions_with_the_longest_names_fit_into_a_roles_policy() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10,240 characters without spaces."""
    names = [f"{number:02}{'x' * 61}*" for number in range(25)]
    parameters = {"FunctionNamePatterns": names, "ExecutionRolePatterns": ["cowsay"], "KmsKeyArns": [KEY] * 2}
    statements = resolved(
        role_statements("TargetRole", TARGET),
        parameters
        | {"AWS::AccountId": "222222222222", "AssetsAccount": "111111111111", "AWS::Partition": "aws"}
        | {"AWS::URLSuffix": "amazonaws.com"},
    )
    assert len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))) < 10_240


def test_roles_are_passed_to_lambda_only_and_only_when_a_pattern_is_given() -> None:
    policy = resources("AWS::IAM::Role", TARGET)["TargetRole"]["Policies"][0]["PolicyDocument"]
    (conditional,) = [each["Fn::If"] for each in policy["Statement"] if each.get("Fn::If", [""])[0] == "PassesRoles"]
    condition, statement, otherwise = conditional
    assert template(TARGET)["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "ExecutionRolePatterns"}]}, ""]}]
    }
    assert statement["Action"] == "iam:PassRole"
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_keys_are_used_through_lambda_only_and_only_those_that_are_given() -> None:
    policy = resources("AWS::IAM::Role", TARGET)["TargetRole"]["Policies"][0]["PolicyDocument"]
    (conditional,) = [each["Fn::If"] for each in policy["Statement"] if each.get("Fn::If", [""])[0] == "UsesKeys"]
    condition, statement, otherwise = conditional
    assert template(TARGET)["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "KmsKeyArns"}]}, ""]}]
    }
    assert statement["Action"] == ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"]
    assert statement["Resource"] == {"Ref": "KmsKeyArns"}
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": {"Fn::Sub": "lambda.*.${AWS::URLSuffix}"}}}
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_the_deploying_page_says_what_each_parameter_of_the_target_stack_is_for() -> None:
    steps = (ROOT / "docs" / "deploying.md").read_text().partition("### 3. Each workload account")[2]
    assert [name for name in template(TARGET)["Parameters"] if f"`{name}`" not in steps] == []
