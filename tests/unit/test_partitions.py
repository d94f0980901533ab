"""Nothing is written for one partition of AWS only: ARNs and addresses are made of the partition's own words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = [ROOT / each for each in ("functions", "statemachine", "layer", "target", "template.yaml")]
PLACES += (ROOT / "examples").glob("*.template.yaml")

LITERAL = re.compile(
    r"arn:aws[:-](?!(iam|events|kms|lambda):[a-z0-9-]*:(1{12}|2{12}):)"  # people read examples with these accounts
    r"|arn:aws:states:::"
    r"|\.(?<!lambda\.)(?<!states\.)(?<!events\.)(?<!apigateway\.)(?<!cloudwatch\.)(?<!ecs\.)(?<!ecs-tasks\.)"
    r"(?<!aud: sts\.)amazonaws\.com"
)
"""What belongs to one partition. The audience of a workflow's token is what the workflow asks for. Names of services as
principals are the same in all of them:
https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/build-tools/fact-tables.ts"""
COMMENT = re.compile(r"^\s*#.*$|https://\S+", re.MULTILINE)
PRINCIPAL = re.compile(r'"(s3|sns|cognito-idp|elasticloadbalancing|logs|edgelambda)\.amazonaws\.com"')
"""Those that invoke functions, as a whole word: `gantry adopt` names them."""
IN_PATTERNS = ("arn:aws(-[a-z]+)*", r"arn:aws[\w-]*", r"arn:aws[a-z-]*")


def written() -> Iterator[tuple[str, str]]:
    """Every line that is no comment, with its file."""
    for place in PLACES:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in {".py", ".json", ".yaml"}:
                text = COMMENT.sub("", PRINCIPAL.sub("", path.read_text()))
                yield from ((str(path.relative_to(ROOT)), line) for line in text.splitlines())


def test_no_arn_and_no_address_is_of_one_partition_only() -> None:
    assert [(path, line.strip()) for path, line in written() if LITERAL.search(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        'arn = f"arn:aws:lambda:{region}:{account}:function:{name}"',
        '"Resource": "arn:aws:states:::lambda:invoke",',
        "Resource: arn:aws-cn:iam::*:role/gantry",
        "ManagedPolicyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]",
        'f"{account}.dkr.ecr.{region}.amazonaws.com/{name}"',
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert LITERAL.search(line)


@pytest.mark.parametrize(
    "line",
    [
        *IN_PATTERNS,
        '"give one like arn:aws:iam::222222222222:role/cowsay",',
        "Principal: {Service: lambda.amazonaws.com}",
        "!Sub arn:${AWS::Partition}:events:${AWS::Region}",
    ],
)
def test_what_holds_in_every_partition_is_not(line: str) -> None:
    assert not LITERAL.search(line)
