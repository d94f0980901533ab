"""Provisioned concurrency, and what Lambda itself does with the traffic while it allocates anew.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.process import StandIn
from tests.sandbox.given import Json, a_function, a_version, allow, function_arn, invoke, session_of, soon

VERSION = "def handler(event, context):\n    return context.function_version  # %s"


@pytest.fixture(scope="module")
def client(aws: StandIn) -> Any:
    return aws.client("lambda", ASSETS)


@pytest.fixture
def function(aws: StandIn, client: Any) -> str:
    """A function with three versions, and an alias on the first."""
    name = a_function(aws, VERSION % 1)
    a_version(aws, name)
    a_version(aws, name, VERSION % 2)
    a_version(aws, name, VERSION % 3)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


def provision(client: Any, function: str, qualifier: str = "live") -> Json:
    answer: Json = client.put_provisioned_concurrency_config(
        FunctionName=function, Qualifier=qualifier, ProvisionedConcurrentExecutions=2
    )
    return answer


def provisioned(client: Any, function: str, qualifier: str = "live") -> Json:
    answer: Json = client.get_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
    return answer


def is_ready(client: Any, function: str) -> bool:
    return bool(provisioned(client, function)["Status"] == "READY")


def routed(client: Any, function: str) -> tuple[str, Json]:
    found = client.get_alias(FunctionName=function, Name="live")
    return found["FunctionVersion"], (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def test_it_is_allocated_after_a_while_and_can_be_deleted(client: Any, function: str) -> None:
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        provisioned(client, function)

    begun = provision(client, function)

    assert begun["Status"] == provisioned(client, function)["Status"] == "IN_PROGRESS"
    assert begun["AllocatedProvisionedConcurrentExecutions"] == 0
    soon(lambda: is_ready(client, function))
    assert provisioned(client, function)["AllocatedProvisionedConcurrentExecutions"] == 2
    client.delete_provisioned_concurrency_config(FunctionName=function, Qualifier="live")
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        provisioned(client, function)


def test_only_versions_and_aliases_without_weights_can_have_it(client: Any, function: str) -> None:
    """https://github.com/hashicorp/terraform/issues/24957"""
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*unpublished"):
        provision(client, function, "$LATEST")
    assert provision(client, function, "2")["Status"] == "IN_PROGRESS"
    client.update_alias(FunctionName=function, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*Alias with weights"):
        provision(client, function)


def test_while_the_alias_moves_lambda_keeps_a_weight_on_the_version_before(
    aws: StandIn, client: Any, function: str
) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/pull/48116"""
    provision(client, function)
    soon(lambda: is_ready(client, function))

    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    assert routed(client, function) == ("2", {"1": 1.0})
    assert provisioned(client, function)["Status"] == "IN_PROGRESS"
    dry_run = client.invoke(FunctionName=function, Qualifier="live", InvocationType="DryRun")
    assert dry_run["ExecutedVersion"] == "1"
    soon(lambda: routed(client, function) == ("2", {}))
    soon(lambda: is_ready(client, function))
    assert invoke(aws, function, Qualifier="live")["ExecutedVersion"] == "2"


def test_an_alias_that_moves_before_it_is_allocated_waits_for_the_new_allocation(client: Any, function: str) -> None:
    """Otherwise the first one would be called ready while Lambda's own weight is still there."""
    provision(client, function)
    time.sleep(0.5)  # the first allocation would end within the second one's time
    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    soon(lambda: is_ready(client, function))

    assert routed(client, function) == ("2", {})


def test_an_update_that_moves_nothing_does_not_begin_the_way_anew(client: Any, function: str) -> None:
    provision(client, function)
    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2", RoutingConfig={})

    assert set(routed(client, function)[1]) == {"1"}
    soon(lambda: routed(client, function) == ("2", {}))


def test_an_alias_that_goes_back_half_way_has_the_other_weight(client: Any, function: str) -> None:
    provision(client, function)
    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    client.update_alias(FunctionName=function, Name="live", FunctionVersion="1", RoutingConfig={})

    assert routed(client, function) == ("1", {"2": 1.0})
    soon(lambda: routed(client, function) == ("1", {}))
    soon(lambda: is_ready(client, function))


def test_a_refused_update_leaves_lambdas_way_as_it_is(client: Any, function: str) -> None:
    provision(client, function)
    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    with pytest.raises(ClientError, match="PreconditionFailedException"):
        client.update_alias(FunctionName=function, Name="live", FunctionVersion="3", RevisionId="another")

    version, weights = routed(client, function)
    assert (version, set(weights)) == ("2", {"1"})
    soon(lambda: routed(client, function) == ("2", {}))


def test_an_alias_without_it_moves_at_once(client: Any, function: str) -> None:
    client.update_alias(FunctionName=function, Name="live", FunctionVersion="2")

    assert routed(client, function) == ("2", {})


def test_reading_it_needs_the_right_on_the_alias(aws: StandIn, client: Any, function: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
    provision(client, function)
    action, arn = "lambda:GetProvisionedConcurrencyConfig", function_arn(function)

    allowed = session_of(aws, "lambda", allow(action, f"{arn}:live"))
    other = session_of(aws, "lambda", allow(action, f"{arn}:other"))

    assert provisioned(allowed, function)["RequestedProvisionedConcurrentExecutions"] == 2
    with pytest.raises(ClientError, match="AccessDenied"):
        provisioned(other, function)
