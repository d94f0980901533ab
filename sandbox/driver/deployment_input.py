"""Starts the deployment machine alone, as a promotion does, for stories about targets."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.driver.host import ARCHITECTURE

Json = dict[str, Any]


def lambda_target(account: str, region: str, function: str, role: str) -> Json:
    """Return a target with the alias `live`. Its versions run with the role of this name."""
    return {
        "kind": "lambda",
        "account": account,
        "region": region,
        "name": f"{function}/live",
        "arn": f"arn:aws:lambda:{region}:{account}:function:{function}:live",
        "settings": {"role": f"arn:aws:iam::{account}:role/{role}"},
    }


def deployment_input(
    service: str, digest: str, version: str, target: Mapping[str, Any], plan: Sequence[Mapping[str, int]] = ()
) -> Json:
    """Return the input for a release of the service, whose repository has its name, to prod; by default at once."""
    artifact = {"kind": "container_image", "digest": digest, "location": service}
    return {
        "release": {"service": service, "artifact": artifact, "manifest_revision": version, "tag": version},
        "environment": "prod",
        "target": dict(target),
        "architecture": ARCHITECTURE,
        "configuration": {"memory_mb": 256, "timeout_seconds": 10, "environment": {}},
        "plan": list(plan),
        "alarms": [],
        "judge": {"mode": "observe", "bake_after_seconds": 0},
        "checks": {"before_traffic": []},
    }
