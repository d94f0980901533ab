"""A question in front of prod that waits for people, and what they do with its links."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from typing import Any, Self

from sandbox.driver.approvals import nonce_on
from sandbox.driver.pipeline import Pipeline
from sandbox.driver.waiting import eventually
from sandbox.stand_in.accounts import ASSETS
from sandbox.stand_in.mailbox import Mail, mails
from tests.end_to_end.service import Json, Service

ANN, BOB, CAT = "ann@example.com", "bob@example.com", "cat@example.com"
STRANGER = "stranger@elsewhere.test"
"""Whom SES does not write to."""


@dataclass(frozen=True)
class Question:
    """Of one promotion, in front of one environment."""

    service: Service
    digest: str
    promotion: str
    environment: str = "prod"

    @classmethod
    def of_push(cls, service: Service, approval: Json, **environment: Any) -> Self:
        """Add the service, whose prod asks as `approval` says, and push."""
        service.add(service.environment(approval={"expires_after": "1h", **approval}, **environment))
        return cls(service, *service.promote())

    @property
    def pipeline(self) -> Pipeline:
        return self.service.pipeline

    def mails(self, approver: str) -> list[Mail]:
        """What somebody was written about it so far, oldest first."""
        sent = mails(self.pipeline.stand_in, ASSETS)
        return [mail for mail in sent if approver in mail.to and self.promotion in mail.text]

    def mail(self, approver: str, number: int = 1) -> Mail:
        """The first, or a later, mail to somebody, as soon as it is there."""
        return eventually(
            f"mail {number} to {approver} about {self.promotion}",
            lambda: found[number - 1] if len(found := self.mails(approver)) >= number else None,
        )

    def link(self, approver: str) -> str:
        return self.mail(approver).links[0]

    def look(self, approver: str) -> tuple[int, str]:
        """The status of the page and what is to be read on it."""
        status, page = self.pipeline.http("GET", self.link(approver))
        return status, text_of(page)

    def nonce(self, approver: str) -> str:
        """A nonce that the approver's page gives."""
        nonce = nonce_on(self.pipeline.http("GET", self.link(approver))[1])
        assert nonce
        return nonce

    def post(self, approver: str, **fields: str) -> tuple[int, str]:
        """Send the form of an approver's page; the status and what is to be read on the page that comes back."""
        status, page = self.pipeline.post(self.link(approver), **fields)
        return status, text_of(page)

    def answer(self, approver: str, decision: str, **fields: str) -> tuple[int, str]:
        """Open the page and press a button."""
        return self.post(approver, nonce=self.nonce(approver), decision=decision, **fields)

    @property
    def approval(self) -> Json:
        """As the ledger has it; the token of the task that waits is beside it."""
        item: Json = self.item["approval"]
        return item

    @property
    def item(self) -> Json:
        """What the ledger keeps of it."""

        def found() -> Json | None:
            gates = self.pipeline.ledger(f"gate#{self.service.name}")
            at_it = [each for each in gates if each["sk"] == self.environment and each["execution"] == self.promotion]
            return next(iter(at_it), None)

        (item,) = self.pipeline.ledger(f"approval#{eventually('the question at the gate', found)['approval_id']}")
        return item

    @property
    def state(self) -> Json:
        """Everything that a decision would change."""
        service = self.pipeline.ledger(f"service#{self.service.name}")
        return {
            "approval": self.item,
            "service": service,
            "decisions": self.service.decisions,
            "gates": self.pipeline.ledger(f"gate#{self.service.name}"),
            "execution": self.pipeline.describe(self.promotion)["status"],
        }

    def waits(self) -> Self:
        """Wait until a task waits for the answer."""
        eventually(f"a task that waits in {self.promotion}", lambda: self.item.get("task_token"))
        return self

    @property
    def decided(self) -> Json:
        """The only decision in the history."""
        (entry,) = [each for each in self.service.history("approval_decided") if each["execution"] == self.promotion]
        facts: Json = entry["facts"]
        return facts

    def fails_with(self, *words: str) -> None:
        """Wait for the end, which must be a failure that is told in these words."""
        cause = self.service.fails(self.promotion)["cause"]
        assert [word for word in words if word not in cause] == [], cause


def text_of(page: str) -> str:
    """What is to be read on a page, without the tags."""
    body = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL).replace("<wbr>", "")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def tells(text: str, approver: str, reason: str) -> bool:
    """Whether it says who answered, when and why."""
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    return re.search(rf"by {re.escape(approver)} at {when} \(“{re.escape(reason)}”\)", text) is not None


def all_at_once(presses: Sequence[Callable[[], tuple[int, str]]]) -> list[tuple[int, str]]:
    """What comes of several people's pressing at the same instant."""
    ready = threading.Barrier(len(presses))

    def press(one: Callable[[], tuple[int, str]]) -> tuple[int, str]:
        ready.wait()
        return one()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


def decided_events(events: Iterable[Json], promotion: str) -> list[Json]:
    """The details of the events that tell how a promotion's questions ended."""
    found = [event["detail"] for event in events if event["detail-type"] == "Promotion Approval Decided"]
    return [detail for detail in found if detail["execution"] == promotion]
