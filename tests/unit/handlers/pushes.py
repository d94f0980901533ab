"""Events of ECR, as EventBridge hands them to the promotion machine."""

from typing import Any

from tests.unit.handlers.payloads import DIGEST


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
