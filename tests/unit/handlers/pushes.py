"""Events of ECR, what StartPromotion makes of them, and how far one gets."""

from typing import Any

from gantry.handlers import entry
from gantry.handlers.event_rules.start_promotion import ObjectEvent, PushEvent
from gantry.handlers.promotion_machine import check_gates, resolve_release
from gantry.promotion.promotion_start import PUSH
from tests.unit.handlers.manifests import upload
from tests.unit.handlers.payloads import DIGEST, PROMOTION, invoke, payload
from tests.unit.handlers.workloads import Workloads


def push(tag: str | None = "4f0c2d1", digest: str = DIGEST, repository: str = "cowsay") -> dict[str, Any]:
    detail = {
        "action-type": "PUSH",
        "result": "SUCCESS",
        "repository-name": repository,
        "image-digest": digest,
        "manifest-media-type": "application/vnd.oci.image.manifest.v1+json",
        "artifact-media-type": "application/vnd.oci.image.config.v1+json",
    }
    return {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": "111111111111",
        "time": "2026-11-22T09:29:59Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail | ({"image-tag": tag} if tag else {}),
    }


def object_event(
    version: str = "IYV3p45BT0ac8hjHg1houSdS1a", key: str = "cowsay/app.zip", bucket: str = "acme"
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html ."""
    detail = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"key": key, "size": 3, "etag": "b1946ac92492d2347c6235b4d2611184", "version-id": version},
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": "111111111111",
        "source-ip-address": "1.2.3.4",
        "reason": "PutObject",
    }
    named = {"detail-type": "Object Created", "source": "aws.s3", "resources": [f"arn:aws:s3:::{bucket}"]}
    return push() | named | {"detail": detail}


def recorded(event: dict[str, Any], execution: str = PROMOTION, at: str | None = None) -> dict[str, Any]:
    """Record that an execution is for a push; return the input that it gets."""
    named = event | {"id": execution.rpartition(f":{PUSH}")[2]}
    parsed = ObjectEvent.of(named) or PushEvent.model_validate(named)
    start = parsed.promotion_start(at or event["time"])
    entry.services().promotion_starts.add(start)
    return start.execution_input()


def resolve_push(event: dict[str, Any], execution: str = PROMOTION, **more: Any) -> Any:
    """What ResolveRelease answers for a push."""
    sent = payload("ResolveRelease", event=recorded(event, execution), execution=execution, **more)
    return invoke(resolve_release.handler, sent)


def push_again(digest: str, workloads: Workloads) -> Any:
    """Push the same image with another tag; return what the gates of its first environment answer."""
    upload()
    workloads.images.push("cowsay", "5e1a77b", digest)
    execution = f"{PROMOTION}-again"
    resolved = resolve_push(push("5e1a77b", digest), execution)
    release, promoted = resolved["release"], resolved["environments"]
    event = payload(
        "CheckGates", release=release, environment=promoted[0], promoted=promoted, releases={}, execution=execution
    )
    return invoke(check_gates.handler, event)
