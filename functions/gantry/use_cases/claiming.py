"""Claim a push and its release, so that each is promoted once, and again when its promotion has come to nothing.

The order is: the claim on the push, the claim on the release, the history, the event. A crash between two of them
neither loses a push nor starts it twice:

- The claim on the push comes first. From then on no other execution can start for this push, whatever this one does.
- Every write keeps what the same execution wrote before. So a retry or a redrive goes on where this one ended.
- An execution that ends for good before it has started anything has failed. People are notified and redrive it. Its
  claim on the release does not keep out other tags: that one holds only while the execution runs.
"""

from collections.abc import Sequence

from gantry.artifacts.object_versions import NO_VERSION
from gantry.promotion.claim import PushClaim, ReleaseClaim, is_live_everywhere, is_overtaken
from gantry.promotion.manifest.content import Environment
from gantry.promotion.release import Release
from gantry.use_cases.promotion_request import ResolveRequest
from gantry.use_cases.services import Services

_AGAIN = "; to promote it again, start a promotion manually"


def claim_push(request: ResolveRequest, services: Services) -> str | None:
    """Claim a push for this execution; return why it is ignored, or None when this execution has the claim.

    EventBridge may deliver an event more than once:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html. A person who starts a
    promotion wants it, whatever was pushed before.
    """
    pushed = request.promotion
    is_named = pushed.version_id or (pushed.tag and pushed.digest)
    if pushed.is_manual or not is_named or pushed.version_id == NO_VERSION:
        return None
    claim = PushClaim(pushed.service, pushed.tag, pushed.digest, request.execution, request.at, pushed.version_id)
    first = services.push_claims.claim(claim)
    what = f"version {pushed.version_id}" if pushed.version_id else "this tag with this digest"
    return f"the promotion {first.execution} has handled {what} already{_AGAIN}" if first else None


def claim_release(
    request: ResolveRequest, release: Release, environments: Sequence[Environment], services: Services
) -> str | None:
    """Claim a release for this execution; return why it is carried already, or None when this execution has the claim.

    A manual promotion takes the claim over, and the release is promoted again. A push takes over a claim that has
    ended. When another push does so at the same time, the loser looks again.
    """
    claim = ReleaseClaim(release, request.execution, request.at, tuple(each.name for each in environments))
    if request.promotion.is_manual:
        services.claims.replace(claim)
        return None
    ended: ReleaseClaim | None = None
    while earlier := services.claims.claim(claim, instead_of=ended):
        if reason := _why_carried(earlier, release, environments, services):
            return f"{reason}{_AGAIN}"
        ended = earlier
    return None


def _why_carried(
    earlier: ReleaseClaim, release: Release, environments: Sequence[Environment], services: Services
) -> str | None:
    """Return why the earlier claim still holds; None when it has ended.

    Where no start was kept yet, the promotions that have not completed say whether another release was started since.
    Between the two writes of a service's first promotion its claim holds, and so does one of before starts were kept.

    The last push says what is to be live. The promotion that has the claim does not see to that when another release
    was started after it, because an older promotion gives way. Nor does a live release stay so while another one's
    promotion runs.
    """
    names = [each.name for each in environments]
    newest = services.started_promotions.newest(release.service)
    overtaken = is_overtaken(earlier, newest) if newest else bool(_others_since(earlier, services))
    if not overtaken and earlier.covers(names) and services.executions.is_running(earlier.execution):
        return f"the promotion {earlier.execution} carries this release already"
    if not is_live_everywhere(release, environments, services.ledger.live(release.service)):
        return None
    if overtaken and any(map(services.executions.is_running, _others_since(earlier, services))):
        return None
    return f"this release is live already in {', '.join(names)}; the promotion {earlier.execution} carried it"


def _others_since(claim: ReleaseClaim, services: Services) -> tuple[str, ...]:
    """Return the executions of other releases that were started since a claim and have not completed."""
    unfinished = services.running_promotions.unfinished(claim.release.service, since=claim.at)
    return tuple(each.execution for each in unfinished if each.release.id != claim.release.id)
