"""The commands for a running sandbox: `python -m sandbox COMMAND`."""

import argparse
import json
import sys
from http import HTTPStatus
from pathlib import Path

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.driver.command_line import CommandLine
from sandbox.driver.cowsay import APPROVER, BAD, GOOD, SERVICE
from sandbox.driver.first_manifest import first_manifest
from sandbox.driver.folder_image import FolderError, image_of
from sandbox.driver.new_service import add_service
from sandbox.driver.notices import mails_to, notifications, subscribe, topics
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.registry import Registry
from sandbox.driver.running import NotRunningError, Running, endpoint, note_shown_mails, shown_mails
from sandbox.driver.waiting import NotSeenError, eventually
from sandbox.driver.wrapping import wrapped
from sandbox.stand_in.accounts import ASSETS, REGION, ROOT_SECRET, WORKLOAD_ACCOUNTS
from sandbox.stand_in.mailbox import Mail

_ACCOUNTS = {"assets": ASSETS, **WORKLOAD_ACCOUNTS}
_MAIL_SECONDS = 180.0


class UsageError(Exception):
    """What somebody typed cannot be done. The message says why."""


def run(arguments: list[str]) -> int:
    """Run one command and print its result; return 1 if it cannot be done, 2 if it was typed wrongly."""
    options = parser().parse_args(arguments)
    try:
        running = Running(options.endpoint or endpoint())
        if options.command == "gantry":
            return CommandLine.of_root(running).run_here(*options.arguments)
        done: str = options.run(options, Pipeline.of_running(running))
    except (NotRunningError, FolderError, UsageError, NotSeenError) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, OSError) as error:
        print(f"The sandbox did not do it: {error}", file=sys.stderr)
        return 1
    print(done)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what reads the commands."""
    made = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    made.add_argument("--endpoint", help="of a sandbox that another checkout has started")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="add a service: repository, role, alarm, rights, binding")
    add.add_argument("name", help="the service, as its repository is called")
    add.add_argument("--in", dest="environments", action="append", choices=WORKLOAD_ACCOUNTS, required=True)
    add.set_defaults(run=_add)
    manifest = commands.add_parser("manifest", help="check a manifest and upload it")
    manifest.add_argument("file", type=Path)
    manifest.set_defaults(run=_manifest)
    policy = commands.add_parser("policy", help="check the administrators' policy file and upload it")
    policy.add_argument("file", type=Path)
    policy.set_defaults(run=_policy)
    push = commands.add_parser("push", help="push a folder as an image; without one, a version of cowsay")
    push.add_argument("folder", type=Path, nargs="?", help="with an app.py, or a Dockerfile that only copies")
    push.add_argument("--repository", help=f"which one; {SERVICE} without a folder")
    push.add_argument("--tag", help="by default, seven digits that stand for the content")
    push.add_argument("--handler", help="by default, the Dockerfile's CMD, or app.handler")
    push.add_argument("--bad", action="store_true", help=f"a version of {SERVICE} that fails in prod")
    push.set_defaults(run=_push)
    mail = commands.add_parser("mail", help="show the newest mail, or wait for a new one")
    mail.add_argument("--to", metavar="ADDRESS", help="only mails to this address")
    mail.add_argument(
        "--wait",
        nargs="?",
        type=float,
        const=_MAIL_SECONDS,
        metavar="SECONDS",
        help=f"wait for one that was not shown yet; {_MAIL_SECONDS:g} seconds by default",
    )
    mail.set_defaults(run=_mail)
    approve = commands.add_parser("approve", help="open the link in the newest mail, and press Approve")
    approve.add_argument("--to", metavar="ADDRESS", required=True, help="whose mail")
    approve.add_argument("--reason", default="")
    approve.add_argument("--reject", action="store_true", help="press Reject")
    approve.set_defaults(run=_approve)
    told = commands.add_parser("notifications", help="show what a topic has told people")
    told.add_argument("--topic", metavar="ARN", help="by default, the pipeline's own")
    told.set_defaults(run=_notifications)
    invoke = commands.add_parser("invoke", help="send one request to a function through its alias")
    invoke.add_argument("function")
    invoke.add_argument("--in", dest="environment", choices=WORKLOAD_ACCOUNTS, required=True)
    invoke.add_argument("--alias", default="live")
    invoke.set_defaults(run=_invoke)
    env = commands.add_parser("env", help='credentials for other tools: eval "$(… env prod)"')
    env.add_argument("account", choices=_ACCOUNTS)
    env.set_defaults(run=_env)
    gantry = commands.add_parser("gantry", help="the command line, signed in to the account assets", prefix_chars="\0")
    gantry.add_argument("arguments", nargs="*")
    return made


def _add(options: argparse.Namespace, pipeline: Pipeline) -> str:
    add_service(pipeline, options.name, dict.fromkeys(options.environments), _print_wrapped)
    manifest = first_manifest(options.name, options.environments, APPROVER)
    return f"\nNext: write a manifest like this one to a file, then `sandbox manifest FILE`:\n\n{manifest}"


def _print_wrapped(text: str) -> None:
    print(*wrapped(text, indent=2), sep="\n")


def _manifest(options: argparse.Namespace, pipeline: Pipeline) -> str:
    text = _read(options.file)
    _check(pipeline, "manifest", options.file)
    manifest = yaml.safe_load(text)
    artifact = manifest.get("artifact") or {}
    service = manifest.get("repository") or f"s3/{artifact.get('bucket')}/{artifact.get('key')}"
    revision = pipeline.upload_manifest(service, text)
    return f"uploaded as services/{service}.yaml, revision {revision}\nIt holds from the next push on."


def _policy(options: argparse.Namespace, pipeline: Pipeline) -> str:
    text = _read(options.file)
    _check(pipeline, "policy", options.file)
    return f"uploaded as policy/policy.yaml, revision {pipeline.upload_policy(text)}"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _check(pipeline: Pipeline, kind: str, file: Path) -> None:
    ran = CommandLine.of_root(pipeline.stand_in).run(kind, "check", str(file))
    if ran.code:
        raise UsageError((ran.out + ran.err).strip())


def _push(options: argparse.Namespace, pipeline: Pipeline) -> str:
    if options.folder is None:
        repository, tag = options.repository or SERVICE, options.tag
        if tag is None or repository != SERVICE:
            raise UsageError(f"Give a folder; or only a --tag, for a version of {SERVICE}.")
        digest = pipeline.push(repository, tag, (BAD if options.bad else GOOD) % tag)
    else:
        if options.repository is None or options.bad:
            raise UsageError("A folder needs --repository, and is as good or bad as its code: --bad is for cowsay.")
        image = image_of(options.folder, options.handler)
        repository, tag = options.repository, options.tag or image.tag
        registry = Registry(pipeline.stand_in.client("ecr", ASSETS))
        digest = registry.push(repository, tag, image.files, command=image.command)
    return f"pushed {repository}:{tag} as {digest}"


def _mail(options: argparse.Namespace, pipeline: Pipeline) -> str:
    address, running = options.to or "everybody", pipeline.stand_in

    def arrived() -> dict[int, Mail]:
        found = enumerate(mails_to(running, None))
        return {place: mail for place, mail in found if options.to is None or options.to in mail.to}

    def newer() -> tuple[int, Mail] | None:
        shown = shown_mails()
        return next((each for each in arrived().items() if each[0] not in shown), None)

    if options.wait is not None:
        place, mail = eventually(f"a new mail to {address}", newer, options.wait)
        note_shown_mails([place])
        return _text(mail)
    found = arrived()
    note_shown_mails(found)
    return _text(list(found.values())[-1]) if found else f"no mail to {address} yet; --wait waits for one"


def _text(mail: Mail) -> str:
    return f"To: {', '.join(mail.to)}\nSubject: {mail.subject}\n\n{mail.text}"


def _approve(options: argparse.Namespace, pipeline: Pipeline) -> str:
    mail = next(iter(mails_to(pipeline.stand_in, options.to)[::-1]), None)
    link = next(iter(mail.links), None) if mail else None
    if mail is None or link is None:
        raise UsageError(f"No mail to {options.to} with a link has arrived yet.")
    decision = "rejected" if options.reject else "approved"
    status, _ = pipeline.answer(link, decision, options.reason)
    if status != HTTPStatus.OK:
        raise UsageError(f"Nothing was changed; the page answers {status}. It says why: {link}")
    return f"{decision} as {options.to}: {mail.subject}"


def _notifications(options: argparse.Namespace, pipeline: Pipeline) -> str:
    topic = options.topic or pipeline.outputs["NotificationTopicArn"]
    if topic not in (known := topics(pipeline.stand_in)):
        raise UsageError(f"There is no topic {topic} in the account assets. There are: {', '.join(known)}")
    subscribe(pipeline.stand_in, topic)
    found = notifications(pipeline.stand_in, topic)
    return f"\n{'-' * 20}\n".join(found) if found else f"Nothing was told yet. From now on, what {topic} says is kept."


def _invoke(options: argparse.Namespace, pipeline: Pipeline) -> str:
    account = WORKLOAD_ACCOUNTS[options.environment]
    answer = pipeline.invoke(account, options.function, options.alias)
    outcome = "failed" if answer["failed"] else "answered"
    return f"version {answer['version']} {outcome}: {json.dumps(answer['payload'])}"


def _env(options: argparse.Namespace, pipeline: Pipeline) -> str:
    exported = {
        "AWS_ENDPOINT_URL": pipeline.stand_in.endpoint,
        "AWS_ACCESS_KEY_ID": _ACCOUNTS[options.account],
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    lines = "\n".join(f"export {name}={value}" for name, value in exported.items())
    return f"unset AWS_PROFILE AWS_SESSION_TOKEN\n{lines}"
