"""The origin of a promotion: the people who pushed its artifact or started it manually, and the artifact's tags."""

from dataclasses import dataclass
from email.utils import parseaddr
from unicodedata import normalize

from gantry.promotion.visible_text import quoted, quoted_name, visible

_NOBODY = "somebody, manually (no name was given)"
_NOBODY_PUSHED = "a push (the artifact does not say by whom)"
MOST_TAGS = 50
"""Tags that are carried for people. An image may have a thousand."""
LONGEST_NAME = 254
"""The longest mail address, in characters: https://www.rfc-editor.org/errata/eid1690."""

_HOW = {True: "by a signed call", False: "manually (the name is not verified)"}


@dataclass(frozen=True, slots=True)
class PromotionOrigin:
    """The origin of a promotion, as far as the artifact, a record of Gantry's and the input say.

    Only `is_verified` vouches for something: that it was a push, or which ARN called. The rest people say: anybody who
    can push can label the artifact as they like, and whoever starts the machine itself types a name. That keeps people
    from approving their own work by mistake. Against intent, only IAM permissions help.

    An unknown origin belongs to nobody. An artifact without a readable label excludes no approver, not even with
    `self_approval: false`; otherwise one unlabelled push could be approved by nobody at all. People see that the
    artifact does not say who pushed it, and can find out before they answer.
    """

    is_manual: bool
    pushed_by: str | None = None
    """The artifact's label `pushed-by`: a mail address or a user name."""
    started_by: str | None = None
    """The person who started it manually: their ARN if it is verified, or else their own words. None after a push."""
    tags: tuple[str, ...] = ()
    """The first of the artifact's tags at the time, sorted."""
    is_verified: bool = False
    """Whether a record of Gantry's says that it was a push, or who called."""

    def __str__(self) -> str:
        """For people: `a push by “alice@example.com”, as its label says`, or `“bob@example.com”, manually (…)`."""
        if not self.is_manual:
            return f"a push by {_said(self.pushed_by)}" if self.pushed_by else _NOBODY_PUSHED
        quote = quoted_name if self.is_verified else quoted
        start = f"{quote(self.started_by, LONGEST_NAME)}, {_HOW[self.is_verified]}" if self.started_by else _NOBODY
        return f"{start}; the artifact was pushed by {_said(self.pushed_by)}" if self.pushed_by else start

    def is_by(self, person: str) -> bool:
        """Whether a mail address, or an IAM ARN, belongs to somebody who pushed the artifact or started the promotion.

        Capitals do not count, nor other spellings of a letter, such as `ﬁ`: who may be the same person must not
        approve. A name without a domain matches the part before an @: an artifact labelled `alice` is by
        alice@example.com. Of an assumed role's ARN the session's name counts, of an IAM user's ARN the user's name. A
        role's own ARN belongs to nobody.
        """
        return any(_are_one(name, person) for name in (self.pushed_by, self.started_by) if name)


def as_name(text: object) -> str | None:
    """Return a name from outside, not longer than a mail address can be; None when it cannot be a name.

    People see it, and it is written to logs and mails, so nothing in it may control a terminal or break a line.
    """
    if not isinstance(text, str) or "\n" in text or visible(text) != text:
        return None
    return text.strip()[:LONGEST_NAME] or None


def _said(name: str) -> str:
    return f"{quoted(name, LONGEST_NAME)}, as its label says"


def _are_one(one: str, other: str) -> bool:
    first, second = _name(one), _name(other)
    if "@" not in first or "@" not in second:
        first, second = first.partition("@")[0], second.partition("@")[0]
    return first == second != ""


def _name(person: str) -> str:
    """Return a person's name in small letters: the address alone of `Alice <alice@example.com>`, or an ARN's name.

    Empty for an ARN that names no person.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    named = normalize("NFKC", person).casefold().removeprefix("mailto:")
    folded = (parseaddr(named)[1] if "@" in named and not named.startswith("arn:") else named).strip()
    if not folded.startswith("arn:"):
        return folded
    match folded.rpartition(":")[2].split("/"):
        case ["user", *_, name] | ["assumed-role", _, name] | ["federated-user", name]:
            return name
        case _:
            return ""
