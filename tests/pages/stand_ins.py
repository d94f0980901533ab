"""What stands in for programs that need the internet, or that no registry of Python's packages has."""

import sys
from pathlib import Path
from typing import Final

from sandbox.stand_in.workspace import ROOT

WHY: Final = {
    "aws": "the AWS CLI 1, as PyPI has no 2. It needs no --cli-binary-format, and calls SQS by an old address.",
    "docker": "an image's base comes from the internet. The function's files are pushed by ECR's own calls instead.",
    "gantry": "the real command line, from this checkout. It is not installed, because uvx would fetch it by Git.",
}
"""Each program that is not the one that the pages mean, and the reason."""

_PYTHON: Final = sys.executable
_AWS: Final = f"""#!/usr/bin/env {_PYTHON}
import os, sys
words = sys.argv[1:]
if "--cli-binary-format" in words:
    at = words.index("--cli-binary-format")
    assert words[at + 1] == "raw-in-base64-out"
    del words[at : at + 2]
if words[0] == "sqs":  # version 1 calls SQS by an older address, whatever AWS_ENDPOINT_URL says
    words += ["--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]
program = {str(Path(_PYTHON).with_name("aws"))!r}
os.execv(program, [program, *words])
"""
_DOCKER: Final = f"""#!/usr/bin/env {_PYTHON}
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.pages.docker import main
sys.exit(main(sys.argv[1:]))
"""
_GANTRY: Final = f"""#!/bin/sh
PYTHONPATH={ROOT}/functions:{ROOT}/sandbox/driver/localhost_names exec {_PYTHON} -m gantry.command_line "$@"
"""


def install(folder: Path) -> None:
    """Write the programs to a folder, which is then on the path before all others."""
    folder.mkdir()
    for name, text in {"aws": _AWS, "docker": _DOCKER, "gantry": _GANTRY}.items():
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
