"""What `make sandbox` says once it is ready. A test runs each of its commands."""

from collections.abc import Iterable

from sandbox.driver.cowsay import APPROVER, SERVICE
from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET, WORKLOAD_ACCOUNTS

ALIAS = ".venv/bin/python -m sandbox"
OWN = "acme-orders"
"""How the text calls somebody's own service."""
OF_COWSAY = (
    ("sandbox push --tag 2222222", "a new version"),
    (f"sandbox mail --to {APPROVER} --wait", "the next mail, with its link"),
    ("sandbox gantry approvals", "what waits for people"),
    (f"sandbox approve --to {APPROVER} --reason tested", "press Approve on its page"),
    (f"sandbox gantry watch {SERVICE}", "follow it"),
    (f"sandbox gantry pause {SERVICE} prod", "hold its canary"),
    (f'sandbox gantry abort {SERVICE} prod --reason "customers call"', "end it"),
    (f"sandbox gantry why {SERVICE} prod", "why it ended like that"),
    ("sandbox push --tag 3333333 --bad", "a version that fails in prod"),
    ("sandbox notifications", "what the topic has told people"),
    ("sandbox gantry status", "all services"),
    ("sandbox gantry page", "the same in a browser"),
)
OF_OWN = (
    (f"sandbox add {OWN} --in dev --in prod", "repository, roles, alarms, rights"),
    ("sandbox manifest FILE", "what you write by docs/manifest.md"),
    (f"sandbox push FOLDER --repository {OWN}", "an app.py, or a Dockerfile"),
    (f"sandbox invoke {OWN} --in prod", "one request"),
    (f"sandbox gantry history {OWN}", "who approved what"),
    (f'sandbox gantry rollback {OWN} prod --reason "customers call"', "once two versions were live"),
    ("sandbox policy FILE", "what the administrators allow"),
    ('eval "$(sandbox env prod)"', "AWS' own tools, in one account"),
)
_COLUMN = 44


def ready(endpoint: str) -> str:
    """Return the text for people."""
    accounts = ", ".join(f"{name} {account}" for name, account in WORKLOAD_ACCOUNTS.items())
    sign_in = f"AWS_ACCESS_KEY_ID=<account> AWS_SECRET_ACCESS_KEY={ROOT_SECRET}"
    return f"""
The sandbox is ready. In prod, each function gets some requests a second.

  endpoint   {endpoint}
             For another port, set GANTRY_PORT here and in the other terminal.
  region     {REGION}
  accounts   assets {ASSETS},
             {accounts}
  sign in    {sign_in}

In another terminal, in this folder:

  alias sandbox='{ALIAS}'

With {SERVICE}, which is live in prod:

{_listed(OF_COWSAY)}

With a service of your own, such as {OWN} in two accounts:

{_listed(OF_OWN)}

What happens in all services is shown below. Ctrl-C stops the sandbox.
"""


def _listed(hints: Iterable[tuple[str, str]]) -> str:
    """Return a line for each command, or two where it is long."""
    lines = []
    for command, meaning in hints:
        first, rest = (command, "") if len(command) < _COLUMN - 2 else ("", f"  {command}\n")
        lines.append(f"{rest}  {first:{_COLUMN - 2}}{meaning}")
    return "\n".join(lines)
