"""The messages on the topic: each sentence is asserted here, and only here."""

from dataclasses import replace

import pytest

from gantry.promotion import messages
from gantry.promotion.events import DeploymentEnd
from gantry.promotion.failure import Failure
from gantry.promotion.messages import Message
from gantry.promotion.release import Release
from gantry.promotion.source import Source
from tests.unit.promotion.an_approval import asked
from tests.unit.promotion.deployments import EXECUTION, RELEASE, STATE, TARGET

WHERE = (
    f"Execution: {EXECUTION}\n"
    f"Console: https://console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/{EXECUTION}"
)
LATE = Failure("States.Timeout", "it was late")


@pytest.mark.parametrize(
    ("release", "failure", "subject", "text"),
    [
        (
            RELEASE,
            None,
            "cowsay: promotion completed",
            "cowsay 4f0c2d1: live in all of this promotion's environments.",
        ),
        (RELEASE, LATE, "cowsay: promotion failed", "cowsay 4f0c2d1: States.Timeout: it was late"),
        (None, LATE, "cowsay: promotion failed", "cowsay: States.Timeout: it was late"),
    ],
    ids=["completed", "failed", "failed without a release"],
)
def test_the_end_of_a_promotion(release: Release | None, failure: Failure | None, subject: str, text: str) -> None:
    message = messages.promotion_ended("cowsay", release, failure, EXECUTION)
    assert message == Message(subject, f"{text}\n\n{WHERE}")


@pytest.mark.parametrize(
    ("how", "outcome"), [(DeploymentEnd.FAILED, "failed"), (DeploymentEnd.ROLLED_BACK, "rolled back")]
)
def test_the_end_of_a_deployment_that_did_not_complete(how: DeploymentEnd, outcome: str) -> None:
    message = messages.deployment_ended(how, STATE, "The traffic was not touched.")
    text = f"cowsay 4f0c2d1 on {TARGET.id}\n\nThe traffic was not touched.\n\n{WHERE}"
    assert message == Message(f"cowsay in prod: {outcome}", text)


@pytest.mark.parametrize(
    ("problems", "not_done"),
    [((), ""), (("one is closed", "two is gone"), "\nNot done: one is closed\nNot done: two is gone")],
)
def test_a_manual_rollback_with_everything_that_it_could_not_do(problems: tuple[str, ...], not_done: str) -> None:
    message = messages.rolled_back("cowsay in prod", "manually", "It was rolled back.", problems, EXECUTION)
    text = f"It was rolled back.{not_done}\n\n{WHERE}"
    assert message == Message("cowsay in prod: rolled back manually", text)


def test_the_bad_end_of_an_execution_and_what_was_repaired_after_it() -> None:
    message = messages.execution_ended("cowsay in prod", "deployment stopped", LATE, "All is well again.", EXECUTION)
    text = f"States.Timeout: it was late\n\nAll is well again.\n\n{WHERE}"
    assert message == Message("cowsay in prod: deployment stopped", text)


def test_less_protection_than_before() -> None:
    message = messages.safeguards_message(RELEASE, ["prod: nobody is asked", "dev: no alarm"], EXECUTION)
    text = (
        "cowsay 4f0c2d1 comes with a manifest that protects the service less than before:\n\n"
        f"- prod: nobody is asked\n- dev: no alarm\n\n{WHERE}"
    )
    assert message == Message("cowsay: less protection than before", text)


def test_a_mail_that_did_not_arrive() -> None:
    message = messages.mail_undelivered(asked(), "It bounced.")
    remedy = "The other approvers are enough. Correct the address in the manifest before the next promotion."
    text = f"It bounced.\n\n{remedy}\n\nExecution: {asked().execution}"
    assert message == Message("cowsay 4f0c2d1: a mail about prod did not arrive", text)


def test_where_the_release_comes_from_stands_beside_the_execution() -> None:
    source = Source("https://github.com/acme/cowsay", "4f0c2d1", "https://ci.example.com/runs/7")
    labelled = replace(RELEASE, source=source)
    message = messages.promotion_ended("cowsay", labelled, None, EXECUTION)
    assert message.text.endswith(
        "environments.\n\nCommit: https://github.com/acme/cowsay/commit/4f0c2d1\n"
        f"CI run: https://ci.example.com/runs/7\n{WHERE}"
    )
    state = replace(STATE, deployment=replace(STATE.deployment, release=labelled))
    for other in (
        messages.deployment_ended(DeploymentEnd.FAILED, state, "It was late."),
        messages.promotion_cut_short("cowsay", labelled, "stopped", LATE, EXECUTION),
        messages.safeguards_message(labelled, ["prod: nobody is asked"], EXECUTION),
        messages.mail_undelivered(replace(asked(), release=labelled), "It bounced."),
        messages.canary_decided(replace(asked(), release=labelled), "Bob has."),
    ):
        assert "\n\nCommit: https://github.com/acme/cowsay/commit/4f0c2d1\n" in other.text


NAME = "team/" + "n" * 251


@pytest.mark.parametrize("failure", [None, Failure("AlarmRaisedError", "it went off")])
def test_however_long_the_name_is_the_subject_says_how_it_ended(failure: Failure | None) -> None:
    outcome = "promotion failed" if failure else "promotion completed"
    for message in (
        messages.promotion_ended(NAME, None, failure, "arn:one"),
        messages.promotion_ended("cowsay", None, failure, "arn:one"),
    ):
        assert message.subject.endswith(f": {outcome}")
        assert len(message.subject) <= 99
        assert message.subject.isascii()
    rolled_back = messages.rolled_back(f"{NAME} in prod", "manually", "", (), "arn:one")
    assert rolled_back.subject.endswith(": rolled back manually")


def test_no_cause_adds_a_line_of_gantrys_own_or_hides_anything() -> None:
    cause = "no\n\nExecution: arn:another\nSee https://evil.example/x\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 9000
    text = messages.promotion_ended("cowsay", None, Failure("E", cause), "arn:one").text
    assert [line for line in text.splitlines() if line.startswith("Execution:")] == ["Execution: arn:one"]
    assert "https://" not in text
    assert "\\u202e" in text
    assert len(text) < 4000
