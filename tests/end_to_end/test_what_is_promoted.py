"""Which pushes and which inputs by hand are promotions, and what the others are told."""

import json
from typing import Any

from sandbox.driver.inbox import Inbox
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import IMAGE_CONFIGURATION
from sandbox.stand_in.accounts import ASSETS, DEV, PROD
from tests.end_to_end.busy import push_event
from tests.end_to_end.service import NewService, Service


def ignored(service: Service, text: str) -> str:
    """Why the promotion that a push with this text started was none."""
    output = service.succeeds(service.pipeline.promotion_of(text))
    assert output["outcome"] == "ignored"
    assert output["environments"] == []
    return str(output["reason"])


def test_of_an_image_index_with_attestations_the_child_is_promoted(new_service: NewService) -> None:
    service = new_service()
    service.add()
    index = service.registry.push_index(
        service.name, service.tag(), {service.pipeline.architecture: {"app.py": service.app("an index")}}, attested=True
    )
    (image,) = service.pipeline.stand_in.client("ecr", ASSETS).batch_get_image(
        repositoryName=service.name, imageIds=[{"imageDigest": index}]
    )["images"]
    child, attestation = [each["digest"] for each in json.loads(image["imageManifest"])["manifests"]]
    output = service.succeeds(service.pipeline.promotion_of(index))
    assert output["release"]["artifact"]["digest"] == child != attestation
    assert service.running("1") == child


def test_an_index_without_an_image_for_the_functions_fails_and_says_what_it_holds(new_service: NewService) -> None:
    service = new_service()
    service.add()
    other = "x86_64" if service.pipeline.architecture == "arm64" else "arm64"
    index = service.registry.push_index(service.name, service.tag(), {other: {"app.py": service.app("another")}})
    ended = service.fails(service.pipeline.promotion_of(index))
    assert "ArtifactArchitectureError" in ended["cause"]
    assert "was built for linux/" in ended["cause"]


def test_of_platforms_and_their_index_only_the_index_is_a_release(new_service: NewService) -> None:
    service = new_service()
    service.add(versioning="semver")
    apps = {name: {"app.py": service.app(f"for {name}")} for name in ("x86_64", "arm64")}
    parts = {
        name: service.registry.push(service.name, f"1.1.0-{suffix}", apps[name], architecture=name)
        for name, suffix in (("x86_64", "amd64"), ("arm64", "linux-arm64"))
    }
    index = service.registry.push_index(service.name, "1.1.0", apps)
    for digest in parts.values():
        assert "names a platform" in ignored(service, digest)
    output = service.succeeds(service.pipeline.promotion_of(index))
    running = parts[service.pipeline.architecture]
    assert (output["release"]["tag"], output["release"]["artifact"]["digest"]) == ("1.1.0", running)
    assert (service.versions(), service.running("1")) == (["1"], running)


def test_a_chart_and_a_signature_under_a_releases_tag_are_ignored_with_their_media_types(
    new_service: NewService,
) -> None:
    service = new_service()
    service.add()
    helm, signature = "application/vnd.cncf.helm", "application/vnd.dev.cosign.simplesigning.v1+json"
    chart = service.registry.push_artifact(
        service.name, service.tag(), f"{helm}.config.v1+json", f"{helm}.chart.content.v1.tar+gzip"
    )
    signed = service.registry.push_artifact(service.name, service.tag(), IMAGE_CONFIGURATION, signature)
    assert f"its configuration is '{helm}.config.v1+json'" in ignored(service, chart)
    assert f"its layers are '{signature}'" in ignored(service, signed)
    assert service.versions() == []


def test_the_same_digest_under_two_tags_is_one_promotion(new_service: NewService) -> None:
    service = new_service()
    service.add()
    first, second = service.tag(), service.tag()
    digests = {service.pipeline.push(service.name, tag, service.app("the same")) for tag in (first, second)}
    assert len(digests) == 1
    executions = [service.pipeline.promotion_of(tag) for tag in (first, second)]
    outputs = [service.succeeds(execution) for execution in executions]
    carried, other = (0, 1) if "release" in outputs[0] and outputs[0]["release"] else (1, 0)
    assert outputs[other]["outcome"] == "ignored"
    assert f"the promotion {executions[carried]} carrie" in outputs[other]["reason"]  # or carried, if it has ended
    assert service.versions() == ["1"]
    assert [len(service.pipeline.deployments_of(executions[index])) for index in (carried, other)] == [1, 0]


def test_an_event_that_comes_five_times_is_one_promotion_and_the_others_say_why(
    new_service: NewService, pipeline: Pipeline, automation: Inbox
) -> None:
    service = new_service()
    service.add()
    tag = service.tag()
    digest = service.push(tag)
    first = pipeline.promotion_of(digest)
    events = [push_event(service.name, tag, digest, number) for number in (1, 2, 3, 4, 4)]
    again = [pipeline.run("StartPromotion", event)["execution"] for event in events]
    assert again[-1] == again[-2], "the same event has the same execution"
    executions = [first, *again[:4]]
    outputs = [service.succeeds(execution) for execution in executions]
    assert sorted(pipeline.states(each)[-1] for each in executions) == ["PromotionCompleted", *["PromotionIgnored"] * 4]
    (carried,) = [each for each in executions if pipeline.deployments_of(each)]
    reasons = [output["reason"] for output in outputs if output.get("outcome") == "ignored"]
    assert [f"the promotion {carried} has handled this tag" in reason for reason in reasons] == [True] * 4
    assert service.versions() == ["1"]
    told = {execution: _why_ignored(automation, execution) for execution in executions if execution != carried}
    assert sorted(told.values()) == sorted(reasons)


