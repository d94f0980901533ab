"""AwaitReplication: one look whether the release is in every region where it is to be deployed."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from gantry.handlers.promotion_machine import await_replication
from gantry.promotion.artifact import Artifact
from gantry.promotion.errors import ReplicationFailedError, ReplicationPendingError
from gantry.use_cases.services import Services
from tests.unit.handlers.payloads import PROMOTION, RELEASE, invoke, payload, release_input


@dataclass
class FakeReplication:
    """The registries of some regions."""

    arrived: set[str] = field(default_factory=set)
    on_the_way: set[str] = field(default_factory=set)
    asked_for: list[str] = field(default_factory=list)

    def images_in(self, region: str) -> Any:
        @dataclass
        class There:
            arrived: bool

            def has(self, image: Artifact) -> bool:
                assert image == RELEASE.artifact
                return self.arrived

        return There(region in self.arrived)

    def progress(self, image: Artifact, region: str) -> str:
        assert image == RELEASE.artifact
        self.asked_for.append(region)
        if region not in self.on_the_way:
            raise ReplicationFailedError(f"no rule brings it to {region}")
        return f"{region}: IN_PROGRESS"


@pytest.fixture
def replication(services: Services) -> FakeReplication:
    made = FakeReplication()
    vars(services).update(replication=made, images_in=made.images_in)
    return made


def look(*regions: str) -> Any:
    sent = payload("AwaitReplication", release=release_input(), elsewhere=list(regions), execution=PROMOTION)
    return invoke(await_replication.handler, sent)


def test_what_is_in_every_region_goes_on_whatever_brought_it_there(replication: FakeReplication) -> None:
    replication.arrived |= {"eu-west-1", "eu-central-1"}
    assert look("eu-central-1", "eu-west-1") == {"regions": ["eu-central-1", "eu-west-1"]}
    assert replication.asked_for == []


def test_what_is_on_its_way_is_looked_for_again(replication: FakeReplication) -> None:
    replication.arrived.add("eu-west-1")
    replication.on_the_way.add("eu-central-1")
    with pytest.raises(ReplicationPendingError, match="eu-central-1: IN_PROGRESS"):
        look("eu-central-1", "eu-west-1")


def test_what_will_never_arrive_in_one_region_is_not_waited_for_in_another(replication: FakeReplication) -> None:
    replication.on_the_way.add("eu-central-1")
    with pytest.raises(ReplicationFailedError, match="no rule brings it to eu-west-1"):
        look("eu-central-1", "eu-west-1")
