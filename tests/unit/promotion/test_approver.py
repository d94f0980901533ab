import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantry.promotion.approver import folded, has_mail, identity, named_by

ROLE = "arn:aws:iam::111111111111:role/chat-bot"
ROLE_IN_PATH = "arn:aws:iam::111111111111:role/teams/ops/chat-bot"
USER = "arn:aws:iam::111111111111:user/alice"
SESSION = "arn:aws:sts::111111111111:assumed-role/chat-bot/session"


@pytest.mark.parametrize(
    ("approver", "mail"), [("ops@example.com", True), ("arn@example.com", True), (ROLE, False), (USER, False)]
)
def test_mail_goes_to_addresses_and_not_to_arns(approver: str, mail: bool) -> None:
    assert has_mail(approver) is mail


@pytest.mark.parametrize(
    ("caller", "approver"),
    [
        (SESSION, ROLE),
        (SESSION, ROLE_IN_PATH),
        (ROLE, ROLE),
        (ROLE_IN_PATH, ROLE),
        ("arn:aws:sts::111111111111:assumed-role/Chat-Bot/session", ROLE),
        (USER, USER),
        ("arn:aws:iam::111111111111:user/people/alice", USER),
        (USER, "arn:aws:iam::111111111111:user/people/of/ours/alice"),
    ],
)
def test_a_caller_is_the_approver_whose_role_or_user_it_is(caller: str, approver: str) -> None:
    assert named_by(caller, ["ops@example.com", approver]) == approver


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "nobody",
        "ops@example.com",
        "arn",
        "arn:aws:iam::111111111111:root",
        "arn:aws:sts::222222222222:assumed-role/chat-bot/session",
        "arn:aws-cn:sts::111111111111:assumed-role/chat-bot/session",
        "arn:aws:sts::111111111111:assumed-role/other/chat-bot",
        "arn:aws:sts::111111111111:assumed-role/chat-bot-2/session",
        "arn:aws:sts::111111111111:assumed-role/other/alice",
        "arn:aws:sts::111111111111:federated-user/alice",
        "arn:aws:iam::111111111111:user/chat-bot",
        "arn:aws:iam::111111111111:role/alice",
        "arn:aws:sts::111111111111:assumed-role",
        "arn:aws:sts::111111111111:assumed-role/",
        "arn:aws:sts::111111111111:assumed-role/chat-bot\N{ZERO WIDTH SPACE}/session",
        "arn:aws:iam::111111111111:u\N{LATIN SMALL LETTER LONG S}er/alice",
    ],
)
def test_nobody_else_is(caller: str) -> None:
    assert named_by(caller, ["ops@example.com", ROLE, USER]) is None


@given(st.text())
def test_a_session_may_be_called_anything(session: str) -> None:
    assert named_by(f"arn:aws:sts::111111111111:assumed-role/chat-bot/{session}", [USER, ROLE]) == ROLE
    assert named_by(f"arn:aws:sts::111111111111:assumed-role/other/{session}", [USER, ROLE]) is None


@given(st.text() | st.text("arn:aws/").map("arn:{}".format))
def test_whatever_a_caller_is_called_is_no_error(caller: str) -> None:
    assert named_by(caller, [ROLE, USER]) is None


@pytest.mark.parametrize("letter", ["\u212a", "\u017f", "\ufb01", "\xdf", "\u0130", "\uff41", "\u0439"])
def test_another_letter_is_another_person(letter: str) -> None:
    for ascii_spelling in (letter.lower(), letter.casefold(), letter.upper()):
        if ascii_spelling != letter:
            assert identity(f"x{letter}@example.com") != identity(f"x{ascii_spelling}@example.com")


@given(st.text(st.characters(max_codepoint=127)))
def test_capitals_of_ascii_do_not_count(text: str) -> None:
    assert folded(text.upper()) == folded(text.lower()) == text.lower()
