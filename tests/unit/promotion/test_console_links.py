"""The page of an execution in the console, in each partition whose console is known."""

import pytest

from gantry.promotion.console_links import execution_page


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-central-1", "console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_a_console_of_its_own(partition: str, region: str, console: str) -> None:
    arn = f"arn:{partition}:states:{region}:111111111111:execution:gantry-promotion:push-1.a+b=c@d"
    assert execution_page(arn) == f"https://{console}/states/home?region={region}#/v2/executions/details/{arn}"


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn:one",
        "arn:aws-iso:states:us-iso-east-1:111111111111:execution:gantry-promotion:one",
        "arn:aws-eusc:states:eusc-de-east-1:111111111111:execution:gantry-promotion:one",
        "arn:aws:states:eu-central-1:111111111111:stateMachine:gantry-promotion",
        'arn:aws:states:eu-central-1:111111111111:execution:gantry-promotion:"><script>',
        "arn:aws:states:eu-central-1:111111111111:execution:gantry-promotion:one\n",
        "arn:aws:states:evil.example/:111111111111:execution:gantry-promotion:one",
    ],
)
def test_anything_else_has_no_page_that_is_known(arn: str) -> None:
    assert execution_page(arn) is None
