"""What CloudWatch says in place of an answer, in words for people."""

from botocore.exceptions import BotoCoreError, ClientError

from gantry.aws.clients import code_of, message_of
from gantry.promotion.visible_text import foreign

ASK_AGAIN = "the next look asks again"
NO_TIME = f"there was no time left to ask CloudWatch: {ASK_AGAIN}"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html, and the SDK's own list:
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "OptInRequired"}
)
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded"})


def to_grant(action: str) -> str:
    """Return what to do where CloudWatch denies an action."""
    return f"deploy the current target/template.yaml there, and look for a policy that denies {action}"


def why_unknown(error: BotoCoreError | ClientError, place: str, things: str, action: str) -> str:
    """Return why CloudWatch has not answered, and what to do.

    Args:
        error: the SDK's.
        place: the account and region.
        things: what the pipeline wanted to read: `metrics`.
        action: the right that this needs.
    """
    if isinstance(error, BotoCoreError):
        return f"CloudWatch in {place} did not answer ({type(error).__name__}): {ASK_AGAIN}"
    code, said = code_of(error), f"({code_of(error)}: {foreign(message_of(error))})"
    if code in _DENIED:
        return f"CloudWatch in {place} does not let the pipeline read {things} {said}: {to_grant(action)}"
    if code in _THROTTLED:
        return f"CloudWatch throttles calls in {place} {said}: {ASK_AGAIN}"
    return f"CloudWatch in {place} could not answer {said}: {ASK_AGAIN}"
