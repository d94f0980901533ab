import pytest

from gantry.promotion.promotion_origin import PromotionOrigin, as_name

ALICE, BOB = "alice@example.com", "bob@example.com"
LABEL = f"“{ALICE}”, as its label says"
STS = "arn:aws:sts::111111111111"
IAM = "arn:aws:iam::111111111111"
CALLER = f"{STS}:assumed-role/developer/{BOB}"


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (PromotionOrigin(False, pushed_by=ALICE), f"a push by {LABEL}"),
        (PromotionOrigin(False), "a push (the artifact does not say by whom)"),
        (PromotionOrigin(False, pushed_by=ALICE, is_verified=True), f"a push by {LABEL}"),
        (PromotionOrigin(True, started_by=BOB), f"“{BOB}”, manually (the name is not verified)"),
        (
            PromotionOrigin(True, ALICE, BOB),
            f"“{BOB}”, manually (the name is not verified); the artifact was pushed by {LABEL}",
        ),
        (PromotionOrigin(True, started_by=CALLER, is_verified=True), f"“{CALLER}”, by a signed call"),
        (PromotionOrigin(True), "somebody, manually (no name was given)"),
        (
            PromotionOrigin(True, pushed_by=ALICE),
            f"somebody, manually (no name was given); the artifact was pushed by {LABEL}",
        ),
    ],
)
def test_people_read_where_a_promotion_comes_from(origin: PromotionOrigin, words: str) -> None:
    assert str(origin) == words


@pytest.mark.parametrize(
    ("said", "person", "is_by"),
    [
        (ALICE, ALICE, True),
        ("Alice@Example.com", "aLICE@example.COM", True),
        (ALICE, BOB, False),
        (ALICE, "alice@example.org", False),
        ("alice", ALICE, True),
        (ALICE, "ALICE", True),
        ("alice", "alice", True),
        (" alice ", ALICE, True),
        ("Alice A. <alice@example.com>", ALICE, True),
        ("alice@example.com (Alice)", ALICE, True),
        ("mailto:alice@example.com", ALICE, True),
        ("Alice <malice@example.com>", ALICE, False),
        ("alice", "malice@example.com", False),
        ("alice", "alice.b@example.com", False),
        ("example.com", ALICE, False),
        (ALICE, f"{STS}:assumed-role/admin/alice@example.com", True),
        (ALICE, f"{STS}:assumed-role/admin/Alice", True),
        (ALICE, f"{STS}:assumed-role/alice/bob", False),
        (ALICE, f"{STS}:assumed-role/alice", False),
        (f"{STS}:assumed-role/admin/alice", ALICE, True),
        (f"{STS}:assumed-role/admin/alice", f"{STS}:assumed-role/other/alice", True),
        (ALICE, f"{IAM}:user/alice", True),
        (ALICE, f"{IAM}:user/people/of/ours/alice", True),
        (ALICE, f"{IAM}:user/alice/bob", False),
        (ALICE, f"{STS}:federated-user/alice", True),
        ("alice", f"{IAM}:role/alice", False),
        ("alice", f"{IAM}:role/people/alice", False),
        (f"{IAM}:role/alice", f"{IAM}:role/alice", False),
        ("root", f"{IAM}:root", False),
        ("alice", "", False),
        ("@example.com", "", False),
        ("mi\N{KELVIN SIGN}e@example.com", "mike@example.com", True),
        ("e\N{LATIN SMALL LETTER LONG S}ther", "esther@example.com", True),
        ("\N{LATIN SMALL LIGATURE FI}ona@example.com", "fiona@example.com", True),
        ("wei\N{LATIN SMALL LETTER SHARP S}@example.com", "weiss@example.com", True),
        ("\N{FULLWIDTH LATIN SMALL LETTER B}ob", "bob@example.com", True),
        ("@example.com", "@example.org", False),
    ],
)
def test_whose_it_is(said: str, person: str, is_by: bool) -> None:
    assert PromotionOrigin(False, pushed_by=said).is_by(person) is is_by
    assert PromotionOrigin(True, started_by=said).is_by(person) is is_by
    assert PromotionOrigin(False, pushed_by=person).is_by(said) is is_by


def test_it_is_by_the_people_who_pushed_and_started_it() -> None:
    origin = PromotionOrigin(True, ALICE, BOB)
    assert origin.is_by(ALICE)
    assert origin.is_by(BOB)
    assert not origin.is_by("carol@example.com")


def test_an_unknown_origin_belongs_to_nobody() -> None:
    assert not PromotionOrigin(False).is_by(ALICE)
    assert not PromotionOrigin(False).is_by("")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ALICE, ALICE),
        (" alice ", "alice"),
        ("Zoë Müller", "Zoë Müller"),
        ("a" * 300, "a" * 254),
        ("", None),
        ("  ", None),
        ("alice\n", None),
        ("ali\tce", None),
        ("\x1b[2Kalice", None),
        ("alice\u202emoc.elpmaxe", None),
        ("alice\ud800", None),
        ("alice\N{VARIATION SELECTOR-17}", None),
        ("a" + "\N{COMBINING ACUTE ACCENT}" * 4, None),
        (None, None),
        (7, None),
        (["alice"], None),
    ],
)
def test_a_name_from_outside_is_short_and_printable(text: object, name: str | None) -> None:
    assert as_name(text) == name


def test_who_called_may_not_approve_what_they_started() -> None:
    origin = PromotionOrigin(True, started_by=CALLER, is_verified=True)
    assert [origin.is_by(each) for each in (BOB, CALLER, ALICE, f"{IAM}:role/developer")] == [True, True, False, False]
