"""Many pushes at once, on the deployed stack. The newest wins, no push is lost, and nothing waits at the end."""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS, DEV, REGION
from sandbox.stand_in.footprint import Peaks

Json = dict[str, Any]

_AT_A_TIME = 10
_SECONDS = 300
_SECONDS_FOR_EACH = 5
_APP = "def handler(event, context):\n    return %r\n"


@dataclass(frozen=True, slots=True)
class Promotion:
    """How one push ended."""

    execution: str
    digest: str
    started_at: str
    status: str
    cause: str

    @property
    def outcome(self) -> str:
        """`completed`, `superseded` or `failed`."""
        if self.status == "SUCCEEDED":
            return "completed"
        return "superseded" if "DeploymentSuperseded" in self.cause else "failed"


@dataclass(frozen=True, slots=True)
class Race:
    """How pushes ended that came at once."""

    pushing_seconds: float
    """From the first push to the last."""
    seconds: float
    """From the first push to the end of the last promotion."""
    promotions: tuple[Promotion, ...]
    live: tuple[str, ...]
    """The digests that the ledger calls live, one for each service that has one."""
    running: tuple[str, ...]
    """The digests that the aliases route to; a split alias is marked."""
    left: int
    """How many leases are held, waited for, or still have waiting deployments to notify."""
    peaks: Peaks
    """What the stand-in took of the machine meanwhile."""

    @property
    def newest(self) -> Promotion:
        """The promotion that started last."""
        return max(self.promotions, key=lambda each: (each.started_at, each.execution))

    def __str__(self) -> str:
        """The figures."""
        ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes().items()))
        return (
            f"{len(self.promotions)} pushes within {self.pushing_seconds:.2f} s: {ended}, all ended after "
            f"{self.seconds:.1f} s; {self.left} leases held or waited for; {self.peaks}"
        )

    @property
    def broken(self) -> tuple[str, ...]:
        """What is wrong; empty if nothing is."""
        failed = [f"{each.execution}: {each.cause}" for each in self.promotions if each.outcome == "failed"]
        left = [f"{self.left} leases are held or waited for"] if self.left else []
        return (*failed, *left, *(["the ledger and the aliases disagree"] if self.live != self.running else []))

    def _outcomes(self) -> Counter[str]:
        return Counter(each.outcome for each in self.promotions)


def one_service(pipeline: Pipeline, pushes: int = 20, service: str = "cowsay-race") -> Race:
    """Push this many images of one service within a second."""
    _add(pipeline, [service])
    return _race(pipeline, [(service, number) for number in range(pushes)])


def many_services(pipeline: Pipeline, services: int = 50, prefix: str = "cowsay-race") -> Race:
    """Push one image of each of this many services at once."""
    names = [f"{prefix}-{number:02}" for number in range(services)]
    _add(pipeline, names)
    return _race(pipeline, [(name, 0) for name in names])


def _add(pipeline: Pipeline, services: Sequence[str]) -> None:
    """Add services with one target each and no steps, so that all traffic shifts at once."""

    def add(service: str) -> None:
        pipeline.add_repository(service)
        pipeline.add_role(service, DEV)
        target = {"account": DEV, "region": REGION, "function": service, "alias": "live"}
        target["role"] = f"arn:aws:iam::{DEV}:role/{service}"
        manifest = {
            "repository": service,
            "versioning": "git-sha",
            "architecture": pipeline.architecture,
            "configuration": {"memory_mb": 256, "timeout_seconds": 10},
            "environments": [{"name": "dev", "targets": [target], "traffic": "AllAtOnce"}],
        }
        pipeline.upload_manifest(service, yaml.safe_dump(manifest))

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        list(pool.map(add, services))


def _race(pipeline: Pipeline, pushes: Sequence[tuple[str, int]]) -> Race:
    """Push all images without tags, then tag them at once. The tag starts a promotion."""
    ecr = pipeline.stand_in.client("ecr", ASSETS)
    registry = Registry(ecr)

    def prepare(push: tuple[str, int]) -> tuple[str, str, str, str]:
        service, number = push
        digest = registry.push(service, None, {"app.py": _APP % f"{service} {number}"})
        (image,) = ecr.batch_get_image(repositoryName=service, imageIds=[{"imageDigest": digest}])["images"]
        return service, digest, image["imageManifest"], image["imageManifestMediaType"]

    def tag(image: tuple[int, tuple[str, str, str, str]]) -> None:
        number, (service, _, manifest, media_type) = image
        ecr.put_image(
            repositoryName=service,
            imageManifest=manifest,
            imageManifestMediaType=media_type,
            imageTag=f"{number + 1:07x}",
        )

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        prepared = list(pool.map(prepare, pushes))
    with pipeline.stand_in.footprint() as peaks:
        started = time.monotonic()
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(tag, enumerate(prepared)))
        pushed = time.monotonic()
        promotions = _ends(pipeline, [digest for _, digest, *_ in prepared])
        ended = time.monotonic()
    services = dict.fromkeys(service for service, _ in pushes)
    return Race(
        pushed - started,
        ended - started,
        promotions,
        tuple(current["digest"] for service in services for current in pipeline.live(service).values()),
        tuple(_running(pipeline, service) for service in services),
        _left(pipeline, services),
        peaks,
    )


def _ends(pipeline: Pipeline, digests: Sequence[str]) -> tuple[Promotion, ...]:
    """Return the promotions once all have ended and each digest has one."""
    found: dict[str, Promotion] = {}

    def look() -> bool | None:
        for execution, value in pipeline.inputs("Promotion").items():
            if execution not in found and (digest := next((each for each in digests if each in value), None)):
                described = pipeline.describe(execution)
                if described["status"] == "RUNNING":
                    return None
                started_at = described["startDate"].isoformat(timespec="milliseconds")
                cause = described.get("cause") or ""
                found[execution] = Promotion(execution, digest, started_at, described["status"], cause)
        return {promotion.digest for promotion in found.values()} == set(digests) or None

    eventually("the end of all promotions", look, _SECONDS + _SECONDS_FOR_EACH * len(digests))
    return tuple(sorted(found.values(), key=lambda promotion: digests.index(promotion.digest)))


def _running(pipeline: Pipeline, service: str) -> str:
    client = pipeline.stand_in.client("lambda", DEV)
    try:
        routing = pipeline.routing(DEV, service)
    except client.exceptions.ResourceNotFoundException:
        return "nothing"
    found = client.get_function(FunctionName=service, Qualifier=routing["version"])
    digest = str(found["Code"]["ResolvedImageUri"].partition("@")[2])
    return f"{digest} and others" if routing["weights"] else digest


def _left(pipeline: Pipeline, services: Collection[str]) -> int:
    """Count the services' leases that are not free."""
    leases = [item for item in pipeline.ledger("lease") if item["sk"].split("/")[2] in services]
    return sum(bool(item.get("holder") or item["waiting"] or item["to_notify"]) for item in leases)
