"""What stands in for the programs that the examples' steps run, with the reason. Bash, Git, pip and Python are real."""

import sys
from pathlib import Path
from typing import Final

from sandbox.stand_in.workspace import ROOT
from tests.pages import stand_ins

WHY: Final = {
    "aws": "the AWS CLI 1, as in tests/pages.",
    "docker": "an image's base comes from the internet. The function's files are pushed by ECR's own calls instead.",
    "gh": "it talks to github.com alone. This one makes its calls at the small GitHub of the sandbox.",
    "terraform": (
        "a real Terraform 1.0.3 without the provider of AWS, which no package has. So its program is another one with "
        "the same variables, and this one reads and writes the parameters of Parameter Store in the provider's place."
    ),
}
"""Each program that is not the one that the workflows mean."""

USED: Final = {
    "actions/checkout": "real Git, from a bare repository on this machine.",
    "actions/upload-artifact": "a copy of the files.",
    "actions/download-artifact": "a copy of the files.",
    "hashicorp/setup-terraform": "Terraform is on the path.",
    "aws-actions/configure-aws-credentials": (
        "its one call, AssumeRoleWithWebIdentity, with a token that GitHub has not signed: the stand-in for AWS holds "
        "its claims to the role's trust policy, and does not look at the signature."
    ),
}
"""Each action of others, and what is done instead."""

_PROGRAM: Final = f"""#!/usr/bin/env {sys.executable}
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "functions")!r}]
from tests.workflows.{{name}} import main
sys.exit(main(sys.argv[1:]))
"""


def install(folder: Path) -> None:
    """Write the programs to a folder, which is then on the path before all others."""
    stand_ins.install(folder)
    (folder / "gantry").unlink()  # the actions bring it
    for name in ("docker", "gh", "terraform"):
        program = folder / name
        program.write_text(_PROGRAM.format(name=name))
        program.chmod(0o755)
