"""Events of ECR, as EventBridge gives them to the promotion machine, and how far one gets."""

from typing import Any

from gantry.handlers.promotion_machine import check_gates, resolve_release
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


def push_again(digest: str, workloads: Workloads) -> Any:
    """Push the same image with another tag; return what the gates of its first environment answer."""
    upload()
    workloads.images.push("cowsay", "5e1a77b", digest)
    execution = f"{PROMOTION}-again"
    resolved = invoke(
        resolve_release.handler,
        payload("ResolveRelease", event=push("5e1a77b", digest), execution=execution),
    )
    release, promoted = resolved["release"], resolved["environments"]
    event = payload("CheckGates", release=release, environment=promoted[0], promoted=promoted, execution=execution)
    return invoke(check_gates.handler, event)
