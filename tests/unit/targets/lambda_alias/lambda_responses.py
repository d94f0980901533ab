"""Responses of Lambda, as its clients return them."""

from typing import Any

PULL_REFUSED = "Lambda does not have permission to access the ECR image. Check the ECR permissions."
IMAGE = "111111111111.dkr.ecr.us-east-1.amazonaws.com/cowsay@sha256:" + "a" * 64


def described(**changes: Any) -> dict[str, Any]:
    """How a function is described."""
    return {
        "FunctionName": "cowsay",
        "Version": "$LATEST",
        "Role": "arn:aws:iam::222222222222:role/cowsay",
        "MemorySize": 256,
        "Timeout": 10,
        "CodeSha256": "a" * 64,
        "RevisionId": "revision-1",
        "PackageType": "Image",
        "Architectures": ["arm64"],
        "State": "Active",
        "LastUpdateStatus": "Successful",
    } | changes


def found(**changes: Any) -> dict[str, Any]:
    """A response of GetFunction."""
    code = {"RepositoryType": "ECR", "ImageUri": "somewhere/cowsay:4f0c2d1", "ResolvedImageUri": IMAGE}
    return {"Configuration": described(**changes), "Code": code}