def _why_ignored(automation: Inbox, execution: str) -> str:
    def is_about_it(event: dict[str, Any]) -> bool:
        return bool(event["detail-type"] == "Promotion Ignored" and event["detail"]["execution"] == execution)

    return str(automation.one("why the push was ignored", is_about_it)["detail"]["reason"])


def test_a_revert_with_the_digest_of_an_earlier_release_is_live_in_the_end(new_service: NewService) -> None:
    service = new_service()
    service.add()
    digests = []
    for content in ("the first", "the second", "the first"):
        tag = service.tag()
        digests.append(service.pipeline.push(service.name, tag, service.app(content)))
        service.succeeds(service.pipeline.promotion_of(tag))
    first, second, revert = digests
    assert first == revert != second
    assert service.pipeline.live(service.name)["prod"]["digest"] == first
    assert service.running(service.routing()["version"]) == first


def test_a_tag_that_does_not_match_the_versioning_is_ignored_with_the_reason(new_service: NewService) -> None:
    service = new_service()
    service.add()
    digest = service.push("latest")
    assert ignored(service, digest) == "the tag latest is no git-sha tag, and the manifest says versioning: git-sha"
    assert service.versions() == []


def test_a_signature_is_ignored_with_the_reason(new_service: NewService) -> None:
    service = new_service()
    service.add()
    digest = service.push(f"sha256-{'a' * 64}.sig")
    assert "names a signature or an attestation" in ignored(service, digest)


def test_a_push_without_a_manifest_is_ignored_with_the_reason(new_service: NewService) -> None:
    service = new_service()
    service.pipeline.stand_in.client("ecr", ASSETS).create_repository(repositoryName=service.name)
    digest = service.push()
    assert ignored(service, digest) == f"the manifest bucket has no services/{service.name}.yaml"


def test_an_invalid_manifest_fails_the_promotion_with_the_fields_path_and_tells_people(
    new_service: NewService, people: Inbox
) -> None:
    service = new_service()
    service.add(service.environment(traffic=[{"weight": 50, "bake": "5s"}, {"weight": 20, "bake": "5s"}]))
    _, promotion = service.promote()
    ended = service.fails(promotion)
    assert "ManifestError" in ended["cause"]
    assert "environments[0].traffic[1].weight" in ended["cause"]
    told = people.one("the bad news", lambda message: promotion in message["Message"])
    assert told["Subject"] == f"{service.name}: promotion failed"
    assert "environments[0].traffic[1].weight" in told["Message"]


def test_a_person_promotes_any_tag_or_digest_to_some_environments(new_service: NewService) -> None:
    service = new_service()
    service.add(service.environment("dev"), service.environment("prod"))
    digest = service.push("feature")
    by_tag = service.succeeds(service.start(tag="feature", environments=["dev"]))
    assert by_tag["environments"] == ["dev"]
    assert (service.running("1", DEV), service.versions(PROD)) == (digest, [])
    by_digest = service.succeeds(service.start(digest=digest, environments=["prod"]))
    assert by_digest["release"]["artifact"]["digest"] == digest
    assert service.running("1", PROD) == digest


def test_what_a_person_gets_wrong_is_told_with_what_would_be_right(new_service: NewService) -> None:
    service = new_service()
    service.add(service.environment("dev"), service.environment("prod"))
    service.push("feature")
    wrong: dict[str, dict[str, object]] = {
        "has no environment qa; name some of dev, prod": {"tag": "feature", "environments": ["qa"]},
        "has no image nothing": {"tag": "nothing"},
        "give a tag or a digest": {},
        "enviroments: unknown key; did you mean 'environments'?": {"tag": "feature", "enviroments": ["dev"]},
    }
    started = {message: service.start(**keys) for message, keys in wrong.items()}
    for message, execution in started.items():
        assert message in service.fails(execution)["cause"]
    assert service.versions(DEV) == []


def test_changed_configuration_alone_publishes_a_new_version_of_the_same_code(
    new_service: NewService, pipeline: Pipeline
) -> None:
    service = new_service()
    service.add()
    digest = service.release()
    revision = service.change(service.environment(configuration={"memory_mb": 512}))
    service.succeeds(service.start(digest=digest))
    client = pipeline.stand_in.client("lambda", PROD)
    memory = [
        client.get_function_configuration(FunctionName=service.name, Qualifier=version)["MemorySize"]
        for version in service.versions()
    ]
    assert memory == [256, 512]
    assert service.routing()["version"] == "2"
    assert service.running("2") == digest
    live = pipeline.live(service.name)["prod"]
    assert (live["revision"], live["manifest_revision"]) == ("2", revision)


def test_an_unchanged_release_publishes_nothing_and_ends_as_live_already(new_service: NewService) -> None:
    service = new_service()
    service.add()
    digest = service.release()
    again = service.start(digest=digest)
    service.succeeds(again)
    (deployment,) = service.pipeline.deployments_of(again)
    output = json.loads(service.pipeline.describe(deployment)["output"])
    assert output == {"outcome": "unchanged", "revision": "1", "verdict": None}
    assert service.versions() == ["1"]
    assert service.lease() is None
