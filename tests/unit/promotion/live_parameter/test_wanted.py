"""What parameters say: one release, or that there is not one, and never another one."""

import json
from dataclasses import replace

from gantry.promotion.live import Live
from gantry.promotion.live_parameter.value import LONGEST, LiveValue, ParameterState, Place
from gantry.promotion.live_parameter.wanted import GoneTarget, WantedParameter, wanted_parameters
from gantry.targets.lambda_alias.lambda_target import LambdaTarget
from tests.unit.handlers.payloads import OTHER_TARGET, TARGET
from tests.unit.handlers.records import digest_of, live
from tests.unit.largest_source import largest_source

BESIDE = LambdaTarget("444444444444", "us-east-1", "cowsay-worker", "live").as_target()
IMAGE = "111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay@sha256:a"
ENVIRONMENT = "/gantry/cowsay/prod/live"


def wanted(
    *lives: Live, gone: tuple[GoneTarget, ...] = (), listed: tuple[str, ...] = ()
) -> tuple[WantedParameter, ...]:
    return wanted_parameters(lives, gone, listed, lambda _: Place(IMAGE))


def environment(*lives: Live, listed: tuple[str, ...] = (), region: str = "us-east-1") -> LiveValue:
    (found,) = [
        each.value for each in wanted(*lives, listed=listed) if each.name == ENVIRONMENT and each.region == region
    ]
    return found


def test_a_target_has_a_parameter_of_its_own_and_its_environment_says_the_same() -> None:
    own, together = wanted(live(2, 1))
    assert own.name == "/gantry/cowsay/prod/targets/cowsay.live/live"
    assert own.arn == "arn:aws:ssm:us-east-1:444444444444:parameter/gantry/cowsay/prod/targets/cowsay.live/live"
    assert (together.name, together.value) == (ENVIRONMENT, own.value)
    assert (own.value.digest, own.value.tag, own.value.revision) == (digest_of(2), "tag2", "2")
    assert (own.value.state, own.value.image, own.value.target) == (ParameterState.LIVE, IMAGE, TARGET.id)


def test_the_text_is_stable_and_can_be_split_at_a_key() -> None:
    text = wanted(live(2))[0].value.text()
    assert text.startswith('{"service":"cowsay","environment":"prod","state":"live","target":"444444444444/us-east-1/')
    assert text.split('"image":"')[1].split('"')[0] == IMAGE
    assert list(json.loads(text)) == [
        *("service", "environment", "state", "target", "kind", "digest", "tag", "image", "bucket", "key"),
        *("version_id", "revision", "manifest_revision", "repository", "commit", "execution", "since"),
    ]


def test_while_targets_differ_no_release_is_named() -> None:
    value = environment(live(2), live(1, target=BESIDE, since="2026-11-21T08:00:00.000Z"))
    assert (value.state, value.since) == (ParameterState.MIXED, "2026-11-21T08:00:00.000Z")
    assert {value.digest, value.tag, value.image, value.revision, value.execution, value.target} == {None}
    assert '"image":"' not in value.text()


def test_what_targets_with_the_same_release_do_not_agree_on_is_null() -> None:
    later = live(2, target=BESIDE, since="2026-11-21T08:00:00.000Z")
    value = environment(live(2), replace(later, current=replace(later.current, revision="9", tag="v2")))
    assert (value.state, value.digest, value.kind) == (ParameterState.LIVE, digest_of(2), "lambda")
    assert (value.revision, value.target) == (None, None)
    assert (value.tag, value.since) == ("v2", "2026-11-21T08:00:00.000Z")


def test_each_region_says_what_runs_there() -> None:
    lives = (live(2), live(1, target=OTHER_TARGET))
    assert environment(*lives).digest == digest_of(2)
    assert environment(*lives, region="eu-west-1").digest == digest_of(1)


def test_what_the_manifest_has_no_more_does_not_count_beside_what_it_has() -> None:
    lives = (live(2), live(1, target=BESIDE))
    assert environment(*lives, listed=(TARGET.id,)).digest == digest_of(2)
    assert environment(*lives, listed=("elsewhere",)).state == ParameterState.MIXED


def test_what_has_passed_to_another_service_says_so() -> None:
    own, together = wanted(gone=(GoneTarget("cowsay", "prod", TARGET),))
    assert (own.value.state, own.value.digest, own.value.target) == (ParameterState.GONE, None, TARGET.id)
    assert (together.name, together.value.state) == (ENVIRONMENT, ParameterState.GONE)


def test_an_environment_that_keeps_another_target_there_is_not_gone() -> None:
    found = wanted(live(2, target=BESIDE), gone=(GoneTarget("cowsay", "prod", TARGET),))
    assert [each.value.digest for each in found if each.name == ENVIRONMENT] == [digest_of(2)]


def test_the_longest_value_fits_into_a_standard_parameter() -> None:
    """S3 gives version ids 32 characters, and may give more: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html"""
    service = f"s3/{'b' * 63}/{'k' * 256}"
    execution = f"arn:aws-us-gov:states:us-gov-west-1:111111111111:execution:{'p' * 41}:{'e' * 80}"
    target = replace(TARGET, name="/".join(("ecs", "c" * 255, "s" * 255)))
    longest = live(2, target=target)
    revision = f"arn:aws-us-gov:ecs:us-gov-west-1:444444444444:task-definition/{'f' * 255}:2147483647"
    current = replace(
        longest.current,
        source=largest_source(),
        execution=execution,
        revision=revision,
        tag="t" * 128,
        manifest_revision="m" * 100,
    )
    value = LiveValue.of(
        replace(longest, service=service, current=current), Place(None, "b" * 63, "k" * 256, "v" * 100)
    )
    assert len(value.text().encode()) <= LONGEST
