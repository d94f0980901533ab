from dataclasses import replace

import pytest

from gantry.promotion.quarantine import Quarantine, QuarantineRelease, in_force

DIGEST = "sha256:" + "a" * 64
QUARANTINE = Quarantine("cowsay", DIGEST, "2026-11-22T09:00:00.000Z", "rolled back in prod", "arn:one")
RELEASED = replace(
    QUARANTINE, released=QuarantineRelease("2026-11-23T09:00:00.000Z", "it was the load test", "arn:two")
)


def test_a_quarantine_is_active_until_somebody_releases_it() -> None:
    assert QUARANTINE.is_active
    assert not RELEASED.is_active


@pytest.mark.parametrize(("last", "found"), [(None, None), (QUARANTINE, QUARANTINE), (RELEASED, None)])
def test_only_an_active_quarantine_is_in_force(last: Quarantine | None, found: Quarantine | None) -> None:
    assert in_force(last) == found


@pytest.mark.parametrize("reason", ["rolled back in prod", "rolled back in prod."])
def test_a_quarantine_says_since_when_and_why_and_what_to_do(reason: str) -> None:
    text = replace(QUARANTINE, reason=reason).explain()
    since = "2026-11-22T09:00:00.000Z"
    assert text.startswith(f"{DIGEST} of cowsay has been quarantined since {since}: rolled back in prod. ")
    assert '"release_from_quarantine": "' in text
