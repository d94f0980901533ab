"""Where a promotion comes from: who pushed its image, who started it by hand, and what the image is called."""

from dataclasses import dataclass
from email.utils import parseaddr

LONGEST_NAME = 254
"""Of a mail address, in characters: https://www.rfc-editor.org/errata/eid1690."""


@dataclass(frozen=True, slots=True)
class PromotionOrigin:
    """Where a promotion comes from, as far as the image, the event and the input tell.

    All of it is what somebody said, not what AWS vouches for: whoever can push an image labels it as they like, and
    whoever starts a promotion types the name. It keeps people from approving their own work by oversight; against
    somebody who means to, only their rights help.

    What is unknown belongs to nobody. An image whose label is missing or cannot be read keeps no approver out, with
    `self_approval: false` either; otherwise one unlabelled push could be approved by nobody at all. So people are
    told that the image does not say whose it is, and can look before they answer.
    """

    is_manual: bool
    pushed_by: str | None = None
    """The image's label `pushed-by`: a mail address or a user name."""
    started_by: str | None = None
    """Who started the execution by hand, as they said; None after a push."""
    tags: tuple[str, ...] = ()
    """All tags of the image at the time, sorted; of an index its own, because its children have none."""

    def __str__(self) -> str:
        """For people: `a push to ECR by alice@example.com`, or `bob@example.com, by hand`."""
        if not self.is_manual:
            return f"a push to ECR {f'by {self.pushed_by}' if self.pushed_by else '(the image does not say whose)'}"
        start = f"{self.started_by}, by hand" if self.started_by else "somebody by hand (who did not say who)"
        return f"{start}; the image was pushed by {self.pushed_by}" if self.pushed_by else start

    def is_by(self, person: str) -> bool:
        """Whether a mail address, or an IAM ARN, belongs to somebody who pushed the image or started the promotion.

        Capitals do not count, and a name without a domain is the one before another one's @: an image labelled
        `alice` is by alice@example.com. Of an assumed role's ARN the session's name counts, of an IAM user's the
        user's; a role's own ARN is nobody's.
        """
        return any(_are_one(said, person) for said in (self.pushed_by, self.started_by) if said)


def as_name(text: object) -> str | None:
    """A name from outside, not longer than a mail address can be; None when it cannot be one.

    It is shown to people and written to logs and mails, so that nothing in it may steer a terminal or a line.
    """
    if not isinstance(text, str) or not text.isprintable():
        return None
    return text.strip()[:LONGEST_NAME] or None


def _are_one(one: str, other: str) -> bool:
    first, second = _name(one), _name(other)
    if "@" not in first or "@" not in second:
        first, second = first.partition("@")[0], second.partition("@")[0]
    return first == second != ""


def _name(person: str) -> str:
    """In small letters, the address alone of `Alice <alice@example.com>`, and what an ARN calls somebody, if anybody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    named = person.casefold().removeprefix("mailto:")
    folded = (parseaddr(named)[1] if "@" in named and not named.startswith("arn:") else named).strip()
    if not folded.startswith("arn:"):
        return folded
    match folded.rpartition(":")[2].split("/"):
        case ["user", *_, name] | ["assumed-role", _, name] | ["federated-user", name]:
            return name
        case _:
            return ""
