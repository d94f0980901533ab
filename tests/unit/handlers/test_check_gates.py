from dataclasses import replace
from typing import Any

import pytest

from handlers import check_gates
from promotion.errors import QuarantinedError
from tests.unit.handlers.payloads import DIGEST, OTHER_TARGET, PROMOTION, TARGET, Said, invoke, payload, release_input
from tests.unit.handlers.records import BEFORE, digest_of, live, record_live, record_quarantine

pytestmark = pytest.mark.usefixtures("ledger")


def check() -> Any:
    event = payload("CheckGates", release=release_input(), environment="prod", execution=PROMOTION)
    return invoke(check_gates.handler, event)


def test_where_nothing_is_live_there_is_nothing_to_tell() -> None:
    assert check() == {"live": None}


def test_what_is_live_is_told_in_words_target_by_target() -> None:
    untagged = replace(live(8, target=OTHER_TARGET).current, tag=None)
    record_live(live(7, 6), replace(live(8, target=OTHER_TARGET), current=untagged))
    assert check() == {
        "live": f"version 8 ({digest_of(8)}) since {BEFORE} on {OTHER_TARGET.id}; "
        f"version 7 (tag7) since {BEFORE} on {TARGET.id}"
    }


def test_only_the_environment_that_was_named_is_told() -> None:
    record_live(live(7), live(9, environment="dev"), live(9, environment="prod-2", target=OTHER_TARGET))
    assert check() == {"live": f"version 7 (tag7) since {BEFORE} on {TARGET.id}"}


def test_a_digest_in_quarantine_is_kept_out_and_the_refusal_says_how_to_release_it() -> None:
    record_quarantine(DIGEST)
    with pytest.raises(QuarantinedError) as raised:
        check()
    assert f"{DIGEST} of cowsay is in quarantine since {BEFORE}: rolled back in dev." in str(raised.value)
    assert "release_from_quarantine" in str(raised.value)


def test_the_quarantine_of_another_digest_keeps_nothing_out() -> None:
    record_quarantine(digest_of(1))
    assert check() == {"live": None}


def test_checking_changes_nothing(items: Said) -> None:
    record_live(live(7))
    kept = items()
    assert check() == check()
    assert items() == kept
