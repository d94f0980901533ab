"""Which environments get a configuration alone, and that no artifact ever changes by it."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gantry.promotion.artifact import Artifact, ArtifactKind
from gantry.promotion.configuration_changes import KeptArtifact
from gantry.promotion.deployment import StableRevision
from gantry.promotion.errors import DeploymentSupersededError, InvalidRequestError, ManifestError
from gantry.promotion.live import Live, LiveRevision
from gantry.promotion.manifest.content import Manifest
from gantry.promotion.manifest.reading import parse
from gantry.promotion.quarantine import Quarantine
from gantry.promotion.release import Release
from gantry.targets.registry import all_schemas
from gantry.use_cases.configuration.planning import plan_configuration
from gantry.use_cases.configuration.resolving import of_configuration
from gantry.use_cases.configuration.same_artifact import require_same_artifact

NAMES = ("dev", "staging", "prod")
ACCOUNTS = {"dev": "222222222222", "staging": "333333333333", "prod": "444444444444"}
BEFORE, NOW = "revision-1", "revision-2"
AT = "2026-11-20T08:00:00.000Z"


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def manifest(configured: dict[str, Any], regions: tuple[str, ...] = ("us-east-1",), **shared: Any) -> Manifest:
    """One with a target in each of these regions in each environment."""
    environments = [
        {
            "name": name,
            "targets": [
                {"account": ACCOUNTS[name], "region": each, "function": "cowsay", "alias": "live"} for each in regions
            ],
            "configuration": configured.get(name, {}),
        }
        for name in NAMES
    ]
    text = yaml.safe_dump({"repository": "cowsay", "versioning": "git-sha", "environments": environments} | shared)
    return _parsed(text)


@cache
def _parsed(text: str) -> Manifest:
    return parse(text, all_schemas(), "cowsay")


def configured(configurations: dict[str, Any], regions: tuple[str, ...]) -> Manifest:
    """The same without reading it, which takes its time."""
    known = manifest({}, regions)
    environments = (replace(each, configuration=configurations[each.name]) for each in known.environments)
    return replace(known, environments=tuple(environments))


def live(name: str, number: int, known: Manifest, index: int = 0, **changed: Any) -> Live:
    (environment,) = [each for each in known.environments if each.name == name]
    current = LiveRevision("7", digest(number), AT, f"tag{number}", BEFORE, sequence=1)
    return Live("cowsay", name, environment.targets[index], replace(current, **changed))


def everywhere(known: Manifest, number: int = 1) -> list[Live]:
    return [live(each.name, number, known, index) for each in known.environments for index in range(len(each.targets))]


class World:
    """A ledger and a bucket."""

    def __init__(self, lives: list[Live], **revisions: Manifest) -> None:
        self.lives, self.quarantine = lives, dict[str, Quarantine]()
        self.ledger = SimpleNamespace(live=lambda _: tuple(lives))
        self.quarantines = SimpleNamespace(get=lambda _, digest: self.quarantine.get(digest))
        self.manifests = {key.replace("_", "-"): each for key, each in revisions.items()}


@pytest.fixture(autouse=True)
def revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(_: str, revision: str, services: World) -> Manifest:
        if revision not in services.manifests:
            raise ManifestError("it was deleted")
        return services.manifests[revision]

    monkeypatch.setattr("gantry.use_cases.configuration.planning.manifest_at", at)


def plan(now: Manifest, world: Any, *names: str) -> Any:
    return plan_configuration(now, names or None, world)[0]


MEMORY = {"prod": {"memory_mb": 512}}


def test_only_an_environment_whose_configuration_differs_gets_it() -> None:
    before, now = manifest({}), manifest(MEMORY)
    found = plan(now, World(everywhere(before), revision_1=before))
    assert (list(found.kept), found.kept["prod"].changed) == (["prod"], ("memory_mb",))
    assert found.kept["prod"].digest == digest(1)
    assert found.left_out == dict.fromkeys(("dev", "staging"), "its configuration is what is live")


def test_a_setting_that_all_share_differs_everywhere_and_an_override_wins() -> None:
    before, now = manifest(MEMORY), manifest(MEMORY, configuration={"memory_mb": 1024})
    assert list(plan(now, World(everywhere(before), revision_1=before)).kept) == ["dev", "staging"]


def test_how_a_release_is_carried_is_no_configuration_but_is_said() -> None:
    before, now = manifest(MEMORY), manifest(MEMORY, traffic="Canary10Percent5Minutes")
    found = plan(now, World(everywhere(before), revision_1=before))
    assert (found.kept, set(found.left_out)) == ({}, set(NAMES))
    assert all("how a release is carried there has changed" in why for why in found.left_out.values())
    assert found.why_not.startswith("no configuration differs from what is live: dev: ")


def test_a_setting_that_is_given_no_longer_stays_as_it_is() -> None:
    before, now = manifest(MEMORY), manifest({})
    assert plan(now, World(everywhere(before), revision_1=before)).kept == {}


def test_where_nothing_is_live_the_first_artifact_brings_it() -> None:
    before, now = manifest({}), manifest(MEMORY)
    lives = [each for each in everywhere(before) if each.environment != "prod"]
    assert "first artifact brings" in plan(now, World(lives, revision_1=before)).left_out["prod"]


def test_an_environment_between_two_releases_is_refused_with_what_to_do() -> None:
    regions = ("us-east-1", "eu-west-1")
    before, now = manifest({}, regions), manifest(MEMORY, regions)
    lives = [live("prod", 1, before, 0), live("prod", 2, before, 1)]
    with pytest.raises(InvalidRequestError, match=r"different artifacts .*gantry promote cowsay tag1 --to prod"):
        plan(now, World(lives, revision_1=before))


def test_a_target_without_a_release_gets_none_by_this() -> None:
    regions = ("us-east-1", "eu-west-1")
    before, now = manifest({}), manifest(MEMORY, regions)
    with pytest.raises(InvalidRequestError, match=r"nothing is live on 444444444444/eu-west-1.*gantry promote cowsay"):
        plan(now, World(everywhere(before), revision_1=before))
    unchanged = plan(manifest({}, regions), World(everywhere(before), revision_1=before))
    assert "an artifact brings the first release to" in unchanged.left_out["prod"]


def test_what_is_quarantined_and_live_is_refused_with_the_reason() -> None:
    before, now = manifest({}), manifest(MEMORY)
    world = World(everywhere(before), revision_1=before)
    world.quarantine[digest(1)] = Quarantine("cowsay", digest(1), AT, "it broke prod", "arn:x")
    with pytest.raises(InvalidRequestError, match=r"prod: what is live there is quarantined.*it broke prod"):
        plan(now, world)
    assert plan(before, world).kept == {}


def test_what_came_with_a_manifest_that_is_gone_gets_it() -> None:
    before = manifest({})
    assert list(plan(before, World(everywhere(before))).kept) == list(NAMES)


def test_what_a_rollback_took_back_stays_back_until_somebody_names_the_environment() -> None:
    before, bad = manifest({}), manifest(MEMORY)
    lives = [
        replace(each, left_manifest="revision-2") if each.environment == "prod" else each for each in everywhere(before)
    ]
    world = World(lives, revision_1=before, revision_2=bad)
    found = plan(bad, world)
    assert (found.kept, "gantry promote cowsay --configuration --to prod" in found.left_out["prod"]) == ({}, True)
    assert list(plan(bad, world, "prod").kept) == ["prod"]
    assert list(plan(manifest({"prod": {"memory_mb": 1024}}), world).kept) == ["prod"], "it is another one"


sizes = st.sampled_from([{}, {"memory_mb": 256}, {"memory_mb": 512}, {"environment": {"A": "1"}}])


@settings(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, sizes)),
    st.fixed_dictionaries(dict.fromkeys(NAMES, sizes)),
    st.fixed_dictionaries(dict.fromkeys(NAMES, st.lists(st.integers(1, 3), min_size=0, max_size=2))),
    st.integers(1, 4),
)
def test_it_never_changes_a_digest(
    old: dict[str, Any], new: dict[str, Any], running: dict[str, list[int]], runs_by_then: int
) -> None:
    """Whatever was live where, and whatever runs there by the time that a deployment has its turn."""
    regions = ("us-east-1", "eu-west-1")
    before, now = configured(old, regions), configured(new, regions)
    lives = [live(name, number, before, index) for name, found in running.items() for index, number in enumerate(found)]
    try:
        found = plan(now, World(lives, revision_1=before))
    except InvalidRequestError:
        return
    for name, kept in found.kept.items():
        here = [each.current.digest for each in lives if each.environment == name]
        assert here == [kept.digest] * len(regions)
        artifact = Artifact(ArtifactKind.CONTAINER_IMAGE, kept.digest, "cowsay")
        release = of_configuration(Release("cowsay", artifact, NOW), name, kept)
        (target, *_) = [each for each in lives if each.environment == name]
        by_then = replace(target, current=replace(target.current, digest=digest(runs_by_then)))
        for ledger, routed in ((target, digest(runs_by_then)), (by_then, kept.digest), (by_then, digest(runs_by_then))):
            try:
                require_same_artifact(release, target.target_id, StableRevision("9", routed), ledger)
            except DeploymentSupersededError:
                continue
            assert {routed, ledger.current.digest} == {release.digest}


def test_another_artifact_than_the_live_one_is_none() -> None:
    other = Release("cowsay", Artifact(ArtifactKind.CONTAINER_IMAGE, digest(9), "cowsay"), NOW)
    with pytest.raises(InvalidRequestError, match="was found instead"):
        of_configuration(other, "prod", KeptArtifact(digest(1), "tag1", ()))
