"""The manifest that somebody begins with, for a service that was just added."""

from collections.abc import Iterable

from sandbox.driver.host import ARCHITECTURE
from sandbox.stand_in.accounts import REGION, WORKLOAD_ACCOUNTS

_LAST = """\
    approval: {{approvers: [{approver}]}}
    traffic: [{{weight: 20, bake: 8s}}, {{weight: 50, bake: 8s}}]
    alarms: [{function}-errors]
"""


def first_manifest(service: str, environments: Iterable[str], approver: str) -> str:
    """Return a manifest of these environments, in the order in which releases reach them.

    Somebody is asked before the last one, which gets its traffic in steps. The versions that the sandbox runs are
    built for the machine's own architecture.
    """
    names = [each for each in WORKLOAD_ACCOUNTS if each in set(environments)]
    function = service.rpartition("/")[2]
    lines = [f"repository: {service}", "versioning: git-sha", f"architecture: {ARCHITECTURE}", "environments:"]
    for name in names:
        account = WORKLOAD_ACCOUNTS[name]
        lines += [
            f"  - name: {name}",
            "    targets:",
            f'      - account: "{account}"',
            f"        region: {REGION}",
            f"        function: {function}",
            "        alias: live",
            f'        role: "arn:aws:iam::{account}:role/{function}"',
        ]
        lines += ["    traffic: AllAtOnce"] if name != names[-1] else []
    return "\n".join(lines) + "\n" + _LAST.format(approver=approver, function=function)
